/** The end of a pool: gracefully, hot, or first one and then the other; and what keeps the process alive until then. */

import {
  Pool,
  PoolStoppedError,
  task,
  transfer,
  WorkDiscardedError,
  type Work,
  WorkerLostError,
  type WorkStatus,
} from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { aWhile } from '../support/a-while.js'
import { until } from '../support/gate.js'
import { runInChild } from '../support/run-in-child.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { blockUntil, endOf, StepLog, steps, warmUp } from '../support/steps.js'
import type { loop as loopTask } from '../support/tasks/gates.js'

const loop = task<typeof loopTask>(new URL('../support/tasks/gates.js', import.meta.url), 'loop')
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const outcomeOf = (works: readonly Work<unknown>[], status: WorkStatus): Map<string, WorkStatus> =>
  new Map(works.map(work => [work.id, status]))

describe('graceful', () => {
  test('[49] stop() completes works of different length, those in the buffer, sent ahead and at the door included', async () => {
    const pool = new Pool({ total: 3, workBuffer: 20 })
    await pool.ready
    using long = new ScopedGate()
    using short = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep, asyncStep } = steps()
    await warmUp(pool, step)
    const exited: string[] = []
    let stoppedEvents = 0
    pool.on('workerExit', worker => exited.push(worker.id))
    pool.on('stopped', () => stoppedEvents++)
    const works = [
      pool.execute(spinStep, [log.buffer, 0, long.buffer]),
      pool.execute(asyncStep, [log.buffer, 1, long.buffer]),
      pool.execute(spinStep, [log.buffer, 2, short.buffer]),
      ...range(3, 50).map(i => pool.execute(step, [log.buffer, i])),
    ]
    await Promise.all([long.entered(2), short.entered()])
    expect(works.at(-1)?.status).toBe('waiting')
    const accepted = Promise.all(works.map(work => work.accepted))
    const stopped = pool.stop()
    expect(pool.state).toBe('stopping')
    short.open()
    await Promise.all(works.slice(2))
    expect(pool.state).toBe('stopping')
    long.open()
    expect(await stopped).toEqual(outcomeOf(works, 'done'))
    expect(await Promise.all(works)).toEqual(range(0, 50))
    await accepted
    expect(log.begun.toSorted((a, b) => a - b)).toEqual(range(0, 50))
    expect(exited).toHaveLength(3)
    expect(stoppedEvents).toBe(1)
    expect(pool.state).toBe('stopped')
    expect(pool.workers).toEqual([])
    expect(pool.active).toBe(0)
  })

  test('[49] execute() after stop() rejects with PoolStoppedError, and never runs', async () => {
    const pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const stopped = pool.stop()
    const late = pool.execute(step, [log.buffer, 1])
    const error: unknown = await late.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(PoolStoppedError)
    expect(error).toMatchObject({ code: 'ERR_POOL_STOPPED' })
    expect(late.status).toBe('failed')
    await expect(late.accepted).rejects.toBe(error)
    gate.open()
    expect(await stopped).toEqual(outcomeOf([running], 'done'))
    await expect(pool.execute(step, [log.buffer, 2])).rejects.toThrow(PoolStoppedError)
    expect(log.begun).toEqual([0])
  })

  test('[49] stop() aborts no signal, and ends no thread before its work is done', async () => {
    const pool = new Pool({ total: 1, grace: 1 })
    const words = new Int32Array(new SharedArrayBuffer(12))
    const work = pool.execute(
      async function (words: Int32Array) {
        this.signal.addEventListener('abort', () => Atomics.store(words, 1, 1))
        Atomics.store(words, 0, 1)
        while (Atomics.load(words, 2) === 0) await new Promise(resolve => setTimeout(resolve, 1))
        return this.signal.aborted
      },
      [words],
    )
    await until(() => Atomics.load(words, 0) === 1)
    const stopped = pool.stop()
    await aWhile()
    Atomics.store(words, 2, 1)
    expect(await work).toBe(false)
    expect(await stopped).toEqual(outcomeOf([work], 'done'))
    expect(words[1]).toBe(0)
  })

  test('[49] stop() runs teardown on every thread and waits for it, and what a task left open does not hold it up', async () => {
    const words = new Int32Array(new SharedArrayBuffer(8))
    const pool = new Pool({
      total: 2,
      teardown: async (words: Int32Array) => {
        await new Promise(resolve => setTimeout(resolve, 10))
        Atomics.add(words, 0, 1)
      },
      thread: { workerData: words },
    })
    await pool.ready
    await Promise.all(
      [0, 1].map(() =>
        pool.execute(() => {
          setInterval(() => {}, 1000)
        }),
      ),
    )
    await pool.stop()
    expect(words[0]).toBe(2)
  })

  test('[49] stop() and scale() end threads on which a task has replaced process.exit', async () => {
    const pool = new Pool({ total: 2 })
    await pool.ready
    await Promise.all(
      [0, 1].map(() =>
        pool.execute(() => {
          process.exit = (() => {}) as typeof process.exit
        }),
      ),
    )
    await pool.scale(-1)
    await pool.stop()
    expect(pool.state).toBe('stopped')
  })

  test('[49] a teardown that throws is an error event, and the stop goes on', async () => {
    const errors: unknown[] = []
    const pool = new Pool({
      total: 1,
      teardown: () => {
        throw new RangeError('teardown fails')
      },
    })
    pool.on('error', error => errors.push(error))
    await pool.execute(() => 1)
    expect(await pool.stop()).toEqual(new Map())
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ name: 'RangeError', message: 'teardown fails' })
  })

  test('[49] stop() replaces threads that die, and ends works that fail by themselves as failed', async () => {
    const pool = new Pool({ total: 1 })
    const log = new StepLog()
    const { step } = steps()
    const works = range(0, 9).map(i =>
      i % 3 === 0 ? pool.execute(() => process.exit(1)) : pool.execute(step, [log.buffer, i]),
    )
    const thrown = pool.execute(() => {
      throw new Error('meant')
    })
    const ends = Promise.all(
      [...works, thrown].map(work =>
        work.then(
          () => 'done',
          () => 'failed',
        ),
      ),
    )
    const outcome = await pool.stop()
    expect(await ends).toEqual([...range(0, 9).map(i => (i % 3 === 0 ? 'failed' : 'done')), 'failed'])
    expect([...outcome.values()]).toEqual(await ends)
    expect(log.begun).toEqual(range(0, 9).filter(i => i % 3 !== 0))
    await expect(works[0]).rejects.toThrow(WorkerLostError)
  })

  test('[49] stop() of a paused pool with works starts a worker for them; without works it starts none', async () => {
    const paused = new Pool({ total: 0, workBuffer: 1 })
    const works = range(1, 3).map(i => paused.execute((i: number) => i, [i]))
    expect(works.map(work => work.status)).toEqual(['queued', 'waiting', 'waiting'])
    expect(await paused.stop()).toEqual(outcomeOf(works, 'done'))
    expect(await Promise.all(works)).toEqual([1, 2, 3])

    const empty = new Pool({ total: 0 })
    let online = 0
    empty.on('workerOnline', () => online++)
    expect(await empty.stop()).toEqual(new Map())
    expect(online).toBe(0)
    expect(empty.state).toBe('stopped')
  })

  test('[49] stop() in the turn of new Pool() and execute() does what was submitted', async () => {
    const pool = new Pool({ total: 2 })
    const works = range(1, 20).map(i => pool.execute((i: number) => i, [i]))
    expect(await pool.stop()).toEqual(outcomeOf(works, 'done'))
    expect(await Promise.all(works)).toEqual(range(1, 20))
  })

  test('[49] the outcome has the works that were unfinished at the first call, however they end, and no others', async () => {
    const pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const before = pool.execute(step, [log.buffer, 0])
    await before
    const running = pool.execute(step, [log.buffer, 1, gate.buffer])
    await gate.entered()
    const [discarded, expired, queued] = [
      pool.execute(step, [log.buffer, 2]),
      pool.execute(step, [log.buffer, 3], { queueTimeout: 20 }),
      pool.execute(step, [log.buffer, 4]),
    ]
    const ends = Promise.all([discarded, expired].map(endOf))
    const stopped = pool.stop()
    await pool.discard(discarded)
    await expect(expired).rejects.toMatchObject({ phase: 'queue' })
    gate.open()
    expect(await stopped).toEqual(
      new Map([
        [running.id, 'done'],
        [discarded.id, 'discarded'],
        [expired.id, 'failed'],
        [queued.id, 'done'],
      ]),
    )
    expect(await ends).toEqual(['ERR_WORK_DISCARDED', 'ERR_WORK_TIMEOUT'])
  })

  test('[49] settled(), pending scale and pending discard calls end with the pool', async () => {
    const pool = new Pool({ total: 1, grace: 600_000 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep } = steps()
    const work = pool.execute(asyncStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const others = Promise.all([pool.settled(), pool.scale(1), pool.discard(work, true)])
    await expect(work).rejects.toThrow(WorkDiscardedError)
    const stopped = pool.stop()
    gate.open()
    await Promise.all([others, stopped])
  })
})

