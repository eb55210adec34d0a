import { open } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { transferableAbortSignal } from 'node:util'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { markedIn, transfer, unmark } from '../../src/values/transfer.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

// A value whose mark was forgotten would make every later search find it, so this sees that the count goes back to zero.
const everMarked: object[] = []
function mark<T extends object>(value: T, list: Parameters<typeof transfer>[1]): T {
  everMarked.push(value)
  return transfer(value, list)
}
let reads = 0
const witness = {
  get looked() {
    return ++reads
  },
}
const searches = (): boolean => {
  const before = reads
  markedIn([witness])
  return reads > before
}

// Values that earlier files of this process have marked count until they are collected.
beforeAll(async () => {
  for (let i = 0; i < 20 && searches(); i++) {
    await turn()
    collectGarbage()
  }
})
beforeEach(() => expect(searches()).toBe(false))
afterEach(() => {
  for (const value of everMarked.splice(0)) unmark([value])
  expect(searches()).toBe(false)
})

describe('transfer', () => {
  it('returns the value itself, unchanged', () => {
    const value = Object.freeze({ data: new Uint8Array(8) })
    expect(mark(value, [value.data.buffer])).toBe(value)
    expect(value.data.length).toBe(8)
  })

  it('a view stands for its buffer', () => {
    const view = new DataView(new ArrayBuffer(8), 2)
    expect(markedIn([mark({ view }, [view])])).toEqual([view.buffer])
  })

  it('takes what this Node can move', async () => {
    const { port1, port2 } = new MessageChannel()
    const file = await open(import.meta.filename)
    const things = [
      port1,
      file,
      new ReadableStream(),
      new WritableStream(),
      new TransformStream(),
      transferableAbortSignal(new AbortController().signal),
    ]
    expect(markedIn([mark({}, things)])).toEqual(things)
    expect(file.fd).toBeGreaterThan(0)
    port2.close()
    await file.close()
  })

  it.each([
    ['value', 'text', []],
    ['value', null, []],
    ['value', () => {}, []],
    ['list', {}, undefined],
    ['list', {}, new ArrayBuffer(1)],
    ['list', {}, new Set()],
  ])('[42] a bad %s is a TypeError', (name, value, list) => {
    expect(() => transfer(value as object, list as [])).toThrow(TypeError)
    expect(() => transfer(value as object, list as [])).toThrow(`${name} must be`)
  })

  it.each([
    ['undefined', undefined],
    ['text', 'text'],
    ['an object', { a: 1 }],
    ['an array', [new ArrayBuffer(1)]],
    ['a Map', new Map()],
    ['shared memory', new SharedArrayBuffer(8)],
    ['a view of shared memory', new Uint8Array(new SharedArrayBuffer(8))],
    ['a plain signal', new AbortController().signal],
    ['a function', () => {}],
    ['a Proxy of a buffer', new Proxy(new ArrayBuffer(8), {})],
    [
      'something that cannot be shown',
      {
        get [Symbol.toStringTag]() {
          throw new Error('hostile')
        },
      },
    ],
  ])('[42] %s in the list is a TypeError that names its place', (_, bad) => {
    expect(() => transfer({}, [new ArrayBuffer(1), bad as ArrayBuffer])).toThrow(TypeError)
    expect(() => transfer({}, [new ArrayBuffer(1), bad as ArrayBuffer])).toThrow('list[1]')
    expect(searches()).toBe(false)
  })

  it('[42] a duplicate in one list is a TypeError, also by way of two views', () => {
    const buffer = new ArrayBuffer(8)
    expect(() => transfer({}, [buffer, buffer])).toThrow('list[1] names the same ArrayBuffer as list[0]')
    expect(() => transfer({}, [new Uint8Array(buffer, 0, 1), new Uint8Array(buffer, 4)])).toThrow(TypeError)
    expect(buffer.byteLength).toBe(8)
  })

  it('[42] a detached buffer is a TypeError', () => {
    const buffer = new ArrayBuffer(8)
    const view = new Uint8Array(buffer)
    structuredClone(buffer, { transfer: [buffer] })
    expect(() => transfer({}, [buffer])).toThrow('detached')
    expect(() => transfer({}, [view])).toThrow('detached')
    expect(markedIn([mark({}, [new ArrayBuffer(0)])])).toHaveLength(1)
  })

  it('[42] a port that is closed is a TypeError', async () => {
    const { port1, port2 } = new MessageChannel()
    const closed = new Promise(resolve => port1.addEventListener('close', resolve))
    port2.close()
    await closed
    expect(() => transfer({}, [port1])).toThrow('closed before')
  })

  it('[42] a pooled Buffer is left to be copied', () => {
    const pooled = Buffer.from('abc')
    expect(pooled.buffer.byteLength).toBeGreaterThanOrEqual(Buffer.poolSize)
    expect(markedIn([mark({ pooled }, [pooled])])).toBeUndefined()
    const own = new ArrayBuffer(8)
    expect(markedIn([mark({ pooled, own }, [pooled.buffer, own])])).toEqual([own])
    const sameSize = new ArrayBuffer(pooled.buffer.byteLength)
    expect(markedIn([mark({ sameSize }, [sameSize])])).toEqual([sameSize])
  })
})

