/** What an AbortSignal given to execute() does, and what the task sees of any such request: its own `signal`. */

import { getEventListeners } from 'node:events'
import { Pool, task, WorkDiscardedError, type Work, type WorkContext } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { aWhile } from '../support/a-while.js'
import { until } from '../support/gate.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { sharePool } from '../support/share-pool.js'
import { blockUntil, endOf, StepLog, steps, warmUp } from '../support/steps.js'
import type { loop as loopTask } from '../support/tasks/gates.js'

const loop = task<typeof loopTask>(new URL('../support/tasks/gates.js', import.meta.url), 'loop')
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

describe('aborted beforehand', () => {
  test('[23] a work whose signal is aborted beforehand rejects with the reason as cause, and is never queued', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    const log = new StepLog()
    const { step } = steps()
    const told: string[] = []
    for (const event of ['queued', 'discarded', 'failed', 'idle'] as const) pool.on(event, () => told.push(event))
    const reason = new Error('no longer wanted')
    const signal = AbortSignal.abort(reason)

    const work = pool.execute(step, [log.buffer, 1], { signal, priority: 5, timeout: 1000, queueTimeout: 1000 })
    expect(work.status).toBe('discarded')
    expect(pool.jobs.get(work.id)).toBe('discarded')
    const error = await work.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(WorkDiscardedError)
    expect((error as Error).cause).toBe(reason)
    expect(work.workerId).toBeUndefined()
    expect(told.filter(event => event !== 'idle')).toEqual(['discarded'])
    expect(listenersOf(signal)).toBe(0)
    await pool.execute(step, [log.buffer, 2])
    expect(log.begun).toEqual([2])
    expect(pool.stats()).toMatchObject({ submitted: 2, discarded: 1, done: 1 })
  })

  test('[23] a work whose signal is aborted beforehand starts no thread', async () => {
    await using pool = new Pool({ total: 0, autoScale: true, min: 0, waitTime: 0 })
    const work = pool.execute(() => 1, [], { signal: AbortSignal.abort() })
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED', cause: { name: 'AbortError' } })
    expect(pool.workers).toEqual([])
    expect(pool.total).toBe(0)
  })

  test('[23] a work whose signal is aborted beforehand takes no place in the buffer, and is not refused by a full one', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 1, whenFull: 'reject' })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const signal = AbortSignal.abort()
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    await expect(pool.execute(step, [log.buffer, 1], { signal })).rejects.toThrow(WorkDiscardedError)
    const queued = pool.execute(step, [log.buffer, 2])
    await expect(pool.execute(step, [log.buffer, 3], { signal })).rejects.toThrow(WorkDiscardedError)
    gate.open()
    expect(await Promise.all([running, queued])).toEqual([0, 2])
    expect(log.begun).toEqual([0, 2])
  })
})

