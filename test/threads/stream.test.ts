/** Values of a generator in a thread, as they come. */

import { Pool, task, UncloneableValueError, WorkDiscardedError, WorkerLostError } from 'threadcrew'
import { beforeEach, describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { errorOf } from '../support/rejection.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { sharePool } from '../support/share-pool.js'
import { stand } from '../support/tasks/gates.js'
import type * as generators from '../support/tasks/generators.js'

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

const url = new URL('../support/tasks/generators.js', import.meta.url)
const counted = task<typeof generators.counted>(url, 'counted')
const countedAsync = task<typeof generators.countedAsync>(url, 'countedAsync')

/** What `counted` writes into shared memory. */
class Trace {
  readonly buffer = new SharedArrayBuffer(8)
  readonly #words = new Int32Array(this.buffer)

  /** Values that the generator was asked for. */
  get yielded(): number {
    return Atomics.load(this.#words, 0)
  }

  /** How often its `finally` has run. */
  get finished(): number {
    return Atomics.load(this.#words, 1)
  }
}

let trace: Trace
beforeEach(() => (trace = new Trace()))

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const value of values) read.push(value)
  return read
}

describe('the values', () => {
  test.each([
    ['a generator', counted],
    ['an async generator', countedAsync],
  ])('[55] of %s arrive in order, all of them', async (_, generator) => {
    expect(await all(pool.stream(generator, [trace.buffer, 100]))).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect([trace.yielded, trace.finished]).toEqual([100, 1])
  })

  test('[55] of an inline generator, of a function that returns an iterable, and of a promise of one', async () => {
    const inline = pool.stream(
      function* (n: number) {
        for (let i = 0; i < n; i++) yield { i, id: this.id }
      },
      [2],
    )
    expect(await all(inline)).toEqual([
      { i: 0, id: expect.any(String) },
      { i: 1, id: expect.any(String) },
    ])
    expect(await all(pool.stream(() => new Map([['a', 1]])))).toEqual([['a', 1]])
    expect(await all(pool.stream(async () => new Set([1, 2])))).toEqual([1, 2])
    // As `for await` does.
    expect(await all(pool.stream(() => [Promise.resolve(1), 2]))).toEqual([1, 2])
  })

  test('are what they were when they were yielded', async () => {
    const values = pool.stream(function* () {
      const counter = { n: 0 }
      for (; counter.n < 3; counter.n++) yield counter
    })
    expect(await all(values)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }])
  })

  test('[41] move buffers that are marked', async () => {
    const values = pool.stream(function* (this) {
      const bytes = new Uint8Array([1, 2, 3])
      yield this.transfer(bytes, [bytes.buffer])
      yield bytes.length
    })
    expect(await all(values)).toEqual([new Uint8Array([1, 2, 3]), 0])
  })

  test('[55] are followed by what the generator returns', async () => {
    const values = pool.stream(function* () {
      yield 1
      return 'the end'
    })
    expect(await values.next()).toEqual({ done: false, value: 1 })
    expect(await values.next()).toEqual({ done: true, value: 'the end' })
    expect(await values.next()).toEqual({ done: true, value: undefined })
  })
})

