/** Several works on one thread at the same time. */

import { Pool, task, transfer, WorkDiscardedError, WorkerLostError, WorkTimeoutError } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { Gate, until } from '../support/gate.js'
import { Log } from '../support/log.js'
import { errorOf } from '../support/rejection.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { scopedGates } from '../support/scoped-gates.js'
import type * as exported from '../support/tasks/exports.js'
import { loop, stand, standAsync } from '../support/tasks/gates.js'
import { note } from '../support/tasks/log.js'

describe('works that wait', () => {
  test('[58] run together, as many as there are places, and the next begins when one ends', async () => {
    await using pool = new Pool({ total: 1, concurrency: 3 })
    using gates = scopedGates(5)
    const works = gates.map((gate, i) => pool.execute(standAsync, [gate.buffer, i]))
    await until(() => gates.filter(gate => gate.count === 1).length === 3)
    expect(pool.stats()).toMatchObject({ running: 3, queued: 2 })
    expect(works.map(work => work.status)).toEqual(['running', 'running', 'running', 'queued', 'queued'])
    gates[1].open()
    expect(await works[1]).toBe(1)
    await until(() => gates[3]?.count === 1)
    expect(gates[4]?.count).toBe(0)
    for (const gate of gates) gate.open()
    expect(await Promise.all(works)).toEqual([0, 1, 2, 3, 4])
  })

  test('[58] functions that do not wait run one after another, in order', async () => {
    await using pool = new Pool({ total: 1, concurrency: 4 })
    const log = new Log()
    await Promise.all(Array.from({ length: 200 }, (_, i) => pool.execute(note, [log.buffer, i])))
    expect(log.entries).toEqual(Array.from({ length: 200 }, (_, i) => i))
  })

  test('[58] each answer reaches its own work, whatever order they end in', async () => {
    await using pool = new Pool({ total: 2, concurrency: 8 })
    const works = Array.from({ length: 300 }, (_, i) =>
      pool.execute(
        async (i: number) => {
          for (let turn = (i * 7) % 5; turn > 0; turn--) await new Promise(resolve => setImmediate(resolve))
          if (i % 11 === 0) throw new RangeError(`${i}`)
          return i % 3 === 0 ? { i } : i
        },
        [i],
      ),
    )
    const outcomes = await Promise.allSettled(works)
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 11 === 0) expect(outcome).toMatchObject({ reason: { name: 'RangeError', message: `${i}` } })
      else expect(outcome).toMatchObject({ value: i % 3 === 0 ? { i } : i })
    }
  })
})

