/** scale(), `total` and worker.stop(): how many workers there are, which of them leave, and what becomes of their works. */

import {
  Pool,
  PoolStoppedError,
  type ScaleReport,
  task,
  WorkDiscardedError,
  type WorkerInfo,
  WorkerStartError,
  type WorkContext,
} from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { aWhile } from '../support/a-while.js'
import { Gate, until } from '../support/gate.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { endOf, StepLog, steps, warmUp } from '../support/steps.js'
import type { loop as loopTask } from '../support/tasks/gates.js'

const loop = task<typeof loopTask>(new URL('../support/tasks/gates.js', import.meta.url), 'loop')
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const idsOf = (pool: Pool): string[] => pool.workers.map(worker => worker.id)

describe('adding workers', () => {
  test('[44] scale(+n) changes the target at once and resolves when those added are available', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    const before = idsOf(pool)
    const online: string[] = []
    const changes: unknown[] = []
    pool.on('workerOnline', worker => online.push(worker.id))
    pool.on('scaled', change => changes.push(change))
    const scaled = pool.scale(2)
    expect(pool.total).toBe(3)
    expect(changes).toEqual([{ from: 1, to: 3, reason: 'scale' }])
    const report = await scaled
    expect(report).toEqual({
      total: 3,
      added: idsOf(pool).filter(id => !before.includes(id)),
      removed: [],
      works: new Map(),
    })
    expect(report.added).toHaveLength(2)
    expect(online.toSorted()).toEqual([...report.added].sort())
    expect(pool.workers.map(worker => worker.status)).toEqual(['available', 'available', 'available'])
  })

  test('[44] scale() without a count adds scalingFactor workers, whatever min and max say', async () => {
    await using pool = new Pool({ total: 1, scalingFactor: 2, max: 2, min: 1 })
    expect((await pool.scale()).added).toHaveLength(2)
    expect(pool.total).toBe(3)
    pool.scalingFactor = 1
    expect((await pool.scale()).total).toBe(4)
    expect((await pool.scale(-4)).total).toBe(0)
  })

  test('[44] an added worker takes over works that were sent ahead to a busy one', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const busy = pool.execute(step, [log.buffer, 0, gate.buffer])
    const works = range(1, 100).map(i => pool.execute(step, [log.buffer, i]))
    await gate.entered()
    await pool.scale(1)
    // All of them, while the first worker still stands at the gate.
    expect(await Promise.all(works)).toEqual(range(1, 100))
    expect(busy.status).toBe('running')
    gate.open()
    expect(await busy).toBe(0)
    expect(log.begun.toSorted((a, b) => a - b)).toEqual(range(0, 100))
  })

  test('[44] scale() rejects when threads do not start', async () => {
    const fails = new Int32Array(new SharedArrayBuffer(4))
    await using pool = new Pool({
      total: 1,
      setup: (fails: Int32Array) => {
        if (Atomics.load(fails, 0) === 1) throw new RangeError('setup fails')
      },
      thread: { workerData: fails },
    })
    pool.on('error', () => {})
    await pool.ready
    Atomics.store(fails, 0, 1)
    const error: unknown = await pool.scale(1).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(WorkerStartError)
    expect(error).toMatchObject({ attempts: 3, cause: { message: 'setup fails' } })
    // The worker that is there goes on.
    expect(await pool.execute(() => 'served')).toBe('served')
  })

  test('[44] scale() of bad values is refused with the name of the argument, and changes nothing', async () => {
    await using pool = new Pool({ total: 1 })
    const scale = async (...args: unknown[]): Promise<unknown> => Reflect.apply(pool.scale, pool, args)
    for (const count of [NaN, 1.5, Infinity, '1', null]) await expect(scale(count)).rejects.toThrow('count')
    await expect(scale(1, 'hot')).rejects.toThrow('hot')
    expect(await pool.scale(0)).toEqual({ total: 1, added: [], removed: [], works: new Map() })
    expect(pool.total).toBe(1)
    expect(pool.workers).toHaveLength(1)
  })
})

