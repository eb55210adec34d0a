/** What is hostile, or only careless: polluted prototypes, replaced globals, forged messages, arguments that trap. */

import { Pool, transfer, type WorkContext } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { polluted } from '../support/polluted.js'
import { heardByProcess } from '../support/process-events.js'
import { errorOf } from '../support/rejection.js'
import { runInChild } from '../support/run-in-child.js'
import { sharePool } from '../support/share-pool.js'

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

const same = (value: unknown): unknown => value

function threadOf(pool: Pool): Promise<number> {
  return pool.execute(function () {
    return this.threadId
  })
}

describe('a polluted Object.prototype', () => {
  /** A whole life of a pool, as text. What it pollutes stays to the end, as it would in a program that was attacked. */
  const life = (names: readonly string[]): string => `
    import { Pool, transfer } from 'threadcrew'
    for (const name of ${JSON.stringify(names)}) {
      const value = Object.assign(Object.create(null), { value: () => 'evil', configurable: true, enumerable: true, writable: true })
      Object.defineProperty(Object.prototype, name, value)
    }
    const shown = []
    const tell = async promise => shown.push(await promise.then(String, error => [error.name, error.message, error.code, Object.keys(error), Object.hasOwn(error, 'cause') && String(error.cause)].join()))
    const pool = new Pool({ total: 1 })
    await tell(pool.ready)
    await tell(pool.execute((a, b) => a + b, [2, 3]))
    await tell(pool.execute({ method(x) { return x.a.b } }.method, [{ a: { b: 1 } }]))
    await tell(pool.execute(async () => (await import('node:path')).basename('/a/b')))
    await tell(pool.execute(() => { throw Object.assign(new RangeError('r', { cause: new TypeError('c') }), { code: 'E' }) }))
    await tell(pool.execute(() => ({ deep: [() => {}] })))
    await tell(pool.execute(x => x, [{ deep: [() => {}] }]))
    await tell(pool.execute(Math.max))
    await tell(pool.module('data:text/javascript,export const double = x => 2 * x').double(4))
    const bytes = new Uint8Array(8)
    await tell(pool.execute(x => x.bytes.length, [transfer({ bytes }, [bytes.buffer])]))
    const progress = []
    await tell(pool.execute(function () { this.progress({ n: 1 }) }, [], { onProgress: value => progress.push(Object.keys(value)) }))
    await tell(pool.execute(() => { for (;;); }, [], { timeout: 20 }))
    await tell(pool.execute(function () { return [this.label, this.signal.aborted] }))
    for (const ordered of [true, false]) for await (const square of pool.map([1, 2, 3], n => n * n, { ordered, limit: 1 })) shown.push(square)
    for await (const item of pool.stream(function* () { yield 1; yield 2 })) shown.push(item)
    await tell(pool.broadcast(() => 'everywhere'))
    const { total, added } = await pool.scale(1)
    shown.push(total, added.length, pool.min, pool.workBuffer, progress)
    await tell(pool.stop().then(works => works.size))
    console.log(shown.flat(9).join(' '))
  `

  test('[5] changes nothing in the life of a pool, as long as it lasts', async () => {
    // Not `signal`, `then` and `return`: these change what Node, every promise and every loop do with any object.
    const names =
      'total min max workBuffer whenFull autoScale waitTime scalingFactor idleTime timeout grace killTimeout retain recycle ' +
      'setup teardown thread concurrency priority queueTimeout retries onProgress label ordered limit hot works age heap name env argv ' +
      'execArgv eval workerData resourceLimits stdout stderr stdin filename transfer type number text url file line column ' +
      'get set value enumerable done next cause code errors stack message toJSON numbers values slot ticket 0 1 foo'
    const [clean, polluted] = await Promise.all([runInChild(life([])), runInChild(life(names.split(' ')))])
    expect(clean).toMatchObject({ code: 0, stderr: '' })
    expect(polluted).toEqual(clean)
  })

  const inherited = { signal: AbortSignal.abort('inherited'), once: true, capture: true, passive: true }

  test("[5] a work's own signal is heard although there is another on the prototype", async () => {
    const controller = new AbortController()
    const work = polluted(inherited, () =>
      pool.execute(() => new Promise<void>(() => {}), [], { signal: controller.signal }),
    )
    controller.abort('own')
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED', cause: 'own' })
  })

  test('[5] stream() takes no window from it', async () => {
    const one = function* (): Generator<number> {
      yield 1
    }
    const items = polluted({ highWaterMark: 'many', retries: 3 }, () => pool.stream(one, [], {}))
    expect(await items.next()).toEqual({ done: false, value: 1 })
    expect(await items.next()).toMatchObject({ done: true })
  })

  test('[5] map() takes no signal from it while it runs', async () => {
    const squares = pool.map([7], (n: number) => n * n)
    expect(await polluted(inherited, () => squares.next())).toEqual({ done: false, value: 49 })
    expect(await squares.next()).toMatchObject({ done: true })
  })
})