describe('the context', () => {
  test('[58] is that of the work whose code asks, after each await and in timers', async () => {
    await using pool = new Pool({ total: 1, concurrency: 4 })
    const works = Array.from({ length: 8 }, (_, i) =>
      pool.execute(
        async function (i: number) {
          const { context } = await import('threadcrew/thread')
          const seen = [context().id, context().label]
          await new Promise(resolve => setTimeout(resolve, 8 - i))
          seen.push(context().id)
          await new Promise<void>(resolve => setImmediate(() => (seen.push(context().id), resolve())))
          return [...seen, this.id, context() === this]
        },
        [i],
        { label: `work ${i}` },
      ),
    )
    for (const [i, seen] of (await Promise.all(works)).entries()) {
      const { id } = works[i]!
      expect(seen).toEqual([id, `work ${i}`, id, id, id, true])
    }
  })

  test('is there while a module is loaded, and in its functions', async () => {
    await using pool = new Pool({ total: 1, concurrency: 2 })
    const url = new URL('../support/tasks/exports.js', import.meta.url)
    const works = [1, 2].map(() => pool.execute(task<typeof exported.viaContext>(url, 'viaContext')))
    const seen = await Promise.all(works)
    expect(seen.map(([id]) => id)).toEqual(works.map(work => work.id))
  })

  test('[58] each signal is aborted for its own work, and each progress is heard by its own listener', async () => {
    await using pool = new Pool({ total: 1, concurrency: 3, grace: 60_000 })
    const heard: [number, unknown][] = []
    const controllers = [0, 1, 2].map(() => new AbortController())
    const log = new Log()
    const works = controllers.map(({ signal }, i) =>
      pool.execute(
        async function (i: number, buffer: SharedArrayBuffer) {
          this.progress(`${i} runs`)
          await new Promise(resolve => this.signal.addEventListener('abort', resolve))
          const words = new Int32Array(buffer)
          Atomics.store(words, Atomics.add(words, 0, 1) + 1, 10 * i + Number(this.signal.reason.cause))
        },
        [i, log.buffer],
        { signal, onProgress: value => heard.push([i, value]) },
      ),
    )
    await until(() => heard.length === 3)
    controllers[1]?.abort(7)
    await until(() => log.length === 1)
    controllers[2]?.abort(8)
    controllers[0]?.abort(9)
    for (const work of works) expect(await errorOf(work)).toBeInstanceOf(WorkDiscardedError)
    await until(() => pool.active === 0)
    expect(log.entries[0]).toBe(17)
    expect([...log.entries].sort()).toEqual([17, 28, 9])
    expect(heard).toEqual([0, 1, 2].map(i => [i, `${i} runs`]))
  })

  test('of an abort listener is that of its work, whoever reads the port, and the listener costs no other', async () => {
    await using pool = new Pool({ total: 1, concurrency: 3, grace: 60_000 })
    const ids: string[] = []
    const listening = [0, 1].map(i =>
      pool.execute(
        async function (i: number) {
          const { context } = await import('threadcrew/thread')
          this.progress('listens')
          const heard = await new Promise<string>(resolve => {
            this.signal.addEventListener('abort', () => resolve(context().id))
            // Sees the aborts of both in one read of the port.
            if (i === 1) {
              const look = (): void => void (this.signal.aborted || setImmediate(look))
              look()
            }
          })
          const words = new Int32Array(new SharedArrayBuffer(4))
          Atomics.store(words, 0, heard === this.id ? 1 : 0)
          if (heard !== this.id) setTimeout(() => Promise.reject(new Error(`it ran as ${heard}`)))
          await new Promise(resolve => setTimeout(resolve, 5))
        },
        [i],
        { onProgress: () => ids.push('') },
      ),
    )
    const bystander = pool.execute(async () => {
      await new Promise(resolve => setTimeout(resolve, 50))
      return 'unharmed'
    })
    await until(() => ids.length === 2)
    await pool.discard(listening)
    for (const work of listening) expect(await errorOf(work)).toBeInstanceOf(WorkDiscardedError)
    expect(await bystander).toBe('unharmed')
  })
})

describe('a place', () => {
  test('[58] is not lost where a signal, as it is read, finds works in the port', async () => {
    await using pool = new Pool({ total: 1, concurrency: 2 })
    using gates = scopedGates(2)
    const reads = pool.execute(
      async function (inside: SharedArrayBuffer, end: SharedArrayBuffer) {
        // Not in the call that the pool made, nor in the turn that the runner may have asked for: it rests.
        for (let turns = 0; turns < 3; turns++) await new Promise(resolve => setImmediate(resolve))
        Atomics.add(new Int32Array(inside), 1, 1)
        Atomics.wait(new Int32Array(inside), 0, 0)
        if (!this.signal.aborted) throw new Error('it was discarded')
        const words = new Int32Array(end)
        while (Atomics.load(words, 0) === 0) await new Promise(resolve => setTimeout(resolve, 1))
      },
      [gates[0].buffer, gates[1].buffer],
    )
    const discarded = errorOf(reads)
    await gates[0].entered()
    await pool.discard(reads)
    const next = pool.execute(() => 'next')
    await new Promise(resolve => setImmediate(resolve))
    gates[0].open()
    // The reader goes on meanwhile.
    expect(await next).toBe('next')
    gates[1].open()
    await discarded
  })

  test('[58] on a thread in a function that does not yield is none for a work with a buffer to move', async () => {
    await using pool = new Pool({ total: 2, concurrency: 2 })
    await pool.ready
    using gates = scopedGates(2)
    const blocked = pool.execute(stand, [gates[0].buffer])
    const waiting = pool.execute(standAsync, [gates[1].buffer])
    await gates[0].entered()
    await gates[1].entered()
    // The pool sees how long it has been in there.
    await new Promise(resolve => setTimeout(resolve, 5))
    for (let i = 0; i < 4; i++) {
      const bytes = new Uint8Array(3)
      const work = pool.execute((b: Uint8Array) => b.length, [transfer(bytes, [bytes.buffer])])
      expect(await work).toBe(3)
      expect(work.workerId).toBe(waiting.workerId)
    }
    for (const gate of gates) gate.open()
    await Promise.all([blocked, waiting])
  })
})

