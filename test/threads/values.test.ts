import { isDeepStrictEqual } from 'node:util'
import { Pool, UncloneableValueError, type WorkContext } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { errorOf } from '../support/rejection.js'
import { sharePool } from '../support/share-pool.js'

const same = (value: unknown): unknown => value

/** Each value, alone and inside something, sent to a thread and back. */
async function roundTrip(pool: Pool, values: readonly unknown[]): Promise<unknown[]> {
  return Promise.all(values.map(value => pool.execute(same, [value])))
}

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

describe('values that cross', () => {
  const primitives = [
    null,
    undefined,
    true,
    false,
    0,
    -0,
    1.5,
    -1,
    NaN,
    Infinity,
    -Infinity,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_VALUE,
    '',
    'a',
    'x'.repeat(31),
    'y'.repeat(32),
    'z'.repeat(33),
    'é'.repeat(32),
    '\u{1f9f5}'.repeat(16),
    '\ud800 alone',
    'alone \udfff',
    '\0 and \uffff',
    'long '.repeat(10_000),
    0n,
    1n,
    -1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 63n,
    -(2n ** 63n) - 1n,
    10n ** 40n,
  ]

  test('[7] primitives cross unchanged both ways, one by one and many at once', async () => {
    const one: unknown[] = []
    for (const value of primitives) one.push(await pool.execute(same, [value]))
    const many = await roundTrip(pool, primitives)
    const inside = await roundTrip(
      pool,
      primitives.map(value => ({ value, list: [value] })),
    )
    for (const [i, value] of primitives.entries()) {
      expect(Object.is(one[i], value), String(value)).toBe(true)
      expect(Object.is(many[i], value), String(value)).toBe(true)
      expect(isDeepStrictEqual(inside[i], { value, list: [value] }), String(value)).toBe(true)
    }
  })

  test('[7] the same primitive in turns with others is never mixed up with them', async () => {
    await using pool = new Pool({ total: 2 })
    const values = Array.from({ length: 3000 }, (_, i) => primitives[(i * 7) % primitives.length])
    const arrived = await roundTrip(pool, values)
    expect(arrived.findIndex((value, i) => !Object.is(value, values[i]))).toBe(-1)
  })

  test('[43] Map, Set, Date, RegExp, typed arrays and the like round-trip', async () => {
    const bytes = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])
    const values = [
      {},
      [],
      { a: { b: { c: [1, [2, [3]]] } } },
      new Map<unknown, unknown>([
        ['k', { v: 1 }],
        [{ key: true }, new Set([1])],
      ]),
      new Set<unknown>(['a', new Map([[1, 2]]), [3]]),
      new Date(1234567890123),
      /a(b)?c/giu,
      10n ** 30n,
      Object(1),
      Object('boxed'),
      Object(1n),
      Object(false),
      bytes.buffer,
      bytes,
      bytes.subarray(2, 5),
      new Uint8ClampedArray([0, 255]),
      new Int8Array([-1]),
      new Int16Array([-300]),
      new Uint16Array([300]),
      new Int32Array([-70000]),
      new Uint32Array([70000]),
      new Float32Array([0.5]),
      new Float64Array([0.1, NaN, -0]),
      new BigInt64Array([-(2n ** 63n)]),
      new BigUint64Array([2n ** 64n - 1n]),
      new DataView(bytes.buffer, 1, 3),
      // eslint-disable-next-line no-sparse-arrays
      [1, , 3],
      { undefined, null: null, 'a key': 1, 7: 'index' },
      Array.from({ length: 5000 }, (_, i) => ({ i })),
      new Error('as a value'),
      new RangeError('of a class', { cause: new TypeError('below') }),
    ]
    const arrived = await roundTrip(pool, values)
    for (const [i, value] of values.entries()) {
      expect(isDeepStrictEqual(arrived[i], structuredClone(value)), `value ${i}`).toBe(true)
    }
    const sparse = arrived.find(value => Array.isArray(value) && value.length === 3) as unknown[]
    expect([0 in sparse, 1 in sparse, 2 in sparse]).toEqual([true, false, true])
  })

  test('[43] cycles and repeated references keep their shape, both ways', async () => {
    interface Ring {
      name: string
      next?: Ring
      list: unknown[]
    }
    const ring: Ring = { name: 'ring', list: [] }
    ring.next = { name: 'next', next: ring, list: [ring, ring] }
    ring.list.push(new Map([['ring', ring]]))
    const inThread = pool.execute(
      (ring: Ring, again: Ring) => [
        ring.next?.next === ring,
        ring.next?.list[0] === ring,
        ring.list[0] instanceof Map,
        again === ring,
      ],
      [ring, ring],
    )
    expect(await inThread).toEqual([true, true, true, true])
    const back = await pool.execute(same, [ring])
    expect((back as Ring).next?.next).toBe(back)
    const made = await pool.execute(() => {
      const small: { self?: object; twice: object[] } = { twice: [] }
      small.self = small
      const shared = { n: 1 }
      small.twice.push(shared, shared)
      return small
    })
    expect(made.self).toBe(made)
    expect(made.twice[0]).toBe(made.twice[1])
  })

  test('[43] shared memory is shared, as itself, as a view and nested', async () => {
    const shared = new SharedArrayBuffer(16)
    const words = new Int32Array(shared)
    await pool.execute(
      (shared: SharedArrayBuffer, nested: { list: Int32Array[] }) => {
        Atomics.add(new Int32Array(shared), 0, 1)
        Atomics.add(nested.list[0] ?? new Int32Array(4), 1, 2)
      },
      [shared, { list: [words] }],
    )
    expect([...words]).toEqual([1, 2, 0, 0])
    const back = await pool.execute(() => {
      const made = new SharedArrayBuffer(4)
      Reflect.set(globalThis, 'made', made)
      return { made }
    })
    new Int32Array(back.made)[0] = 99
    expect(await pool.execute(() => new Int32Array(Reflect.get(globalThis, 'made') as SharedArrayBuffer)[0])).toBe(99)
  })

  test('what is cloned is independent: changes there are not seen here, nor the other way', async () => {
    const value = { n: 1, list: [1] }
    const changed = await pool.execute(
      (value: { n: number; list: number[] }) => {
        value.n = 2
        value.list.push(2)
        Reflect.set(globalThis, 'value', value)
        return value
      },
      [value],
    )
    expect(value).toEqual({ n: 1, list: [1] })
    expect(changed).toEqual({ n: 2, list: [1, 2] })
    changed.n = 3
    expect(await pool.execute(() => Reflect.get(globalThis, 'value') as object)).toEqual({ n: 2, list: [1, 2] })
  })

  test('works that are given the same object do not share it in the thread, however they travel', async () => {
    const inner = { n: 0 }
    const given: [value: unknown, read: (value: never) => { n: number }][] = [
      [inner, (value: typeof inner) => value],
      [{ inner }, (value: { inner: typeof inner }) => value.inner],
      [[[inner]], (value: (typeof inner)[][]) => value[0]?.[0] as typeof inner],
      [new Map([['key', inner]]), (value: Map<string, typeof inner>) => value.get('key') as typeof inner],
      // Beyond what is looked at.
      [[...Array.from({ length: 100 }, (_, i) => i), inner], (value: unknown[]) => value.at(-1) as typeof inner],
      [Object.assign([1], { inner }), (value: { inner: typeof inner }) => value.inner],
      [new Error('with it', { cause: inner }), (value: Error) => value.cause as typeof inner],
    ]
    // Lists of their own that hold it in a property.
    const listed = Array.from({ length: 10 }, () => Object.assign([1], { inner }))
    const bump = (value: { inner: typeof inner }): number => ++value.inner.n
    for (let i = 0; i < 2; i++)
      expect(await Promise.all(listed.map(each => pool.execute(bump, [each])))).toEqual(new Array(10).fill(1))
    for (const [value, read] of given) {
      const count = (0, eval)(`value => ++(${read.toString()})(value).n`) as (value: unknown) => number
      // Known to be short: ten of them wait for one message.
      for (let i = 0; i < 2; i++) {
        const counts = await Promise.all(Array.from({ length: 10 }, () => pool.execute(count, [value])))
        expect(counts, read.toString()).toEqual(new Array(10).fill(1))
      }
    }
    expect(inner.n).toBe(0)
  })

  test('nor where one of them has it beyond what is looked at, and the other does not', async () => {
    const inner = { n: 0 }
    const deep = [...Array.from({ length: 100 }, (_, i) => i), inner]
    const bump = (value: typeof inner | unknown[]): number =>
      ++(Array.isArray(value) ? (value.at(-1) as typeof inner) : value).n
    for (let i = 0; i < 2; i++) {
      const counts = await Promise.all([deep, inner, deep, inner, inner].map(value => pool.execute(bump, [value])))
      expect(counts).toEqual([1, 1, 1, 1, 1])
    }
  })

  test('nor one memory below several views', async () => {
    const image = new Uint8Array(1000)
    const invert = function (this: WorkContext, part: Uint8Array<ArrayBuffer>): Uint8Array {
      for (let i = 0; i < part.length; i++) part[i] = 255 - (part[i] ?? 0)
      return this.transfer(part, [part.buffer])
    }
    await Promise.all(Array.from({ length: 50 }, () => pool.execute(() => {})))
    const parts = Array.from({ length: 8 }, (_, i) => image.subarray(i * 125, i * 125 + 125))
    const inverted = await Promise.all(parts.map(part => pool.execute(invert, [part])))
    expect(inverted.every(part => part.length === 125 && part.every(value => value === 255))).toBe(true)
    const whole = await Promise.all(
      Array.from({ length: 5 }, () => pool.execute((all: Uint8Array) => (all[0] = (all[0] ?? 0) + 1), [image])),
    )
    expect(whole).toEqual([1, 1, 1, 1, 1])
  })

  test('objects of classes arrive as plain ones, with what their getters gave', async () => {
    class Point {
      readonly x: number
      constructor(x: number) {
        this.x = x
      }
      method(): number {
        return this.x
      }
    }
    const holder = {
      point: new Point(3),
      get computed() {
        return 4
      },
    }
    const arrived = await pool.execute(same, [holder])
    expect(arrived).toStrictEqual({ point: { x: 3 }, computed: 4 })
    const made = await pool.execute(() => {
      class Made {
        value = 5
      }
      return {
        made: new Made(),
        get computed() {
          return 6
        },
      } as object
    })
    expect(made).toStrictEqual({ made: { value: 5 }, computed: 6 })
  })

  test('a result arrives as it was when it was returned, whatever the function does with it later', async () => {
    const counter = (): { n: number; nested: { list: number[] } } => {
      const global = globalThis as { counter?: { n: number; nested: { list: number[] } } }
      const own = (global.counter ??= { n: 0, nested: { list: [] } })
      own.n++
      own.nested.list.push(own.n)
      if (own.nested.list.length > 3) own.nested.list.shift()
      return own
    }
    const results = await Promise.all(Array.from({ length: 500 }, () => pool.execute(counter)))
    expect(results.map(result => result.n)).toEqual(results.map((_, i) => i + 1))
    expect(results[9]?.nested.list).toEqual([8, 9, 10])
    const bytes = (): Uint8Array => {
      const global = globalThis as { bytes?: Uint8Array }
      const own = (global.bytes ??= new Uint8Array(4))
      own[0] = (own[0] ?? 0) + 1
      return own
    }
    const arrays = await Promise.all(Array.from({ length: 100 }, () => pool.execute(bytes)))
    expect(arrays.map(array => array[0])).toEqual(arrays.map((_, i) => i + 1))
  })

  test('arguments left out, undefined and null are told apart', async () => {
    const count = function (...args: unknown[]): unknown {
      return [args.length, ...args.map(arg => typeof arg)]
    }
    expect(await pool.execute(count)).toEqual([0])
    expect(await pool.execute(count, [])).toEqual([0])
    expect(await pool.execute(count, [undefined])).toEqual([1, 'undefined'])
    expect(await pool.execute(count, [undefined, null, undefined])).toEqual([3, 'undefined', 'object', 'undefined'])
    expect(
      await pool.execute(
        count,
        Array.from({ length: 300 }, (_, i) => i),
      ),
    ).toHaveLength(301)
    expect(await pool.execute((a: number, b: number | undefined = 7) => a + b, [1, undefined])).toBe(8)
  })

  test('[7] results that are promises or thenables are awaited in the thread', async () => {
    const works: Promise<unknown>[] = [
      pool.execute(async () => 'async'),
      pool.execute(() => Promise.resolve(Promise.resolve('nested'))),
      pool.execute(() => ({ then: (resolve: (value: string) => void) => resolve('thenable') })),
      pool.execute(() =>
        Object.assign(() => {}, { then: (resolve: (value: string) => void) => void setImmediate(resolve, 'callable') }),
      ),
      pool.execute(() => new Promise<void>(resolve => setTimeout(resolve, 1))),
      pool.execute(() => ({ then: 'not a function' }) as object),
    ]
    expect(await Promise.all(works)).toEqual([
      'async',
      'nested',
      'thenable',
      'callable',
      undefined,
      { then: 'not a function' },
    ])
  })
})