describe('aborted later', () => {
  test('[18] abort discards a queued work with the reason as cause; it never starts', async () => {
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const controller = new AbortController()
    const { signal } = controller
    const works = range(1, 20).map(i => pool.execute(step, [log.buffer, i], i % 2 === 0 ? { signal } : {}))
    const ends = Promise.all(works.map(endOf))
    await aWhile(1)
    expect(listenersOf(signal)).toBe(1)
    const reason = { any: 'value' }
    controller.abort(reason)
    expect(works.map(work => work.status)).toEqual(range(1, 20).map(i => (i % 2 === 0 ? 'discarded' : 'queued')))
    const error = await works[1]?.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(WorkDiscardedError)
    expect((error as unknown as Error).cause).toBe(reason)
    expect(listenersOf(signal)).toBe(0)
    gate.open()
    await running
    expect(await ends).toEqual(range(1, 20).map(i => (i % 2 === 0 ? 'ERR_WORK_DISCARDED' : i)))
    await pool.execute(step, [log.buffer, 21])
    expect(log.begun).toEqual([0, ...range(1, 21).filter(i => i % 2 === 1)])
  })

  test('[18] abort discards a work at the door: its `accepted` rejects too, and the door lets the next one in', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const [inBuffer, atDoor] = [new AbortController(), new AbortController()]
    const queued = pool.execute(step, [log.buffer, 1], { signal: inBuffer.signal })
    const waiting = pool.execute(step, [log.buffer, 2], { signal: atDoor.signal })
    const next = pool.execute(step, [log.buffer, 3])
    expect([queued.status, waiting.status, next.status]).toEqual(['queued', 'waiting', 'waiting'])
    atDoor.abort()
    const error = await waiting.catch((error: unknown) => error)
    await expect(waiting.accepted).rejects.toBe(error)
    expect(next.status).toBe('waiting')
    inBuffer.abort()
    expect(next.status).toBe('queued')
    await next.accepted
    await expect(queued).rejects.toThrow(WorkDiscardedError)
    gate.open()
    expect(await Promise.all([running, next])).toEqual([0, 3])
    expect(log.begun).toEqual([0, 3])
  })

  test('[19] abort ends a busy loop; works sent ahead to its thread run exactly once elsewhere', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const controller = new AbortController()
    const victim = pool.execute(spinStep, [log.buffer, 0, gate.buffer], { signal: controller.signal })
    const works = range(1, 30).map(i => pool.execute(step, [log.buffer, i]))
    await gate.entered()
    const { workerId } = victim
    controller.abort(new Error('enough'))
    expect(victim.status).toBe('discarded')
    await expect(victim).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED', cause: { message: 'enough' } })
    expect(await Promise.all(works)).toEqual(range(1, 30))
    expect(log.begun).toEqual(range(0, 30))
    expect(exited).toEqual([workerId])
  })

  test('[18] AbortSignal.timeout() discards works wherever they are', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const signal = AbortSignal.timeout(50)
    const works = range(1, 3).map(() => pool.execute(loop, [gate.buffer], { signal }))
    for (const end of await Promise.allSettled(works)) {
      expect(end).toMatchObject({ reason: { code: 'ERR_WORK_DISCARDED', cause: { name: 'TimeoutError' } } })
    }
    expect(gate.count).toBeLessThan(2)
    expect(await pool.execute(() => 'served')).toBe('served')
  })

  test('[18] one abort discards all works that share the signal, those of other pools too', async () => {
    await using pool = new Pool({ total: 2 })
    await using other = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const controller = new AbortController()
    const { signal } = controller
    const works = [pool, other].flatMap(pool => range(1, 5).map(() => pool.execute(loop, [gate.buffer], { signal })))
    await gate.entered(3)
    // One listener for each pool.
    expect(listenersOf(signal)).toBe(2)
    controller.abort()
    expect(works.map(work => work.status)).toEqual(works.map(() => 'discarded'))
    expect(await Promise.all(works.map(endOf))).toEqual(works.map(() => 'ERR_WORK_DISCARDED'))
    expect(listenersOf(signal)).toBe(0)
    expect(gate.count).toBe(3)
  })

  test('[18] an abort reaches the works that are left, whatever became of the others that share the signal', async () => {
    await using pool = new Pool({ total: 1, grace: 600_000 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step, asyncStep } = steps()
    const controller = new AbortController()
    const { signal } = controller
    const done = pool.execute(step, [log.buffer, 0], { signal })
    const running = pool.execute(asyncStep, [log.buffer, 1, gate.buffer], { signal })
    const discarded = pool.execute(step, [log.buffer, 2], { signal })
    const queued = pool.execute(step, [log.buffer, 3], { signal })
    const ends = Promise.all([done, running, discarded, queued].map(endOf))
    await gate.entered()
    await done
    await pool.discard(discarded)
    expect(listenersOf(signal)).toBe(1)
    controller.abort()
    expect([running.status, queued.status]).toEqual(['discarded', 'discarded'])
    gate.open()
    expect(await ends).toEqual([0, 'ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED'])
    expect(listenersOf(signal)).toBe(0)
    expect(pool.stats()).toMatchObject({ done: 1, discarded: 3 })
    // The signal may serve again in a work that finds it aborted.
    await expect(pool.execute(step, [log.buffer, 4], { signal })).rejects.toThrow(WorkDiscardedError)
    expect(await pool.execute(step, [log.buffer, 5])).toBe(5)
    expect(log.begun).toEqual([0, 1, 5])
  })
})