describe('back-pressure', () => {
  test('[55] what nobody has read when the generator ends is read later, and then its end, once', async () => {
    const values = pool.stream(function* () {
      yield 1
      yield 2
      yield 3
      return 'the end'
    })
    await values.next()
    await until(() => pool.active === 0)
    expect(await values.next()).toEqual({ done: false, value: 2 })
    expect(await values.next()).toEqual({ done: false, value: 3 })
    expect(await values.next()).toEqual({ done: true, value: 'the end' })
    expect(await values.next()).toEqual({ done: true, value: undefined })
  })

  test.each([1, 2, 5, undefined])(
    '[55] the generator is at most highWaterMark = %s values ahead',
    async highWaterMark => {
      const ahead = highWaterMark ?? 16
      const options = highWaterMark === undefined ? {} : { highWaterMark }
      const values = pool.stream(counted, [trace.buffer, 100], options)
      let read = 0
      for await (const value of values) {
        expect(value).toBe(read++)
        expect(trace.yielded).toBeLessThanOrEqual(read + ahead)
      }
      expect(read).toBe(100)
    },
  )

  test('[55] it goes ahead exactly that far while nobody reads', async () => {
    const values = pool.stream(countedAsync, [trace.buffer, 100], { highWaterMark: 8 })
    await values.next()
    await until(() => trace.yielded === 8)
    // The reader has taken one of eight, and half of them are granted at a time.
    await new Promise(resolve => setImmediate(resolve))
    expect(trace.yielded).toBe(8)
    await values.return?.()
    expect([trace.yielded, trace.finished]).toEqual([8, 1])
  })

  test('[56] the thread learns of the end of an endless generator, however much it may yield', async () => {
    const values = pool.stream(counted, [trace.buffer, Infinity], { highWaterMark: Infinity })
    for await (const value of values) if (value === 3) break
    expect(trace.finished).toBe(1)
  })

  test('nothing begins before the first value is asked for', async () => {
    const values = pool.stream(counted, [trace.buffer, 3])
    await pool.execute(() => 0)
    expect(pool.stats().queued + pool.stats().running).toBe(0)
    expect(trace.yielded).toBe(0)
    await values.return?.()
  })
})

