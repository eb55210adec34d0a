/** How a pool comes to life: its threads, its options, the ids and statuses of works, the values that cross. */

import { availableParallelism } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import { Pool, type PoolOptions, task, type Work, type WorkStatus, WorkerStartError } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { runInChild } from '../support/run-in-child.js'
import { Log } from '../support/log.js'
import { polluted } from '../support/polluted.js'
import { framesOf } from '../support/rejection.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { scopedGates } from '../support/scoped-gates.js'
import { sharePool } from '../support/share-pool.js'
import { loop, stand, standAsync } from '../support/tasks/gates.js'
import { failingSetup, note, noteAndStand } from '../support/tasks/log.js'
import type { leavePoolBehind, squareInside, troubleInside } from '../support/tasks/nested.js'

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

describe('defaults', () => {
  test('[1] new Pool() runs a work', async () => {
    await using pool = new Pool()
    expect(await pool.execute(() => 1)).toBe(1)
  })

  test('[1] new Pool() wants as many threads as there are processors, and starts them at once', async () => {
    await using pool = new Pool()
    expect(pool.total).toBe(availableParallelism())
    expect(pool.workers.map(worker => worker.status)).toEqual(Array(availableParallelism()).fill('starting'))
    expect(pool.state).toBe('running')
    expect(pool.workBuffer).toBe(1024)
    expect(pool.autoScale).toBe(false)
    expect(pool.waitTime).toBe(100)
    expect(pool.scalingFactor).toBe(1)
    expect(pool.min).toBe(1)
    expect(pool.max).toBe(availableParallelism())
  })
})

describe('ready', () => {
  test('[3] after ready all wanted workers are available, each on a thread of its own', async () => {
    await using pool = new Pool({ total: 3 })
    expect(pool.stats().workers).toMatchObject({ total: 3, starting: 3, available: 0 })
    await pool.ready
    expect(pool.stats().workers).toEqual({ total: 3, starting: 0, available: 3, busy: 0, stopping: 0, stuck: [] })
    expect(pool.workers.map(worker => worker.status)).toEqual(['available', 'available', 'available'])
    expect(new Set(pool.workers.map(worker => worker.id)).size).toBe(3)
    expect(new Set(pool.workers.map(worker => worker.threadId)).size).toBe(3)
  })

  test('[3] after ready so many works run at the same time', async () => {
    await using pool = new Pool({ total: 3 })
    await pool.ready
    using gate = new ScopedGate()
    const works = Array.from({ length: 3 }, () => pool.execute(stand, [gate.buffer]))
    await gate.entered(3)
    expect(pool.active).toBe(3)
    expect(pool.stats()).toMatchObject({ running: 3, queued: 0, workers: { busy: 3, available: 0 } })
    expect(new Set(works.map(work => work.workerId))).toEqual(new Set(pool.workers.map(worker => worker.id)))
    gate.open()
    await Promise.all(works)
    expect(pool.active).toBe(0)
  })

  test('[3] of a pool that is stopped first, ready is never told and rejects', async () => {
    const pools = [new Pool({ total: 2 }), new Pool({ total: 1 })]
    let told = 0
    for (const pool of pools) pool.on('ready', () => told++)
    await Promise.all([pools[0]?.stop(), pools[1]?.stop(true)])
    for (const pool of pools) await expect(pool.ready).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
    expect(told).toBe(0)
  })

  test('[3] ready is told once, as a promise and as an event', async () => {
    await using pool = new Pool({ total: 2 })
    const available: number[] = []
    let online = 0
    pool.on('workerOnline', () => online++)
    pool.on('ready', () => available.push(pool.stats().workers.available))
    await pool.ready
    await pool.scale(1)
    await pool.execute(() => {})
    expect(available).toEqual([2])
    expect(online).toBe(3)
  })

  test('[3] a pool that wants no threads is ready at once', async () => {
    await using pool = new Pool({ total: 0 })
    let told = 0
    pool.on('ready', () => told++)
    await pool.ready
    await turn()
    expect(told).toBe(1)
    expect(pool.workers).toEqual([])
  })

  test('[3] works that come before the threads are there run on them', async () => {
    await using pool = new Pool({ total: 2 })
    const works = [1, 2, 3].map(n => pool.execute(n => n * n, [n]))
    expect(works.map(work => work.status)).toEqual(['queued', 'queued', 'queued'])
    expect(works.map(work => work.workerId)).toEqual([undefined, undefined, undefined])
    expect(await Promise.all(works)).toEqual([1, 4, 9])
  })
})

describe('a pool without threads', () => {
  test('[3] total 0 with autoScale starts one for the first work, not one for each', async () => {
    await using pool = new Pool({ total: 0, autoScale: true, max: 4, waitTime: 600_000 })
    await pool.ready
    expect(pool.workers).toEqual([])
    using gate = new ScopedGate()
    const works = [1, 2, 3].map(() => pool.execute(stand, [gate.buffer]))
    await gate.entered()
    expect(pool.workers.length).toBe(1)
    expect(pool.total).toBe(1)
    gate.open()
    await Promise.all(works)
    expect(pool.total).toBe(1)
  })

  test('[3] total 0 with autoScale starts one also for a work at the door', async () => {
    await using pool = new Pool({ total: 0, autoScale: true, workBuffer: 0 })
    const work = pool.execute(() => 'served')
    expect(work.status).toBe('waiting')
    expect(await work).toBe('served')
  })

  test('[3] total 0 without autoScale is paused, also where waitTime is given', async () => {
    for (const options of [{ total: 0 }, { total: 0, autoScale: false, waitTime: 0 }]) {
      await using pool = new Pool(options)
      const log = new Log()
      const work = pool.execute(note, [log.buffer, 1])
      // As long as another pool takes to start a thread and run a work on it.
      await using other = new Pool({ total: 1 })
      await other.execute(() => {})
      expect(work.status).toBe('queued')
      expect(pool.workers).toEqual([])
      expect(log.entries).toEqual([])
      pool.total = 1
      expect(await work).toBe(1)
    }
  })
})

