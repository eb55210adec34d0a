/** pool.map(): bounded inputs, results in order or as they come, and what is left when the loop ends before its time. */

import { getEventListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { Pool, task, transfer } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { Log } from '../support/log.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { sharePool } from '../support/share-pool.js'
import { stand, standAsync } from '../support/tasks/gates.js'
import { note } from '../support/tasks/log.js'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** Counts what is taken out of it and how it is closed. Endless unless `count` is given. */
class Source implements AsyncIterable<number> {
  pulled = 0
  yielded = 0
  /** The most inputs that were pulled and not yielded at a time; the test counts what it was yielded. */
  most = 0
  returned = 0
  closed = false
  readonly #count: number

  constructor(count = Infinity) {
    this.#count = count
  }

  [Symbol.asyncIterator](): AsyncIterator<number> {
    return {
      next: async () => {
        if (this.pulled === this.#count) return { done: true, value: undefined }
        const value = this.pulled++
        this.most = Math.max(this.most, this.pulled - this.yielded)
        return { done: false, value }
      },
      return: async () => {
        this.returned++
        await turn()
        this.closed = true
        return { done: true, value: undefined }
      },
    }
  }
}

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const result of results) all.push(result)
  return all
}

/** The error that the loop ends with, and what it had yielded before. */
async function failureOf<T>(results: AsyncIterable<T>): Promise<{ error: unknown; before: T[] }> {
  const before: T[] = []
  try {
    for await (const result of results) before.push(result)
  } catch (error) {
    return { error, before }
  }
  throw new Error('the loop ended without an error')
}

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

