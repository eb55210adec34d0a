/** Works that run again because their thread has ended under them. */

import { Pool, transfer, WorkerLostError, WorkTimeoutError } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { Log } from '../support/log.js'
import { errorOf } from '../support/rejection.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { note } from '../support/tasks/log.js'

/** Counts how often it has been begun, and ends its thread until that was `deaths` times. */
function dieAtFirst(counter: SharedArrayBuffer, deaths: number, how: 'exit' | 'crash' = 'exit'): unknown {
  const begun = Atomics.add(new Int32Array(counter), 0, 1)
  if (begun >= deaths) return `attempt ${begun + 1}`
  if (how === 'exit') process.exit(7)
  return new Promise(() => {
    setTimeout(() => {
      throw new Error('in a timer')
    })
  })
}

function counter(): { buffer: SharedArrayBuffer; begun: () => number } {
  const buffer = new SharedArrayBuffer(4)
  return { buffer, begun: () => Atomics.load(new Int32Array(buffer), 0) }
}

describe('retries', () => {
  test.each(['exit', 'crash'] as const)('a work whose thread ends under it by an %s runs again', async how => {
    await using pool = new Pool({ total: 1 })
    const { buffer, begun } = counter()
    const failed: unknown[] = []
    const statuses: string[] = []
    pool.on('failed', work => failed.push(work.id))
    const work = pool.execute(dieAtFirst, [buffer, 2, how], { retries: 2 })
    pool.on('workerExit', () =>
      statuses.push(work.status, String(pool.jobs.get(work.id)), String(pool.stats().running)),
    )
    expect(await work).toBe('attempt 3')
    expect(begun()).toBe(3)
    expect(failed).toEqual([])
    expect(statuses).toEqual(['running', 'running', '1', 'running', 'running', '1'])
    expect(work.status).toBe('done')
    const { done, running, queued } = pool.stats()
    expect({ done, running, queued }).toEqual({ done: 1, running: 0, queued: 0 })
  })

  test('end with the error of the last attempt', async () => {
    await using pool = new Pool({ total: 1 })
    const { buffer, begun } = counter()
    const work = pool.execute(dieAtFirst, [buffer, 10], { retries: 2 })
    expect(await errorOf(work)).toMatchObject({ code: 'ERR_WORKER_LOST', exitCode: 7, started: true })
    expect(begun()).toBe(3)
    expect(work.status).toBe('failed')
  })

  test('are none by default', async () => {
    await using pool = new Pool({ total: 1 })
    const { buffer, begun } = counter()
    expect(await errorOf(pool.execute(dieAtFirst, [buffer, 1]))).toBeInstanceOf(WorkerLostError)
    expect(begun()).toBe(1)
  })

  test('are not for what a task throws, nor for time limits', async () => {
    await using pool = new Pool({ total: 1 })
    const { buffer, begun } = counter()
    const throwing = pool.execute(
      (buffer: SharedArrayBuffer) => {
        Atomics.add(new Int32Array(buffer), 0, 1)
        throw new Error('mine')
      },
      [buffer],
      { retries: 3 },
    )
    expect(await errorOf(throwing)).toMatchObject({ message: 'mine' })
    expect(begun()).toBe(1)
    const endless = pool.execute(
      (buffer: SharedArrayBuffer) => {
        Atomics.add(new Int32Array(buffer), 0, 1)
        for (;;);
      },
      [buffer],
      { retries: 3, timeout: 50 },
    )
    expect(await errorOf(endless)).toBeInstanceOf(WorkTimeoutError)
    await pool.execute(() => {})
    expect(begun()).toBe(2)
  })

  test('go before what was submitted later', async () => {
    await using pool = new Pool({ total: 1 })
    const log = new Log()
    const { buffer } = counter()
    const first = pool.execute(
      (buffer: SharedArrayBuffer, log: SharedArrayBuffer) => {
        const words = new Int32Array(log)
        const position = Atomics.add(words, 0, 1)
        Atomics.store(words, position + 1, 100)
        if (Atomics.add(new Int32Array(buffer), 0, 1) === 0) process.exit()
      },
      [buffer, log.buffer],
      { retries: 1 },
    )
    const others = [1, 2, 3].map(n => pool.execute(note, [log.buffer, n]))
    await Promise.all([first, ...others])
    expect(log.entries).toEqual([100, 100, 1, 2, 3])
  })

  test('give each attempt its whole time limit, and none waits for its start any longer', async () => {
    await using pool = new Pool({ total: 1 })
    const { buffer, begun } = counter()
    const work = pool.execute(dieAtFirst, [buffer, 3], { retries: 3, timeout: 60_000, queueTimeout: 60_000 })
    expect(await work).toBe('attempt 4')
    expect(begun()).toBe(4)
    expect(work.waitTime).toBeGreaterThanOrEqual(0)
    expect(work.runTime).toBeGreaterThan(0)
  })

  test('end with the work: discarded between two attempts it is not begun again', async () => {
    await using pool = new Pool({ total: 1 })
    const { buffer, begun } = counter()
    const exited = new Promise<void>(resolve => pool.once('workerExit', () => resolve()))
    const work = pool.execute(dieAtFirst, [buffer, 1], { retries: 5 })
    const error = errorOf(work)
    await exited
    expect(work.status).toBe('running')
    expect(await pool.discard(work, true)).toEqual(new Map([[work.id, 'discarded']]))
    expect(await error).toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    await pool.execute(() => {})
    expect(begun()).toBe(1)
  })

  test('end a hot stop as well', async () => {
    const pool = new Pool({ total: 1 })
    const { buffer } = counter()
    const exited = new Promise<void>(resolve => pool.once('workerExit', () => resolve()))
    const work = pool.execute(dieAtFirst, [buffer, 1], { retries: Infinity })
    const error = errorOf(work)
    await exited
    expect(await pool.stop(true)).toEqual(new Map([[work.id, 'discarded']]))
    expect(await error).toMatchObject({ code: 'ERR_WORK_DISCARDED' })
  })

  test('are not used up by a thread that ends before it has begun the work', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const { buffer, begun } = counter()
    const victim = pool.execute(
      (buffer: SharedArrayBuffer) => {
        const words = new Int32Array(buffer)
        Atomics.add(words, 1, 1)
        Atomics.wait(words, 0, 0)
        process.exit()
      },
      [gate.buffer],
    )
    const lost = errorOf(victim)
    const work = pool.execute(dieAtFirst, [buffer, 1], { retries: 1 })
    await until(() => gate.count === 1)
    gate.open()
    await lost
    expect(await work).toBe('attempt 2')
    expect(begun()).toBe(2)
  })

  test('cannot go together with what is moved', async () => {
    await using pool = new Pool({ total: 1 })
    const bytes = new ArrayBuffer(8)
    expect(() => pool.execute(() => {}, [transfer(bytes, [bytes])] as unknown as [], { retries: 1 })).toThrow(
      'retries cannot go together with transfer()',
    )
    expect(pool.stats().submitted).toBe(0)
    expect(await pool.execute((b: ArrayBuffer) => b.byteLength, [bytes])).toBe(8)
  })
})
