import { isDeepStrictEqual } from 'node:util'
import { describe, expect, onTestFailed, test } from 'vitest'
import { NOT_SMALL, snapshot } from '../../src/values/snapshot.js'
import { random, type Random } from '../support/random.js'

describe('a snapshot', () => {
  const plain: [string, unknown][] = [
    ['a primitive', 5],
    ['a string', 'text'],
    ['a bigint', 10n ** 30n],
    ['undefined', undefined],
    ['null', null],
    ['an empty object', {}],
    ['an empty array', []],
    ['an object', { a: 1, b: 'two', c: undefined, d: null, 'a key': -0, 7: NaN }],
    ['a tree', { list: [1, [2, { three: [3n, 'x'] }]], deep: { deeper: { deepest: true } } }],
    ['a frozen object', Object.freeze({ a: Object.freeze([1]) })],
    [
      'an object with hidden and symbol properties',
      Object.defineProperty({ [Symbol('s')]: 1, seen: 2 }, 'hidden', { value: 3 }),
    ],
  ]

  test.each(plain)('of %s is what a structured clone would be', (_, value) => {
    const copy = snapshot(value)
    expect(copy).not.toBe(NOT_SMALL)
    const clone = structuredClone(value)
    expect(isDeepStrictEqual(copy, clone)).toBe(true)
    if (typeof value === 'object' && value !== null) {
      expect(copy).not.toBe(value)
      expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(clone))
      expect(Reflect.ownKeys(copy as object)).toEqual(Reflect.ownKeys(clone as object))
      expect(Object.isFrozen(copy)).toBe(Object.isFrozen(clone))
    }
  })

  test('does not change with what it was taken of, at any depth', () => {
    const value = { n: 1, list: [1, { deep: 'a' }], object: { inner: { x: 1 } } }
    const copy = snapshot(value)
    value.n = 2
    value.list.push(3)
    Object.assign(value.list[1] as object, { deep: 'b' })
    value.object.inner.x = 2
    expect(copy).toEqual({ n: 1, list: [1, { deep: 'a' }], object: { inner: { x: 1 } } })
  })

  const large: [string, () => unknown][] = [
    ['a Map', () => new Map()],
    ['a Set', () => new Set()],
    ['a Date', () => new Date()],
    ['a RegExp', () => /x/],
    ['an Error', () => new Error('x')],
    ['a typed array', () => new Uint8Array(1)],
    ['an ArrayBuffer', () => new ArrayBuffer(1)],
    ['shared memory', () => new SharedArrayBuffer(1)],
    ['a boxed number', () => Object(1)],
    ['an object of a class', () => new (class Point {})()],
    ['an array of a class', () => new (class List extends Array {})()],
    ['an object without a prototype', () => Object.create(null)],
    ['a promise', () => Promise.resolve()],
    ['a function', () => () => {}],
    ['a symbol', () => Symbol('s')],
    ['a getter', () => ({ get x() { return 1 } })], // prettier-ignore
    ['a setter', () => ({ set x(_: number) {} })],
    ['an own __proto__', () => JSON.parse('{ "__proto__": 1 }')],
    ['a key that may be frozen on Object.prototype', () => ({ constructor: 1 })],
    ['a hole', () => new Array(1)],
    ['an array with a property', () => Object.assign([1], { extra: 2 })],
    ['an array with as many properties as holes', () => Object.assign([1, , 3], { extra: 2 })],
    ['a getter in an array', () => Object.defineProperty([1], 0, { get: () => 1, enumerable: true })],
    ['an array that is long and has nothing', () => new Array(1_000_000)],
  ]

  test.each(large)('is not taken of %s, alone or inside something', (_, make) => {
    expect(snapshot(make())).toBe(NOT_SMALL)
    expect(snapshot({ deep: [make()] })).toBe(NOT_SMALL)
    expect(snapshot([1, { deep: make() }])).toBe(NOT_SMALL)
  })

  test('is not taken of what refers to the same object twice, in a circle or not: a clone keeps that', () => {
    const shared = { n: 1 }
    expect(snapshot([shared, shared])).toBe(NOT_SMALL)
    expect(snapshot({ a: { shared }, b: [shared] })).toBe(NOT_SMALL)
    const circle: { self?: object } = {}
    circle.self = circle
    expect(snapshot(circle)).toBe(NOT_SMALL)
    const list: unknown[] = []
    list.push([list])
    expect(snapshot(list)).toBe(NOT_SMALL)
    // Equal is not the same.
    expect(snapshot([{ n: 1 }, { n: 1 }])).toEqual([{ n: 1 }, { n: 1 }])
  })

  test('forgets what it has seen: the next one may hold the same objects', () => {
    const shared = { n: 1 }
    for (let i = 0; i < 3; i++) expect(snapshot({ shared })).toEqual({ shared: { n: 1 } })
    snapshot([shared, shared])
    expect(snapshot(shared)).toEqual({ n: 1 })
  })

  test('is taken of 64 values at most, wherever they are', () => {
    const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
    const object = (count: number): object => Object.fromEntries(numbers(count).map(i => [`k${i}`, i]))
    // The value itself is one of them.
    expect(snapshot(numbers(63))).toEqual(numbers(63))
    expect(snapshot(numbers(64))).toBe(NOT_SMALL)
    expect(snapshot(object(63))).toEqual(object(63))
    expect(snapshot(object(64))).toBe(NOT_SMALL)
    expect(snapshot([numbers(30), numbers(31)])).toEqual([numbers(30), numbers(31)])
    expect(snapshot([numbers(30), numbers(32)])).toBe(NOT_SMALL)
    // Each counts anew.
    expect(snapshot(numbers(63))).toEqual(numbers(63))
  })

  test('runs no code of the user: no getter, no trap', () => {
    const ran: string[] = []
    const trapping = new Proxy(
      {},
      {
        get: (_, key) => ran.push(String(key)),
        getPrototypeOf: () => {
          ran.push('getPrototypeOf')
          return Object.prototype
        },
        ownKeys: () => {
          ran.push('ownKeys')
          return []
        },
      },
    )
    expect(snapshot(trapping)).toBe(NOT_SMALL)
    expect(snapshot({ deep: [trapping] })).toBe(NOT_SMALL)
    expect(snapshot(new Proxy([], {}))).toBe(NOT_SMALL)
    const hostile = {
      get x() {
        ran.push('x')
        return 1
      },
    }
    expect(snapshot(hostile)).toBe(NOT_SMALL)
    expect(ran).toEqual([])
  })

  test('of random values is what a structured clone is, or none', () => {
    const chance = random()
    onTestFailed(() => console.error(`SEED=${chance.seed}`))
    let taken = 0
    for (let i = 0; i < 3000; i++) {
      const value = plainValue(chance, 4)
      const copy = snapshot(value)
      if (copy === NOT_SMALL) {
        expect(sizeOf(value)).toBeGreaterThan(64)
        continue
      }
      taken++
      expect(sizeOf(value)).toBeLessThanOrEqual(64)
      expect(isDeepStrictEqual(copy, structuredClone(value))).toBe(true)
    }
    expect(taken).toBeGreaterThan(1000)
  })
})

function plainValue(chance: Random, depth: number): unknown {
  const kind = chance.below(depth > 0 ? 9 : 6)
  if (kind < 6)
    return [
      undefined,
      null,
      chance.next(),
      `text ${chance.below(100)}`,
      chance.below(2) === 0,
      BigInt(chance.below(9)),
    ][kind]
  const size = chance.below(8)
  const items = Array.from({ length: size }, () => plainValue(chance, depth - 1))
  return kind === 6 ? items : Object.fromEntries(items.map((item, i) => [`key ${i}`, item]))
}

function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, item) => sum + sizeOf(item), 1)
}