describe('pausing', () => {
  test('[45] total = 0 lets running works end and starts no other; total = 1 goes on in order', async () => {
    await using pool = new Pool({ total: 1 })
    const changes: unknown[] = []
    pool.on('scaled', change => changes.push(change))
    const log = new Log()
    using gate = new ScopedGate()
    const first = pool.execute(noteAndStand, [log.buffer, 0, gate.buffer])
    const others = [1, 2, 3, 4, 5].map(n => pool.execute(note, [log.buffer, n]))
    await gate.entered()
    const [worker] = pool.workers
    pool.total = 0
    expect(pool.total).toBe(0)
    expect(worker?.status).toBe('stopping')
    gate.open()
    expect(await first).toBe(0)
    await until(() => worker?.status === 'stopped')
    expect(pool.workers).toEqual([])
    expect(others.map(work => work.status)).toEqual(Array(5).fill('queued'))
    expect(pool.stats()).toMatchObject({ queued: 5, running: 0, workers: { total: 0 } })
    expect(log.entries).toEqual([0])

    pool.total = 1
    expect(await Promise.all(others)).toEqual([1, 2, 3, 4, 5])
    expect(log.entries).toEqual([0, 1, 2, 3, 4, 5])
    expect(changes).toEqual([
      { from: 1, to: 0, reason: 'total' },
      { from: 0, to: 1, reason: 'total' },
    ])
  })

  test('[45] total = 0 does not pause a pool with autoScale', async () => {
    await using pool = new Pool({ total: 1, autoScale: true, waitTime: 0 })
    await pool.ready
    pool.total = 0
    expect(await pool.execute(() => 'all the same')).toBe('all the same')
  })

  test('[45] a cold burst starts all workers in parallel', async () => {
    await using pool = new Pool({ total: 0 })
    using gate = new ScopedGate()
    const works = Array.from({ length: 4 }, () => pool.execute(stand, [gate.buffer]))
    pool.total = 4
    expect(pool.stats().workers).toMatchObject({ total: 4, starting: 4 })
    // None ends before all have begun.
    await gate.entered(4)
    gate.open()
    await Promise.all(works)
    expect(new Set(works.map(work => work.workerId)).size).toBe(4)
  })

  test('[45] a burst on a new pool runs on all of its workers', async () => {
    await using pool = new Pool({ total: 4 })
    using gate = new ScopedGate()
    const works = Array.from({ length: 4 }, () => pool.execute(stand, [gate.buffer]))
    expect(pool.stats().workers.starting).toBe(4)
    await gate.entered(4)
    gate.open()
    await Promise.all(works)
    expect(new Set(works.map(work => work.workerId)).size).toBe(4)
  })
})

