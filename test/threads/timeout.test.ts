/** The two time limits of a work: `timeout` from its start, `queueTimeout` from its submission. */

import { Pool, task, WorkDiscardedError, WorkTimeoutError } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { aWhile } from '../support/a-while.js'
import { Gate, until } from '../support/gate.js'
import { timersSince, timersSoFar } from '../support/library-resources.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { blockUntil, endOf, StepLog, steps, warmUp } from '../support/steps.js'
import { stand } from '../support/tasks/gates.js'
import type { loop as loopTask } from '../support/tasks/gates.js'

const loop = task<typeof loopTask>(new URL('../support/tasks/gates.js', import.meta.url), 'loop')
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Resolves after that many ms as the pool itself counts them: a work that nobody can take runs into its queueTimeout. */
async function timePasses(pool: Pool, ms: number): Promise<void> {
  await expect(pool.execute(() => {}, [], { queueTimeout: ms, priority: -1 })).rejects.toMatchObject({ phase: 'queue' })
}

describe('timeout', () => {
  test('[27] a busy loop is ended when its timeout has passed, and not before', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const failed: unknown[] = []
    pool.on('failed', (_, error) => failed.push(error))
    const work = pool.execute(loop, [gate.buffer], { timeout: 80 })
    const error = await work.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(WorkTimeoutError)
    expect(error).toMatchObject({ code: 'ERR_WORK_TIMEOUT', phase: 'run' })
    expect((error as Error).message).toContain('80')
    expect(failed).toEqual([error])
    expect(work.status).toBe('failed')
    expect(work.runTime).toBeGreaterThanOrEqual(80)
    expect(await pool.execute(() => 'served')).toBe('served')
    expect(exited).toEqual([work.workerId])
    expect(pool.total).toBe(1)
    expect(pool.workers).toHaveLength(1)
  })

  test('[60] with a grace of Infinity fails the work at once and keeps its thread, whatever the thread is doing', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    using second = new ScopedGate()
    let exits = 0
    pool.on('workerExit', () => exits++)
    const work = pool.execute(stand, [gate.buffer, 1], { timeout: 50, grace: Infinity })
    const next = pool.execute(() => 'next')
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORK_TIMEOUT', phase: 'run' })
    expect([work.status, next.status]).toEqual(['failed', 'queued'])
    gate.open()
    expect(await next).toBe('next')
    expect(next.workerId).toBe(work.workerId)
    const aborted = new AbortController()
    const signalled = pool.execute(stand, [second.buffer, 2], { signal: aborted.signal, grace: Infinity })
    await second.entered()
    aborted.abort('enough')
    await expect(signalled).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED', cause: 'enough' })
    const stopped = signalled.stop()
    second.open()
    expect(await stopped).toBe('discarded')
    expect(pool.workers.map(worker => worker.id)).toEqual([work.workerId])
    expect(exits).toBe(0)
  })

  test('[27] works sent ahead behind one that times out run exactly once', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const victim = pool.execute(spinStep, [log.buffer, 0, gate.buffer], { timeout: 50 })
    const works = range(1, 50).map(i => pool.execute(step, [log.buffer, i]))
    await expect(victim).rejects.toThrow(WorkTimeoutError)
    expect(await Promise.all(works)).toEqual(range(1, 50))
    expect(log.begun).toEqual(range(0, 50))
  })

  test('[27] timeout counts from the start: time in the queue, at the door or sent ahead does not count', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 4 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const works = range(1, 6).map(i => pool.execute(step, [log.buffer, i], { timeout: 150 }))
    expect(works.map(work => work.status)).toEqual(['queued', 'queued', 'queued', 'queued', 'waiting', 'waiting'])
    await timePasses(pool, 250)
    expect(works.map(work => work.status)).toEqual(['queued', 'queued', 'queued', 'queued', 'waiting', 'waiting'])
    gate.open()
    expect(await Promise.all([running, ...works])).toEqual(range(0, 6))
    expect(log.begun).toEqual(range(0, 6))
  })

  test('[27] timeout counts from the start: time that a thread needs to start does not count', async () => {
    const gate = new Gate()
    await using pool = new Pool({
      total: 1,
      setup: (gate: SharedArrayBuffer) => void Atomics.wait(new Int32Array(gate), 0, 0),
      thread: { workerData: gate.buffer },
    })
    const work = pool.execute(() => 'in time', [], { timeout: 200 })
    await timePasses(pool, 250)
    expect(work.status).toBe('queued')
    gate.open()
    expect(await work).toBe('in time')
  })

  test('[27] timeout counts from the start of a work that lost its place on another thread', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const victim = pool.execute(spinStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const work = pool.execute(step, [log.buffer, 1], { timeout: 150 })
    await timePasses(pool, 250)
    await pool.discard(victim, true)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(await work).toBe(1)
  })

  test('[27] an asynchronous task that never settles is ended by its timeout', async () => {
    await using pool = new Pool({ total: 1 })
    const work = pool.execute(() => new Promise(() => {}), [], { timeout: 30 })
    await expect(work).rejects.toMatchObject({ phase: 'run' })
    expect(await pool.execute(() => 'served')).toBe('served')
  })

  test("[27] the pool's timeout is the default, the work's own goes before, Infinity switches it off", async () => {
    await using pool = new Pool({ total: 3, timeout: 60 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep } = steps()
    const endless = pool.execute(asyncStep, [log.buffer, 0, gate.buffer], { timeout: Infinity })
    const longer = pool.execute(asyncStep, [log.buffer, 1, gate.buffer], { timeout: 600_000 })
    const standard = pool.execute(asyncStep, [log.buffer, 2, gate.buffer])
    await expect(standard).rejects.toThrow('60')
    expect(standard.runTime).toBeGreaterThanOrEqual(60)
    await expect(pool.execute(loop, [gate.buffer], { timeout: 20 })).rejects.toThrow('20')
    await aWhile(60)
    expect([endless.status, longer.status]).toEqual(['running', 'running'])
    gate.open()
    expect(await Promise.all([endless, longer])).toEqual([0, 1])
  })

  test('[27] a loop behind a short work of the same function is ended by its own timeout', async () => {
    await using pool = new Pool({ total: 1, timeout: 100 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    await warmUp(pool, spinStep)
    const works = [undefined, gate.buffer, undefined].map((at, i) => pool.execute(spinStep, [log.buffer, i, at]))
    expect(await Promise.all(works.map(endOf))).toEqual([0, 'ERR_WORK_TIMEOUT', 2])
    expect(log.begun).toEqual([0, 1, 2])
  })

  test('[27] the limit of a work that ended in time does not touch what runs behind it', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    await warmUp(pool, spinStep)
    let exits = 0
    pool.on('workerExit', () => exits++)
    const ended = pool.execute(spinStep, [log.buffer, 0], { timeout: 50 })
    const running = pool.execute(spinStep, [log.buffer, 1, gate.buffer])
    await Promise.resolve()
    blockUntil(() => gate.count === 1)
    expect(await ended).toBe(0)
    await timePasses(pool, 120)
    // Another work has this one's place by now, and its limit passes as well.
    gate.open()
    expect(await running).toBe(1)
    expect(await pool.execute(spinStep, [log.buffer, 2], { timeout: 600_000 })).toBe(2)
    expect(log.threadOf(2)).toBe(log.threadOf(0))
    expect(exits).toBe(0)
  })

  test('[27] timeouts at the moment of the end: one outcome each, and the works behind run exactly once', async () => {
    await using pool = new Pool({ total: 1 })
    const { busyStep } = steps()
    await warmUp(pool, busyStep)
    const log = new StepLog()
    const ends = Promise.all(
      range(0, 29).map(i =>
        endOf(
          pool.execute(busyStep, [log.buffer, i, i % 3 === 0 ? 2 : 0.1], i % 3 === 0 ? { timeout: 2 + (i % 2) } : {}),
        ),
      ),
    )
    const outcomes = await ends
    for (const [i, end] of outcomes.entries()) {
      if (i % 3 === 0) expect([i, 'ERR_WORK_TIMEOUT']).toContain(end)
      else expect(end).toBe(i)
    }
    // A thread that lost its processor right after its claim may be ended before the function's first line.
    const mayBeMissing = (i: number): boolean => outcomes[i] === 'ERR_WORK_TIMEOUT' && !log.begun.includes(i)
    expect(log.begun).toEqual(range(0, 29).filter(i => !mayBeMissing(i)))
  })

  test('[27] a work discarded gracefully keeps its limit, and one that ends in time gives it back', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep } = steps()
    let exits = 0
    pool.on('workerExit', () => exits++)
    const work = pool.execute(asyncStep, [log.buffer, 0, gate.buffer], { timeout: 200 })
    await gate.entered()
    await pool.discard(work)
    await expect(work).rejects.toThrow(WorkDiscardedError)
    gate.open()
    using second = new ScopedGate()
    const next = pool.execute(asyncStep, [log.buffer, 1, second.buffer])
    await second.entered()
    await timePasses(pool, 250)
    second.open()
    expect(await next).toBe(1)
    expect(log.ended).toEqual([0, 1])
    expect(exits).toBe(0)
  })
})