describe('the end of one', () => {
  test('[59] lets the others end first, and then the thread is replaced at once', async () => {
    await using pool = new Pool({ total: 1, concurrency: 3, grace: 60_000 })
    using gates = scopedGates(3)
    const [victim, ...others] = gates.map((gate, i) => pool.execute(standAsync, [gate.buffer, i]))
    await until(() => gates.every(gate => gate.count === 1))
    const waits = pool.execute(() => 'next')
    const [before] = pool.workers
    const over = pool.discard(victim!, true)
    expect(await errorOf(victim!)).toBeInstanceOf(WorkDiscardedError)
    for (const gate of gates.slice(1)) gate.open()
    expect(await Promise.all(others)).toEqual([1, 2])
    await over
    expect(await waits).toBe('next')
    expect(pool.workers.map(worker => worker.id)).not.toContain(before?.id)
  })

  test('[59] that blocks the thread takes the others down after the grace, with its error as their cause', async () => {
    await using pool = new Pool({ total: 1, concurrency: 3, grace: 30 })
    using gates = scopedGates(3)
    const others = [1, 2].map(i => pool.execute(standAsync, [gates[i]!.buffer]))
    await until(() => gates.slice(1).every(gate => gate.count === 1))
    const blocking = pool.execute(loop, [gates[0].buffer], { timeout: 20 })
    const error = await errorOf(blocking)
    expect(error).toBeInstanceOf(WorkTimeoutError)
    for (const other of others) {
      const lost = await errorOf(other)
      expect(lost).toBeInstanceOf(WorkerLostError)
      expect(lost).toMatchObject({ started: true, cause: error })
    }
    expect(await pool.execute(() => 1)).toBe(1)
  })

  test('[59] by a graceful discard ends no thread, and the others go on', async () => {
    await using pool = new Pool({ total: 1, concurrency: 2 })
    using gates = scopedGates(2)
    const [one, other] = gates.map((gate, i) => pool.execute(standAsync, [gate.buffer, i]))
    await until(() => gates.every(gate => gate.count === 1))
    const [before] = pool.workers
    await pool.discard(one!)
    gates[1].open()
    expect(await other).toBe(1)
    gates[0].open()
    await until(() => pool.active === 0)
    expect(pool.workers.map(worker => worker.id)).toEqual([before?.id])
  })

  test('by a crash costs all that run there, and nothing that does not', async () => {
    await using pool = new Pool({ total: 1, concurrency: 2 })
    using gate = new ScopedGate()
    const other = pool.execute(standAsync, [gate.buffer])
    await gate.entered()
    const crash = pool.execute(async () => {
      setTimeout(() => {
        throw new SyntaxError('in a timer')
      })
      await new Promise(() => {})
    })
    const behind = [1, 2, 3].map(i => pool.execute((i: number) => i, [i]))
    for (const work of [other, crash])
      expect(await errorOf(work)).toMatchObject({ code: 'ERR_WORKER_LOST', cause: { message: 'in a timer' } })
    expect(await Promise.all(behind)).toEqual([1, 2, 3])
  })

  test('[49] and [50] stop waits for all of them, or ends all of them', async () => {
    for (const hot of [false, true]) {
      const pool = new Pool({ total: 1, concurrency: 2 })
      const gates = [new Gate(), new Gate()]
      const works = gates.map(gate => pool.execute(standAsync, [gate.buffer, 1]))
      await until(() => gates.every(gate => gate.count === 1))
      const settled = Promise.allSettled(works)
      const stopped = pool.stop(hot)
      if (!hot) for (const gate of gates) gate.open()
      expect([...(await stopped).values()]).toEqual(Array(2).fill(hot ? 'discarded' : 'done'))
      await settled
    }
  })
})

