/** The same call once on every worker. */

import { Pool, transfer, WorkDiscardedError, WorkerLostError } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { Log } from '../support/log.js'
import { heardByProcess } from '../support/process-events.js'
import { errorOf } from '../support/rejection.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { scopedGates } from '../support/scoped-gates.js'
import { loop, stand } from '../support/tasks/gates.js'
import { note, noteAndStand } from '../support/tasks/log.js'

const RELAY = 7

describe('broadcast', () => {
  test('[57] runs once on every worker, starting ones included, with results in the order of the workers', async () => {
    await using pool = new Pool({ total: 3 })
    const results = await pool.broadcast(
      async (n: number) => {
        const { context } = await import('threadcrew/thread')
        return [context().workerId, 2 * n] as const
      },
      [21],
    )
    expect(results).toEqual(pool.workers.map(worker => [worker.id, 42]))
    expect(pool.stats()).toMatchObject({ submitted: 3, done: 3 })
  })

  test('[57] goes ahead of what is queued, whatever its priority, and behind what a thread was sent before', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new Log()
    const first = pool.execute(noteAndStand, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const numbers = Array.from({ length: 600 }, (_, i) => i + 1 + RELAY)
    const works = numbers.map(i => pool.execute(note, [log.buffer, i], { priority: 1 }))
    await Promise.all(works.map(work => work.accepted))
    const everywhere = pool.broadcast(note, [log.buffer, RELAY])
    gate.open()
    await Promise.all([first, ...works, everywhere])
    const at = log.entries.indexOf(RELAY)
    expect(log.entries.filter(entry => entry !== RELAY)).toEqual([0, ...numbers])
    // A lane has 512 places: no more can have been sent ahead.
    expect(at).toBeGreaterThan(0)
    expect(at).toBeLessThanOrEqual(512)
  })

  test('[57] a busy worker runs it when it is free, and no other takes it from there', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const busy = pool.execute(stand, [gate.buffer])
    await gate.entered()
    const log = new Log()
    let over = false
    const everywhere = pool.broadcast(note, [log.buffer, RELAY]).finally(() => (over = true))
    await until(() => log.length === 1)
    // The other one is idle and has nothing to do but to steal.
    for (let i = 0; i < 20; i++) await pool.execute(() => 1)
    expect([log.length, over]).toEqual([1, false])
    gate.open()
    expect(await everywhere).toHaveLength(2)
    expect(log.entries).toEqual([RELAY, RELAY])
    await busy
  })

  test('[57] is not refused by a full buffer, nor does it wait at the door', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 0, whenFull: 'reject' })
    await pool.ready
    using gate = new ScopedGate()
    const busy = pool.execute(stand, [gate.buffer])
    await gate.entered()
    const everywhere = pool.broadcast(() => 'here')
    expect(pool.stats()).toMatchObject({ waiting: 0, queued: 1, running: 1 })
    gate.open()
    expect(await everywhere).toEqual(['here'])
    await busy
  })

  test('rejects with the first error, in the order of the workers, when all have ended', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new Log()
    const [slow] = pool.workers
    const everywhere = pool.broadcast(
      async function (id: string | undefined, ended: SharedArrayBuffer, gateBuffer: SharedArrayBuffer) {
        const { context } = await import('threadcrew/thread')
        const words = new Int32Array(gateBuffer)
        if (context().workerId === id) Atomics.wait(words, 0, 0)
        Atomics.add(new Int32Array(ended), 0, 1)
        throw new RangeError(context().workerId === id ? 'slow' : 'quick')
      },
      [slow?.id, log.buffer, gate.buffer],
    )
    const error = errorOf(everywhere)
    await until(() => log.length === 1)
    gate.open()
    expect(await error).toMatchObject({ message: 'slow' })
    expect(log.length).toBe(2)
    expect(pool.stats()).toMatchObject({ failed: 2 })
  })

  test('rejects if a thread ends under it', async () => {
    await using pool = new Pool({ total: 2 })
    const error = await errorOf(pool.broadcast(() => process.exit(3)))
    expect(error).toBeInstanceOf(WorkerLostError)
    expect(error).toMatchObject({ started: true, exitCode: 3 })
  })

  test.each([
    ['dies', () => process.exit(4)],
    ['is taken out', undefined],
  ])('[57] a worker that %s before its turn is left out', async (_, end) => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new Log()
    const busy = pool.execute(
      async (buffer: SharedArrayBuffer, dies: boolean) => {
        const words = new Int32Array(buffer)
        Atomics.add(words, 1, 1)
        Atomics.wait(words, 0, 0)
        if (dies) process.exit(4)
      },
      [gate.buffer, end !== undefined],
    )
    const ended = busy.catch(() => {})
    await gate.entered()
    const discarded: unknown[] = []
    pool.on('discarded', (_work, error) => discarded.push(error))
    const everywhere = pool.broadcast(note, [log.buffer, RELAY])
    const holder = pool.workers.find(worker => worker.id === busy.workerId)
    const leaving = end === undefined ? holder?.stop() : undefined
    await until(() => log.length === 1)
    gate.open()
    expect(await everywhere).toEqual([RELAY])
    expect(discarded).toEqual([expect.any(WorkDiscardedError)])
    expect(log.entries).toEqual([RELAY])
    await Promise.all([leaving, ended])
  })

  test('rejects if a thread does not start', async () => {
    await using pool = new Pool({ total: 1, setup: () => Promise.reject(new RangeError('no licence')) })
    const error = await errorOf(pool.broadcast(() => 1))
    expect(error).toMatchObject({ code: 'ERR_WORKER_START', cause: { message: 'no licence' } })
    await errorOf(pool.ready)
  })

  test('without workers there is nothing to run: no result', async () => {
    await using pool = new Pool({ total: 0 })
    expect(await pool.broadcast(() => 1)).toEqual([])
  })

  test('[50] a hot stop discards what has not begun and ends what runs', async () => {
    const pool = new Pool({ total: 2 })
    await pool.ready
    using gates = scopedGates(2)
    const busy = errorOf(pool.execute(stand, [gates[0].buffer]))
    await gates[0].entered()
    const everywhere = errorOf(pool.broadcast(loop, [gates[1].buffer]))
    await gates[1].entered()
    await pool.stop(true)
    expect(await everywhere).toBeInstanceOf(WorkDiscardedError)
    await busy
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0, discarded: 3 })
  })

  test('[49] a graceful stop lets it run everywhere first; afterwards it is refused', async () => {
    const pool = new Pool({ total: 2 })
    const everywhere = pool.broadcast(() => 1)
    await pool.stop()
    expect(await everywhere).toEqual([1, 1])
    expect(await errorOf(pool.broadcast(() => 1))).toMatchObject({ code: 'ERR_POOL_STOPPED' })
  })

  test('[33] nobody has to await what was discarded, or what a failed listener hears of', async () => {
    const heard = await heardByProcess('unhandledRejection', async () => {
      const pool = new Pool({ total: 1 })
      pool.on('failed', () => {})
      void pool.broadcast(() => {
        throw new Error('a listener hears of it')
      })
      await pool.settled()
      using gate = new ScopedGate()
      void pool.broadcast(stand, [gate.buffer])
      await gate.entered()
      await pool.stop(true)
    })
    expect(heard).toEqual([])
  })

  test('misuse is refused with a message that names it, and nothing is submitted', async () => {
    await using pool = new Pool({ total: 1 })
    const wrong: unknown = 7
    expect(await errorOf(pool.broadcast(wrong as () => void))).toMatchObject({ name: 'TypeError' })
    const open = pool as unknown as { broadcast(...args: unknown[]): Promise<unknown> }
    expect(await errorOf(open.broadcast(() => {}, [], { timeout: 5 }))).toMatchObject({
      name: 'TypeError',
      message: 'broadcast() has no options, got { timeout: 5 } (object)',
    })
    expect(await errorOf(pool.broadcast(() => 1, wrong as []))).toMatchObject({
      message: expect.stringMatching(/^args must be an array.*7/),
    })
    const bytes = new Uint8Array(4)
    const moved = pool.broadcast((b: Uint8Array) => b.length, [transfer(bytes, [bytes.buffer])])
    expect(await errorOf(moved)).toMatchObject({ message: expect.stringContaining('transfer()') })
    expect(await errorOf(pool.broadcast(Math.max))).toMatchObject({ code: 'ERR_FUNCTION_NOT_SHIPPABLE' })
    expect(bytes.length).toBe(4)
    expect(pool.stats().submitted).toBe(0)
  })
})
