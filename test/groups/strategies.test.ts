/** Strategies at work in a running pool; what each decides is tested without threads. */

import {
  pickup,
  recycle,
  type Recycle,
  type RecycleFacts,
  scaling,
  type Scaling,
  type ScalingFacts,
} from 'threadcrew/groups'
import { describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { Script, SCRIPTED } from '../support/groups/script.js'
import { type Said, Stage } from '../support/groups/stage.js'

type Who = { id: string }

describe('pickup', () => {
  test('of the sender’s group decides, with its options, in its thread [B5]', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', jobGroups: ['a'], pickup: pickup.byWeight({ limit: 10 }) },
      { name: 'a', minWorkers: 2 },
    ]).start()
    for (const [tag, weight] of [8, 8, 5].entries()) {
      stage.tell('web-1', { act: 'send', tag, group: 'a', data: { act: 'hold', name: `w${tag}` }, options: { weight } })
    }
    await stage.until({ at: 'held' }, 2)
    // The third fits on neither, although both have places.
    expect(stage.pool.workers.slice(1, 3).map(({ jobs }) => jobs)).toEqual([1, 1])
    const [first] = stage.all({ at: 'held' })
    stage.tell(String(first?.id), { act: 'release', name: first?.['name'] })
    const third: Said = await stage.until({ at: 'held', name: 'w2' })
    expect(third.id).toBe(first?.id)
    for (const { id, name } of stage.all({ at: 'held' })) stage.tell(String(id), { act: 'release', name })
    for (const tag of [0, 1, 2]) expect(await stage.until({ tag })).toMatchObject({ at: 'answer' })
  })

  test('of one’s own is made by its module in each thread that sends, and its options travel', async () => {
    const module = new URL('../support/groups/custom-pickup.js', import.meta.url)
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', jobGroups: ['a'], pickup: { module, options: { index: 1 } } },
      { name: 'a', minWorkers: 2 },
    ]).start()
    for (const tag of [1, 2, 3]) {
      stage.tell('web-1', { act: 'send', tag, group: 'a', data: { act: 'who' } })
      expect(await stage.until({ tag })).toMatchObject({ value: { id: 'a-2' } })
    }
  })

  test('whose module makes none fails the start of the workers, and says so', async () => {
    const module = new URL('../support/groups/custom-pickup.js', import.meta.url)
    const group = { name: 'web', type: 'service' as const, pickup: { module, export: 'nothing' }, maxStartFailures: 1 }
    await using stage = new Stage([group])
    stage.run()
    await expect(stage.pool.started).rejects.toThrow(
      /nothing of .*custom-pickup\.js returned no strategy with a pick\(\) method/,
    )
  })

  test('of the main thread can be any object; one that throws, or chooses nobody there is, fails the job only', async () => {
    let chosen: unknown = 0
    const own = {
      pick: () => {
        if (chosen === 'throw') throw new RangeError('cannot choose')
        return chosen as number
      },
    }
    await using stage = await new Stage([{ name: 'a', minWorkers: 2 }], { pickup: own }).start()
    expect(await stage.pool.jobs.send<Who>('a', { act: 'who' })).toMatchObject({ id: 'a-1' })
    chosen = 1
    expect(await stage.pool.jobs.send<Who>('a', { act: 'who' })).toMatchObject({ id: 'a-2' })
    chosen = 99
    await expect(stage.pool.jobs.send('a', 1)).rejects.toThrow(
      /pick\(\) returns must be -1 or an index below 3, got 99/,
    )
    chosen = 'throw'
    await expect(stage.pool.jobs.send('a', 1)).rejects.toThrow('cannot choose')
    chosen = -1
    await expect(stage.pool.jobs.send('a', 1, { timeout: 10 })).rejects.toMatchObject({
      code: 'ERR_NO_WORKERS_AVAILABLE',
    })
    expect(stage.pool.workers.map(({ jobs }) => jobs)).toEqual([0, 0])
  })
})