describe('removing workers', () => {
  test('[44] scale(-n) stops at 0, and resolves when those removed have exited', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    const before = idsOf(pool)
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const scaled = pool.scale(-5)
    expect(pool.total).toBe(0)
    const report = await scaled
    expect({ ...report, removed: [...report.removed].sort() }).toEqual({
      total: 0,
      added: [],
      removed: before.toSorted(),
      works: new Map(),
    })
    expect(exited.toSorted()).toEqual(before.toSorted())
    expect(pool.workers).toEqual([])
    expect((await pool.scale(-1)).removed).toEqual([])
  })

  test('[44] a pool scaled to 0 keeps its works until somebody is there again', async () => {
    await using pool = new Pool({ total: 1 })
    const log = new StepLog()
    const { step } = steps()
    await pool.scale(-1)
    const works = range(1, 5).map(i => pool.execute(step, [log.buffer, i]))
    await aWhile()
    expect(works.map(work => work.status)).toEqual(works.map(() => 'queued'))
    await pool.scale(1)
    expect(await Promise.all(works)).toEqual(range(1, 5))
    expect(log.begun).toEqual(range(1, 5))
  })

  test('[44] idle workers leave first: those that run works go on, and nothing is lost or started again', async () => {
    await using pool = new Pool({ total: 4 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    const works = [0, 1].map(i => pool.execute(spinStep, [log.buffer, i, gate.buffer]))
    await gate.entered(2)
    const busy = works.map(work => work.workerId as string)
    const report = await pool.scale(-2)
    expect(report.removed).toHaveLength(2)
    for (const id of busy) expect(report.removed).not.toContain(id)
    expect(report.works).toEqual(new Map())
    expect(works.map(work => work.status)).toEqual(['running', 'running'])
    gate.open()
    expect(await Promise.all(works)).toEqual([0, 1])
    expect(log.begun.toSorted()).toEqual([0, 1])
    expect(idsOf(pool).toSorted()).toEqual(busy.toSorted())
  })

  test('[44] a graceful scale also picks idle workers in the turn in which a work was submitted', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    const work = pool.execute(spinStep, [log.buffer, 0, gate.buffer])
    const report = await pool.scale(-1)
    expect(report.works).toEqual(new Map())
    await gate.entered()
    expect(report.removed).not.toContain(work.workerId)
    gate.open()
    expect(await work).toBe(0)
  })

  test('[44] of busy workers the one with the largest heap leaves first, although another works a little harder', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using first = new ScopedGate()
    using gate = new ScopedGate()
    const waitAt = async (buffer: SharedArrayBuffer, everyMs: number, busyMs: number): Promise<void> => {
      const words = new Int32Array(buffer)
      Atomics.add(words, 1, 1)
      while (Atomics.load(words, 0) === 0) {
        for (const end = performance.now() + busyMs; performance.now() < end; );
        await new Promise(resolve => setTimeout(resolve, everyMs))
      }
    }
    const light = pool.execute(waitAt, [first.buffer, 5, 1])
    await first.entered()
    const lightWorker = pool.workers.find(worker => worker.id === light.workerId) as WorkerInfo
    const heavyWorker = pool.workers.find(worker => worker !== lightWorker) as WorkerInfo
    // The only free worker takes on a load of 20 MB, and says so in time.
    await pool.execute(() => {
      Object.assign(globalThis, {
        load: Array.from({ length: 50 }, () => Array.from({ length: 50_000 }, (_, i) => i + 0.5)),
      })
    })
    while (heavyWorker.usage().heap < lightWorker.usage().heap + 15e6) await pool.execute(() => {})
    const heavy = pool.execute(waitAt, [gate.buffer, 20, 0])
    await gate.entered()
    expect(heavy.workerId).toBe(heavyWorker.id)
    const worksHarder = (): boolean => {
      const { utilization } = lightWorker.usage()
      const most = heavyWorker.usage().utilization
      return utilization > most && utilization < most + 0.5
    }
    while (!worksHarder()) await aWhile(20)
    const scaled = pool.scale(-1)
    gate.open()
    const report = await scaled
    expect(report.removed).toEqual([heavyWorker.id])
    expect(report.works).toEqual(new Map([[heavy.id, 'done']]))
    expect(light.status).toBe('running')
    first.open()
    await Promise.all([light, heavy])
  })

  test('[44] of busy workers the one that has been working hardest leaves first', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    using spinning = new ScopedGate()
    const log = new StepLog()
    const { asyncStep, spinStep } = steps()
    const waiting = pool.execute(asyncStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const working = pool.execute(spinStep, [log.buffer, 1, spinning.buffer])
    await spinning.entered()
    const [waitingWorker, workingWorker] = [waiting, working].map(({ workerId }) =>
      pool.workers.find(({ id }) => id === workerId),
    ) as [WorkerInfo, WorkerInfo]
    // The share of the last second must show it, however long threads took to start.
    while (workingWorker.usage().utilization < waitingWorker.usage().utilization + 0.5) await aWhile(20)
    const scaled = pool.scale(-1)
    spinning.open()
    expect((await scaled).removed).toEqual([workingWorker.id])
    expect(waiting.status).toBe('running')
    gate.open()
    expect(await Promise.all([waiting, working])).toEqual([0, 1])
  })

  test('[44] graceful: a busy worker ends its running work first; what was sent ahead to it runs once elsewhere', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    using second = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const running = [gate, second].map((gate, i) => pool.execute(spinStep, [log.buffer, i, gate.buffer]))
    await Promise.all([gate.entered(), second.entered()])
    const works = range(2, 60).map(i => pool.execute(step, [log.buffer, i]))
    await aWhile(1)
    const workerIds = running.map(work => work.workerId)
    let report: ScaleReport | undefined
    const scaled = pool.scale(-1).then(result => (report = result))
    const stopping = pool.workers.find(worker => worker.status === 'stopping')
    const seenOut = workerIds.indexOf(stopping?.id)
    expect(seenOut).toBeGreaterThanOrEqual(0)
    // The other one does all that was sent ahead, while this one still runs.
    ;[gate, second][1 - seenOut]?.open()
    expect(await Promise.all(works)).toEqual(range(2, 60))
    expect(report).toBeUndefined()
    expect(running[seenOut]?.status).toBe('running')
    ;[gate, second][seenOut]?.open()
    await scaled
    expect(report).toEqual({
      total: 1,
      added: [],
      removed: [stopping?.id],
      works: new Map([[running[seenOut]?.id, 'done']]),
    })
    expect(await Promise.all(running)).toEqual([0, 1])
    expect(log.begun.toSorted((a, b) => a - b)).toEqual(range(0, 60))
  })

  test('[44] hot: the running work is interrupted and becomes discarded; what was sent ahead runs once elsewhere', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    using second = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const running = [gate, second].map((gate, i) => pool.execute(spinStep, [log.buffer, i, gate.buffer]))
    const ends = Promise.all(running.map(endOf))
    await Promise.all([gate.entered(), second.entered()])
    const works = range(2, 60).map(i => pool.execute(step, [log.buffer, i]))
    await aWhile(1)
    const workerIds = running.map(work => work.workerId)
    const report = await pool.scale(-1, true)
    const victim = workerIds.indexOf(report.removed[0])
    expect(report).toEqual({
      total: 1,
      added: [],
      removed: [workerIds[victim]],
      works: new Map([[running[victim]?.id, 'discarded']]),
    })
    expect(running[1 - victim]?.status).toBe('running')
    gate.open()
    second.open()
    expect(await Promise.all(works)).toEqual(range(2, 60))
    expect(await ends).toEqual([0, 1].map(i => (i === victim ? 'ERR_WORK_DISCARDED' : i)))
    await expect(running[victim]).rejects.toThrow(WorkDiscardedError)
    expect(log.begun.toSorted((a, b) => a - b)).toEqual(range(0, 60))
    expect(pool.workers).toHaveLength(1)
  })

  test('[44] hot scale to 0 ends busy loops, and works that have not started wait', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const victims = [0, 1].map(() => pool.execute(loop, [gate.buffer]))
    const queued = pool.execute(() => 'served')
    const ends = Promise.all(victims.map(endOf))
    await gate.entered(2)
    const report = await pool.scale(-2, true)
    expect(report.removed).toHaveLength(2)
    expect([...report.works.values()]).toEqual(['discarded', 'discarded'])
    expect(await ends).toEqual(['ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED'])
    expect(queued.status).toBe('queued')
    await pool.scale(1)
    expect(await queued).toBe('served')
  })

  test('[44] teardown runs on workers that leave gracefully, not on those that leave hot', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4))
    await using pool = new Pool({
      total: 2,
      teardown: async (words: Int32Array) => {
        await new Promise(resolve => setTimeout(resolve, 5))
        Atomics.add(words, 0, 1)
      },
      thread: { workerData: words },
    })
    await pool.ready
    await pool.scale(-1, true)
    expect(words[0]).toBe(0)
    await pool.scale(-1)
    expect(words[0]).toBe(1)
  })
})