describe('nothing left behind', () => {
  test('[24] one signal over 10,000 finished works: one listener while they run, none after, and no warning', async () => {
    await using pool = new Pool({ total: 2, workBuffer: Infinity })
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    const { signal } = new AbortController()
    let most = 0
    for (let batch = 0; batch < 10; batch++) {
      const works = range(1, 1000).map(i => pool.execute((i: number) => i, [i], { signal }))
      most = Math.max(most, listenersOf(signal))
      await Promise.all(works)
      expect(listenersOf(signal)).toBe(0)
    }
    expect(most).toBe(1)
    await aWhile(1)
    process.off('warning', onWarning)
    expect(warnings).toEqual([])
  })

  test('[24] however a work ends, its signal keeps no listener', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 1, whenFull: 'reject' })
    await pool.ready
    using gate = new ScopedGate()
    const after = async (end: (signal: AbortSignal) => Promise<unknown>): Promise<number> => {
      const { signal } = new AbortController()
      await endOf(end(signal))
      return listenersOf(signal)
    }
    const counts = {
      done: await after(signal => pool.execute(() => 1, [], { signal })),
      threw: await after(signal =>
        pool.execute(
          () => {
            throw new Error('meant')
          },
          [],
          { signal },
        ),
      ),
      argument: await after(signal => pool.execute((f: () => void) => f, [() => {}], { signal })),
      result: await after(signal => pool.execute(() => () => {}, [], { signal })),
      unshippable: await after(signal => pool.execute(Math.max as () => number, [], { signal })),
      timeout: await after(signal => pool.execute(loop, [gate.buffer], { signal, timeout: 20 })),
      exit: await after(signal => pool.execute(() => process.exit(3), [], { signal })),
      queueTimeout: 0,
      refused: 0,
      discarded: 0,
    }
    const busy = pool.execute(
      (buffer: SharedArrayBuffer) => {
        const words = new Int32Array(buffer)
        Atomics.add(words, 1, 1)
        Atomics.wait(words, 0, 0)
      },
      [gate.buffer],
    )
    await until(() => busy.status === 'running')
    counts.queueTimeout = await after(signal => pool.execute(() => 1, [], { signal, queueTimeout: 5 }))
    counts.discarded = await after(signal => {
      const work = pool.execute(() => 1, [], { signal })
      void pool.discard(work)
      return work
    })
    const queued = pool.execute(() => 1)
    counts.refused = await after(signal => pool.execute(() => 1, [], { signal }))
    gate.open()
    await Promise.all([busy, queued])
    expect(counts).toEqual(Object.fromEntries(Object.keys(counts).map(end => [end, 0])))
  })

  test('[24] abort after the end changes nothing', async () => {
    await using pool = new Pool({ total: 1 })
    const log = new StepLog()
    const { step } = steps()
    let exits = 0
    pool.on('workerExit', () => exits++)
    const controller = new AbortController()
    const work = pool.execute(step, [log.buffer, 1], { signal: controller.signal })
    expect(await work).toBe(1)
    controller.abort()
    expect(work.status).toBe('done')
    expect(pool.stats()).toMatchObject({ done: 1, discarded: 0 })
    await pool.execute(step, [log.buffer, 2])
    expect(log.threadOf(2)).toBe(log.threadOf(1))
    expect(exits).toBe(0)
  })
})