describe('misuse', () => {
  const refusals: [Record<string, unknown>, ErrorConstructor, RegExp][] = [
    [{ total: -1 }, RangeError, /total.*-1/],
    [{ total: 1.5 }, RangeError, /total.*1\.5/],
    [{ total: NaN }, RangeError, /total.*NaN/],
    [{ total: Infinity }, RangeError, /total.*Infinity/],
    [{ total: '4' }, TypeError, /total.*'4'/],
    [{ total: null }, TypeError, /total.*null/],
    [{ workBuffer: -1 }, RangeError, /workBuffer.*-1/],
    [{ workBuffer: 0.5 }, RangeError, /workBuffer.*0\.5/],
    [{ workBuffer: NaN }, RangeError, /workBuffer.*NaN/],
    [{ whenFull: 'drop' }, TypeError, /whenFull.*'drop'/],
    [{ autoScale: 'yes' }, TypeError, /autoScale.*'yes'/],
    [{ waitTime: -5 }, RangeError, /waitTime.*-5/],
    [{ waitTime: NaN }, RangeError, /waitTime.*NaN/],
    [{ scalingFactor: 0 }, RangeError, /scalingFactor.*0/],
    [{ scalingFactor: 2.5 }, RangeError, /scalingFactor.*2\.5/],
    [{ min: -1 }, RangeError, /min.*-1/],
    [{ max: 0 }, RangeError, /max.*0/],
    [{ min: 5, max: 4 }, RangeError, /min.*5.*max.*4|min.*max.*5.*4/],
    [{ idleTime: -1 }, RangeError, /idleTime.*-1/],
    [{ timeout: 0 }, RangeError, /timeout.*0/],
    [{ timeout: -1 }, RangeError, /timeout.*-1/],
    [{ grace: -1 }, RangeError, /grace.*-1/],
    [{ killTimeout: NaN }, RangeError, /killTimeout.*NaN/],
    [{ retain: -1 }, RangeError, /retain.*-1/],
    [{ setup: 'init' }, TypeError, /setup.*'init'/],
    [{ teardown: 7 }, TypeError, /teardown.*7/],
    [{ thread: 1 }, TypeError, /thread.*1/],
    [{ thread: { nmae: 'x' } }, TypeError, /thread.*nmae/],
    [{ totla: 4 }, TypeError, /totla.*total/],
  ]
  test.each(refusals)('[4] new Pool(%o) throws, naming option and value, and starts nothing', (options, kind, text) => {
    let threads = 0
    const count = (): void => void threads++
    process.on('worker', count)
    try {
      expect(() => new Pool(options as PoolOptions)).toThrow(kind)
      expect(() => new Pool(options as PoolOptions)).toThrow(text)
    } finally {
      process.off('worker', count)
    }
    expect(threads).toBe(0)
  })

  test.each([null, 5, 'four', []])('[4] new Pool(%o) throws: options are an object', options => {
    expect(() => new Pool(options as unknown as PoolOptions)).toThrow(TypeError)
  })

  test('[4] setters refuse what the constructor refuses, and change nothing', async () => {
    await using pool = new Pool({
      total: 1,
      workBuffer: 5,
      waitTime: 50,
      autoScale: false,
      scalingFactor: 2,
      min: 1,
      max: 3,
    })
    const before = settingsOf(pool)
    const open = pool as unknown as Record<string, unknown>
    const wrong: [string, unknown, ErrorConstructor][] = [
      ['total', -1, RangeError],
      ['total', 1.5, RangeError],
      ['total', '2', TypeError],
      ['workBuffer', -1, RangeError],
      ['workBuffer', NaN, RangeError],
      ['waitTime', -1, RangeError],
      ['waitTime', '1', TypeError],
      ['autoScale', 1, TypeError],
      ['scalingFactor', 0, RangeError],
      ['min', -1, RangeError],
      ['min', 4, RangeError],
      ['max', 0, RangeError],
      ['max', NaN, RangeError],
    ]
    for (const [name, value, kind] of wrong) {
      const assign = (): void => void (open[name] = value)
      expect(assign, name).toThrow(kind)
      expect(assign, name).toThrow(name)
      expect(assign, name).toThrow(String(value))
    }
    expect(settingsOf(pool)).toEqual(before)
    expect(pool.stats().workers.total).toBe(1)
  })

  test('[4] setters take effect at once, and waitTime turns autoScale on', async () => {
    await using pool = new Pool({ total: 1 })
    pool.total = 2
    pool.workBuffer = 7
    pool.scalingFactor = 3
    pool.max = 6
    pool.min = 2
    expect(settingsOf(pool)).toMatchObject({
      total: 2,
      workBuffer: 7,
      scalingFactor: 3,
      max: 6,
      min: 2,
      autoScale: false,
    })
    expect(pool.stats().workers).toMatchObject({ total: 2, starting: 2 })
    pool.waitTime = 20
    expect(settingsOf(pool)).toMatchObject({ waitTime: 20, autoScale: true })
    pool.autoScale = false
    expect(pool.autoScale).toBe(false)
  })

  test('[4] execute() throws at once for what can never run, and counts no work', async () => {
    await using pool = new Pool({ total: 1 })
    const misuse = (...args: unknown[]) => {
      try {
        Reflect.apply(pool.execute, pool, args)
      } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError) return `${error.name}: ${error.message}`
        throw error
      }
      return 'no error'
    }
    const ok = () => {}
    expect(misuse()).toMatch(/^TypeError: .*undefined/)
    expect(misuse('() => 1')).toMatch(/^TypeError: .*'\(\) => 1'/)
    expect(misuse({ url: 'file:///x.js', exportName: 'default' })).toMatch(/^TypeError/)
    expect(misuse(ok, 5)).toMatch(/^TypeError: .*args.*5/)
    expect(misuse(ok, { length: 0 })).toMatch(/^TypeError: .*args/)
    expect(misuse(ok, 'ab')).toMatch(/^TypeError: .*args.*'ab'/)
    expect(misuse(ok, null)).toMatch(/^TypeError: .*args.*null/)
    expect(misuse(ok, [], 5)).toMatch(/^TypeError: .*options.*5/)
    expect(misuse(ok, [], null)).toMatch(/^TypeError: .*options.*null/)
    expect(misuse(ok, [], { prioritty: 1 })).toMatch(/^TypeError: .*prioritty.*priority/)
    expect(misuse(ok, [], { priority: NaN })).toMatch(/^RangeError: .*priority.*NaN/)
    expect(misuse(ok, [], { priority: '1' })).toMatch(/^TypeError: .*priority.*'1'/)
    expect(misuse(ok, [], { priority: Infinity })).toMatch(/^RangeError: .*priority.*Infinity/)
    expect(misuse(ok, [], { timeout: 0 })).toMatch(/^RangeError: .*timeout.*0/)
    expect(misuse(ok, [], { timeout: NaN })).toMatch(/^RangeError: .*timeout.*NaN/)
    expect(misuse(ok, [], { queueTimeout: -3 })).toMatch(/^RangeError: .*queueTimeout.*-3/)
    expect(misuse(ok, [], { signal: {} })).toMatch(/^TypeError: .*signal/)
    expect(misuse(ok, [], { label: 5 })).toMatch(/^TypeError: .*label.*5/)
    expect(pool.stats().submitted).toBe(0)
    expect(pool.jobs.size).toBe(0)
  })

  test('[4] the other methods name argument and value, too', async () => {
    await using pool = new Pool({ total: 1 })
    const open = pool as unknown as Record<
      'execute' | 'map' | 'stop' | 'on' | 'off' | 'module',
      (...args: unknown[]) => unknown
    >
    const ok = () => {}
    expect(() => open.map(5, ok)).toThrow(/inputs.*5/)
    expect(() => open.map([], 'fn')).toThrow(TypeError)
    expect(() => open.map([], ok, { limit: 0 })).toThrow(/limit.*0/)
    expect(() => open.map([], ok, { limit: 1.5 })).toThrow(RangeError)
    expect(() => open.map([], ok, { ordered: 'no' })).toThrow(/ordered.*'no'/)
    expect(() => open.map([], ok, { priority: NaN })).toThrow(/priority.*NaN/)
    expect(() => open.map([], ok, { odered: true })).toThrow(/odered/)
    expect(() => open.stop('now')).toThrow(TypeError)
    expect(() => open.stop({ timeout: -1 })).toThrow(/timeout.*-1/)
    expect(() => open.stop({ hott: true })).toThrow(/hott.*hot/)
    expect(() => open.on('done', 5)).toThrow(/listener.*5/)
    expect(() => open.on('redy', ok)).toThrow(/'redy'.*did you mean ready\?/)
    expect(() => open.off('toString', ok)).toThrow(/'toString'/)
    for (const options of [null, 5, 'x', []])
      expect(() => open.map([], ok, options)).toThrow(/^options must be an object/)
    expect(() => open.execute(5)).toThrow(/^fn must be a function, or a task.*got 5/)
    for (const name of ['ready', 'jobs', 'workers', 'state', 'active']) {
      expect(() => Reflect.apply(Object.assign, undefined, [pool, { [name]: 1 }])).toThrow(name)
    }
    for (const id of [5, undefined, null, {}]) {
      expect([pool.jobs.get(id as never), pool.jobs.has(id as never)]).toEqual([undefined, false])
    }
    expect(() => open.module('./relative.js')).toThrow(/relative/)
    expect(() => task('./relative.js')).toThrow(/relative/)
    expect(() => task(import.meta.url, '')).toThrow(/exportName.*''/)
    await expect((async () => pool.scale(NaN))()).rejects.toThrow(/count.*NaN/)
    await expect((async () => pool.scale(0.5))()).rejects.toThrow(RangeError)
    await expect((async () => pool.scale('1' as never))()).rejects.toThrow(TypeError)
    await expect((async () => pool.discard(5 as never))()).rejects.toThrow(/works.*5/)
    await expect((async () => pool.discard('id', 'hot' as never))()).rejects.toThrow(/hot.*'hot'/)
    expect(pool.state).toBe('running')
    expect(pool.total).toBe(1)
  })
})