describe('several at a time', () => {
  test('[44] concurrent calls add up', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    const changes: unknown[] = []
    pool.on('scaled', ({ from, to }) => changes.push([from, to]))
    const reports = await Promise.all([pool.scale(1), pool.scale(2), pool.scale(-1), pool.scale(-2), pool.scale(1)])
    expect(changes).toEqual([
      [2, 3],
      [3, 5],
      [5, 4],
      [4, 2],
      [2, 3],
    ])
    expect(pool.total).toBe(3)
    await until(() => pool.stats().workers.available === 3)
    expect(pool.workers).toHaveLength(3)
    expect(reports.flatMap(report => report.removed)).toHaveLength(3)
    for (const { removed } of reports) for (const id of removed) expect(idsOf(pool)).not.toContain(id)
  })

  test('[44] a report names as added what is available, and the target of its own call', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    const growing = pool.scale(2)
    const shrinking = pool.scale(-2)
    expect(await growing).toMatchObject({ total: 3, added: [] })
    expect(await shrinking).toMatchObject({ total: 1, added: [] })
    expect((await shrinking).removed).toHaveLength(2)
  })

  test('[44] a report names what its own call has added, whatever a listener adds meanwhile', async () => {
    await using pool = new Pool({ total: 0 })
    const nested: Promise<ScaleReport>[] = []
    pool.once('scaled', () => nested.push(pool.scale(2)))
    const report = await pool.scale(1)
    expect(report).toMatchObject({ total: 1, added: [expect.any(String)] })
    expect((await nested[0])?.added).toHaveLength(2)
  })

  test('[44] a worker that is still starting leaves before one that runs a work, and both calls end', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    const work = pool.execute(spinStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const added = pool.scale(2)
    const removed = await pool.scale(-2)
    await added
    expect(removed.removed).toHaveLength(2)
    expect(removed.works).toEqual(new Map())
    expect(idsOf(pool)).toEqual([work.workerId])
    gate.open()
    expect(await work).toBe(0)
  })

  test('[44] works run exactly once whatever the size of the pool does meanwhile', async () => {
    await using pool = new Pool({ total: 2, workBuffer: Infinity })
    const log = new StepLog(5000)
    const { busyStep } = steps()
    await warmUp(pool, busyStep)
    const works = range(0, 1499).map(i => pool.execute(busyStep, [log.buffer, i, 0.05]))
    const all = Promise.all(works)
    const reports: Promise<ScaleReport>[] = []
    for (const count of [1, -2, 1, -1, 2, -1, -2, 2, -1, 1]) {
      const left = pool.stats().queued
      reports.push(pool.scale(count))
      await until(() => pool.total === 0 || pool.stats().queued <= Math.max(0, left - 100))
    }
    await Promise.all(reports)
    expect(await all).toEqual(range(0, 1499))
    expect(log.begun.toSorted((a, b) => a - b)).toEqual(range(0, 1499))
    expect(pool.stats()).toMatchObject({ failed: 0, discarded: 0 })
    expect(pool.total).toBe(2)
  })

  test.each([false, true])('[21] nothing starts on an idle worker that was just told to leave (hot: %s)', async hot => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    const { busyStep } = steps()
    await warmUp(pool, busyStep)
    for (let round = 0; round < 5; round++) {
      const log = new StepLog()
      const before = pool.workers.map(worker => worker.threadId)
      const scaled = pool.scale(-1, hot)
      const leaving = pool.workers.find(worker => worker.status === 'stopping')?.threadId
      const works = range(1, 10).map(i => pool.execute(busyStep, [log.buffer, i, 0.3]))
      expect(await Promise.all(works)).toEqual(range(1, 10))
      expect(log.begun).toEqual(range(1, 10))
      expect(before).toContain(leaving)
      expect(range(1, 10).map(i => log.threadOf(i))).not.toContain(leaving)
      await scaled
      await pool.scale(1)
    }
  })

  test('[21] nothing starts on a busy worker that was told to leave, however long it still runs', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep, step } = steps()
    const running = pool.execute(asyncStep, [log.buffer, 0, gate.buffer])
    const ahead = pool.execute(step, [log.buffer, 1])
    await gate.entered()
    const removed = pool.scale(-1)
    const behind = pool.execute(step, [log.buffer, 2])
    const added = pool.scale(1)
    expect(await Promise.all([ahead, behind])).toEqual([1, 2])
    gate.open()
    expect(await running).toBe(0)
    await Promise.all([removed, added])
    expect(log.begun).toEqual([0, 1, 2])
    for (const i of [1, 2]) expect(log.threadOf(i)).not.toBe(log.threadOf(0))
  })
})