describe('hot', () => {
  test('[50] stop(true) ends busy loops and discards what is sent ahead, queued or at the door; nothing of that starts', async () => {
    const pool = new Pool({ total: 2, workBuffer: 20 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const works = [0, 1].map(i => pool.execute(spinStep, [log.buffer, i, gate.buffer]))
    works.push(...range(2, 50).map(i => pool.execute(step, [log.buffer, i])))
    await gate.entered(2)
    expect(works.at(-1)?.status).toBe('waiting')
    const accepted = Promise.all(works.map(work => endOf(work.accepted)))
    const errors = Promise.all(works.map(work => work.catch((error: unknown) => error)))
    const stopped = pool.stop(true)
    // Settled at once, all of them.
    expect(works.map(work => work.status)).toEqual(works.map(() => 'discarded'))
    const start = performance.now()
    expect(await stopped).toEqual(outcomeOf(works, 'discarded'))
    expect(performance.now() - start).toBeLessThan(5000)
    for (const error of await errors) expect(error).toBeInstanceOf(WorkDiscardedError)
    expect(await accepted).toEqual(works.map((_, i) => (i < 22 ? undefined : 'ERR_WORK_DISCARDED')))
    expect(log.begun.toSorted()).toEqual([0, 1])
    expect(exited).toHaveLength(2)
    expect(pool.stats()).toMatchObject({
      discarded: 51,
      running: 0,
      queued: 0,
      waiting: 0,
      workers: { total: 0, stuck: [] },
    })
  })

  test('[50] stop({ hot: true }) is the same', async () => {
    const pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const work = pool.execute(loop, [gate.buffer])
    await gate.entered()
    const stopped = pool.stop({ hot: true })
    await expect(work).rejects.toThrow(WorkDiscardedError)
    expect(await stopped).toEqual(outcomeOf([work], 'discarded'))
  })

  test('[50] stop(true) runs no teardown, keeps buffers that were not sent, and lets a task end within the grace', async () => {
    const words = new Int32Array(new SharedArrayBuffer(12))
    const pool = new Pool({
      total: 1,
      grace: 600_000,
      teardown: (words: Int32Array) => void Atomics.store(words, 2, 1),
      thread: { workerData: words },
    })
    const running = pool.execute(
      function (words: Int32Array) {
        Atomics.store(words, 0, 1)
        while (!this.signal.aborted);
        Atomics.store(words, 1, 1)
      },
      [words],
    )
    await until(() => Atomics.load(words, 0) === 1)
    const buffer = new ArrayBuffer(100)
    const queued = pool.execute((moved: ArrayBuffer) => moved.byteLength, [transfer(buffer, [buffer])])
    const ends = Promise.all([running, queued].map(endOf))
    await pool.stop(true)
    expect(await ends).toEqual(['ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED'])
    expect([...words]).toEqual([1, 1, 0])
    expect(buffer.byteLength).toBe(100)
  })

  test('[50] stop(true) of a lane whose first work has ended unheard and whose second loops ends that loop', async () => {
    const pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    await warmUp(pool, spinStep)
    const works = [undefined, gate.buffer, undefined].map((at, i) => pool.execute(spinStep, [log.buffer, i, at]))
    const ends = Promise.all(works.map(endOf))
    await Promise.resolve()
    blockUntil(() => gate.count === 1)
    const outcome = await pool.stop(true)
    const [first, second, third] = await ends
    expect(first === 0 || first === 'ERR_WORK_DISCARDED').toBe(true)
    expect([second, third]).toEqual(['ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED'])
    expect([...outcome.values()]).toEqual([first === 0 ? 'done' : 'discarded', 'discarded', 'discarded'])
    expect(log.begun).toEqual([0, 1])
  })

  test('[50] stop(true) also ends the function of a work that was discarded gracefully', async () => {
    const pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const work = pool.execute(loop, [gate.buffer])
    await gate.entered()
    await pool.discard(work)
    await expect(work).rejects.toThrow(WorkDiscardedError)
    expect(await pool.stop(true)).toEqual(new Map())
    expect(pool.state).toBe('stopped')
  })

  test('[50] from within execute ends the work that is being submitted, too', async () => {
    const pool = new Pool({ autoScale: true, min: 0, max: 1, workBuffer: 0, whenFull: 'reject' })
    let stopped: Promise<unknown> | undefined
    pool.on('scaled', () => (stopped ??= pool.stop(true)))
    const work = pool.execute(() => 1)
    expect(await endOf(work)).toBe('ERR_WORK_DISCARDED')
    await stopped
  })

  test('[50] stop(true) during start-up', async () => {
    const pool = new Pool({ total: 2 })
    const work = pool.execute(() => 1)
    const ended = endOf(work)
    expect(await pool.stop(true)).toEqual(outcomeOf([work], 'discarded'))
    expect(await ended).toBe('ERR_WORK_DISCARDED')
    expect(pool.workers).toEqual([])
  })

  test.each([
    [
      'loops for ever',
      (words: Int32Array) =>
        void (
          Atomics.add(words, 0, 1) +
          (() => {
            for (;;);
          })()
        ),
    ],
    ['never settles', (words: Int32Array) => (Atomics.add(words, 0, 1), new Promise(() => {}))],
  ])('[50] stop(true) while setup %s', async (_, setup) => {
    const words = new Int32Array(new SharedArrayBuffer(4))
    const pool = new Pool({ total: 2, setup, thread: { workerData: words } })
    const work = pool.execute(() => 1)
    const ended = endOf(work)
    await until(() => Atomics.load(words, 0) === 2)
    const graceful = pool.stop()
    expect(await pool.stop(true)).toEqual(outcomeOf([work], 'discarded'))
    await graceful
    expect(await ended).toBe('ERR_WORK_DISCARDED')
  })

  test.each([false, true])('[50] stop(%s) while setup keeps failing', async hot => {
    const pool = new Pool({
      total: 2,
      setup: () => {
        throw new RangeError('setup fails')
      },
    })
    pool.on('error', () => {})
    const works = range(1, 3).map(i => pool.execute((i: number) => i, [i]))
    const ends = Promise.all(works.map(endOf))
    const outcome = await pool.stop(hot)
    expect(await ends).toEqual(works.map(() => (hot ? 'ERR_WORK_DISCARDED' : 'ERR_WORKER_START')))
    expect(outcome).toEqual(outcomeOf(works, hot ? 'discarded' : 'failed'))
    expect(pool.workers).toEqual([])
    expect(pool.state).toBe('stopped')
  })

  test('[50] stop(true) of a pool without workers, with and without works', async () => {
    const empty = new Pool({ total: 0 })
    expect(await empty.stop(true)).toEqual(new Map())
    const paused = new Pool({ total: 0, workBuffer: 1 })
    let online = 0
    paused.on('workerOnline', () => online++)
    const works = [1, 2].map(i => paused.execute((i: number) => i, [i]))
    const ends = Promise.all(works.map(endOf))
    expect(await paused.stop(true)).toEqual(outcomeOf(works, 'discarded'))
    expect(await ends).toEqual(['ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED'])
    expect(online).toBe(0)
  })

  test('[50] stop(true) between two starts of threads that keep dying', async () => {
    const pool = new Pool({ total: 1 })
    const works = range(1, 6).map(() => pool.execute(() => process.exit(1)))
    const ends = Promise.all(works.map(endOf))
    await until(() => pool.stats().failed === 3)
    const outcome = await pool.stop(true)
    expect(outcome.size).toBe(3)
    expect((await ends).slice(0, 3)).toEqual(['ERR_WORKER_LOST', 'ERR_WORKER_LOST', 'ERR_WORKER_LOST'])
    expect(pool.workers).toEqual([])
  })
})

describe('several calls', () => {
  test('[50] stop() then stop(true) escalates; all calls share one outcome', async () => {
    const pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    const running = pool.execute(spinStep, [log.buffer, 0, gate.buffer])
    const queued = range(1, 3).map(i => pool.execute(step, [log.buffer, i]))
    const ends = Promise.all([running, ...queued].map(endOf))
    await gate.entered()
    const graceful = pool.stop()
    await aWhile(1)
    expect(running.status).toBe('running')
    const hot = pool.stop(true)
    const again = pool.stop()
    expect(await ends).toEqual(range(0, 3).map(() => 'ERR_WORK_DISCARDED'))
    const outcomes = await Promise.all([graceful, hot, again, pool.stop(true)])
    for (const outcome of outcomes) expect(outcome).toEqual(outcomeOf([running, ...queued], 'discarded'))
    expect(await pool.stop()).toEqual(outcomes[0])
    expect(log.begun).toEqual([0])
  })

  test('[50] stop(true) then stop() stays hot, and stop() twice gives the same outcome', async () => {
    const first = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const work = first.execute(loop, [gate.buffer])
    await gate.entered()
    const calls = Promise.all([first.stop(true), first.stop(), first.stop(true)])
    await expect(work).rejects.toThrow(WorkDiscardedError)
    for (const outcome of await calls) expect(outcome).toEqual(outcomeOf([work], 'discarded'))

    const second = new Pool({ total: 1 })
    let stopped = 0
    second.on('stopped', () => stopped++)
    const done = second.execute(() => 1)
    for (const outcome of await Promise.all([second.stop(), second.stop()]))
      expect(outcome).toEqual(outcomeOf([done], 'done'))
    expect(await done).toBe(1)
    expect(stopped).toBe(1)
  })

  test('[50] stop(true) while threads already leave, and while a grace runs, ends both', async () => {
    const pool = new Pool({ total: 2, grace: 40 })
    await pool.ready
    using gate = new ScopedGate()
    const works = [0, 1].map(() => pool.execute(loop, [gate.buffer]))
    const ends = Promise.all(works.map(endOf))
    await gate.entered(2)
    const scaled = pool.scale(-1)
    const discarded = pool.discard(works, true)
    const outcome = await pool.stop(true)
    expect(await ends).toEqual(['ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED'])
    expect(outcome).toEqual(new Map())
    await Promise.all([scaled, discarded])
  })

  test('[50] stop({ timeout }) is graceful for so long, and then hot', async () => {
    const pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const looping = [0, 1].map(() => pool.execute(loop, [gate.buffer]))
    const queued = pool.execute(step, [log.buffer, 1])
    await gate.entered(2)
    const ends = Promise.all([...looping, queued].map(endOf))
    const start = performance.now()
    const outcome = await pool.stop({ timeout: 60 })
    expect(performance.now() - start).toBeGreaterThanOrEqual(60)
    expect(outcome).toEqual(outcomeOf([...looping, queued], 'discarded'))
    expect(await ends).toEqual(['ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED'])
    expect(log.begun).toEqual([])
  })

  test('[50] stop({ timeout }) of works that end in time is graceful, and leaves no timer', async () => {
    const pool = new Pool({ total: 1 })
    const works = range(1, 5).map(i => pool.execute((i: number) => i, [i]))
    expect(await pool.stop({ timeout: 3_600_000 })).toEqual(outcomeOf(works, 'done'))
    expect(await Promise.all(works)).toEqual(range(1, 5))
  })

  test('[50] a timeout may be given by a later call; the earliest of several counts', async () => {
    const pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const work = pool.execute(loop, [gate.buffer])
    await gate.entered()
    const calls = Promise.all([pool.stop(), pool.stop({ timeout: 3_600_000 }), pool.stop({ timeout: 20 })])
    await expect(work).rejects.toThrow(WorkDiscardedError)
    for (const outcome of await calls) expect(outcome).toEqual(outcomeOf([work], 'discarded'))
  })

  test('[50] bad options of stop() are refused by name, and the pool goes on', async () => {
    await using pool = new Pool({ total: 1 })
    const stop = async (options: unknown): Promise<unknown> => pool.stop(options as boolean)
    await expect(stop({ timeout: -1 })).rejects.toThrow('timeout')
    await expect(stop({ hot: 'yes' })).rejects.toThrow('hot')
    await expect(stop({ timout: 5 })).rejects.toThrow('timout')
    expect(pool.state).toBe('running')
    expect(await pool.execute(() => 'served')).toBe('served')
  })

  test('[50] await using stops gracefully', async () => {
    const log = new StepLog()
    const { step } = steps()
    let works: Work<number>[]
    let state: () => string
    {
      await using pool = new Pool({ total: 1 })
      state = () => pool.state
      works = range(1, 5).map(i => pool.execute(step, [log.buffer, i]))
    }
    expect(works.map(work => work.status)).toEqual(works.map(() => 'done'))
    expect(log.begun).toEqual(range(1, 5))
    expect(state()).toBe('stopped')
  })
})

describe('each work, exactly once', () => {
  test('[50] a hot stop at any moment reports each work as what it became, and runs none twice', async () => {
    for (let round = 0; round < 4; round++) {
      const pool = new Pool({ total: 2 })
      const log = new StepLog()
      const { busyStep } = steps()
      const events = new Map<string, string[]>()
      for (const event of ['done', 'failed', 'discarded'] as const) {
        pool.on(event, (...[work]) => events.set(work.id, [...(events.get(work.id) ?? []), event]))
      }
      const works = range(0, 99).map(i => pool.execute(busyStep, [log.buffer, i, 0.2]))
      const ends = Promise.all(works.map(endOf))
      await log.beginnings(5 + 20 * round)
      const outcome = await pool.stop(true)
      const settled = await ends
      for (const [i, work] of works.entries()) {
        expect(settled[i]).toBe(work.status === 'done' ? i : 'ERR_WORK_DISCARDED')
        if (outcome.has(work.id)) expect(outcome.get(work.id)).toBe(work.status)
        else expect(work.status).toBe('done')
        expect(events.get(work.id)).toEqual([work.status])
      }
      expect(new Set(log.begun).size).toBe(log.begun.length)
      const { submitted, done, failed, discarded } = pool.stats()
      expect([submitted, failed, done + discarded]).toEqual([100, 0, 100])
    }
  })
})

describe('the process', () => {
  const child = (
    body: string,
  ): Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }> =>
    runInChild(`
      import { Pool } from 'threadcrew'
      const words = new Int32Array(new SharedArrayBuffer(8))
      const entered = async () => { while (Atomics.load(words, 0) === 0) await new Promise(resolve => setImmediate(resolve)) }
      const loop = words => { Atomics.add(words, 0, 1); for (;;); }
      ${body}
    `)
  const fine = (stdout: string): object => ({ code: 0, signal: null, stdout: `${stdout}\n`, stderr: '' })

  test('[50] stays until stop(), scale() and discard() are through, with nothing else to do', async () => {
    const ended = await child(`
      const pool = new Pool({ total: 1, grace: 30 })
      const work = pool.execute(loop, [words])
      work.catch(() => {})
      await entered()
      const [status] = (await pool.discard(work, true)).values()
      await pool.scale(1)
      await pool.scale(-2)
      await pool.stop()
      console.log(status, pool.state)
    `)
    expect(ended).toEqual(fine('discarded stopped'))
  })

  test('[50] stays while a work waits, that of a paused pool too', async () => {
    const ended = await child(`
      const pool = new Pool({ total: 0, workBuffer: 0 })
      const work = pool.execute(() => 'served')
      // A timer that does not keep the process alive by itself.
      setTimeout(() => { pool.total = 1 }, 100).unref()
      console.log(await work)
    `)
    expect(ended).toEqual(fine('served'))
  })

  test('[50] goes when the pool is idle after works were discarded, timed out, aborted, lost and thrown', async () => {
    const ended = await child(`
      const pool = new Pool({ total: 2, timeout: 3_600_000 })
      const ends = []
      const end = async work => { try { ends.push(await work) } catch (error) { ends.push(error.code ?? error.message) } }
      await end(pool.execute(() => 'done'))
      await end(pool.execute(() => { throw new Error('thrown') }))
      await end(pool.execute(() => process.exit(3)))
      await end(pool.execute(loop, [words], { timeout: 20 }))
      await end(pool.execute(loop, [words], { signal: AbortSignal.timeout(50) }))
      const looping = pool.execute(loop, [words])
      const queued = pool.execute(() => 'never', [], { queueTimeout: 3_600_000 })
      void pool.discard([looping, queued], true)
      await Promise.all([end(looping), end(queued)])
      console.log(ends.join(' '))
    `)
    const codes = [
      'done',
      'thrown',
      'ERR_WORKER_LOST',
      'ERR_WORK_TIMEOUT',
      'ERR_WORK_DISCARDED',
      'ERR_WORK_DISCARDED',
      'ERR_WORK_DISCARDED',
    ]
    expect(ended).toEqual(fine(codes.join(' ')))
  })

  test('[50] goes when only the function of a gracefully discarded work still runs', async () => {
    const ended = await child(`
      const pool = new Pool({ total: 1 })
      const work = pool.execute(async words => { Atomics.add(words, 0, 1); setInterval(() => {}, 1000); await new Promise(() => {}) }, [words])
      await entered()
      console.log(...(await pool.discard(work)).values())
    `)
    expect(ended).toEqual(fine('discarded'))
  })
})