describe('values that would arrive empty', () => {
  /** Made anew each time; of which Node makes `{}` or refuses them differs between its versions. */
  const emptied: [string, () => object][] = [
    ['URL', () => new URL('https://example.org/')],
    ['URLSearchParams', () => new URLSearchParams('a=1')],
    ['Headers', () => new Headers({ a: '1' })],
    ['EventTarget', () => new EventTarget()],
    ['Event', () => new Event('x')],
    ['AbortController', () => new AbortController()],
    ['TextEncoder', () => new TextEncoder()],
    ['Response', () => new Response('x')],
  ]

  test('[43] as an argument each is refused with its path and name, and no worker stays busy', async () => {
    for (const [name, make] of emptied) {
      const direct = await errorOf(pool.execute(same, [make()]))
      expect(direct, name).toBeInstanceOf(UncloneableValueError)
      expect(direct['path'], name).toBe('args[0]')
      expect(direct.message).toContain(name)
      const nested = await errorOf(pool.execute((_: number, value: unknown) => value, [1, { list: [{ it: make() }] }]))
      expect(nested, name).toBeInstanceOf(UncloneableValueError)
      expect(nested['path'], name).toBe('args[1].list[0].it')
      expect(pool.active).toBe(0)
    }
    expect(await pool.execute(() => 'next')).toBe('next')
  })

  test('[43] as a result each is refused with its path, and the thread lives', async () => {
    const thread = await pool.execute(function () {
      return this.threadId
    })
    const works: Promise<object>[] = [
      pool.execute(() => new URL('https://example.org/')),
      pool.execute(() => ({ headers: new Headers() })),
      pool.execute(() => [0, { target: new EventTarget() }]),
      pool.execute(function () {
        return { signal: this.signal }
      }),
    ]
    const errors = await Promise.all(works.map(work => errorOf(work)))
    for (const error of errors) expect(error).toBeInstanceOf(UncloneableValueError)
    expect(errors.map(error => error['path'])).toEqual([
      'result',
      'result.headers',
      'result[1].target',
      'result.signal',
    ])
    const after = pool.execute(function () {
      return this.threadId
    })
    expect(await after).toBe(thread)
  })

  test('[43] subclasses of such classes are refused as well', async () => {
    class Emitter extends EventTarget {}
    expect(await errorOf(pool.execute(same, [{ emitter: new Emitter() }]))).toMatchObject({ path: 'args[0].emitter' })
  })

  test('[43] the first 64 values are looked at, level by level', async () => {
    const list = (at: number): unknown[] => Array.from({ length: at + 1 }, (_, i) => (i === at ? new EventTarget() : i))
    // The list itself is the first value of the arguments.
    expect(await errorOf(pool.execute(same, [list(62)]))).toMatchObject({ path: 'args[0][62]' })
    // It stands on the first level, whatever hangs below the values before it.
    const wide = Array.from({ length: 40 }, () => ({ many: Array.from({ length: 100 }, (_, i) => i) }))
    expect(await errorOf(pool.execute((..._: unknown[]) => 1, [...wide, new EventTarget()]))).toMatchObject({
      path: 'args[40]',
    })
    const result = pool.execute(() => Array.from({ length: 63 }, (_, i) => (i === 62 ? new EventTarget() : i)))
    expect(await errorOf(result)).toMatchObject({ path: 'result[62]' })
  })

  test('a class of the user’s own with such a name is not meant', async () => {
    class Headers {
      readonly list = [1]
    }
    expect(await pool.execute(same, [new Headers()])).toEqual({ list: [1] })
  })
})