describe('scaling', () => {
  test('starts the first worker of a group that has none when a job comes', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 0, maxWorkers: 1 }, { name: 'b' }]).start()
    expect(await stage.pool.jobs.send('a', 'first')).toBe('first')
  })

  test('ends workers that have had nothing to do, never below the minimum', async () => {
    const byRequest = scaling.byRequest({ idleTime: 1, step: 2 })
    const group = { name: 'a', minWorkers: 1, maxWorkers: 3, maxJobs: 1, scaling: byRequest }
    await using stage = await new Stage([group]).start()
    const flag = new SharedArrayBuffer(4)
    const jobs = [1, 2, 3].map(() => stage.pool.jobs.send('a', { act: 'wait', flag }))
    await stage.until({ at: 'waits' }, 3)
    Atomics.store(new Int32Array(flag), 0, 1)
    await Promise.all(jobs)
    await stage.until({ at: 'scaled', to: 1 })
    expect(stage.all({ at: 'scaled' }).map(({ to }) => to)).toEqual([3, 2, 1])
    expect(stage.all({ at: 'restart' })).toEqual([])
  })

  test('of one’s own decides, with all the facts', async () => {
    const asked: ScalingFacts[] = []
    const greedy: Scaling = {
      decide: facts => {
        asked.push(facts)
        return facts.waiting > 0 ? facts.max : 0
      },
    }
    await using stage = await new Stage([{ name: 'a', maxWorkers: 3, maxJobs: 1, scaling: greedy }]).start()
    const flag = new SharedArrayBuffer(4)
    const jobs = [1, 2, 3, 4].map(() => stage.pool.jobs.send('a', { act: 'wait', flag }))
    await stage.until({ at: 'scaled', to: 3 })
    await stage.until({ at: 'waits' }, 3)
    expect(asked).toContainEqual({ workers: 1, min: 1, max: 3, waiting: 1, idle: 0, idleFor: 0 })
    Atomics.store(new Int32Array(flag), 0, 1)
    expect(await Promise.all(jobs)).toEqual(new Array(4).fill('waited'))
  })

  test('is not asked again while a worker starts, whoever else finds no place', async () => {
    using script = new Script('a', ['well', 'wait', 'wait'])
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', jobGroups: ['a'] },
      { name: 'a', entryPoint: SCRIPTED, maxWorkers: 3, maxJobs: 1 },
    ]).start()
    const held = stage.pool.jobs.send('a', { act: 'hold', name: 'held' })
    await stage.until({ at: 'held' })
    const mine = stage.pool.jobs.send('a', 'mine')
    await stage.until({ at: 'starts' }, 2)
    stage.tell('web-1', { act: 'send', tag: 1, group: 'a', data: 'of web' })
    await until(() => stage.pool.stats().groups['a']?.waiting === 2)
    expect(stage.all({ at: 'scaled' }).map(({ to }) => to)).toEqual([2])
    script.goOn()
    expect(await mine).toBe('mine')
    expect(await stage.until({ tag: 1 })).toMatchObject({ at: 'answer', value: 'of web' })
    stage.tell('a-1', { act: 'release', name: 'held' })
    expect(await held).toBe('held')
  })

  test('that throws is told, and changes nothing', async () => {
    const broken = {
      decide: () => {
        throw new RangeError('cannot decide')
      },
    }
    await using stage = await new Stage([{ name: 'a', maxWorkers: 2, maxJobs: 1, scaling: broken }]).start()
    const jobs = ['x', 'y'].map(name => stage.pool.jobs.send('a', { act: 'hold', name }))
    expect(await stage.until({ at: 'error event' })).toMatchObject({ error: { cause: { message: 'cannot decide' } } })
    for (const name of ['x', 'y']) {
      await stage.until({ at: 'held', name })
      stage.tell('a-1', { act: 'release', name })
    }
    await Promise.all(jobs)
  })
})

test('recycle replaces a worker that has had its day, its successor first, once [B17]', async () => {
  await using stage = await new Stage([{ name: 'a', recycle: recycle.byQuota({ jobs: 3 }) }]).start()
  for (let i = 0; i < 3; i++) await stage.pool.jobs.send('a', i)
  await stage.until({ at: 'online' }, 2)
  await stage.until({ at: 'exit' })
  expect(stage.worker('a-1')).toMatchObject({ starts: 2, crashes: 0, status: 'available' })
  expect(stage.lines.map(({ text }) => text)).toContain('worker is replaced: 3 jobs (limit 3)')
})