describe('results', () => {
  test('[17] come in the order of the inputs, each with its index, from any kind of iterable', async () => {
    await using pool = new Pool({ total: 2 })
    const pair = (input: unknown, index: number) => `${index}${String(input)}`
    function* sync() {
      yield* ['a', 'b', 'c']
    }
    async function* async() {
      yield* ['a', 'b', 'c']
    }
    for (const inputs of [
      ['a', 'b', 'c'],
      new Set(['a', 'b', 'c']),
      'abc',
      sync(),
      async(),
      ['a', 'b', 'c'].values(),
    ]) {
      expect(await collect(pool.map(inputs, pair))).toEqual(['0a', '1b', '2c'])
    }
    expect(await collect(pool.map([], pair))).toEqual([])
    const many = pool.map(numbers(500), (n, index) => [n * n, index])
    expect(await collect(many)).toEqual(numbers(500).map(n => [n * n, n]))
    expect(pool.stats()).toMatchObject({ failed: 0, discarded: 0 })
  })

  test('[17] wait for their turn: a later one that is ready does not come first', async () => {
    await using pool = new Pool({ total: 2 })
    using gate = new ScopedGate()
    const results = pool.map([gate.buffer, null, null], (gate: SharedArrayBuffer | null, index) => {
      if (gate !== null) {
        const words = new Int32Array(gate)
        Atomics.add(words, 1, 1)
        Atomics.wait(words, 0, 0)
      }
      return index
    })
    const first = results.next()
    let came = false
    void first.then(() => (came = true))
    await until(() => pool.stats().done === 2)
    await turn()
    expect(came).toBe(false)
    gate.open()
    expect(await first).toEqual({ done: false, value: 0 })
    expect(await collect(results)).toEqual([1, 2])
  })

  test('[17] come as they are ready with ordered: false', async () => {
    await using pool = new Pool({ total: 2 })
    using gate = new ScopedGate()
    const results = pool.map(
      [gate.buffer, null, null],
      (gate: SharedArrayBuffer | null, index) => {
        if (gate !== null) Atomics.wait(new Int32Array(gate), 0, 0)
        return index
      },
      { ordered: false },
    )
    const firstTwo = [await results.next(), await results.next()].map(step => step.value as number)
    expect(firstTwo.sort()).toEqual([1, 2])
    gate.open()
    expect(await results.next()).toEqual({ done: false, value: 0 })
    expect(await results.next()).toEqual({ done: true, value: undefined })
    expect(await results.next()).toEqual({ done: true, value: undefined })
  })

  test('[17] of a function that takes more come with the further arguments, the same for each work', async () => {
    await using pool = new Pool({ total: 2 })
    const args: [number, { unit: string }] = [3, { unit: 'm' }]
    const lengths = pool.map([1, 2], (n, index, factor, { unit }) => `${index}: ${n * factor} ${unit}`, {
      args,
      limit: 1,
    })
    args[0] = 4 // too late: they were read at the call
    expect(await collect(lengths)).toEqual(['0: 3 m', '1: 6 m'])
    const open = pool as unknown as { map(...args: unknown[]): AsyncIterable<unknown> }
    expect(() => open.map([1], () => {}, { args: 5 })).toThrow(/^args must be an array, got 5/)
    const bytes = new Uint8Array(4)
    expect(() => open.map([1], () => {}, { args: [transfer(bytes, [bytes.buffer])] })).toThrow(
      'args of map() go to every work, and what transfer() moves can go to one only',
    )
  })

  test('[17] that are there do not wait for an input that is not', async () => {
    let release: (() => void) | undefined
    async function* inputs() {
      yield 1
      yield 2
      await new Promise<void>(resolve => (release = resolve))
      yield 3
    }
    const results = pool.map(inputs(), n => n * 10)
    expect((await results.next()).value).toBe(10)
    expect((await results.next()).value).toBe(20)
    const third = results.next()
    await until(() => release !== undefined)
    release?.()
    expect((await third).value).toBe(30)
    expect((await results.next()).done).toBe(true)
  })

  test('[17] of an input that gives its steps in any way that for await takes', async () => {
    const steps = (wrap: (step: IteratorResult<number, undefined>) => unknown) => {
      let n = 0
      const next = () => wrap(n === 3 ? { done: true, value: undefined } : { done: false, value: n++ })
      return { [Symbol.asyncIterator]: () => ({ next }) } as AsyncIterable<number>
    }
    const thenable = (step: unknown) => ({ then: (resolve: (step: unknown) => void) => resolve(step) })
    for (const inputs of [steps(step => Promise.resolve(step)), steps(thenable), steps(step => step)]) {
      expect(await collect(pool.map(inputs, n => n * 2))).toEqual([0, 2, 4])
    }
  })

  test('[17] can be asked for several at a time', async () => {
    await using pool = new Pool({ total: 2 })
    const results = pool.map([1, 2, 3], n => n)
    const steps = await Promise.all([results.next(), results.next(), results.next(), results.next()])
    expect(steps.map(step => step.value)).toEqual([1, 2, 3, undefined])
    expect(steps[3]?.done).toBe(true)
  })

  test('[17] are computed on all workers at the same time', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const results = pool.map([gate.buffer, gate.buffer, gate.buffer], stand)
    const first = results.next()
    await gate.entered(2)
    gate.open()
    await first
    await collect(results)
  })

  test('[17] of a module task, with the options of its works', async () => {
    const log = new Log()
    const exported = task<typeof note>(new URL('../support/tasks/log.js', import.meta.url), 'note')
    expect(await collect(pool.map([log.buffer, log.buffer], exported))).toEqual([0, 1])
    expect(log.entries).toEqual([0, 1])
    const labels = pool.map(
      [1],
      function () {
        return this.label
      },
      { label: 'of the map' },
    )
    expect(await collect(labels)).toEqual(['of the map'])
  })
})