describe('queueTimeout', () => {
  test('[27] queueTimeout counts from submission; what has not started by then never does, wherever it is', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 4 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const works = range(1, 6).map(i => pool.execute(step, [log.buffer, i], { queueTimeout: 60 }))
    expect(works.map(work => work.status)).toEqual(['queued', 'queued', 'queued', 'queued', 'waiting', 'waiting'])
    const accepted = works.map(work => endOf(work.accepted))
    const errors = await Promise.all(works.map(work => work.catch((error: unknown) => error)))
    for (const error of errors) {
      expect(error).toBeInstanceOf(WorkTimeoutError)
      expect(error).toMatchObject({ code: 'ERR_WORK_TIMEOUT', phase: 'queue' })
      expect((error as Error).message).toContain('60')
    }
    // Those at the door ended there, or had been let in by the end of the others.
    const atDoor = await Promise.all(accepted)
    expect(atDoor.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined])
    for (const end of atDoor.slice(4)) expect([undefined, 'ERR_WORK_TIMEOUT']).toContain(end)
    for (const work of works) {
      expect(work.status).toBe('failed')
      expect(work.waitTime).toBeGreaterThanOrEqual(60)
      expect(work.runTime).toBe(0)
    }
    gate.open()
    await running
    await pool.execute(step, [log.buffer, 7])
    expect(log.begun).toEqual([0, 7])
    expect(pool.stats()).toMatchObject({ failed: 6 })
  })

  test('[27] a work that runs into its queueTimeout at the door rejects `accepted` with the same error', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    const queued = pool.execute(step, [log.buffer, 1])
    const work = pool.execute(step, [log.buffer, 2], { queueTimeout: 40 })
    const { accepted } = work
    const error = await work.catch((error: unknown) => error)
    expect(error).toMatchObject({ phase: 'queue' })
    await expect(accepted).rejects.toBe(error)
    gate.open()
    expect(await Promise.all([running, queued])).toEqual([0, 1])
    expect(log.begun).toEqual([0, 1])
  })

  test('[27] a queued work that runs into its queueTimeout lets the next one in from the door', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const queued = pool.execute(step, [log.buffer, 1], { queueTimeout: 40 })
    const next = pool.execute(step, [log.buffer, 2])
    expect(next.status).toBe('waiting')
    await expect(queued).rejects.toMatchObject({ phase: 'queue' })
    await next.accepted
    expect(next.status).toBe('queued')
    gate.open()
    expect(await Promise.all([running, next])).toEqual([0, 2])
    expect(log.begun).toEqual([0, 2])
  })

  test('[27] a work that has started is beyond its queueTimeout', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const work = pool.execute(step, [log.buffer, 0, gate.buffer], { queueTimeout: 200 })
    await gate.entered()
    await timePasses(pool, 250)
    expect(work.status).toBe('running')
    gate.open()
    expect(await work).toBe(0)
  })

  test('[27] queueTimeout counts while no worker is there', async () => {
    await using pool = new Pool({ total: 0 })
    const work = pool.execute(() => 1, [], { queueTimeout: 30 })
    await expect(work).rejects.toMatchObject({ phase: 'queue' })
    expect(pool.stats()).toMatchObject({ queued: 0, failed: 1 })
  })

  test('[27] of both limits the one of the phase counts', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const running = pool.execute(loop, [gate.buffer], { timeout: 500, queueTimeout: 600_000 })
    await gate.entered()
    await expect(pool.execute(loop, [gate.buffer], { timeout: 600_000, queueTimeout: 30 })).rejects.toMatchObject({
      phase: 'queue',
    })
    await expect(running).rejects.toMatchObject({ phase: 'run' })
    expect(gate.count).toBe(1)
  })
})