describe('abort against completion', () => {
  test('[25] abort in the turn in which the answer is read: done, and the next work is not harmed', async () => {
    await using pool = new Pool({ total: 1 })
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const controller = new AbortController()
    let exits = 0
    pool.on('workerExit', () => exits++)
    const work = pool.execute(step, [log.buffer, 1], { signal: controller.signal })
    const next = pool.execute(step, [log.buffer, 2])
    pool.once('done', done => {
      expect(done.id).toBe(work.id)
      controller.abort()
    })
    expect(await work).toBe(1)
    expect(controller.signal.aborted).toBe(true)
    expect(await next).toBe(2)
    expect(work.status).toBe('done')
    expect(pool.stats().discarded).toBe(0)
    expect(log.begun).toEqual([1, 2])
    expect(exits).toBe(0)
  })

  test('[25] abort when the function has ended and nobody has heard of it: one outcome, and what runs next is not harmed', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    await warmUp(pool, spinStep)
    let exits = 0
    pool.on('workerExit', () => exits++)
    const told: string[] = []
    for (const event of ['done', 'failed', 'discarded'] as const) pool.on(event, (...[work]) => told.push(work.id))
    const controller = new AbortController()
    const work = pool.execute(spinStep, [log.buffer, 0], { signal: controller.signal })
    const running = pool.execute(spinStep, [log.buffer, 1, gate.buffer])
    const next = pool.execute(spinStep, [log.buffer, 2])
    await Promise.resolve()
    blockUntil(() => gate.count === 1)
    controller.abort()
    const end = await endOf(work)
    expect(work.status === 'done' ? end === 0 : end === 'ERR_WORK_DISCARDED').toBe(true)
    gate.open()
    expect(await Promise.all([running, next])).toEqual([1, 2])
    expect(log.begun).toEqual([0, 1, 2])
    expect(told).toEqual([work.id, running.id, next.id])
    expect(exits).toBe(0)
  })

  test('[25] abort at any moment around the end: one outcome, and the works behind run exactly once', async () => {
    await using pool = new Pool({ total: 1 })
    const { step, busyStep } = steps()
    await warmUp(pool, step, busyStep)
    const events = new Map<string, number>()
    for (const event of ['done', 'failed', 'discarded'] as const) {
      pool.on(event, (...[work]) => events.set(work.id, (events.get(work.id) ?? 0) + 1))
    }
    for (let round = 0; round < 40; round++) {
      const log = new StepLog()
      const controller = new AbortController()
      const work = pool.execute(busyStep, [log.buffer, 0, 0.1], { signal: controller.signal })
      const behind = range(1, 6).map(i => pool.execute(busyStep, [log.buffer, i, 0.1]))
      const ends = Promise.all(behind.map(endOf))
      await Promise.resolve()
      const moment = performance.now() + (round % 10) * 0.04
      blockUntil(() => performance.now() >= moment)
      controller.abort()
      const end = await endOf(work)
      expect(work.status === 'done' ? end === 0 : end === 'ERR_WORK_DISCARDED').toBe(true)
      expect(await ends, `round ${round}`).toEqual(range(1, 6))
      // It may have been discarded before it began.
      expect(
        log.begun.filter(i => i > 0),
        `round ${round}`,
      ).toEqual(range(1, 6))
      expect(log.begun.filter(i => i === 0).length).toBeLessThan(2)
      expect([work, ...behind].map(({ id }) => events.get(id))).toEqual([1, 1, 1, 1, 1, 1, 1])
    }
  })
})

/** The ways to end a running work. Each gets the work and does not wait for what it starts. */
const endings: Record<
  string,
  {
    begin: (pool: Pool, work: Work<unknown>, controller: AbortController) => unknown
    code: string
    keepsWorker: boolean
  }
> = {
  'abort of its signal': {
    begin: (_pool, _work, controller) => controller.abort(),
    code: 'ERR_WORK_DISCARDED',
    keepsWorker: true,
  },
  timeout: { begin: () => {}, code: 'ERR_WORK_TIMEOUT', keepsWorker: true },
  'work.stop()': { begin: (_pool, work) => work.stop(), code: 'ERR_WORK_DISCARDED', keepsWorker: true },
  'hot discard': { begin: (pool, work) => pool.discard(work, true), code: 'ERR_WORK_DISCARDED', keepsWorker: true },
  'hot scale': { begin: pool => pool.scale(-1, true), code: 'ERR_WORK_DISCARDED', keepsWorker: false },
  'hot worker.stop()': { begin: pool => pool.workers[0]?.stop(true), code: 'ERR_WORK_DISCARDED', keepsWorker: false },
  'hot stop': { begin: pool => pool.stop(true), code: 'ERR_WORK_DISCARDED', keepsWorker: false },
}
const optionsOf = (ending: string, signal: AbortSignal): { signal: AbortSignal; timeout?: number } =>
  ending === 'timeout' ? { signal, timeout: 30 } : { signal }

