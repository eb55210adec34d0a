/** What a second reading found: each title states what should hold. */

import { setEnvironmentData } from 'node:worker_threads'
import { FatalWorkerError, pickup, recycle, restart, scaling } from 'threadcrew/groups'
import { describe, expect, test } from 'vitest'
import { Stage } from '../support/groups/stage.js'
import { SharedState, READY } from '../../dist/groups/shared-state.js'
import { Target } from '../../dist/groups/targets.js'

const FOUND = new URL('../support/groups/found.js', import.meta.url).href
const found = (name: string): string => `${FOUND}#${name}`
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const within = <T>(ms: number, promise: Promise<T>): Promise<T | 'not settled'> =>
  Promise.race([promise, pause(ms).then(() => 'not settled' as const)])

describe('a job', () => {
  test('that waits is answered when the one before it could not be posted', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
    const bad = stage.pool.jobs.send('a', { fn: () => {} })
    const next = stage.pool.jobs.send('a', 'next')
    await expect(bad).rejects.toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE' })
    expect(await within(1500, next)).toBe('next')
  })

  test('that waits in one thread is given the place that another thread was told of and did not need', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', minWorkers: 2, jobGroups: ['a'], entryPoint: found('ChangesItsMind') },
      { name: 'a', maxJobs: 1 },
    ]).start()
    const mine = stage.pool.jobs.send('a', { act: 'hold', name: 'mine' })
    await stage.until({ at: 'held' })
    stage.tell('web-1', { act: 'send and call off', ms: 300 })
    while (stage.pool.stats().groups['a']?.waiting !== 1) await pause(1)
    stage.tell('web-2', { act: 'send', tag: 2, group: 'a', data: 2 })
    while (stage.pool.stats().groups['a']?.waiting !== 2) await pause(1)
    await stage.until({ at: 'blocks' })
    stage.tell('a-1', { act: 'release', name: 'mine' })
    expect(await mine).toBe('mine')
    await stage.until({ at: 'called off' })
    expect(await within(2500, stage.until({ tag: 2 }))).toMatchObject({ at: 'answer', value: 2 })
  })

  test('that waits is given a place that a sender has left behind, whoever else waits', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', minWorkers: 2, jobGroups: ['a'], restart: restart.never() },
      { name: 'a', maxJobs: 2 },
    ]).start()
    for (const name of ['x', 'y']) stage.tell('web-1', { act: 'send', group: 'a', data: { act: 'hold', name } })
    await stage.until({ at: 'held' }, 2)
    stage.tell('web-2', { act: 'send', tag: 2, group: 'a', data: { act: 'hold', name: 'z' } })
    while (stage.pool.stats().groups['a']?.waiting !== 1) await pause(1)
    const mine = stage.pool.jobs.send('a', 'mine')
    stage.tell('web-1', { act: 'exit', code: 1 })
    await stage.until({ at: 'aborted' }, 2)
    for (const name of ['x', 'y']) stage.tell('a-1', { act: 'release', name })
    await stage.until({ at: 'held', name: 'z' })
    expect(await within(1500, mine)).toBe('mine')
  })

  test('is refused however many others that wait are refused with it', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
    const flag = new SharedArrayBuffer(4)
    const first = stage.pool.jobs.send('a', { act: 'wait', flag })
    await stage.until({ at: 'waits' })
    const bytes = new Uint8Array(8)
    const jobs = Array.from({ length: 5000 }, () =>
      stage.pool.jobs.send('a', { act: 'bytes', bytes }, { transfer: [bytes.buffer] }),
    )
    const all = Promise.allSettled(jobs)
    structuredClone(bytes, { transfer: [bytes.buffer] })
    const next = stage.pool.jobs.send('a', 'next')
    Atomics.store(new Int32Array(flag), 0, 1)
    expect(await within(5000, first)).toBe('waited')
    expect(await within(5000, all)).not.toBe('not settled')
    expect(await within(1500, next)).toBe('next')
  })

  test('whose answer throws when it is looked at counts as ended', async () => {
    await using stage = await new Stage([{ name: 'a', entryPoint: found('plain') }]).start()
    await expect(stage.pool.jobs.send('a', { then: true })).rejects.toThrow('no then')
    expect(stage.pool.stats().groups['a']?.jobs).toMatchObject({ running: 0, failed: 1 })
  })

  test('that was sent to a thread which is then stuck, and not begun, goes to its successor', async () => {
    const options = { unresponsiveAfter: 100, replaceUnresponsive: true, entryPoint: found('native') }
    await using stage = await new Stage([{ name: 'a', ...options }]).start()
    const stuck = stage.pool.jobs.send('a', { sleep: 9 }).catch((error: unknown) => error)
    await stage.until({ at: 'begun' })
    const behind = stage.pool.jobs.send('a', {})
    await stage.until({ at: 'online' }, 2)
    expect(await within(2000, behind)).toBe(stage.worker('a-1').threadId)
    await stage.pool.stop({ hot: true })
    await stuck
  })

  test('is not sent to a thread that is stuck', async () => {
    const options = { unresponsiveAfter: 100, replaceUnresponsive: true, entryPoint: found('native') }
    await using stage = await new Stage([{ name: 'a', ...options }], { pickup: pickup.roundRobin() }).start()
    const stuck = stage.pool.jobs.send('a', { sleep: 9 }).catch((error: unknown) => error)
    await stage.until({ at: 'begun' })
    await stage.until({ at: 'online' }, 2)
    const jobs = [1, 2, 3, 4].map(() => within(1500, stage.pool.jobs.send('a', {})))
    expect(await Promise.all(jobs)).not.toContain('not settled')
    await stage.pool.stop({ hot: true })
    await stuck
  })

  test('finds the places free that a sender had taken which is stuck', async () => {
    await using stage = await new Stage([
      {
        name: 'web',
        type: 'reactor',
        jobGroups: ['a'],
        entryPoint: found('sender'),
        unresponsiveAfter: 100,
        replaceUnresponsive: true,
      },
      { name: 'a', maxJobs: 2, entryPoint: found('native') },
    ]).start()
    stage.tell('web-1', { count: 2, sleep: 9 })
    await stage.until({ at: 'online', id: 'web-1' }, 2)
    expect(await within(2000, stage.pool.jobs.send('a', {}))).toBeTypeOf('number')
  })

  test('is not left alone by a worker whose start ends with its exit', async () => {
    await using stage = new Stage([{ name: 'a', entryPoint: found('exits'), restart: restart.never() }, { name: 'b' }])
    stage.run()
    const job = stage.pool.jobs.send('a', 1).catch((error: unknown) => error)
    expect(await within(3000, job)).toBeInstanceOf(Error)
  })

  test('can be sent to a record although the thread of the same number, long ago, was seen to go', () => {
    const shared = new SharedState(1, 1)
    const facts = { name: 'a', type: 'job', index: 0, jobGroups: [], firstRecord: 0, records: 1, maxJobs: 1 } as const
    const target = new Target(facts, shared)
    target.setGone(0, shared.begin(0, 1))
    for (let i = 0; i < 255; i++) shared.begin(0, 1)
    shared.move(0, READY)
    expect(target.isReady(0)).toBe(true)
  })
})