describe('nothing left behind', () => {
  test('[27] however a work ends, its limits leave no timer behind', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const idle = timersSoFar()
    const limits = { timeout: 3_600_000, queueTimeout: 3_600_000 }
    const settles = async (...works: Promise<unknown>[]): Promise<void> => {
      await Promise.all(works.map(endOf))
      await until(() => timersSince(idle) === 0)
    }

    await settles(pool.execute(step, [log.buffer, 1], limits))
    await settles(...range(1, 100).map(i => pool.execute(step, [log.buffer, i], limits)))
    await settles(
      pool.execute(
        () => {
          throw new Error('meant')
        },
        [],
        limits,
      ),
    )
    await settles(pool.execute((f: () => void) => f, [() => {}], limits))
    await settles(pool.execute(() => () => {}, [], limits))
    await settles(pool.execute(() => process.exit(3), [], limits))
    await settles(pool.execute(loop, [gate.buffer], { ...limits, timeout: 20 }))
    const controller = new AbortController()
    const running = pool.execute(step, [log.buffer, 1, gate.buffer], { ...limits, signal: controller.signal })
    await until(() => running.status === 'running')
    const queued = range(1, 10).map(i => pool.execute(step, [log.buffer, i], limits))
    void pool.discard(queued.slice(0, 4))
    void pool.discard(queued.slice(4, 8), true)
    const aborted = pool.execute(step, [log.buffer, 1], { ...limits, signal: controller.signal })
    controller.abort()
    await settles(running, aborted, ...queued)
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 })
  })

  test('[27] a work discarded gracefully leaves no timer behind when its function has ended', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep } = steps()
    const idle = timersSoFar()
    const work = pool.execute(asyncStep, [log.buffer, 0, gate.buffer], { timeout: 3_600_000 })
    await gate.entered()
    await pool.discard(work)
    await expect(work).rejects.toThrow(WorkDiscardedError)
    expect(timersSince(idle)).toBeGreaterThan(0)
    gate.open()
    await until(() => timersSince(idle) === 0)
  })
})