describe('what a task does to its own thread', () => {
  const replacements: [string, () => void][] = [
    [
      'fake timers',
      () => {
        performance.now = () => 0
        Date.now = () => 0
        const never = (): never => undefined as never
        Object.assign(globalThis, { setTimeout: never, setImmediate: never, setInterval: never, queueMicrotask: never })
        process.nextTick = never
      },
    ],
    [
      'the globals of a browser',
      () => {
        const { env, hrtime } = process
        for (const name of ['Event', 'EventTarget', 'AbortController', 'AbortSignal', 'URL', 'MessagePort', 'Blob'])
          Reflect.set(globalThis, name, class {})
        Object.assign(globalThis, { performance: {}, process: { env, hrtime, browser: true } })
      },
    ],
    [
      'polyfills and instruments',
      () => {
        const copied: unknown = (value: unknown) => JSON.parse(JSON.stringify(value))
        Object.assign(globalThis, { structuredClone: copied, Promise: class extends Promise<unknown> {} })
        for (const [prototype, name] of [
          [Promise.prototype, 'then'],
          [Map.prototype, 'get'],
          [Array.prototype, 'push'],
        ] as const) {
          // prettier-ignore
          const original = Reflect.get(prototype, name) as (...values: unknown[]) => unknown
          Reflect.set(prototype, name, function (this: unknown, ...values: unknown[]) {
            return Reflect.apply(original, this, values)
          })
        }
        process.memoryUsage = (() => {
          throw new Error('mocked')
        }) as never
        process.removeAllListeners()
      },
    ],
    [
      'frozen prototypes',
      () => {
        const names = 'Object Array Function Promise Map Set Error TypeError RangeError RegExp Symbol ArrayBuffer'
        for (const name of names.split(' ')) {
          const constructor = Reflect.get(globalThis, name) as { prototype: object }
          Object.freeze(constructor)
          Object.freeze(constructor.prototype)
        }
      },
    ],
  ]

  test.each(replacements)('%s leave it able to serve', async (_, replace) => {
    await using pool = new Pool({ total: 1 })
    const thread = await threadOf(pool)
    await pool.execute(replace)
    // So long that the thread's own figures are due after it.
    await pool.execute(() => {
      const end = process.hrtime()[0] * 1e3 + process.hrtime()[1] / 1e6 + 110
      while (process.hrtime()[0] * 1e3 + process.hrtime()[1] / 1e6 < end);
    })
    const keys = { constructor: 1, toString: [2], deep: { valueOf: 'x' } }
    expect(await pool.execute(same, [keys])).toEqual(keys)
    expect(await pool.execute(async () => (await import('node:path')).basename('/a/b'))).toBe('b')
    const error = await errorOf(
      pool.execute(() => {
        throw Object.assign(new RangeError('m', { cause: new TypeError('c') }), { map: new Map([[1, 2]]) })
      }),
    )
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ message: 'm', map: new Map([[1, 2]]) })
    expect(error.cause).toBeInstanceOf(TypeError)
    const asked = pool.execute(function () {
      this.progress('begun')
      while (!this.signal.aborted);
    }, [], { onProgress: () => void pool.discard(asked) }) // prettier-ignore
    await expect(asked).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    expect(await threadOf(pool)).toBe(thread)
  })

  test('what it puts on Object.prototype changes neither later functions nor their results', async () => {
    await using pool = new Pool({ total: 1 })
    const thread = await threadOf(pool)
    await pool.execute(() => {
      const put = (name: string, own: object): object =>
        Object.defineProperty(Object.prototype, name, Object.assign(Object.create(null), own, { configurable: true }))
      put('should', { get: () => 1, set() {} })
      for (const name of 'line column filename parsingContext contextExtensions cachedData lineOffset foo'.split(' '))
        put(name, { value: 'evil', enumerable: true, writable: true })
      for (const name of ['get', 'set']) put(name, { value: () => 'evil', enumerable: true, writable: true })
    })
    const holder = {
      method(value: object) {
        return { ...value, should: 'arrive' }
      },
    }
    expect(await pool.execute(holder.method, [{ own: 1 }])).toEqual({ own: 1, should: 'arrive' })
    expect(await pool.execute(async () => (await import('node:path')).basename('/a/b'))).toBe('b')
    const error = await errorOf(pool.execute(() => Promise.reject(Object.assign(new SyntaxError('m'), { own: 1 }))))
    expect(error).toMatchObject({ name: 'SyntaxError', message: 'm', own: 1 })
    expect(Object.keys(error)).toEqual(['own'])
    expect(await threadOf(pool)).toBe(thread)
    expect(['foo', 'should', 'line', 'get'].filter(name => name in {})).toEqual([])
  })
})