test('recycle of one’s own decides by what it is told of a worker; what it throws is told, and changes nothing', async () => {
  const asked: RecycleFacts[] = []
  const own: Recycle = {
    decide: facts => {
      if (asked.push(facts) === 1) throw new RangeError('cannot decide')
      return facts.jobs >= 2 ? 'it has done two' : undefined
    },
  }
  await using stage = await new Stage([{ name: 'a', recycle: own }]).start()
  for (const n of [1, 2]) await stage.pool.jobs.send('a', n)
  await stage.until({ at: 'online' }, 2)
  expect(stage.lines.map(({ text }) => text)).toContain('worker is replaced: it has done two')
  expect(stage.errors).toMatchObject([{ cause: { message: 'cannot decide' } }])
  const { jobs, age, heap, utilization } = asked[1] ?? {}
  expect([jobs, Number(age) > 0, Number(heap) > 1e6, Number(utilization) < 0.5]).toEqual([2, true, true, true])
})

describe('pause()', () => {
  test('lets jobs of higher priority go first, and equal ones take turns', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const send = (name: string, priority: number): Promise<unknown> =>
      stage.pool.jobs.send('a', { act: 'steps', name, steps: 3 }, { priority })
    const jobs = [send('low', 1), send('x', 5), send('y', 5)]
    await stage.until({ at: 'ready' }, 3)
    stage.tell('a-1', { act: 'go' })
    await Promise.all(jobs)
    const steps = stage.all({ at: 'step' }).map(({ name, step }) => `${String(name)}${String(step)}`)
    expect(steps).toEqual(['x1', 'y1', 'x2', 'y2', 'x3', 'y3', 'low1', 'low2', 'low3'])
  })

  test('of a job whose worker is told to end at once rejects, and the job is lost with the worker, or retried', async () => {
    await using stage = await new Stage([{ name: 'a', maxWorkers: 2 }]).start()
    const send = (name: string, priority: number, retries = 0) =>
      stage.pool.jobs.send('a', { act: 'steps', name, steps: 1, holds: name === 'high' }, { priority, retries })
    const [high, low, again] = [send('high', 1), send('low', 0), send('again', 0, 1)]
    await stage.until({ at: 'ready' }, 3)
    stage.tell('a-1', { act: 'go' })
    // The first goes on and holds; the other has to wait for it.
    await stage.until({ at: 'held' })
    const ends = [high, low].map(job => job.catch((error: unknown) => error))
    stage.pool.scaleGroup('a', 1)
    await stage.until({ at: 'online', id: 'a-2' })
    stage.tell('a-2', { act: 'go' })
    await stage.worker('a-1').stop(true)
    for (const end of ends) expect(await end).toMatchObject({ code: 'ERR_WORKER_LOST', workerId: 'a-1', started: true })
    expect(await again).toBe('again')
    // What the two saw that had paused.
    expect(stage.all({ at: 'pause failed' })).toMatchObject(
      ['low', 'again'].map(name => ({ name, code: 'ERR_WORKER_STOPPED', text: 'worker a-1 was told to end' })),
    )
  })

  test('lasts while a job of higher priority is at work, also where that one never pauses', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const high = stage.pool.jobs.send('a', { act: 'hold', name: 'high' }, { priority: 5 })
    const low = stage.pool.jobs.send('a', { act: 'steps', name: 'low', steps: 1 }, { priority: 1 })
    await stage.until({ at: 'ready' })
    stage.tell('a-1', { act: 'go' })
    // Read after that: a step would be told of before its answer.
    stage.tell('a-1', { act: 'send', tag: 1, group: 'nowhere' })
    await stage.until({ tag: 1 })
    expect(stage.all({ at: 'step' })).toEqual([])
    stage.tell('a-1', { act: 'release', name: 'high' })
    expect(await Promise.all([high, low])).toEqual(['high', 'low'])
  })

  test('of code that outlives its job is over at once, and no job waits for it', async () => {
    const entryPoint = new URL('../support/groups/lingering.js', import.meta.url)
    await using stage = await new Stage([{ name: 'a', entryPoint }]).start()
    expect(await stage.pool.jobs.send('a', 'first', { priority: 5 })).toBe('left')
    expect(await stage.pool.jobs.send('a', 'second', { priority: 1 })).toBe('passed')
  })
})