describe('a pool', () => {
  test('that is stopped during a hard restart has no thread left', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2 }]).start()
    const restarting = stage.pool.restart({ hard: true }).catch(() => {})
    await stage.pool.stop()
    const left = stage.pool.workers.map(({ status, threadId, starts }) => [status, threadId, starts])
    await restarting
    for (const worker of stage.pool.workers) await worker.stop(true)
    expect(left).toEqual([
      ['idle', undefined, 1],
      ['idle', undefined, 1],
    ])
  })

  test('that is stopped by who hears of a restart has no thread left', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    let left: unknown[] = []
    stage.pool.on(
      'stopped',
      () => (left = stage.pool.workers.map(({ status, threadId, starts }) => [status, threadId, starts])),
    )
    stage.pool.on('workerRestart', () => void stage.pool.stop({ hot: true }))
    stage.tell('a-1', { act: 'fail' })
    await stage.ended
    expect(left).toEqual([['idle', undefined, 1]])
  })

  test('does not start a worker again that is stopped by who hears of its restart', async () => {
    await using stage = await new Stage([{ name: 'a' }, { name: 'b' }]).start()
    stage.pool.on('workerRestart', worker => void worker.stop())
    stage.tell('a-1', { act: 'fail' })
    await stage.until({ at: 'restart' })
    await pause(500)
    expect(stage.worker('a-1')).toMatchObject({ status: 'idle', starts: 1 })
  })

  test('that is stopped by who hears of the error that ends it rejects with that error', async () => {
    await using stage = await new Stage([{ name: 'a', restart: restart.never() }]).start()
    stage.pool.on('error', () => void stage.pool.stop())
    stage.tell('a-1', { act: 'fail' })
    expect(await stage.ended).toMatchObject({ cause: { code: 'TOLD' } })
  })

  test('that is stopped by who hears of the exit of a worker rejects with the FatalWorkerError of that', async () => {
    await using stage = await new Stage([{ name: 'a', type: 'reactor' }]).start()
    stage.pool.on('workerExit', () => void stage.pool.stop())
    stage.tell('a-1', { act: 'fatal' })
    expect(await stage.ended).toBeInstanceOf(FatalWorkerError)
  })

  test('whose last worker was stopped one by one has ended', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    await stage.worker('a-1').stop()
    expect(await within(2500, stage.ended)).toBeUndefined()
  })

  test('goes on when in a hard restart one worker does not come back and others have not ended yet', async () => {
    await using stage = await new Stage([
      { name: 'a', entryPoint: found('lingering') },
      { name: 'b', entryPoint: found('Second') },
    ]).start()
    setEnvironmentData('found b', 'terminate')
    await stage.pool.restart({ hard: true }).finally(() => setEnvironmentData('found b', undefined))
    expect(await within(300, stage.ended)).toBe('not settled')
    expect(stage.worker('a-1').status).toBe('available')
  })

  test('can be stopped before it runs, and stop() during the run waits for the threads', async () => {
    await using stage = new Stage([{ name: 'a', entryPoint: found('lingering') }])
    await stage.pool.stop()
    stage.run()
    await stage.pool.stop()
    expect(stage.pool.workers.map(({ status }) => status)).toEqual(['idle'])
    await stage.ended
  })

  test('whose workers are restarted hard during their start does not say that it was stopped', async () => {
    await using stage = new Stage([{ name: 'a', entryPoint: found('Slow') }])
    stage.run()
    await stage.pool.restart({ hard: true })
    expect(
      await stage.pool.started.then(
        () => 'started',
        (error: unknown) => error,
      ),
    ).toBe('started')
  })
})