describe('leaving the loop', () => {
  test.each([
    ['a generator', counted],
    ['an async generator', countedAsync],
  ])('[56] runs the finally of %s in the thread, and waits for it', async (_, generator) => {
    for await (const value of pool.stream(generator, [trace.buffer, 1000])) if (value === 2) break
    expect(trace.finished).toBe(1)
    // The worker is free again.
    expect(await pool.execute(() => 1)).toBe(1)
  })

  test('[56] by an error of the body does the same, and throws that error', async () => {
    const loop = async (): Promise<void> => {
      for await (const _ of pool.stream(counted, [trace.buffer, 1000])) throw new RangeError('of the body')
    }
    expect(await errorOf(loop())).toMatchObject({ name: 'RangeError', message: 'of the body' })
    expect(trace.finished).toBe(1)
  })

  test('[56] throws what the finally throws', async () => {
    const loop = async (): Promise<void> => {
      const values = pool.stream(function* () {
        try {
          for (;;) yield 1
        } finally {
          throw new SyntaxError('of the finally')
        }
      })
      for await (const _ of values) break
    }
    expect(await errorOf(loop())).toMatchObject({ name: 'SyntaxError', message: 'of the finally' })
  })

  test('[56] throws what the finally of an async generator throws, also when that comes later', async () => {
    const loop = async (): Promise<void> => {
      const values = pool.stream(async function* () {
        try {
          for (;;) yield 1
        } finally {
          await new Promise(resolve => setImmediate(resolve))
          throw new SyntaxError('of the finally')
        }
      })
      for await (const _ of values) break
    }
    expect(await errorOf(loop())).toMatchObject({ name: 'SyntaxError', message: 'of the finally' })
  })

  test('[56] takes the work of a stream that has not begun out of the queue, although next() waits for it', async () => {
    using gate = new ScopedGate()
    const busy = pool.execute(stand, [gate.buffer])
    await gate.entered()
    const values = pool.stream(counted, [trace.buffer, 3])
    const first = values.next()
    await until(() => pool.stats().queued === 1)
    expect(await values.return?.()).toEqual({ done: true, value: undefined })
    expect(await first).toEqual({ done: true, value: undefined })
    expect(pool.stats().queued).toBe(0)
    gate.open()
    await busy
    expect(trace.yielded).toBe(0)
  })

  test('[56] does not wait for a next() that waits for a value', async () => {
    const values = pool.stream(
      async function* (buffer: SharedArrayBuffer) {
        try {
          yield 1
          await new Promise(resolve => this.signal.addEventListener('abort', resolve))
        } finally {
          Atomics.add(new Int32Array(buffer), 1, 1)
        }
      },
      [trace.buffer],
    )
    await values.next()
    const pending = [values.next(), values.next()]
    await values.return?.()
    expect(await Promise.all(pending)).toEqual(Array(2).fill({ done: true, value: undefined }))
    expect(trace.finished).toBe(1)
  })

  test('[56] aborts the signal of the generator, which may wait for something ahead of its reader', async () => {
    const loop = async (): Promise<void> => {
      const values = pool.stream(
        async function* (buffer: SharedArrayBuffer) {
          const { setTimeout: delay } = await import('node:timers/promises')
          try {
            yield 1
            // It rejects with an AbortError.
            await delay(1e6, undefined, { signal: this.signal })
          } finally {
            Atomics.add(new Int32Array(buffer), 1, 1)
          }
        },
        [trace.buffer],
      )
      for await (const _ of values) break
    }
    await loop()
    expect(trace.finished).toBe(1)
  })

  test('[56] is seen in a synchronous loop that looks at its signal', async () => {
    const values = pool.stream(function* () {
      yield 1
      for (;;) this.signal.throwIfAborted()
    })
    for await (const _ of values) break
    expect(await pool.execute(() => 'free')).toBe('free')
  })

  test('leaves what goes wrong ahead of its reader, however soon', async () => {
    const broken = [
      function* () {
        yield 1
        throw new Error('ahead')
      },
      function* () {
        yield 1
        yield () => 'not cloneable'
      },
    ]
    // Often, since the word to end and the error have to cross: one in twenty did, on a machine with other load.
    for (let i = 0; i < 300; i++) {
      for (const generator of broken) for await (const _ of pool.stream<unknown>(generator)) break
    }
  })

  test('is done when a second return() is, too', async () => {
    const values = pool.stream(countedAsync, [trace.buffer, 100])
    await values.next()
    void values.return?.()
    await values.return?.()
    expect(trace.finished).toBe(1)
  })

  test('leaves what the generator threw ahead of its reader unread', async () => {
    const values = pool.stream(function* () {
      yield 1
      throw new Error('ahead')
    })
    await values.next()
    await until(() => pool.active === 0)
    expect(await values.return?.('given')).toEqual({ done: true, value: 'given' })
  })

  test('throws that the thread was lost, with which no finally can have run', async () => {
    await using own = new Pool({ total: 1 })
    const values = own.stream(function* () {
      yield 1
      process.exit(5)
    })
    await values.next()
    await until(() => own.stats().failed === 1)
    const leaving: Promise<unknown> = values.return?.() ?? Promise.resolve()
    expect(await errorOf(leaving)).toMatchObject({ code: 'ERR_WORKER_LOST', exitCode: 5 })
  })

  test('throws that a time limit has ended the thread, and with it what no finally has cleared up', async () => {
    await using own = new Pool({ total: 1 })
    const values = own.stream(
      function* () {
        yield 1
        for (;;);
      },
      [],
      { timeout: 20 },
    )
    await values.next()
    await until(() => own.stats().failed === 1)
    const leaving: Promise<unknown> = values.return?.() ?? Promise.resolve()
    expect(await errorOf(leaving)).toMatchObject({ code: 'ERR_WORK_TIMEOUT', phase: 'run' })
  })

  test('by throw() does so as well, and rejects with what was thrown', async () => {
    const values = pool.stream(counted, [trace.buffer, 100])
    await values.next()
    const thrown: Promise<unknown> = values.throw?.(new RangeError('given up')) ?? Promise.resolve()
    expect(await errorOf(thrown)).toMatchObject({ message: 'given up' })
    expect(trace.finished).toBe(1)
    expect(await values.next()).toEqual({ done: true, value: undefined })
  })
})

test('a listener that leaves the stream as its work is entered ends it', async () => {
  await using own = new Pool({ total: 1 })
  const values = own.stream(counted, [trace.buffer, 3])
  own.once('queued', () => void values.return?.())
  expect(await values.next()).toEqual({ done: true, value: undefined })
  await own.settled()
  expect(own.stats()).toMatchObject({ discarded: 1, done: 0 })
  expect(trace.yielded).toBe(0)
})

test('a listener may ask for the next value as the work is entered, which is entered once', async () => {
  await using own = new Pool({ total: 1 })
  const values = own.stream(counted, [trace.buffer, 2])
  const inner: Promise<IteratorResult<number>>[] = []
  own.once('queued', () => void inner.push(values.next()))
  expect(await values.next()).toEqual({ done: false, value: 1 })
  expect(await Promise.all(inner)).toEqual([{ done: false, value: 0 }])
  expect(await values.next()).toEqual({ done: true, value: undefined })
  expect(own.stats().submitted).toBe(1)
})