function settingsOf({
  total,
  workBuffer,
  waitTime,
  autoScale,
  scalingFactor,
  min,
  max,
}: Pool): Record<string, unknown> {
  return { total, workBuffer, waitTime, autoScale, scalingFactor, min, max }
}

describe('a polluted prototype', () => {
  const POOL = {
    total: 5,
    workBuffer: 0,
    whenFull: 'reject',
    autoScale: true,
    waitTime: 1,
    scalingFactor: 4,
    min: 3,
    max: 9,
    idleTime: 1,
    timeout: 0.001,
    grace: 10_000,
    killTimeout: 0,
    retain: 0,
    recycle: { works: 1 },
    concurrency: 7,
    setup: 'inherited',
    teardown: 'inherited',
    thread: 'inherited',
  }

  test.each([
    ['given options', { total: 1 }],
    ['no options', undefined],
  ])('[5] with %s the constructor takes nothing from it', async (_, options) => {
    await using pool = polluted(POOL, () => new Pool(options))
    const total = options?.total ?? availableParallelism()
    expect(settingsOf(pool)).toEqual({
      total,
      workBuffer: 1024,
      waitTime: 100,
      autoScale: false,
      scalingFactor: 1,
      min: 1,
      max: availableParallelism(),
    })
    await pool.ready
    expect(pool.workers.length).toBe(total)
    const work = pool.execute(() => 1)
    expect(await work).toBe(1)
    expect(pool.jobs.get(work.id)).toBe('done')
  })

  test('[5] options handed down by the object that carries them count no more', async () => {
    await using pool = new Pool(Object.create({ total: 3, workBuffer: 1, whenFull: 'reject' }))
    expect(pool.total).toBe(availableParallelism())
    expect(pool.workBuffer).toBe(1024)
    const work = pool.execute(() => 1, [], Object.create({ signal: AbortSignal.abort(), unknown: 1 }))
    expect(await work).toBe(1)
  })

  test('[5] threads are made without anything from it', async () => {
    const thread = {
      eval: true,
      argv: ['evil'],
      execArgv: ['--evil'],
      env: { EVIL: '1' },
      workerData: 'evil',
      stdout: true,
      stdin: true,
      name: 'evil',
    }
    for (const options of [{ total: 1 }, { total: 1, thread: {} }]) {
      await using pool = polluted(thread, () => new Pool(options))
      const seen = await pool.execute(async () => {
        const { workerData } = await import('node:worker_threads')
        return {
          workerData,
          argv: process.argv.slice(2),
          execArgv: process.execArgv.includes('--evil'),
          env: process.env['EVIL'],
        }
      })
      expect(seen).toMatchObject({ execArgv: false })
      expect(seen.env).toBeUndefined()
      expect(seen.argv).not.toContain('evil')
      expect(JSON.stringify(seen)).not.toContain('evil')
    }
  })

  test.each([
    ['options', {}],
    ['no options', undefined],
  ])('[5] with %s execute() takes nothing from it', async (_, options) => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new Log()
    const busy = pool.execute(stand, [gate.buffer])
    await gate.entered()
    const first = pool.execute(note, [log.buffer, 1])
    const inherited = {
      priority: 9,
      signal: AbortSignal.abort(),
      timeout: 0.001,
      queueTimeout: 0.001,
      label: 'inherited',
      retries: 3,
      nonsense: 1,
    }
    const [second, labelled] = polluted(inherited, () => [
      pool.execute(note, [log.buffer, 2], options),
      pool.execute(async () => (await import('threadcrew/thread')).context().label ?? 'none', [], options),
    ])
    gate.open()
    await Promise.all([busy, first, second])
    expect(log.entries).toEqual([1, 2])
    expect(await labelled).toBe('none')
  })

  test('[5] map(), discard() and stop() take nothing from it', async () => {
    await using pool = new Pool({ total: 1 })
    const inherited = { ordered: 'no', limit: -1, hot: true, timeout: 1, signal: AbortSignal.abort() }
    const squares: number[] = []
    for await (const square of polluted(inherited, () => pool.map([1, 2, 3], n => n * n))) squares.push(square)
    for await (const square of polluted(inherited, () => pool.map([4], n => n * n, {}))) squares.push(square)
    expect(squares).toEqual([1, 4, 9, 16])

    using gate = new ScopedGate()
    const running = pool.execute(stand, [gate.buffer, 'to its end'])
    const queued = pool.execute(() => 'too')
    await gate.entered()
    const foreign = pool.execute(() => 'never discarded')
    expect(await polluted({ [foreign.id]: true }, () => pool.discard({}))).toEqual(new Map())
    const stopped = polluted(inherited, () => pool.stop({}))
    gate.open()
    expect(await Promise.all([running, queued, foreign])).toEqual(['to its end', 'too', 'never discarded'])
    await stopped
  })

  test('[5] arguments take nothing from it', async () => {
    const count = (...values: unknown[]) => values.length
    expect(await polluted({ 0: 'evil', 1: 'evil' }, () => pool.execute(count))).toBe(0)
    expect(await polluted({ 1: 'evil' }, () => pool.execute(count, ['mine']))).toBe(1)
  })
})