describe('a worker', () => {
  test('that throws a FatalWorkerError while its successor starts ends the pool', async () => {
    await using stage = await new Stage([{ name: 'a', entryPoint: found('Slow') }]).start()
    void stage.pool.restartWorker('a-1')
    stage.tell('a-1', { act: 'fatal' })
    expect(await within(2000, stage.ended)).toBeInstanceOf(FatalWorkerError)
  })

  test('that throws a TerminateWorkerError while its successor starts stays down', async () => {
    await using stage = await new Stage([{ name: 'a', entryPoint: found('Slow') }, { name: 'b' }]).start()
    void stage.pool.restartWorker('a-1')
    stage.tell('a-1', { act: 'terminate' })
    await stage.until({ at: 'exit' })
    await pause(1000)
    expect(stage.worker('a-1').status).toBe('down')
  })

  test('whose successor throws a FatalWorkerError ends the pool', async () => {
    await using stage = await new Stage([{ name: 'c', entryPoint: found('Second') }]).start()
    setEnvironmentData('found c', 'fatal')
    await stage.pool.restartWorker('c-1').finally(() => setEnvironmentData('found c', undefined))
    expect(await within(1000, stage.ended)).toBeInstanceOf(FatalWorkerError)
  })

  test('that has had its day is replaced although its first successor could not be started', async () => {
    await using stage = await new Stage([
      { name: 'd', entryPoint: found('Second'), recycle: recycle.byQuota({ jobs: 1 }) },
    ]).start()
    setEnvironmentData('found d', 'fail')
    await stage.pool.jobs.send('d', 1)
    await stage.until({ at: 'exit' })
    setEnvironmentData('found d', undefined)
    expect(await within(4000, stage.until({ at: 'online' }, 2))).toMatchObject({ id: 'd-1' })
  })

  test('can be added while others that were replaced finish their jobs', async () => {
    await using stage = await new Stage([
      { name: 'a', minWorkers: 1, maxWorkers: 3, scaling: scaling.fixed(), entryPoint: found('native') },
    ]).start()
    const jobs: Promise<unknown>[] = []
    for (let i = 0; i < 3; i++) {
      jobs.push(stage.pool.jobs.send('a', { wait: 3000 }))
      await stage.until({ at: 'begun' }, i + 1)
      await stage.pool.restartWorker('a-1')
    }
    stage.pool.scaleGroup('a', 2)
    await Promise.all(jobs)
    await pause(1000)
    expect(stage.errors).toEqual([])
    expect(stage.pool.workers.map(({ status }) => status)).toEqual(['available', 'available', 'available'])
  })

  test('whose run() has returned and whose job does not end is replaced in the end', async () => {
    await using stage = await new Stage([{ name: 'a', entryPoint: found('returning') }], { stopTimeout: 300 }).start()
    void stage.pool.jobs.send('a', { forever: true }).catch(() => {})
    await stage.until({ at: 'begun' })
    stage.tell('a-1', {})
    await pause(200)
    expect(await within(4000, stage.pool.jobs.send('a', {}, { timeout: 8000 }))).not.toBe('not settled')
  })

  test('that dies of an error while it finishes its jobs tells of the error', async () => {
    await using stage = await new Stage([{ name: 'a', entryPoint: found('returning') }]).start()
    void stage.pool.jobs.send('a', { crash: 300 }).catch(() => {})
    await stage.until({ at: 'begun' })
    stage.tell('a-1', {})
    expect(await stage.until({ at: 'exit' })).toMatchObject({ code: 1, error: { message: 'crashed late' } })
  })

  test('calls what it is to call once a month once a month', async () => {
    await using stage = await new Stage([{ name: 'a', entryPoint: found('rare') }]).start()
    await pause(100)
    expect(stage.all({ at: 'tick' })).toEqual([])
  })

  test('whose module is a compiled one in CommonJS has the default export as its entry point', async () => {
    const entryPoint = new URL('../support/groups/compiled.cjs', import.meta.url)
    await using stage = await new Stage([{ name: 'a', entryPoint }]).start()
    expect(await stage.pool.jobs.send('a', 21)).toBe(42)
  })

  test('that is stuck in its start has not been started, for the reason that it was not available in time', async () => {
    const kinds: unknown[] = []
    const strategy = {
      decide: (facts: { kind: string; error: unknown }) => {
        kinds.push([facts.kind, String(facts.error)])
        return { restart: false as const, reason: 'enough' }
      },
    }
    await using stage = new Stage([{ name: 'a', entryPoint: found('stuckStart'), restart: strategy }], {
      startTimeout: 300,
    })
    stage.run()
    await stage.ended
    expect(kinds).toEqual([['not-started', expect.stringContaining('startTimeout')]])
    await pause(2500)
  })

  test('is not taken away by the wish for fewer where there are too few', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2 }]).start()
    await stage.worker('a-2').stop()
    expect(stage.pool.scaleGroup('a', -1)).toBe(0)
  })
})