describe.each(Object.entries(endings))('ending a running work by %s', (ending, { begin, code, keepsWorker }) => {
  test('[28] settles it at once, shows the abort in a synchronous loop and leaves the thread to a task that ends within the grace', async () => {
    await using pool = new Pool({ total: 1, grace: 600_000 })
    await pool.ready
    using gate = new ScopedGate()
    // [begun, saw the abort, cleaned up, thread]
    const words = new Int32Array(new SharedArrayBuffer(16))
    const controller = new AbortController()
    const exits: string[] = []
    pool.on('workerExit', worker => exits.push(worker.id))
    const work = pool.execute(
      function (this: WorkContext, words: Int32Array, gate: SharedArrayBuffer) {
        words[3] = this.threadId
        Atomics.store(words, 0, 1)
        while (!this.signal.aborted);
        const { code } = this.signal.reason as { code: string }
        Atomics.store(words, 1, code === 'ERR_WORK_TIMEOUT' ? 2 : code === 'ERR_WORK_DISCARDED' ? 1 : -1)
        Atomics.wait(new Int32Array(gate), 0, 0)
        Atomics.store(words, 2, 1)
        return 'dropped'
      },
      [words, gate.buffer],
      optionsOf(ending, controller.signal),
    )
    await until(() => Atomics.load(words, 0) === 1)
    const ended = begin(pool, work, controller)
    const error = await work.catch((error: unknown) => error)
    expect(error).toMatchObject({ code })
    await until(() => Atomics.load(words, 1) !== 0)
    expect(Atomics.load(words, 1)).toBe(code === 'ERR_WORK_TIMEOUT' ? 2 : 1)
    // Settled while the function still stands in its clean-up.
    expect(Atomics.load(words, 2)).toBe(0)
    expect(work.status).toBe(code === 'ERR_WORK_TIMEOUT' ? 'failed' : 'discarded')
    gate.open()
    await ended
    await until(() => Atomics.load(words, 2) === 1)
    if (keepsWorker) {
      const next = await pool.execute(function () {
        return { thread: this.threadId, aborted: this.signal.aborted }
      })
      expect(next).toEqual({ thread: words[3], aborted: false })
      expect(exits).toEqual([])
    }
    expect(pool.stats()).toMatchObject({ submitted: keepsWorker ? 2 : 1, running: 0 })
  })

  test('[28] ends the thread of a task that does not end within the grace, and not before', async () => {
    await using pool = new Pool({ total: 1, grace: 200 })
    await pool.ready
    const words = new Int32Array(new SharedArrayBuffer(8))
    const controller = new AbortController()
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const work = pool.execute(
      function (this: WorkContext, words: Int32Array) {
        Atomics.store(words, 0, 1)
        for (;;) if (this.signal.aborted) Atomics.store(words, 1, 1)
      },
      [words],
      optionsOf(ending, controller.signal),
    )
    await until(() => Atomics.load(words, 0) === 1)
    const { workerId } = work
    const start = performance.now()
    void begin(pool, work, controller)
    await expect(work).rejects.toMatchObject({ code })
    expect(exited).toEqual([])
    await until(() => exited.length === 1)
    expect(performance.now() - start).toBeGreaterThanOrEqual(200)
    expect(exited).toEqual([workerId])
    expect(words[1]).toBe(1)
    if (keepsWorker) expect(await pool.execute(() => 'served')).toBe('served')
  })
})