describe('total', () => {
  test('[44] assigning total adds or removes workers, at once for the target', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    const changes: unknown[] = []
    pool.on('scaled', change => changes.push(change))
    pool.total = 3
    expect(pool.total).toBe(3)
    await until(() => pool.stats().workers.available === 3)
    pool.total = 3
    pool.total = 1
    expect(pool.total).toBe(1)
    await until(() => pool.workers.length === 1)
    expect(changes).toEqual([
      { from: 1, to: 3, reason: 'total' },
      { from: 3, to: 1, reason: 'total' },
    ])
    for (const total of [-1, 1.5, NaN, '2']) expect(() => (pool.total = total as number)).toThrow('total')
    expect(pool.total).toBe(1)
  })

  test('[44] total = 0 lets a running work end and keeps the others, those sent ahead too, until it is raised', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    const works = range(1, 20).map(i => pool.execute(step, [log.buffer, i]))
    await gate.entered()
    pool.total = 0
    gate.open()
    expect(await running).toBe(0)
    await until(() => pool.workers.length === 0)
    expect(works.map(work => work.status)).toEqual(works.map(() => 'queued'))
    pool.total = 1
    expect(await Promise.all(works)).toEqual(range(1, 20))
    expect(log.begun).toEqual(range(0, 20))
  })
})