describe('the inputs under way', () => {
  test.each([
    ['by default twice the total', { total: 2 }, {}, 4],
    ['by default twice the total of one', { total: 1 }, {}, 2],
    ['as many as limit says', { total: 2 }, { limit: 3 }, 3],
    ['only one with limit 1', { total: 2 }, { limit: 1 }, 1],
    ['as many as limit says, in any order', { total: 2 }, { limit: 5, ordered: false }, 5],
    [
      "as many as limit says, although 'reject' and the buffer is small",
      { total: 1, workBuffer: 0, whenFull: 'reject' as const },
      { limit: 7 },
      7,
    ],
    ['as many as limit says, although the buffer is small', { total: 2, workBuffer: 1 }, { limit: 9 }, 9],
  ])('[17] of an endless source with a slow consumer are %s', async (_, poolOptions, mapOptions, limit) => {
    await using pool = new Pool(poolOptions)
    const source = new Source()
    const seen: number[] = []
    for await (const result of pool.map(source, n => n, mapOptions)) {
      source.yielded++
      seen.push(result)
      // Slow: everything that is under way ends meanwhile.
      await pool.settled()
      expect(source.pulled - source.yielded).toBeLessThan(limit)
      if (source.yielded === 30) break
    }
    expect(seen.sort((a, b) => a - b).slice(0, 20)).toEqual(numbers(20))
    expect(source.most).toBe(limit)
    expect(source.pulled).toBeLessThanOrEqual(30 + limit - 1)
    expect(source.returned).toBe(1)
    expect(pool.stats().failed).toBe(0)
  })

  test('[17] follow the size of the pool', async () => {
    await using pool = new Pool({ total: 1 })
    const source = new Source()
    const results = pool.map(source, n => n)
    for (let i = 0; i < 5; i++, source.yielded++) await results.next()
    expect(source.most).toBe(2)
    await pool.scale(2)
    for (let i = 0; i < 20; i++, source.yielded++) await results.next()
    expect(source.most).toBe(6)
    await results.return?.()
  })

  test('[17] are none before the first result is asked for', async () => {
    await using pool = new Pool({ total: 1 })
    const source = new Source()
    pool.map(source, n => n)
    await pool.ready
    expect(source.pulled).toBe(0)
    expect(pool.stats().submitted).toBe(0)
  })

  test("[17] wait when the buffer is full, whatever whenFull: none is refused with 'reject'", async () => {
    await using pool = new Pool({ total: 1, workBuffer: 0, whenFull: 'reject' })
    await pool.ready
    using gate = new ScopedGate()
    const busy = pool.execute(stand, [gate.buffer])
    await gate.entered()
    await expect(pool.execute(() => {})).rejects.toMatchObject({ code: 'ERR_WORK_BUFFER_FULL' })
    const results = pool.map(numbers(10), n => n, { limit: 4 })
    const first = results.next()
    await until(() => pool.stats().waiting === 4)
    gate.open()
    expect(await first).toEqual({ done: false, value: 0 })
    expect(await collect(results)).toEqual(numbers(10).slice(1))
    await busy
    expect(pool.stats()).toMatchObject({ done: 11, failed: 1, discarded: 0 })
  })
})