describe('works', () => {
  const ORDER: readonly WorkStatus[] = ['waiting', 'queued', 'running', 'done']

  test('[6] ids are 21 characters, and unique across pools', async () => {
    await using one = new Pool({ total: 1 })
    await using two = new Pool({ total: 1 })
    const works = [one, two].flatMap(pool => Array.from({ length: 1000 }, () => pool.execute(() => {})))
    const ids = works.map(work => work.id)
    for (const id of ids) expect(id).toMatch(/^[\w-]{21}$/)
    expect(new Set(ids).size).toBe(2000)
    await Promise.all(works)
    expect(works.map(work => work.id)).toEqual(ids)
  })

  test('[6] a work knows its id where it runs, and its worker', async () => {
    await using pool = new Pool({ total: 2 })
    const works = Array.from({ length: 20 }, () =>
      pool.execute(function () {
        return { id: this.id, workerId: this.workerId, threadId: this.threadId }
      }),
    )
    for (const work of works) {
      const { id, workerId, threadId } = await work
      expect(id).toBe(work.id)
      expect(workerId).toBe(work.workerId)
      expect(pool.workers.find(worker => worker.id === workerId)?.threadId).toBe(threadId)
    }
  })

  test('[6] status goes waiting, queued, running, done, and only so', async () => {
    // The thread is starting. One that is idle might have begun the first work by the time its status is read.
    await using pool = new Pool({ total: 1, workBuffer: 1 })
    using gates = scopedGates(3)
    const works = gates.map(gate => pool.execute(stand, [gate.buffer]))
    const seen = works.map(work => [work.status])
    expect(seen).toEqual([['queued'], ['queued'], ['waiting']])
    let watching = true
    const watch = (async () => {
      for (; watching; await turn()) {
        works.forEach((work, i) => {
          const { status } = work
          if (seen[i]?.at(-1) !== status) seen[i]?.push(status)
          // The thread may move it between two looks.
          const inJobs = pool.jobs.get(work.id)
          expect([status, work.status]).toContain(inJobs)
        })
      }
    })()
    for (const gate of gates) {
      await gate.entered()
      await turn()
      await turn()
      gate.open()
    }
    await Promise.all(works)
    await turn()
    watching = false
    await watch
    expect(seen).toEqual([['queued', 'running', 'done'], ['queued', 'running', 'done'], ORDER])
  })

  test('[6] a final status stays, whatever comes later', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 3 })
    await pool.ready
    using gate = new ScopedGate()
    const done = pool.execute(() => 1)
    const failed = pool.execute(() => {
      throw new Error('thrown')
    })
    await done
    await failed.catch(() => {})
    const left = pool.execute(standAsync, [gate.buffer])
    await gate.entered()
    const queued = pool.execute(() => 1)
    await pool.discard([left, queued])
    const works: Work<unknown>[] = [done, failed, left, queued]
    const final = ['done', 'failed', 'discarded', 'discarded']
    expect(works.map(work => work.status)).toEqual(final)

    expect([...(await pool.discard(works)).values()]).toEqual(final)
    gate.open() // the function of `left` ends now, and returns
    expect(await Promise.all([done, failed, queued].map(work => work.stop()))).toEqual(['done', 'failed', 'discarded'])
    await pool.execute(() => {})
    expect([...(await pool.discard(works, true)).values()]).toEqual(final)
    expect(works.map(work => work.status)).toEqual(final)
    expect(pool.stats()).toMatchObject({ submitted: 5, done: 2, failed: 1, discarded: 2 })
  })
})