describe('keys that are names of prototypes', () => {
  const text =
    '{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } }, "then": { "a": 1 } }'

  test('cross as properties and pollute nothing: as argument, result, progress and error', async () => {
    const expected: unknown = JSON.parse(text)
    const progress: unknown[] = []
    const small = Buffer.from('ab')
    const list = Object.defineProperty([small], '__proto__', { value: { polluted: 1 }, enumerable: true })
    const arrived = [
      await pool.execute(same, [expected]),
      // Taken apart by the pool, for the sake of the Buffer.
      await pool.execute((value: { own: object }) => value.own, [{ own: JSON.parse(text) as object, small }]),
      await pool.execute((text: string) => JSON.parse(text) as unknown, [text]),
      await pool
        .execute((text: string) => [JSON.parse(text) as unknown, new Map()] as const, [text])
        .then(([it]) => it),
      (
        await errorOf(
          pool.execute((text: string) => Promise.reject(new Error('x', { cause: JSON.parse(text) })), [text]),
        )
      ).cause,
    ]
    await pool.execute(
      function (text: string) {
        this.progress(JSON.parse(text))
      },
      [text],
      { onProgress: value => progress.push(value) },
    )
    for (const value of [...arrived, ...progress]) {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
      expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual({ polluted: 1 })
      expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor', 'then'])
    }
    expect(progress).toHaveLength(1)
    const key = await pool.execute((list: unknown[]) => [Object.hasOwn(list, '__proto__'), 'polluted' in list], [list])
    expect(key).toEqual([true, false])
    expect('polluted' in {}).toBe(false)
  })

  test('a then inside a result is refused if it is a function, so that nothing awaits it here', async () => {
    expect(await errorOf(pool.execute(() => ({ inner: { then() {} } }) as object))).toMatchObject({
      code: 'ERR_VALUE_NOT_CLONEABLE',
      path: 'result.inner.then',
    })
    const twofold = await pool.execute(() => {
      let reads = 0
      return Object.defineProperty({}, 'then', { enumerable: true, get: () => (reads++ === 0 ? () => {} : 'data') })
    }, [], { timeout: 50 }).catch((error: unknown) => error) // prettier-ignore
    expect(twofold).toEqual({ then: 'data' })
  })
})

describe('messages that a task posts in the name of its thread', () => {
  /** Posts to whatever ports the thread holds: a task can find them. */
  const forge = function (this: WorkContext, message: unknown): number {
    const { _getActiveHandles: handles } = process as unknown as {
      _getActiveHandles(): { postMessage(message: unknown): void }[]
    }
    const ports = handles().filter(handle => 'postMessage' in handle)
    for (const port of ports) port.postMessage(message)
    return ports.length
  }

  test.each([
    ['null', null],
    ['an object without a type', {}],
    ['answers without numbers', { type: 'answers' }],
    ['an answer to nothing', { type: 'answers', numbers: [500 << 2], values: [] }],
    ['a failed end that cannot be read', { type: 'teardownFailed', error: { type: 'error' } }],
    ['a value of no stream', { type: 'item', slot: [], value: 1 }],
    ['output without text', { type: 'output', slot: 0, ticket: 1, name: 'stdout', text: 1 }],
    ['output of no stream', { type: 'output', slot: 0, ticket: 1, name: '__proto__', text: 'x' }],
    ['output of what is no work', { type: 'output', slot: 'length', ticket: undefined, name: 'stdout', text: 'x' }],
    ['progress of nothing', { type: 'progress', slot: '__proto__', value: 1 }],
    ['progress of what is no work', { type: 'progress', slot: 'length', ticket: undefined, value: 1 }],
  ])('%s: costs that thread at the most, never the process', async (_, message) => {
    await using pool = new Pool({ total: 1 })
    const reported: unknown[] = []
    pool.on('error', error => reported.push(error))
    const uncaught = await heardByProcess('uncaughtException', async () => {
      const forged = await pool.execute(forge, [message]).catch((error: unknown) => error)
      if (typeof forged === 'number') expect(forged).toBeGreaterThan(0)
      else expect(forged).toMatchObject({ code: 'ERR_WORKER_LOST' })
      expect(await pool.execute(() => 'served')).toBe('served')
    })
    expect(uncaught).toEqual([])
    expect(pool.stats()).toMatchObject({ submitted: 2, queued: 0, running: 0 })
    for (const error of reported) expect(error).toBeInstanceOf(Error)
  })
})