test('[57] a broadcast runs alone on each thread', async () => {
  await using pool = new Pool({ total: 1, concurrency: 3 })
  using gates = scopedGates(2)
  const before = pool.execute(standAsync, [gates[0].buffer])
  using last = new ScopedGate()
  await gates[0].entered()
  const everywhere = pool.broadcast(standAsync, [gates[1].buffer, 'alone'])
  const after = pool.execute(standAsync, [last.buffer])
  await after.accepted
  gates[0].open()
  await before
  await gates[1].entered()
  await new Promise(resolve => setImmediate(resolve))
  expect(last.count).toBe(0)
  gates[1].open()
  expect(await everywhere).toEqual(['alone'])
  last.open()
  await after
})

test('streams share a thread', async () => {
  await using pool = new Pool({ total: 1, concurrency: 2 })
  const read = async (name: string): Promise<string[]> => {
    const values: string[] = []
    const stream = pool.stream(
      function* (name: string) {
        for (let i = 0; i < 20; i++) yield `${name}${i}`
      },
      [name],
      { highWaterMark: 2 },
    )
    for await (const value of stream) values.push(value)
    return values
  }
  const streams = await Promise.all(['a', 'b', 'c'].map(read))
  for (const [at, name] of ['a', 'b', 'c'].entries())
    expect(streams[at]).toEqual(Array.from({ length: 20 }, (_, i) => `${name}${i}`))
})

test('a work with a buffer to move gets a place at once', async () => {
  await using pool = new Pool({ total: 1, concurrency: 2 })
  using gate = new ScopedGate()
  const waits = pool.execute(standAsync, [gate.buffer])
  await gate.entered()
  const bytes = new Uint8Array(3)
  expect(await pool.execute((b: Uint8Array) => b.length, [transfer(bytes, [bytes.buffer])])).toBe(3)
  gate.open()
  await waits
})

test('map has as many inputs under way as there are places, twice over', async () => {
  await using pool = new Pool({ total: 2, concurrency: 3 })
  let pulled = 0
  function* inputs(): Generator<number> {
    for (;;) yield pulled++
  }
  for await (const _ of pool.map(inputs(), (n: number) => n)) break
  expect(pulled).toBe(12)
})

test('[1] concurrency is a whole number from 1 to 256; above 1 the grace is a second', async () => {
  for (const wrong of [0, 1.5, -1, 257, Infinity, NaN, '2'])
    expect(() => new Pool({ concurrency: wrong as number })).toThrow(/concurrency must be a whole number ≥ 1 and ≤ 256/)
  await using pool = new Pool({ total: 1, concurrency: 256 })
  using gate = new ScopedGate()
  const works = Array.from({ length: 300 }, () => pool.execute(standAsync, [gate.buffer]))
  await gate.entered(256)
  await new Promise(resolve => setImmediate(resolve))
  expect(gate.count).toBe(256)
  gate.open()
  await Promise.all(works)
})

test('[58] a function that blocks does not keep works from a thread that is free', async () => {
  await using pool = new Pool({ total: 2, concurrency: 4 })
  await pool.ready
  using gate = new ScopedGate()
  const log = new Log()
  const blocked = pool.execute(stand, [gate.buffer])
  await gate.entered()
  const works = Array.from({ length: 50 }, (_, i) => pool.execute(note, [log.buffer, i]))
  await Promise.all(works)
  gate.open()
  await blocked
})