describe('results', () => {
  test('[7] sync, async, thenable and undefined results resolve', async () => {
    expect(await pool.execute(() => 'sync')).toBe('sync')
    expect(await pool.execute(async () => 'async')).toBe('async')
    expect(await pool.execute(() => new Promise<string>(resolve => setImmediate(resolve, 'later')))).toBe('later')
    expect(await pool.execute(() => ({ then: (resolve: (value: string) => void) => resolve('thenable') }))).toBe(
      'thenable',
    )
    expect(
      await pool.execute(() =>
        Object.assign(() => {}, { then: (resolve: (value: string) => void) => setTimeout(resolve, 1, 'callable') }),
      ),
    ).toBe('callable')
    expect(
      await pool.execute(() => Promise.resolve({ then: (resolve: (value: string) => void) => resolve('nested') })),
    ).toBe('nested')
    expect(await pool.execute(() => {})).toBeUndefined()
    expect(await pool.execute(async () => {})).toBeUndefined()
    expect(await pool.execute(() => ({ then: 'not a function' }))).toEqual({ then: 'not a function' })
    await expect(
      pool.execute(() => ({ then: (_: unknown, reject: (error: Error) => void) => reject(new RangeError('no')) })),
    ).rejects.toThrow(RangeError)
    await expect(
      pool.execute(() => ({
        then() {
          throw new RangeError('neither')
        },
      })),
    ).rejects.toThrow('neither')
  })

  const values: unknown[] = [
    null,
    undefined,
    0,
    -0,
    1,
    -1,
    0.1,
    2 ** 53,
    1e308,
    NaN,
    Infinity,
    -Infinity,
    '',
    ' ',
    '\0',
    'ab\u{1f600}\ud800',
    'x'.repeat(32),
    'x'.repeat(33),
    'ü'.repeat(100_000),
    false,
    true,
    0n,
    1n,
    -1n,
    2n ** 63n - 1n,
    2n ** 63n,
    -(2n ** 63n),
    -(2n ** 63n) - 1n,
  ]
  test('[7] primitive values cross unchanged, both ways, alone and inside others', async () => {
    const changed: unknown[] = []
    const check = (place: string, sent: unknown, got: unknown) =>
      Object.is(got, sent) || changed.push({ place, sent, got })
    for (const value of values) {
      // What has the same text and type on the other side is the same value.
      const text = Object.is(value, -0) ? '-0' : String(value)
      const arrivesWhole = await pool.execute(
        (value, text, type) => (Object.is(value, -0) ? '-0' : String(value)) === text && typeof value === type,
        [value, text, typeof value] as const,
      )
      check('argument', true, arrivesWhole)
      check('result', value, await pool.execute(value => value, [value]))
      check('async result', value, await pool.execute(async value => value, [value]))
      check('in the result', value, (await pool.execute(value => ({ value }), [value])).value)
      check(
        'in an argument',
        value,
        (await pool.execute((holder: { value: unknown }) => [holder.value], [{ value }]))[0],
      )
    }
    expect(changed).toEqual([])
  })

  test('[7] no arguments and undefined arguments are not the same', async () => {
    const count = (...values: unknown[]) => values.length
    expect(await pool.execute(count)).toBe(0)
    expect(await pool.execute(count, [])).toBe(0)
    expect(await pool.execute(count, [undefined])).toBe(1)
    expect(await pool.execute(count, [undefined, undefined, 1])).toBe(3)
  })

  test('[7] every work gets the result of its own call', async () => {
    await using pool = new Pool({ total: 2 })
    const results = await Promise.all(
      Array.from({ length: 2000 }, (_, i) => {
        // Kinds of results that travel in different ways, mixed.
        if (i % 5 === 0) return pool.execute(i => ({ i }), [i]).then(result => result.i)
        if (i % 5 === 1) return pool.execute(i => `${i}`, [i]).then(Number)
        if (i % 5 === 2) return pool.execute(async i => i, [i])
        if (i % 5 === 3)
          return pool
            .execute(
              i => {
                throw Object.assign(new Error('thrown'), { i })
              },
              [i],
            )
            .catch(error => error.i)
        return pool.execute(i => i, [i])
      }),
    )
    expect(results).toEqual(Array.from({ length: 2000 }, (_, i) => i))
  })
})