describe('the signal that a task sees', () => {
  test('[28] throwIfAborted() throws the reason in a synchronous loop', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8))
    const work = pool.execute(
      function (words: Int32Array) {
        Atomics.store(words, 0, 1)
        try {
          for (;;) this.signal.throwIfAborted()
        } catch (error) {
          Atomics.store(words, 1, (error as { code?: string }).code === 'ERR_WORK_DISCARDED' ? 1 : -1)
        }
      },
      [words],
    )
    await until(() => Atomics.load(words, 0) === 1)
    await pool.discard(work)
    await expect(work).rejects.toThrow(WorkDiscardedError)
    await pool.execute(() => 1)
    expect(words[1]).toBe(1)
  })

  test("[28] the reason that a task sees has the caller's reason as its cause", async () => {
    await using pool = new Pool({ total: 1, grace: 600_000 })
    const words = new Int32Array(new SharedArrayBuffer(8))
    const controller = new AbortController()
    const work = pool.execute(
      function (words: Int32Array) {
        Atomics.store(words, 0, 1)
        while (this.signal.reason === undefined);
        const reason = this.signal.reason as Error
        const cause = reason.cause as RangeError
        if (reason instanceof Error && cause instanceof RangeError && cause.message === 'why')
          Atomics.store(words, 1, 1)
      },
      [words],
      { signal: controller.signal },
    )
    await until(() => Atomics.load(words, 0) === 1)
    controller.abort(new RangeError('why'))
    await expect(work).rejects.toThrow(WorkDiscardedError)
    await pool.execute(() => 1)
    expect(words[1]).toBe(1)
  })

  test('[28] a reason that cannot be cloned aborts all the same', async () => {
    await using pool = new Pool({ total: 1, grace: 600_000 })
    const words = new Int32Array(new SharedArrayBuffer(8))
    const controller = new AbortController()
    const work = pool.execute(
      function (words: Int32Array) {
        Atomics.store(words, 0, 1)
        while (!this.signal.aborted);
        Atomics.store(words, 1, 1)
      },
      [words],
      { signal: controller.signal },
    )
    await until(() => Atomics.load(words, 0) === 1)
    const reason = { onDone: () => {} }
    controller.abort(reason)
    const error = await work.catch((error: unknown) => error)
    expect((error as Error).cause).toBe(reason)
    await pool.execute(() => 1)
    expect(words[1]).toBe(1)
  })

  test('[28] listeners run inside the read that finds the abort', async () => {
    const words = new Int32Array(new SharedArrayBuffer(12))
    const work = pool.execute(
      function (words: Int32Array) {
        this.signal.addEventListener('abort', () => Atomics.add(words, 1, 1))
        this.signal.onabort = () => Atomics.add(words, 1, 1)
        Atomics.store(words, 0, 1)
        for (;;) {
          const before = Atomics.load(words, 1)
          if (!this.signal.aborted) continue
          Atomics.store(words, 2, before === 0 && Atomics.load(words, 1) === 2 ? 1 : -1)
          return
        }
      },
      [words],
    )
    await until(() => Atomics.load(words, 0) === 1)
    await pool.discard(work)
    await expect(work).rejects.toThrow(WorkDiscardedError)
    await pool.execute(() => 1)
    expect([...words]).toEqual([1, 2, 1])
  })

  test('[28] an asynchronous task hears of the abort without reading the signal, and so does one derived with any()', async () => {
    const words = new Int32Array(new SharedArrayBuffer(12))
    const work = pool.execute(
      async function (words: Int32Array) {
        const derived = AbortSignal.any([this.signal])
        const heard = [this.signal, derived].map((signal, i) => {
          return new Promise(resolve => signal.addEventListener('abort', () => resolve(Atomics.store(words, 1 + i, 1))))
        })
        Atomics.store(words, 0, 1)
        await Promise.all(heard)
      },
      [words],
    )
    await until(() => Atomics.load(words, 0) === 1)
    await pool.discard(work)
    await expect(work).rejects.toThrow(WorkDiscardedError)
    await pool.execute(() => 1)
    expect([...words]).toEqual([1, 1, 1])
  })

  test('[28] a task that looks at its signal only after the abort finds it aborted', async () => {
    using gate = new ScopedGate()
    const words = new Int32Array(new SharedArrayBuffer(4))
    const work = pool.execute(
      function (words: Int32Array, gate: SharedArrayBuffer) {
        const gateWords = new Int32Array(gate)
        Atomics.add(gateWords, 1, 1)
        Atomics.wait(gateWords, 0, 0)
        Atomics.store(words, 0, this.signal.aborted ? 1 : -1)
      },
      [words, gate.buffer],
    )
    await gate.entered()
    await pool.discard(work)
    await expect(work).rejects.toThrow(WorkDiscardedError)
    gate.open()
    await pool.execute(() => 1)
    expect(words[0]).toBe(1)
  })

  test('[28] an abort meets its work only: neither the next in its place nor a signal kept beyond its work', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8))
    await pool.execute(function () {
      Object.assign(globalThis, { kept: this.signal })
    })
    const victim = pool.execute(
      function (words: Int32Array) {
        Atomics.store(words, 0, 1)
        while (!this.signal.aborted);
        const { kept } = globalThis as unknown as { kept: AbortSignal }
        Atomics.store(words, 1, kept.aborted || kept.reason !== undefined ? -1 : 1)
      },
      [words],
    )
    await until(() => Atomics.load(words, 0) === 1)
    await pool.discard(victim)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    const aborted = await Promise.all(
      range(1, 5).map(() =>
        pool.execute(function () {
          return this.signal.aborted
        }),
      ),
    )
    expect(aborted).toEqual([false, false, false, false, false])
    expect(words[1]).toBe(1)
  })

  test('[28] an abort that comes when its work has just ended does not meet the one that runs by then', async () => {
    using gate = new ScopedGate()
    const ended = pool.execute(() => {})
    const running = pool.execute(
      async function (buffer: SharedArrayBuffer) {
        const { signal } = this
        const words = new Int32Array(buffer)
        for (; Atomics.load(words, 0) === 0; await new Promise(resolve => setTimeout(resolve, 1)))
          Atomics.add(words, 1, 1)
        return signal.aborted
      },
      [gate.buffer],
    )
    await Promise.resolve()
    // So the first has ended, and nobody has read its answer.
    blockUntil(() => gate.count > 0)
    await pool.discard(ended)
    expect(ended.status).toBe('discarded')
    // Its thread has read what was sent.
    await gate.entered(gate.count + 5)
    gate.open()
    expect(await running).toBe(false)
  })
})