test('[55] several next() at once get one value each, in order, and the last ones the end', async () => {
  const values = pool.stream(counted, [trace.buffer, 3])
  const steps = await Promise.all(Array.from({ length: 6 }, () => values.next()))
  expect(steps.map(({ value, done }) => (done === true ? 'end' : value))).toEqual([0, 1, 2, 'end', 'end', 'end'])
})

describe('errors', () => {
  test('[55] come behind the values that were yielded before', async () => {
    const read: number[] = []
    const loop = async (): Promise<void> => {
      const values = pool.stream(function* () {
        yield 1
        yield 2
        throw Object.assign(new RangeError('in the generator'), { code: 'E_MINE' })
      })
      for await (const value of values) read.push(value)
    }
    expect(await errorOf(loop())).toMatchObject({ name: 'RangeError', message: 'in the generator', code: 'E_MINE' })
    expect(read).toEqual([1, 2])
  })

  test('[55] that are an AbortError of the generator’s own reach the reader like any other', async () => {
    const loop = all(
      pool.stream(async function* () {
        yield 1
        AbortSignal.abort().throwIfAborted()
      }),
    )
    expect(await errorOf(loop)).toMatchObject({ name: 'AbortError' })
  })

  test('a value that cannot be cloned ends the generator by its finally, and is named', async () => {
    const error = await errorOf(
      all(
        pool.stream(
          function* (buffer: SharedArrayBuffer) {
            try {
              yield { deep: { f: () => 1 } }
            } finally {
              Atomics.add(new Int32Array(buffer), 1, 1)
            }
          },
          [trace.buffer],
        ),
      ),
    )
    expect(error).toBeInstanceOf(UncloneableValueError)
    expect(error).toMatchObject({ path: 'yielded.deep.f' })
    expect(trace.finished).toBe(1)
    expect(await pool.execute(() => 1)).toBe(1)
  })

  test('what is not iterable is refused with what it was', async () => {
    const wrong = (): Iterable<number> => 4 as unknown as Iterable<number>
    expect(await errorOf(all(pool.stream(wrong)))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('a value of type number'),
    })
    expect(await errorOf(pool.execute(function* () {}))).toMatchObject({
      code: 'ERR_VALUE_NOT_CLONEABLE',
      message: expect.stringContaining('pool.stream()'),
    })
  })

  test.each([5, undefined])('an iterator whose next() gives %s is refused', async step => {
    const broken = pool.stream(
      (step: unknown) => ({ [Symbol.iterator]: () => ({ next: () => step as IteratorResult<number> }) }),
      [step],
    )
    expect(await errorOf(all(broken))).toMatchObject({ name: 'TypeError', message: expect.stringContaining(`${step}`) })
  })

  test('of a reader that is away reach it when it comes back, and nobody else', async () => {
    const values = pool.stream(function* () {
      yield 1
      throw new Error('meanwhile')
    })
    await values.next()
    await until(() => pool.active === 0)
    expect(await errorOf(values.next())).toMatchObject({ message: 'meanwhile' })
    expect(await values.next()).toEqual({ done: true, value: undefined })
  })

  test('misuse is refused at the call, by name and value', () => {
    const wrong: unknown = 7
    expect(() => pool.stream(wrong as () => Iterable<number>)).toThrow(TypeError)
    expect(() => pool.stream(() => [], wrong as [])).toThrow(/args must be an array.*7/)
    expect(() => pool.stream(() => [], [], { highWaterMark: 0 })).toThrow(/highWaterMark.*0/)
    expect(() => pool.stream(() => [], [], { highwatermark: 2 } as object)).toThrow(/highwatermark/)
    expect(() => pool.stream(() => [], [], { retries: 1 })).toThrow(/retries cannot go together with stream/)
    expect(() => pool.stream(() => [], [], { retries: 0 })).not.toThrow()
  })
})