describe('break', () => {
  test('[17] discards what is outstanding and closes the input, before the loop is left', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    const source = new Source()
    const log = new Log()
    using gate = new ScopedGate()
    const [worker] = pool.workers
    const run = (n: number, index: number, log: SharedArrayBuffer, gate: SharedArrayBuffer) => {
      const notes = new Int32Array(log)
      notes[Atomics.add(notes, 0, 1) + 1] = n
      if (index === 0) return n
      const words = new Int32Array(gate)
      Atomics.add(words, 1, 1)
      Atomics.wait(words, 0, 0)
      return n
    }
    async function* inputs() {
      try {
        for await (const n of source) yield { n, log: log.buffer, gate: gate.buffer, run: `(${run.toString()})` }
      } finally {
        closed = true
      }
    }
    let closed = false
    const discarded: string[] = []
    pool.on('discarded', work => discarded.push(work.status))
    for await (const first of pool.map(
      inputs(),
      ({ n, log, gate, run }, index) => (0, eval)(run)(n, index, log, gate),
      { limit: 4 },
    )) {
      expect(first).toBe(0)
      await gate.entered() // the second runs, and another two or three wait
      break
    }
    expect(closed).toBe(true)
    expect(source.closed).toBe(true)
    expect(source.returned).toBe(1)
    expect(pool.stats()).toMatchObject({ queued: 0, waiting: 0, running: 0, done: 1 })
    expect(discarded.length).toBeGreaterThanOrEqual(2)
    expect(discarded.length).toBe(source.pulled - 1)
    // Gracefully: the thread that runs the second goes on with it, and serves the next work.
    expect(worker?.status).toBe('busy')
    gate.open()
    expect(await pool.execute(async () => (await import('node:worker_threads')).threadId)).toBe(worker?.threadId)
    expect(log.entries).toEqual([0, 1])
  })

  test('[17] asks the function that runs to stop', async () => {
    await using pool = new Pool({ total: 1 })
    const results = pool.map(
      [0, 1],
      function (n) {
        if (n === 0) return 'first'
        const seen = new Promise<void>(resolve => this.signal.addEventListener('abort', () => resolve()))
        return seen.then(() => 'stopped')
      },
      { limit: 2 },
    )
    expect((await results.next()).value).toBe('first')
    await until(() => pool.stats().running === 1)
    await results.return?.()
    await until(() => pool.active === 0)
    expect(await pool.execute(() => 'the thread is free')).toBe('the thread is free')
    expect(pool.stats()).toMatchObject({ discarded: 1, workers: { total: 1 } })
  })

  test('[17] does not wait for an input that does not come', async () => {
    const stuck: AsyncIterable<number> = {
      async *[Symbol.asyncIterator]() {
        yield 1
        await new Promise(() => {})
      },
    }
    for await (const n of pool.map(stuck, n => n)) {
      expect(n).toBe(1)
      break
    }
    expect(await pool.execute(() => 'after')).toBe('after')
  })

  test('[17] takes nothing more from the input, and closes an ordinary iterator, too', async () => {
    let pulled = 0
    let closed = 0
    function* inputs() {
      try {
        for (;;) yield pulled++
      } finally {
        closed++
      }
    }
    for await (const n of pool.map(inputs(), n => n)) if (n === 5) break
    const after = pulled
    await pool.settled()
    await turn()
    expect(pulled).toBe(after)
    expect(closed).toBe(1)
  })

  test('[17] what fails after it disturbs nobody', async () => {
    const strays: unknown[] = []
    const stray = (reason: unknown): void => void strays.push(reason)
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', stray)
    try {
      using gate = new ScopedGate()
      const inputs = [null, gate.buffer, null, null]
      for await (const _ of pool.map(
        inputs,
        (gate: SharedArrayBuffer | null, index) => {
          if (gate === null && index === 0) return
          if (gate !== null) {
            Atomics.add(new Int32Array(gate), 1, 1)
            Atomics.wait(new Int32Array(gate), 0, 0)
          }
          throw new Error('too late')
        },
        { limit: 4 },
      )) {
        await gate.entered()
        break
      }
      gate.open()
      await pool.execute(() => {})
      for (let i = 0; i < 5; i++) await turn()
    } finally {
      process.removeAllListeners('unhandledRejection')
      for (const other of others) process.on('unhandledRejection', other)
    }
    expect(strays).toEqual([])
  })
})