describe('worker.stop()', () => {
  test('[44] takes that worker out, with the target, after the work it runs; resolves with the id of that work', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep } = steps()
    const changes: unknown[] = []
    const exited: string[] = []
    pool.on('scaled', change => changes.push(change))
    pool.on('workerExit', worker => exited.push(worker.id))
    const work = pool.execute(asyncStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const worker = pool.workers.find(worker => worker.work === work.id) as WorkerInfo
    expect(worker.id).toBe(work.workerId)
    const stopped = worker.stop()
    expect(pool.total).toBe(1)
    expect(worker.status).toBe('stopping')
    await aWhile()
    // A graceful end aborts no signal and ends no thread.
    expect([work.status, exited]).toEqual(['running', []])
    const other = pool.execute(asyncStep, [log.buffer, 1])
    expect(await other).toBe(1)
    expect(other.workerId).not.toBe(worker.id)
    gate.open()
    expect(await stopped).toBe(work.id)
    expect(await work).toBe(0)
    expect(exited).toEqual([worker.id])
    expect(worker.status).toBe('stopped')
    expect(worker.threadId).toBe(-1)
    expect(changes).toEqual([{ from: 2, to: 1, reason: 'scale' }])
    expect(pool.workers).toHaveLength(1)
  })

  test('[44] hot: interrupts the work it runs, whose id it resolves with; what was sent ahead runs once elsewhere', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const work = pool.execute(spinStep, [log.buffer, 0, gate.buffer])
    const ahead = range(1, 30).map(i => pool.execute(step, [log.buffer, i]))
    await gate.entered()
    const [worker] = pool.workers
    const stopped = worker?.stop(true)
    expect(work.status).toBe('discarded')
    await expect(work).rejects.toThrow(WorkDiscardedError)
    expect(await stopped).toBe(work.id)
    expect(worker?.status).toBe('stopped')
    expect(pool.workers).toEqual([])
    expect(pool.total).toBe(0)
    pool.total = 1
    expect(await Promise.all(ahead)).toEqual(range(1, 30))
    expect(log.begun).toEqual(range(0, 30))
  })

  test('[44] of an idle worker it resolves with undefined; called again it changes nothing more', async () => {
    await using pool = new Pool({ total: 3 })
    await pool.ready
    const [first, second] = pool.workers as [WorkerInfo, WorkerInfo]
    expect(await Promise.all([first.stop(), first.stop(), first.stop(true)])).toEqual([undefined, undefined, undefined])
    expect(pool.total).toBe(2)
    expect(await first.stop()).toBeUndefined()
    expect(pool.total).toBe(2)
    expect(await second.stop(true)).toBeUndefined()
    expect(pool.total).toBe(1)
    expect(pool.workers).toHaveLength(1)
    expect(await pool.execute(() => 'served')).toBe('served')
  })

  test('[44] once it has stopped it names no work any longer, and stop() finds nothing to end', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const work = pool.execute(
      (gate: SharedArrayBuffer) => {
        const words = new Int32Array(gate)
        Atomics.add(words, 1, 1)
        Atomics.wait(words, 0, 0)
      },
      [gate.buffer],
    )
    await gate.entered()
    const [worker] = pool.workers as [WorkerInfo]
    expect(worker.work).toBe(work.id)
    expect(await worker.stop(true)).toBe(work.id)
    expect(worker.status).toBe('stopped')
    expect(worker.work).toBeUndefined()
    expect(await worker.stop(true)).toBeUndefined()
    await expect(work).rejects.toThrow(WorkDiscardedError)
  })

  test('[44] hot on top of graceful interrupts the work that was to be seen out', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const work = pool.execute(loop, [gate.buffer])
    await gate.entered()
    const [worker] = pool.workers as [WorkerInfo]
    const graceful = worker.stop()
    const hot = worker.stop(true)
    await expect(work).rejects.toThrow(WorkDiscardedError)
    expect(await Promise.all([graceful, hot])).toEqual([work.id, work.id])
    expect(pool.total).toBe(0)
  })
})