describe('modules and setup that fail', () => {
  const failing = (options: { failures: number } & PoolOptions) => {
    const data = new SharedArrayBuffer(8)
    const words = new Int32Array(data)
    const { failures, ...rest } = options
    words[0] = failures
    const pool = new Pool({ setup: failingSetup, ...rest, thread: { workerData: data } })
    return {
      pool,
      attempts: () => Atomics.load(words, 1),
      fail: (times: number) => Atomics.store(words, 0, times),
    }
  }

  test('[8] a module that is not there rejects the work with the error of import(), and the thread lives', async () => {
    const threadId = await pool.execute(async () => (await import('node:worker_threads')).threadId)
    const missing = pool.execute(task(new URL('./no-such-module.js', import.meta.url)))
    await expect(missing).rejects.toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
      message: expect.stringContaining('no-such-module.js'),
    })
    expect(missing.status).toBe('failed')
    expect(await pool.execute(async () => (await import('node:worker_threads')).threadId)).toBe(threadId)
  })

  test('[8] a module that cannot be parsed or throws rejects the work with that very error', async () => {
    await expect(pool.execute(task('data:text/javascript,export default function ('))).rejects.toThrow(SyntaxError)
    const throwing = pool.execute(
      task("data:text/javascript,throw Object.assign(new RangeError('own'), { code: 'E_OWN', detail: { n: 5 } })"),
    )
    const error = await throwing.then(undefined, error => error)
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ message: 'own', code: 'E_OWN', detail: { n: 5 } })
    expect(await pool.execute(() => 'alive')).toBe('alive')
  })

  test('[8] an export that is not there, or no function, rejects the work with its name', async () => {
    const url = 'data:text/javascript,export const answer = 42; export function ask() { return answer }'
    await expect(pool.execute(task(url, 'aks'))).rejects.toThrow(/aks.*ask/s)
    await expect(pool.execute(task(url, 'answer'))).rejects.toThrow(/answer.*number/s)
    expect(await pool.execute(task(url, 'ask'))).toBe(42)
  })

  test('[8] setup runs once on each thread before its first work, with workerData', async () => {
    const { pool, attempts } = failing({ failures: 0, total: 2 })
    await using _ = pool
    expect(await Promise.all(Array.from({ length: 50 }, () => pool.execute(() => 1)))).toEqual(Array(50).fill(1))
    await pool.ready
    expect(attempts()).toBe(2)
  })

  test('workerData that is changed into what cannot be cloned fails the next starts, with its path', async () => {
    const workerData: { hook: unknown } = { hook: 'none' }
    await using pool = new Pool({ total: 0, thread: { workerData } })
    workerData.hook = () => {}
    const work = pool.execute(() => 1)
    pool.total = 1
    await expect(work).rejects.toMatchObject({
      code: 'ERR_WORKER_START',
      cause: { code: 'ERR_VALUE_NOT_CLONEABLE', path: 'thread.workerData.hook' },
    })
  })

  test('[8] a thread is available only when an async setup has ended', async () => {
    using gate = new ScopedGate()
    await using pool = new Pool({ total: 1, setup: standAsync<undefined>, thread: { workerData: gate.buffer } })
    const work = pool.execute(() => 'served')
    let ready = false
    void pool.ready.then(() => (ready = true))
    await gate.entered()
    expect(pool.workers[0]?.status).toBe('starting')
    expect(work.status).toBe('queued')
    expect(ready).toBe(false)
    gate.open()
    expect(await work).toBe('served')
    await pool.ready
  })

  test('[8] a setup that keeps failing rejects ready, and after 3 attempts every work, at the door too', async () => {
    const { pool, attempts } = failing({ failures: 1000, total: 1, workBuffer: 2 })
    await using _ = pool
    const works = [1, 2, 3, 4].map(n => pool.execute(n => n, [n]))
    expect(works.map(work => work.status)).toEqual(['queued', 'queued', 'queued', 'waiting'])
    const accepted = works.map(work =>
      work.accepted.then(
        () => 'accepted',
        (error: unknown) => error,
      ),
    )
    const errors = await Promise.all(
      works.map(work =>
        work.then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    )
    for (const error of errors) {
      expect(error).toBeInstanceOf(WorkerStartError)
      expect(error).toMatchObject({
        code: 'ERR_WORKER_START',
        attempts: 3,
        message: expect.stringContaining('no licence'),
      })
      expect((error as Error).cause).toBeInstanceOf(RangeError)
      expect((error as Error).cause).toMatchObject({ message: 'no licence', code: 'E_LICENCE' })
    }
    expect(attempts()).toBe(3)
    expect(works.map(work => work.status)).toEqual(['failed', 'failed', 'failed', 'failed'])
    expect(await Promise.all(accepted)).toEqual(['accepted', 'accepted', 'accepted', errors[3]])
    await expect(pool.ready).rejects.toMatchObject({ code: 'ERR_WORKER_START', attempts: 3 })
    expect(pool.stats()).toMatchObject({ failed: 4, queued: 0, waiting: 0, workers: { total: 1 } })
  })

  test('[8] nobody is disturbed by a ready that rejects unobserved', async () => {
    const strays: unknown[] = []
    const stray = (reason: unknown): void => void strays.push(reason)
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', stray)
    try {
      const { pool } = failing({ failures: 1000, total: 1 })
      const told = new Promise(resolve => pool.on('error', resolve))
      expect(await told).toBeInstanceOf(WorkerStartError)
      for (let i = 0; i < 10; i++) await turn()
      await pool.stop()
    } finally {
      process.removeAllListeners('unhandledRejection')
      for (const other of others) process.on('unhandledRejection', other)
    }
    expect(strays).toEqual([])
  })

  test('[8] the next execute tries again', async () => {
    const { pool, attempts, fail } = failing({ failures: 1000, total: 1 })
    await using _ = pool
    await expect(pool.execute(() => 1)).rejects.toThrow(WorkerStartError)
    expect(attempts()).toBe(3)
    await expect(pool.execute(() => 2)).rejects.toMatchObject({ attempts: 3 })
    expect(attempts()).toBe(6)
    fail(0)
    expect(await pool.execute(() => 3)).toBe(3)
    expect(attempts()).toBe(7)
    expect(pool.stats().workers).toMatchObject({ total: 1, available: 1 })
  })

  test('[8] a setup that fails twice and then succeeds costs no work; its failure is told', async () => {
    const { pool, attempts } = failing({ failures: 2, total: 1 })
    await using _ = pool
    const told: unknown[] = []
    pool.on('error', error => told.push(error))
    const work = pool.execute(() => 'served')
    expect(await work).toBe('served')
    await pool.ready
    expect(attempts()).toBe(3)
    expect(told).toMatchObject([{ message: 'no licence' }])
  })

  test('[8] while other threads serve, a failing start costs no work', async () => {
    const { pool, fail } = failing({ failures: 0, total: 1 })
    await using _ = pool
    await pool.ready
    using gate = new ScopedGate()
    const works = [pool.execute(stand, [gate.buffer, 'first']), pool.execute(() => 'second')]
    await gate.entered()
    fail(1000)
    const told = new Promise(resolve => pool.on('error', resolve))
    await expect(pool.scale(1)).rejects.toBeInstanceOf(WorkerStartError)
    expect(await told).toBeInstanceOf(WorkerStartError)
    expect(works.map(work => work.status)).toEqual(['running', 'queued'])
    gate.open()
    expect(await Promise.all(works)).toEqual(['first', 'second'])
    fail(0)
  })

  test('[8] inline setup and teardown import and require from the file that made the pool, and their errors show it', async () => {
    const place = new Int32Array(new SharedArrayBuffer(8))
    const setup = async (words: Int32Array) => {
      const { place } = await import('../support/tasks/place.js')
      if (require('../support/tasks/place.cjs').place.startsWith(place)) words[0] = 1
    }
    const pool = new Pool({
      total: 1,
      setup,
      teardown: (words: Int32Array) => {
        words[1] = 1
        throw new RangeError('torn')
      },
      thread: { workerData: place },
    })
    const errors: unknown[] = []
    pool.on('error', error => errors.push(error))
    await pool.ready
    // Its record is the same wherever it is used: nothing about it may come from the library's own folder.
    await pool.execute(setup, [place])
    await pool.stop()
    expect([...place]).toEqual([1, 1])
    expect(errors).toMatchObject([{ name: 'RangeError', message: 'torn' }])
    const frames = framesOf(errors[0] as Error)
    expect(frames.every(frame => frame.includes('lifecycle.test.ts'))).toBe(true)
    expect(frames.at(-1)).toMatch(/^at new Pool \(.*lifecycle\.test\.ts:\d+:\d+\)$/)
  })

  test.each([[null], [undefined], ['text']])('[8] what setup threw is the cause, if it was %o, too', async thrown => {
    await using pool = new Pool({
      total: 1,
      setup: (thrown: unknown) => {
        throw thrown
      },
      thread: { workerData: thrown },
    })
    await expect(pool.ready).rejects.toMatchObject({ code: 'ERR_WORKER_START', cause: thrown })
  })

  test('[8] a setup that cannot be loaded fails like one that throws', async () => {
    await using pool = new Pool({ total: 1, setup: task(new URL('./no-such-setup.js', import.meta.url)) })
    const error = await pool.execute(() => 1).catch(error => error)
    expect(error).toBeInstanceOf(WorkerStartError)
    expect(error.cause).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    await expect(pool.ready).rejects.toBe(error)
  })

  test('[8] threads that Node refuses to make fail the works in the same way', async () => {
    await using pool = new Pool({ total: 1, thread: { execArgv: ['--no-such-option'] } })
    const error = await pool.execute(() => 1).catch(error => error)
    expect(error).toBeInstanceOf(WorkerStartError)
    expect(error.attempts).toBe(3)
    expect(error.cause).toMatchObject({ code: 'ERR_WORKER_INVALID_EXEC_ARGV' })
    await expect(pool.ready).rejects.toMatchObject({ code: 'ERR_WORKER_START' })
  })
})