describe('a service', () => {
  test('does something every so many ms, one call at a time, until it is called off', async () => {
    await using stage = await new Stage([{ name: 'clock', type: 'service' }]).start()
    stage.tell('clock-1', { act: 'every', ms: 1, calls: 3 })
    await stage.until({ at: 'tick', call: 3 })
    stage.tell('clock-1', { act: 'every', ms: 1, calls: 9, fails: true })
    await stage.until({ at: 'exit' })
    expect(stage.all({ at: 'tick', call: 4 })).toEqual([])
    expect(stage.all({ at: 'exit' })[0]?.['error']).toMatchObject({ message: 'a tick that fails' })
  })

  test('of one is kept at one', async () => {
    await using stage = await new Stage([{ name: 'only', type: 'service' }]).start()
    expect(stage.pool.scaleGroup('only', 1)).toBe(0)
    expect(stage.pool.scaleGroup('only', -1)).toBe(0)
    stage.tell('only-1', { act: 'exit', code: 0 })
    await stage.until({ at: 'online' }, 2)
    expect(stage.pool.group('only')?.size).toBe(1)
  })
})

describe('stats()', () => {
  test('forget the jobs of no thread that a worker has had', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    for (let i = 0; i < 3; i++) {
      await stage.pool.jobs.send('a', i)
      await stage.pool.restart({ hard: true })
    }
    expect(stage.pool.stats().groups['a']).toMatchObject({
      starts: 4,
      jobs: { accepted: 3, processed: 3, failed: 0, running: 0 },
    })
  })

  test('are figures of groups and workers, over all threads that a worker has had', async () => {
    await using stage = await new Stage([
      { name: 'a', minWorkers: 2, maxWorkers: 3 },
      { name: 'b', minWorkers: 0 },
    ]).start()
    expect(new Stage([{ name: 'a' }]).pool.stats()).toEqual({ groups: {} })
    await Promise.allSettled(Array.from({ length: 10 }, (_, i) => stage.pool.jobs.send('a', i)))
    await Promise.allSettled([1, 2].map(() => stage.pool.jobs.send('a', { act: 'fail' })))
    const held = stage.pool.jobs.send('a', { act: 'hold', name: 'held' }, { weight: 7 })
    await stage.until({ at: 'held' })
    expect(stage.pool.stats().groups).toMatchObject({
      a: {
        type: 'job',
        size: 2,
        available: 2,
        minWorkers: 2,
        maxWorkers: 3,
        starts: 2,
        crashes: 0,
        waiting: 0,
        jobs: { accepted: 13, processed: 10, failed: 2, running: 1 },
      },
      b: { size: 0, available: 0, jobs: { accepted: 0 } },
    })
    const { id } = await stage.until({ at: 'held' })
    expect(stage.pool.stats().groups['a']?.workers.find(worker => worker.id === id)).toMatchObject({ weight: 7 })
    stage.tell(String(id), { act: 'exit', code: 1 })
    await expect(held).rejects.toMatchObject({ code: 'ERR_WORKER_LOST' })
    await stage.until({ at: 'online' }, 3)
    expect(stage.pool.stats().groups['a']).toMatchObject({
      starts: 3,
      crashes: 1,
      jobs: { accepted: 13, processed: 10, failed: 2, running: 0 },
    })
    for (const worker of stage.pool.stats().groups['a']?.workers.slice(0, 2) ?? []) {
      expect(worker.heap).toBeGreaterThan(1e6)
      expect(worker.utilization).toBeGreaterThanOrEqual(0)
      expect(worker.utilization).toBeLessThanOrEqual(1)
      expect(worker.age).toBeGreaterThan(0)
    }
  })
})