describe('after stop()', () => {
  test('[44] scale, worker.stop and setters are refused', async () => {
    const pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const work = pool.execute(
      function (this: WorkContext, gate: SharedArrayBuffer) {
        Atomics.wait(new Int32Array(gate), 0, 0)
      },
      [gate.buffer],
    )
    const stopped = pool.stop()
    await expect(pool.scale(1)).rejects.toThrow(PoolStoppedError)
    expect(() => (pool.total = 2)).toThrow(PoolStoppedError)
    expect(() => (pool.workBuffer = 2)).toThrow(PoolStoppedError)
    expect(() => (pool.autoScale = true)).toThrow(PoolStoppedError)
    gate.open()
    await stopped
    await work
    await expect(pool.scale(1)).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
    expect(pool.workers).toEqual([])
  })

  test('[44] a scale that was under way when the pool stopped ends as well', async () => {
    const gate = new Gate()
    const pool = new Pool({
      total: 1,
      setup: (gate: SharedArrayBuffer) => void Atomics.wait(new Int32Array(gate), 0, 0),
      thread: { workerData: gate.buffer },
    })
    const scaled = pool.scale(1)
    const stopped = pool.stop(true)
    await stopped
    expect(await scaled).toMatchObject({ total: 2, added: [] })
    gate.open()
  })
})