describe('the end of its work', () => {
  test('[56] an abort ends the stream with its reason, and asks the generator to end', async () => {
    const controller = new AbortController()
    await using own = new Pool({ total: 1, grace: 60_000 })
    const values = own.stream(countedAsync, [trace.buffer, 1000], { signal: controller.signal })
    await values.next()
    controller.abort('enough')
    const rest = await errorOf(all(values))
    expect(rest).toMatchObject({ code: 'ERR_WORK_DISCARDED', cause: 'enough' })
    await until(() => trace.finished === 1)
    expect(await own.execute(() => 1)).toBe(1)
  })

  test('[56] a graceful discard lets go of a generator that waits for its reader', async () => {
    await using own = new Pool({ total: 1 })
    const values = own.stream(counted, [trace.buffer, 1000])
    await values.next()
    const [id] = [...own.jobs.keys()]
    await own.discard(id ?? '')
    await until(() => trace.finished === 1)
    expect(await errorOf(all(values))).toBeInstanceOf(WorkDiscardedError)
  })

  test('[55] a thread that dies ends the stream behind the values that it had posted', async () => {
    await using own = new Pool({ total: 1 })
    const read: number[] = []
    const loop = async (): Promise<void> => {
      const values = own.stream(function* () {
        yield 1
        yield 2
        process.exit(9)
      })
      for await (const value of values) read.push(value)
    }
    const error = await errorOf(loop())
    expect(error).toBeInstanceOf(WorkerLostError)
    expect(error).toMatchObject({ exitCode: 9, started: true })
    expect(read).toEqual([1, 2])
  })

  test('[49] a graceful stop lets a stream be read to its end', async () => {
    const own = new Pool({ total: 1 })
    const values = own.stream(counted, [trace.buffer, 50])
    await values.next()
    const stopped = own.stop()
    expect(await all(values)).toHaveLength(49)
    await stopped
    const late = await errorOf(all(own.stream(counted, [trace.buffer, 1])))
    expect(late).toMatchObject({ code: 'ERR_POOL_STOPPED', message: expect.stringMatching(/^stream\(\)/) })
  })

  test('[50] a hot stop ends it', async () => {
    const own = new Pool({ total: 1 })
    const values = own.stream(counted, [trace.buffer, Infinity], { highWaterMark: 2 })
    await values.next()
    await own.stop(true)
    expect(await errorOf(all(values))).toBeInstanceOf(WorkDiscardedError)
  })

  test('the pool counts it as one work, with its label and its priority', async () => {
    await using own = new Pool({ total: 1 })
    const done: unknown[] = []
    own.on('done', work => done.push(work.status))
    expect(await all(own.stream(() => [1, 2, 3], [], { label: 'three', priority: 2 }))).toEqual([1, 2, 3])
    expect(own.stats()).toMatchObject({ submitted: 1, done: 1 })
    expect(done).toEqual(['done'])
  })
})

test('streams of several workers go on at the same time, and progress goes its own way', async () => {
  await using own = new Pool({ total: 2 })
  const progress: unknown[] = []
  const both = await Promise.all(
    ['a', 'b'].map(name =>
      all(
        own.stream(
          function* (name: string) {
            for (let i = 0; i < 50; i++) {
              this.progress(`${name}${i}`)
              yield `${name}${i}`
            }
          },
          [name],
          { onProgress: value => progress.push(value), highWaterMark: 3 },
        ),
      ),
    ),
  )
  for (const [at, name] of ['a', 'b'].entries()) {
    const expected = Array.from({ length: 50 }, (_, i) => `${name}${i}`)
    expect(both[at]).toEqual(expected)
    expect(progress.filter(value => String(value).startsWith(name))).toEqual(expected)
  }
})

test('a value that cannot be read on this side fails the stream, and is not left out', async () => {
  await using pool = new Pool({ total: 1 })
  pool.on('error', () => {})
  const deep = function* (): Generator<unknown> {
    yield 'first'
    let value: unknown = 0
    for (let i = 0; i < 4500; i++) value = [value]
    yield value
    yield 'third'
  }
  const read: unknown[] = []
  const error = await (async () => {
    for await (const value of pool.stream(deep)) read.push(value === 'first' || value === 'third' ? value : 'deep')
  })().catch((error: unknown) => error)
  // Where both sides have the same stack, the value arrives.
  if (error === undefined) expect(read).toEqual(['first', 'deep', 'third'])
  else {
    expect(error).toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE', path: 'yielded' })
    expect(read).toEqual(['first'])
  }
})