describe('a failure', () => {
  const failOn = (n: number, failing: number) => {
    if (n === failing) throw Object.assign(new RangeError(`no ${n}`), { n })
    return n
  }
  const inputs = (source: Source, failing: number) => ({
    [Symbol.asyncIterator]: () => {
      const iterator = source[Symbol.asyncIterator]()
      return {
        next: async () => {
          const step = await iterator.next()
          return step.done === true ? step : { done: false, value: [step.value, failing] as const }
        },
        return: () => iterator.return?.() as Promise<IteratorResult<readonly [number, number]>>,
      }
    },
  })

  test('[17] in order, ends it at its turn: what comes before is yielded, the input closed, the rest discarded', async () => {
    await using pool = new Pool({ total: 2 })
    const source = new Source()
    const mapped = pool.map(inputs(source, 7), ([n, failing]) => {
      if (n === failing) throw Object.assign(new RangeError(`no ${n}`), { n })
      return n
    })
    const { error, before } = await failureOf(mapped)
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ message: 'no 7', n: 7 })
    expect(before).toEqual(numbers(7))
    expect(source.returned).toBe(1)
    // The loop does not wait for that where an input was on its way as it ended.
    await until(() => source.closed)
    expect(source.pulled).toBeLessThanOrEqual(7 + 4)
    await pool.settled()
    const { done, failed, discarded } = pool.stats()
    expect(failed).toBe(1)
    // The last input may have been on its way when the turn came.
    expect(done + failed + discarded).toBeGreaterThanOrEqual(source.pulled - 1)
    expect(await mapped.next()).toEqual({ done: true, value: undefined })
  })

  test('[17] of a function is what the loop ends with, even if closing the input fails, too: that is an error event', async () => {
    await using pool = new Pool({ total: 1 })
    const told: unknown[] = []
    pool.on('error', error => told.push(error))
    const sour = new Error('sour')
    const source = {
      *[Symbol.iterator]() {
        try {
          yield* numbers(10)
        } finally {
          throw sour
        }
      },
    }
    const { error } = await failureOf(
      pool.map(source, () => {
        throw new RangeError('mine')
      }),
    )
    expect(error).toMatchObject({ name: 'RangeError', message: 'mine' })
    expect(told).toEqual([sour])
    // Where nothing else has failed, it is the loop's.
    const leaving = async (): Promise<void> => {
      for await (const _ of pool.map(source, (n: number) => n)) break
    }
    await expect(leaving()).rejects.toBe(sour)
    expect(told).toEqual([sour])
  })

  test('[17] by its signal, or by the end of the pool, ends it also while it waits for an input', async () => {
    const waiting = () => {
      let closed = false
      const source: AsyncIterable<number> = {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: async () => ({ done: (closed = true), value: undefined }),
        }),
      }
      return { source, isClosed: () => closed }
    }
    const stopped = new Pool({ total: 1 })
    const first = waiting()
    const failure = failureOf(stopped.map(first.source, (n: number) => n))
    await turn()
    await stopped.stop()
    expect((await failure).error).toMatchObject({ code: 'ERR_POOL_STOPPED' })
    expect(first.isClosed()).toBe(true)

    const controller = new AbortController()
    const second = waiting()
    const aborted = failureOf(pool.map(second.source, (n: number) => n, { signal: controller.signal }))
    await turn()
    controller.abort('enough')
    expect((await aborted).error).toMatchObject({ code: 'ERR_WORK_DISCARDED', cause: 'enough' })
    expect(second.isClosed()).toBe(true)
  })

  test('[17] by the end of the pool, ends it while it waits for an input, with a signal and without', async () => {
    const { signal } = new AbortController()
    const stopped = new Pool({ total: 1 })
    const never: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
    }
    const failures = [{}, { signal }].map(options => failureOf(stopped.map(never, (n: number) => n, options)))
    await turn()
    await stopped.stop()
    for (const { error } of await Promise.all(failures)) expect(error).toMatchObject({ code: 'ERR_POOL_STOPPED' })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('[17] by its signal: all maps that wait have one listener there together, and others have none', async () => {
    const { signal } = new AbortController()
    const listeners = (): number => getEventListeners(signal, 'abort').length
    const give: ((step: IteratorResult<number, undefined>) => void)[] = []
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(resolve => give.push(resolve)) }),
    }
    const maps = numbers(20).map(() => pool.map(source, (n: number) => n, { signal, limit: 1 }))
    const first = maps.map(map => map.next())
    await until(() => give.length === maps.length)
    await turn()
    expect(listeners()).toBe(1)
    for (const [value, resolve] of give.splice(0).entries()) resolve({ done: false, value })
    // Each of them stands between two results now.
    expect((await Promise.all(first)).map(({ value }) => value)).toEqual(numbers(20))
    expect(listeners()).toBe(0)
    const next = maps.map(map => map.next())
    await until(() => give.length === maps.length)
    await turn()
    expect(listeners()).toBe(1)
    for (const resolve of give) resolve({ done: true, value: undefined })
    for (const { done } of await Promise.all(next)) expect(done).toBe(true)
    expect(listeners()).toBe(0)
  })

  test('[17] of an input that fails as it is closed, with a next() still under way, is an error event', async () => {
    await using pool = new Pool({ total: 1 })
    const told = new Promise<unknown>(resolve => pool.on('error', resolve))
    const sour = new Error('sour')
    let count = 0
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => (count++ === 0 ? Promise.resolve({ done: false, value: 1 }) : new Promise(() => {})),
        return: () => Promise.reject(sour),
      }),
    }
    for await (const _ of pool.map(source, n => n)) break
    expect(await told).toBe(sour)
  })

  test('[17] in order, waits for its turn while an earlier one runs', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const mapped = pool.map(
      [gate.buffer, null],
      (gate: SharedArrayBuffer | null) => {
        if (gate === null) throw new RangeError('second')
        Atomics.wait(new Int32Array(gate), 0, 0)
        return 'first'
      },
      { limit: 2 },
    )
    const first = mapped.next()
    await until(() => pool.stats().failed === 1)
    await turn()
    gate.open()
    expect(await first).toEqual({ done: false, value: 'first' })
    await expect(mapped.next()).rejects.toThrow('second')
  })

  test('[17] with ordered: false ends it at once, while others run', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const mapped = pool.map(
      [gate.buffer, null],
      (gate: SharedArrayBuffer | null) => {
        if (gate === null) throw new RangeError('second')
        Atomics.wait(new Int32Array(gate), 0, 0)
        return 'first'
      },
      { limit: 2, ordered: false },
    )
    await expect(mapped.next()).rejects.toThrow('second')
    expect(pool.stats()).toMatchObject({ failed: 1, discarded: 1 })
    gate.open()
  })

  test.each([true, false])(
    '[17] of the input ends it with that error, and discards what is outstanding (ordered: %s)',
    async ordered => {
      await using pool = new Pool({ total: 1 })
      using gate = new ScopedGate()
      let returned = 0
      const broken = (async: boolean) => {
        let pulled = 0
        const step = () => {
          if (pulled++ === 2) throw new RangeError('broken input')
          return { done: false as const, value: gate.buffer }
        }
        const rest = { return: () => (returned++, { done: true as const, value: undefined }) }
        return async
          ? { [Symbol.asyncIterator]: () => ({ next: async () => step(), return: async () => rest.return() }) }
          : { [Symbol.iterator]: () => ({ next: step, ...rest }) }
      }
      for (const async of [false, true]) {
        const { error, before } = await failureOf(
          pool.map(broken(async) as Iterable<SharedArrayBuffer>, standAsync, { ordered, limit: 4 }),
        )
        expect(error).toMatchObject({ name: 'RangeError', message: 'broken input' })
        expect(before).toEqual([])
      }
      expect(returned).toBe(0) // one that has thrown is closed
      expect(pool.stats()).toMatchObject({ discarded: 4, queued: 0, running: 0 })
      gate.open()
    },
  )

  test('[17] of an input that cannot be cloned ends it, and the workers live', async () => {
    const source = [1, () => {}, 3]
    const { error, before } = await failureOf(pool.map(source as unknown[], n => typeof n))
    expect(error).toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE', path: expect.stringContaining('args[0]') })
    expect(before).toEqual(['number'])
    expect(await pool.execute(() => 'alive')).toBe('alive')
  })

  test('[17] of the function itself, and a pool that was stopped, end it with their errors, input closed', async () => {
    await using pool = new Pool({ total: 1 })
    const source = new Source()
    const bound = failureOf(pool.map(source, failOn.bind(null, 1) as (n: number) => number))
    expect((await bound).error).toMatchObject({ code: 'ERR_FUNCTION_NOT_SHIPPABLE' })
    expect(source).toMatchObject({ closed: true })
    await pool.stop()
    const late = new Source()
    expect((await failureOf(pool.map(late, n => n))).error).toMatchObject({ code: 'ERR_POOL_STOPPED' })
    expect(late).toMatchObject({ closed: true })
  })

  test('[17] by its signal ends it: the reason is the cause', async () => {
    const controller = new AbortController()
    const source = new Source()
    const seen: number[] = []
    const loop = async () => {
      for await (const n of pool.map(source, n => n, { signal: controller.signal })) {
        seen.push(n)
        if (n === 3) controller.abort(new Error('enough'))
      }
    }
    await expect(loop()).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED', cause: { message: 'enough' } })
    expect(seen.slice(0, 4)).toEqual(numbers(4))
    expect(source.closed).toBe(true)
  })
})