describe('the search for marks', () => {
  it('[41] finds them at any depth, in arrays, objects, Maps, Sets, class instances and causes', () => {
    class Box {
      readonly inside: unknown
      constructor(inside: unknown) {
        this.inside = inside
      }
    }
    const marked = (): [object, ArrayBuffer] => {
      const buffer = new ArrayBuffer(8)
      return [mark({ buffer }, [buffer]), buffer]
    }
    const hide: ((value: object) => unknown)[] = [
      value => value,
      value => [[[value]]],
      value => ({ a: { b: value } }),
      value => new Map([['k', value]]),
      value => new Map([[value, 'v']]),
      value => new Set([1, value]),
      value => new Box(new Box(value)),
      value => new Error('x', { cause: { value } }),
      value => Object.create(null, { v: { value, enumerable: true } }),
      value => Array.from({ length: 10_000 }, (_, i) => (i === 9_999 ? value : { i })),
    ]
    for (const wrap of hide) {
      const [value, buffer] = marked()
      expect(markedIn([1, 'x', wrap(value)])).toEqual([buffer])
    }
  })

  it('finds the mark of the buffer or view itself', () => {
    const buffer = new ArrayBuffer(8)
    expect(markedIn([{ x: mark(buffer, [buffer]) }])).toEqual([buffer])
    unmark([buffer])
    const view = new Uint8Array(buffer)
    expect(markedIn([mark(view, [view])])).toEqual([buffer])
  })

  it('merges what several marks name', () => {
    const [a, b] = [new ArrayBuffer(1), new ArrayBuffer(2)]
    const values = [mark({ a }, [a]), { deep: mark({ a, b }, [b, a]) }]
    expect(markedIn(values)).toEqual([a, b])
    expect(markedIn([values, values, ...values])).toEqual([a, b])
  })

  it('survives cycles, getters that throw and Proxies', () => {
    const buffer = new ArrayBuffer(1)
    const value: Record<string, unknown> = {}
    value['self'] = value
    const bad = {
      get x() {
        throw new Error('no')
      },
    }
    const proxy = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('trap')
        },
      },
    )
    expect(markedIn([bad, proxy, value])).toBeUndefined()
    mark(value, [buffer])
    expect(markedIn([bad, proxy, { value }])).toEqual([buffer])
  })

  it('does not look at values that nobody marked anything for', () => {
    expect(searches()).toBe(false)
    const marked = mark({}, [new ArrayBuffer(1)])
    expect(searches()).toBe(true)
    unmark([marked])
    expect(searches()).toBe(false)
  })
})

describe('a mark', () => {
  it('[41] stays until it is taken off', () => {
    const buffer = new ArrayBuffer(8)
    const values = [{ x: mark({ buffer }, [buffer]) }]
    expect(markedIn(values)).toEqual([buffer])
    expect(markedIn(values)).toEqual([buffer])
    expect(buffer.byteLength).toBe(8)
    unmark(values)
    expect(markedIn(values)).toBeUndefined()
    unmark(values)
    unmark([{}])
  })

  it('is replaced by the next one, and taken off by an empty list', () => {
    const [a, b] = [new ArrayBuffer(1), new ArrayBuffer(2)]
    const value = mark({}, [a])
    transfer(value, [b])
    expect(markedIn([value])).toEqual([b])
    transfer(value, [])
    expect(searches()).toBe(false)
  })

  it('unmarking one value leaves the marks of others', () => {
    const [a, b] = [new ArrayBuffer(1), new ArrayBuffer(2)]
    const [one, other] = [mark({}, [a]), mark({}, [b])]
    unmark([one])
    expect(markedIn([one, other])).toEqual([b])
  })

  it('goes away with its value', async () => {
    const forget = (): void => void transfer({}, [new ArrayBuffer(1)])
    forget()
    expect(searches()).toBe(true)
    await expect
      .poll(() => {
        collectGarbage()
        return searches()
      })
      .toBe(false)
  })

  it('[41] what it lists is moved by a post, nested too', () => {
    const buffer = new ArrayBuffer(8)
    const values = [{ deep: new Map([['k', mark({ view: new Uint8Array(buffer) }, [buffer])]]) }]
    const list = markedIn(values)
    const [moved] = structuredClone(values, list === undefined ? {} : { transfer: list })
    unmark(values)
    expect(buffer.byteLength).toBe(0)
    expect(moved?.deep.get('k')?.view.length).toBe(8)
    expect(searches()).toBe(false)
  })
})