describe('arguments that trap', () => {
  test('[31] a list that answers only once, while it is sent, fails its own work and keeps no worker busy', async () => {
    const list = new Proxy([1, { callback() {} }], {
      get(target, key) {
        if (key === 'length' || key === '0' || key === '1') return Reflect.get(target, key)
        throw new Error(`trap: ${String(key)}`)
      },
    })
    expect(await errorOf(pool.execute(same, list as [unknown]))).toMatchObject({
      code: 'ERR_VALUE_NOT_CLONEABLE',
      path: 'args',
    })
    expect(pool.active).toBe(0)
    // Sent to an idle worker only.
    expect(await pool.execute((bytes: ArrayBuffer) => bytes.byteLength, [transferred(8)])).toBe(8)
  })

  test('a list of a class of its own gives its elements, whatever its methods do', async () => {
    const refuse = (): never => {
      throw new Error('nobody should call this')
    }
    class List extends Array<unknown> {
      override map = refuse as never
      override findIndex = refuse as never;
      override [Symbol.iterator] = refuse as never
    }
    const list = (...values: unknown[]): [unknown, unknown] => Object.assign(new List(), values) as never
    const both = (one: unknown, other: unknown): unknown[] => [one, other]
    expect(await pool.execute(both, list(1, [2]))).toEqual([1, [2]])
    expect(await pool.execute(both, list(Buffer.from('a'), new Map([[1, 2]])))).toHaveLength(2)
    expect(await pool.execute(both, list(transferred(4), 1))).toHaveLength(2)
    expect(
      await errorOf(
        pool.execute(
          both,
          list(1, () => {}),
        ),
      ),
    ).toMatchObject({ path: 'args[1]' })
  })

  test('a getter is read by the looks for what moves and what would arrive mutilated, and by the clone, no more', async () => {
    let reads = 0
    const value = {
      get read() {
        return ++reads
      },
    }
    const arrived = await pool.execute(same, [value])
    // The first look is left out while no marked value is alive.
    expect(reads).toBeLessThanOrEqual(3)
    expect(arrived).toEqual({ read: reads })
  })

  test('a getter may use the pool', async () => {
    let inner: Promise<unknown> | undefined
    const value = {
      get inner() {
        inner ??= pool.execute(same, ['inner'])
        return 'outer'
      },
    }
    expect(await pool.execute(same, [value])).toEqual({ inner: 'outer' })
    expect(await inner).toBe('inner')
  })

  test('[43] memory that can grow or shrink keeps that, and a view that has lost its memory is refused', async () => {
    const shape = (bytes: Uint8Array): unknown => {
      const buffer = bytes.buffer as { resizable?: boolean; growable?: boolean; maxByteLength?: number }
      return [bytes.length, buffer.resizable ?? buffer.growable, buffer.maxByteLength]
    }
    const resizable = (length: number): ArrayBuffer & { resize(length: number): void } =>
      Reflect.construct(ArrayBuffer, [length, { maxByteLength: 64 }])
    const growable: SharedArrayBuffer = Reflect.construct(SharedArrayBuffer, [8, { maxByteLength: 64 }])
    expect(await pool.execute(shape, [new Uint8Array(resizable(8))])).toEqual([8, true, 64])
    expect(await pool.execute(shape, [new Uint8Array(growable)])).toEqual([8, true, 64])
    const buffer = resizable(8)
    expect(await pool.execute(shape, [transfer(new Uint8Array(buffer), [buffer])])).toEqual([8, true, 64])
    const shrunk = resizable(16)
    const view = new Uint8Array(shrunk, 8, 8)
    shrunk.resize(4)
    expect(await errorOf(pool.execute(shape, [view]))).toMatchObject({ path: 'args[0]' })
  })

  test('a huge array of holes is no more work than it holds, also while something marked to be moved is alive', async () => {
    const marked = transfer({ name: 'never sent' }, [new ArrayBuffer(8)])
    const sparse: unknown[] = []
    sparse[4_000_000_000] = 'far'
    expect(await pool.execute((list: unknown[]) => list.length, [sparse])).toBe(4_000_000_001)
    expect(transfer(marked, []).name).toBe('never sent')
  })
})

function transferred(bytes: number): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes)
  return transfer(buffer, [buffer])
}