describe('a pool inside a thread of a pool', () => {
  const nested = new URL('../support/tasks/nested.js', import.meta.url)

  test('[9] works, on threads of its own, and stops without touching the outer one', async () => {
    await using pool = new Pool({ total: 1 })
    const { squares, outer, inner, state, left } = await pool.execute(
      task<typeof squareInside>(nested, 'squareInside'),
      [[1, 2, 3, 4]],
    )
    expect(squares).toEqual([1, 4, 9, 16])
    expect(state).toBe('stopped')
    expect(left).toBe(0)
    expect(outer).toBe(pool.workers[0]?.threadId)
    expect(inner).not.toContain(outer)
    expect(inner).not.toContain(0)
    const again = await pool.execute(task<typeof squareInside>(nested, 'squareInside'), [[5]])
    expect(again).toMatchObject({ squares: [25], outer })
    expect(pool.stats()).toMatchObject({ done: 2, failed: 0, workers: { available: 1 } })
  })

  test('[9] its crash and its hot stop leave the outer thread as it was', async () => {
    await using pool = new Pool({ total: 1 })
    const trouble = await pool.execute(task<typeof troubleInside>(nested, 'troubleInside'))
    expect(trouble).toMatchObject({ crash: 'ERR_WORKER_LOST', exitCode: 5, loop: 'ERR_WORK_DISCARDED' })
    expect(await pool.execute(async () => (await import('node:worker_threads')).threadId)).toBe(trouble.outer)
  })

  test('[9] left behind, it ends with the outer thread', async () => {
    await using pool = new Pool({ total: 1 })
    expect(await pool.execute(task<typeof leavePoolBehind>(nested, 'leavePoolBehind'))).toBe('inner')
    expect(await pool.execute(() => 'still there')).toBe('still there')
    await pool.stop()
    expect(pool.state).toBe('stopped')

    await using hot = new Pool({ total: 1 })
    await hot.execute(task<typeof leavePoolBehind>(nested, 'leavePoolBehind'))
    using gate = new ScopedGate()
    const looping = hot.execute(loop, [gate.buffer])
    await gate.entered()
    await hot.stop(true)
    expect(looping.status).toBe('discarded')
  })

  test('[9] threads that create the pool that started them do so no further than maxDepth, and the error says why', async () => {
    const { stdout, stderr, code } = await runInChild(`
      import { setEnvironmentData } from 'node:worker_threads'
      const marks = new Int32Array(new SharedArrayBuffer(4))
      setEnvironmentData('marks', marks.buffer)
      const { outcome } = await import(${JSON.stringify(new URL('../support/tasks/own-pool.js', import.meta.url).href)})
      console.log(JSON.stringify({ outcome, loaded: marks[0] }))
      process.exit()
    `)
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    const { outcome, loaded } = JSON.parse(stdout) as { outcome: { code: string; message: string }; loaded: number }
    expect(outcome.code).toBe('ERR_WORKER_START')
    expect(outcome.message).toContain('2 levels below the main thread')
    expect(outcome.message).toContain('isMainThread')
    // The main thread, and one thread of each of two pools.
    expect(loaded).toBe(3)
  })

  test('[9] a file of --import that creates a pool does not start threads without end', async () => {
    const file = `data:text/javascript,${encodeURIComponent(`
      import { Pool } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
      new Pool({ total: 1 }).on('error', () => {})
    `)}`
    const { stdout, stderr, code } = await runInChild(
      `import { Pool } from 'threadcrew'
      const pool = new Pool({ total: 1 })
      console.log(await pool.execute(() => 'served'))
      await pool.stop()
      process.exit()`,
      ['--import', file],
    )
    expect({ stdout, stderr, code }).toEqual({ stdout: 'served\n', stderr: '', code: 0 })
  })

  test.each([
    [1, 'ERR_WORKER_START'],
    [2, 'inner'],
  ])('[9] with maxDepth %i, it ends with %s', async (maxDepth, expected) => {
    await using pool = new Pool({ total: 1 })
    const outcome = await pool.execute(
      async (maxDepth: number, library: string) => {
        const { Pool } = (await import(library)) as typeof import('threadcrew')
        const inner = new Pool({ total: 1, thread: { maxDepth } })
        const outcome = await inner.execute(() => 'inner').catch(error => (error as { code: string }).code)
        await inner.stop()
        return outcome
      },
      [maxDepth, new URL('../../dist/index.js', import.meta.url).href],
    )
    expect(outcome).toBe(expected)
  })

  test('[9] a wrong maxDepth is refused', () => {
    expect(() => new Pool({ thread: { maxDepth: 0 } })).toThrow('thread.maxDepth must be a whole number ≥ 1')
  })
})
