import assert from 'node:assert'
import { afterAll, describe, expect, it, onTestFailed } from 'vitest'
import { UncloneableValueError } from '../../src/errors/works.js'
import { prepare } from '../../src/values/cloning.js'
import { uncloneable } from '../../src/values/culprit.js'
import { toErrorRecord } from '../../src/values/error-record.js'
import { random, type Random } from '../support/random.js'

/** What a failed post of these values is reported as. */
function refusal(values: unknown[], transfer: unknown[] = [], root: 'args' | 'result' = 'args'): UncloneableValueError {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(values, transfer as ArrayBuffer[])
  } catch (cause) {
    const error = uncloneable(values, root, transfer, cause)
    expect(error).toBeInstanceOf(UncloneableValueError)
    expect(error.cause).toBe(cause)
    expect(error.message.startsWith(error.path)).toBe(true)
    return error
  } finally {
    port1.close()
    port2.close()
  }
  throw new Error('the post did not fail')
}

function prepared(values: readonly unknown[], except?: readonly unknown[]): readonly unknown[] {
  const result = prepare(values, 'args', except)
  assert(!(result instanceof UncloneableValueError))
  return result
}

/** Bytes that a clone of it would take along. */
const memoryOf = (view: unknown): number => {
  assert(view instanceof Uint8Array)
  return view.buffer.byteLength
}

const trap = (): never => {
  throw new Error('hostile')
}

describe('the path of what cannot be cloned', () => {
  class Box {
    readonly inside: unknown
    constructor(inside: unknown) {
      this.inside = inside
    }
  }
  class Chatty extends Promise<unknown> {
    readonly extra = { a: 1 }
  }
  const cyclic: Record<string, unknown> = { f: () => {} }
  cyclic['self'] = cyclic
  const f = (): void => {}
  const open = new MessageChannel()
  afterAll(() => open.port1.close())

  it.each<[string, unknown[], string]>([
    ['args[0]', [f], 'function'],
    ['args[1]', [1, Symbol('s')], 'symbol'],
    ['args[0].options.onDone', [{ options: { onDone: f } }], 'function'],
    ['args[1].deep[0].x.get("k").cb', [1, { deep: [{ x: new Map([['k', { cb: f }]]) }] }], 'function'],
    ['args[0]["a-b"].f', [{ 'a-b': { f } }], 'function'],
    ['args[0]["0"]', [{ 0: f }], 'function'],
    ['args[0][""].größe.$_1', [{ '': { größe: { $_1: f } } }], 'function'],
    ['args[0].cause.f', [new Error('x', { cause: { f } })], 'function'],
    ['args[0].p', [{ p: new Proxy({}, {}) }], 'Proxy'],
    ['args[0].p', [{ p: new Proxy({}, { get: trap, ownKeys: trap, getPrototypeOf: trap }) }], 'Proxy'],
    [
      'args[0].list[2].value',
      [
        {
          list: [
            1,
            2,
            {
              get value() {
                return trap()
              },
            },
          ],
        },
      ],
      'getter throws: hostile',
    ],
    ['args[0].p', [{ p: Promise.resolve() }], 'Promise'],
    ['args[0].p', [{ p: new Chatty(() => {}) }], 'Chatty'],
    ['args[0].g', [{ g: (function* () {})() }], 'could not be cloned'],
    ['args[0].w', [{ w: new WeakMap() }], 'WeakMap'],
    ['args[0].w', [{ w: new WeakRef({}) }], 'WeakRef'],
    ['args[0].i', [{ i: new Intl.NumberFormat() }], 'NumberFormat'],
    [
      'args[0].a',
      [
        {
          a: (function (..._: unknown[]) {
            return arguments
          })(1),
        },
      ],
      'could not be cloned',
    ],
    ['args[0].f', [cyclic], 'function'],
    ['args[0].inside.inside.f', [new Box(new Box({ f }))], 'function'],
    [
      'args[0].keys()[1]',
      [
        new Map<unknown, unknown>([
          [1, 2],
          [f, 3],
        ]),
      ],
      'function',
    ],
    ['args[0].get(5)', [new Map([[5, f]])], 'function'],
    ['args[0].get(…)', [new Map([[{}, f]])], 'function'],
    ['args[0].values()[1].f', [new Set([1, { f }])], 'function'],
    ['args[0].port', [{ port: open.port1 }], 'MessagePort, which can only be moved: transfer(value, [it])'],
    ['args[0].s', [{ s: new ReadableStream() }], 'ReadableStream, which can only be moved'],
    ['args[0].o', [Object.assign(Object.create(null), { o: f })], 'function'],
  ])('[31] %s', (path, values, what) => {
    const error = refusal(values)
    expect(error.path).toBe(path)
    expect(error.message).toContain(what)
    expect(error.code).toBe('ERR_VALUE_NOT_CLONEABLE')
  })

  it('[31] begins with result where it is one', () => {
    expect(refusal([{ log: f }], [], 'result').path).toBe('result.log')
    expect(refusal([f], [], 'result').path).toBe('result')
    expect(refusal([[f]], [], 'result').path).toBe('result[0]')
  })

  it('[31] is the nearest one', () => {
    expect(refusal([{ a: { b: { c: f } } }, { d: f }]).path).toBe('args[1].d')
  })

  it('[42] a view of moved memory is found', () => {
    const view = new Uint8Array(8)
    structuredClone(view.buffer, { transfer: [view.buffer] })
    expect(refusal([{ view }]).path).toBe('args[0].view')
    expect(refusal([{ b: view.buffer }]).path).toBe('args[0].b')
  })

  it('[42] a bad transfer list is named, with the thing in it', () => {
    const buffer = new ArrayBuffer(8)
    const twice = refusal([1, { buffer }], [buffer, buffer])
    expect(twice.path).toBe('args[1].buffer')
    expect(twice.message).toContain('transfer list names it, twice')
    expect(buffer.byteLength).toBe(8)
    const unnamed = refusal([1], [buffer, buffer])
    expect(unnamed.path).toBe('args')
    expect(unnamed.message).toContain('transfer list')
    const invalid = refusal([{ v: new Map([['k', new Date(0)]]) }], [{}])
    expect(invalid.message).toContain('transfer list names it, but this Node cannot move it')
  })

  it('what is listed for transfer is no culprit', () => {
    const { port1: listed, port2: other } = new MessageChannel()
    other.close()
    expect(refusal([{ listed, f }], [listed]).path).toBe('args[0].f')
    const [holder] = [new Box({ listed })]
    expect(refusal([holder, { p: Promise.resolve() }], [listed]).path).toBe('args[1].p')
    listed.close()
  })

  it('where no culprit is found it is the argument, with what Node said', () => {
    const error = uncloneable([1, { a: 1 }], 'args', undefined, new Error('out of memory'))
    expect(error.path).toBe('args')
    expect(error.message).toContain('out of memory')
    expect(uncloneable([{ a: 1 }], 'args', undefined, 'odd').path).toBe('args[0]')
    expect(uncloneable([{ a: 1 }], 'result', undefined, null).path).toBe('result')
    const big = Array.from({ length: 2_100_000 }, () => 0) as unknown[]
    big.push(f)
    expect(refusal([1, big]).path).toBe('args[1]')
  })

  it('survives hostile values', () => {
    const belowProxy: unknown = Object.create(new Proxy({}, { getPrototypeOf: trap, get: trap }))
    const named: object = Object.create({
      constructor: {
        get name() {
          return trap()
        },
      },
    })
    const symbolName: object = Object.assign(Object.create({ constructor: { name: Symbol('n') } }), { x: 1 })
    for (const hostile of [belowProxy, named, symbolName, Object.create(null), new Proxy([], { get: trap })]) {
      const values = [hostile]
      expect(prepare(values, 'args') === values).toBe(true)
      expect(uncloneable([hostile, f], 'args', [], new Error('x')).path).toMatch(/^args/)
      expect(uncloneable([hostile], 'args', [{}], belowProxy).path).toMatch(/^args/)
    }
    // The list itself: what it answers once, while it is sent, it need not answer again.
    const list = new Proxy([1, f], { get: trap })
    expect(uncloneable(list, 'args', undefined, new Error('x')).path).toBe('args')
    expect(uncloneable(Object.assign([1, 2], { findIndex: trap }), 'args', undefined, new Error('x')).path).toBe('args')
  })

  it('ends soon in a huge value', () => {
    const classes = Array.from({ length: 20_000 }, () => Object.assign(Object.create({}), { x: { y: 1 } }))
    const boxes = Array.from({ length: 50_000 }, () => new Box({ y: 1 }))
    const started = performance.now()
    expect(refusal([boxes, classes, new Chatty(() => {})]).path).toBe('args[2]')
    expect(refusal([boxes, { deep: { f } }]).path).toBe('args[1].deep.f')
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('the look before a post', () => {
  const platform: [string, () => object][] = [
    ['URL', () => new URL('http://a/')],
    ['URLSearchParams', () => new URLSearchParams('a=1')],
    ['Headers', () => new Headers({ a: 'b' })],
    ['Response', () => new Response('x')],
    ['Request', () => new Request('http://a/')],
    ['FormData', () => new FormData()],
    ['Event', () => new Event('e')],
    ['EventTarget', () => new EventTarget()],
    ['a subclass of EventTarget', () => new (class Mine extends EventTarget {})()],
    ['AbortSignal', () => new AbortController().signal],
    ['AbortController', () => new AbortController()],
    ['TextEncoder', () => new TextEncoder()],
    ['TextDecoder', () => new TextDecoder()],
    ['DOMException', () => new DOMException('m', 'AbortError')],
    ['MessageEvent', () => new MessageEvent('m')],
    ['Blob', () => new Blob(['a'])],
    ['PerformanceMark', () => performance.mark('m')],
    ['PerformanceObserver', () => new PerformanceObserver(() => {})],
    ['CountQueuingStrategy', () => new CountQueuingStrategy({ highWaterMark: 1 })],
    ['ByteLengthQueuingStrategy', () => new ByteLengthQueuingStrategy({ highWaterMark: 1 })],
  ]
  it.each(platform)('[43] a %s is refused where this Node would empty it, and only there', (_, make) => {
    const value = make()
    let emptied = false
    try {
      emptied = Object.getPrototypeOf(structuredClone(value)) === Object.prototype
    } catch {
      // This Node says so itself.
    }
    const values = [1, { o: [{ value }] }]
    const result = prepare(values, 'args')
    if (!emptied) return expect(result).toBe(values)
    assert(result instanceof UncloneableValueError)
    expect(result.path).toBe('args[1].o[0].value')
    expect(result.message).toContain('would arrive as an empty object')
    expect(prepare([value], 'result')).toMatchObject({ path: 'result' })
    expect(prepare([{ value }], 'result')).toMatchObject({ path: 'result.value' })
    expect(prepare(values, 'args', [value])).toBe(values)
  })

  it('[43] an EventTarget and a TextEncoder are emptied by every Node', () => {
    expect(prepare([new EventTarget()], 'args')).toMatchObject({ path: 'args[0]' })
    expect(prepare([new TextEncoder()], 'args')).toMatchObject({ path: 'args[0]' })
  })

  it('[43] a MessagePort is refused unless it is listed, because a closed one would crash Node', async () => {
    const { port1, port2 } = new MessageChannel()
    const closed = new Promise(resolve => port1.addEventListener('close', resolve))
    port2.close()
    await closed
    for (const values of [[port1], [{ port: port1 }]]) {
      const result = prepare(values, 'result')
      assert(result instanceof UncloneableValueError)
      expect(result.message).toContain('can only be moved')
      expect(prepare(values, 'result', [port1])).toBe(values)
      expect(uncloneable(values, 'result', undefined, new Error('x')).path).toMatch(/^result/)
    }
    class Holder extends EventTarget {
      readonly port = port1
    }
    expect(prepare([new Holder()], 'args')).toMatchObject({ path: 'args[0]' })
    expect(uncloneable([1, [new Holder()]], 'args', undefined, new Error('x')).path).toBe('args[1][0].port')
    const error = Object.assign(new Error('x', { cause: { port1 } }), { port1, deep: [{ port1 }] })
    for (const thrown of [port1, { port1 }, error, new Holder()]) {
      const record = structuredClone(toErrorRecord(thrown))
      expect(record.type).toBe('objects')
    }
  })

  it('a class of the user that has such a name is no suspect', () => {
    class URL {}
    class Headers extends Map {}
    const values = [new URL(), new Headers(), new (class EventTarget {})()]
    expect(prepare(values, 'args')).toBe(values)
  })

  it('[43] sees the first 64 values, level by level', () => {
    const target = new EventTarget()
    const zeros = (count: number): unknown[] => new Array<unknown>(count).fill(0)
    expect(prepare([...zeros(63), target], 'args')).toMatchObject({ path: 'args[63]' })
    expect(prepared([...zeros(64), target])).toHaveLength(65)
    expect(prepare([zeros(1000), target], 'args')).toMatchObject({ path: 'args[1]' })
    expect(prepare([zeros(61), { target }], 'args')).toMatchObject({ path: 'args[1].target' })
    expect(prepared([zeros(62), { target }])).toHaveLength(2)
  })

  it('[43] what may cross is returned as it is', () => {
    const cyclic: Record<string, unknown> = { a: [new Date(), /x/, 1n, new Map(), new Set(), Buffer.alloc(99), null] }
    cyclic['self'] = cyclic
    for (const values of [
      [],
      [2, 3],
      ['a', undefined, null],
      [cyclic, cyclic],
      [new SharedArrayBuffer(8)],
      [() => {}],
    ]) {
      expect(prepare(values, 'args')).toBe(values)
    }
  })

  it('ignores what a polluted prototype adds', () => {
    const prototype: Record<string, unknown> = Object.prototype as never
    prototype['polluted'] = new EventTarget()
    try {
      expect(prepare([{ a: { b: 1 } }], 'args')).toEqual([{ a: { b: 1 } }])
    } finally {
      delete prototype['polluted']
    }
  })

  it('leaves a getter that throws to the post', () => {
    const values = [
      {
        get x() {
          return trap()
        },
      },
      Buffer.from('ab'),
    ]
    expect(prepare(values, 'args')).toBe(values)
    const late = [
      Buffer.from('ab'),
      {
        deep: {
          deeper: {
            get x() {
              return trap()
            },
          },
        },
      },
    ]
    expect(prepared(late)).toHaveLength(2)
    expect(prepare([new Proxy([], { get: trap, getPrototypeOf: trap })], 'args')).toHaveLength(1)
  })
})

describe('a small view of a pool', () => {
  it('[42] gets memory of its own, wherever it is among arrays and plain objects', () => {
    const small = Buffer.from('ab')
    const values = [small, { deep: [{ small }] }, 3]
    const copy = prepared(values)
    expect(copy).not.toBe(values)
    const arrived = structuredClone(copy)
    const expected = structuredClone(values)
    assert.deepStrictEqual(arrived, expected)
    expect(memoryOf(arrived[0])).toBe(2)
    expect(memoryOf(expected[0])).toBe(small.buffer.byteLength)
    expect(small.buffer.byteLength).toBeGreaterThanOrEqual(Buffer.poolSize)
    expect(values).toEqual([small, { deep: [{ small }] }, 3])
    expect(values[0]).toBe(small)
  })

  it('[42] nothing of the caller is changed, frozen containers are fine', () => {
    const inner = Object.freeze({ small: Buffer.from('ab'), n: 1 })
    const values = Object.freeze([Object.freeze([inner])])
    const copy = structuredClone(prepared(values))
    assert.deepStrictEqual(copy, [[{ small: new Uint8Array([97, 98]), n: 1 }]])
  })

  it('[42] shared references and cycles stay what they are', () => {
    const small = Buffer.from('ab')
    const shared: Record<string, unknown> = { small }
    shared['self'] = shared
    const list: unknown[] = [shared, small]
    list.push(list)
    const untouched = { a: 1 }
    const [first, second, third, fourth] = structuredClone(
      prepared([shared, list, untouched, { untouched, shared }]),
    ) as [Record<string, unknown>, unknown[], object, Record<string, unknown>]
    expect(first['self']).toBe(first)
    expect(second[0]).toBe(first)
    expect(second[1]).toBe(first['small'])
    expect(second[2]).toBe(second)
    expect(fourth['shared']).toBe(first)
    expect(fourth['untouched']).toBe(third)
    expect(memoryOf(first['small'])).toBe(2)
  })

  it('[42] where something that cannot be copied refers to what would be, only the arguments themselves are replaced', () => {
    const node: Record<string, unknown> = { small: Buffer.from('ab') }
    const values = [node, new Map([['node', node]]), Buffer.from('cd')]
    const arrived = structuredClone(prepared(values))
    assert(arrived[1] instanceof Map)
    expect(arrived[1].get('node')).toBe(arrived[0])
    expect(memoryOf(arrived[2])).toBe(2)
  })

  it('[42] a Map or a class instance elsewhere is no obstacle', () => {
    const values = [
      { small: Buffer.from('ab') },
      new Map([['k', { a: 1 }]]),
      new (class Box {
        a = {}
      })(),
    ]
    const arrived = structuredClone(prepared(values))
    assert.deepStrictEqual(arrived, structuredClone(values))
    expect(memoryOf((arrived[0] as { small: unknown }).small)).toBe(2)
  })

  it('[42] beside a huge value, the arguments themselves are replaced', () => {
    const small = Buffer.from('ab')
    const huge = Array.from({ length: 100_000 }, (_, i) => ({ i }))
    const copy = prepared([small, huge, small, { small }])
    expect(memoryOf(copy[0])).toBe(2)
    expect(copy[2]).toBe(copy[0])
    expect(copy[1]).toBe(huge)
  })

  it('holes, extra properties of arrays, and keys like __proto__ cross as before', () => {
    const list: unknown[] = [Buffer.from('ab')]
    list.length = 3
    Object.assign(list, { extra: 1 })
    Object.defineProperty(list, '__proto__', { value: { b: 1 }, enumerable: true })
    const object: unknown = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}')
    Object.assign(object as object, { small: Buffer.from('ab') })
    const values = [list, object]
    assert.deepStrictEqual(structuredClone(prepared(values)), structuredClone(values))
  })

  it('[42] a view of half its memory or more, of shared memory, or of what is listed is left alone', () => {
    const half = Buffer.from(new ArrayBuffer(8), 0, 4)
    const ofShared = Buffer.from(new SharedArrayBuffer(8), 0, 1)
    const listed = Buffer.from(new ArrayBuffer(8), 0, 1)
    const plain = new Uint8Array(new ArrayBuffer(8), 0, 1)
    for (const view of [half, ofShared, plain]) {
      const values = [{ view }]
      expect(prepare(values, 'args')).toBe(values)
    }
    expect(prepared([listed], [listed.buffer])[0]).toBe(listed)
    expect(memoryOf(prepared([listed])[0])).toBe(1)
  })

  it('what looks like a Buffer but is none does no harm', () => {
    const values = [Object.create(Buffer.prototype)]
    expect(prepare(values, 'args')).toBe(values)
  })
})

describe('random graphs', () => {
  /** Arrays, objects, Maps and small Buffers that refer to each other at random. */
  function graph(chance: Random): unknown[] {
    const things: object[] = Array.from({ length: 2 + chance.below(12) }, () => {
      const kind = chance.below(10)
      if (kind < 3) return Buffer.from('x'.repeat(chance.below(4)))
      if (kind < 4) return new Map()
      if (kind < 7) return []
      return {}
    })
    for (const thing of things) {
      for (let n = chance.below(4); n > 0; n--) {
        const value = chance.below(4) === 0 ? chance.below(100) : things[chance.below(things.length)]
        if (thing instanceof Map) thing.set(`k${n}`, value)
        else if (Array.isArray(thing)) thing.push(value)
        else if (!Buffer.isBuffer(thing)) Reflect.set(thing, `k${n}`, value)
      }
    }
    return [things[0], things[1], chance.below(2)]
  }

  /** The graph as text, with identities. */
  function drawing(root: unknown): string {
    const numbers = new Map<unknown, number>()
    const draw = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return value
      const known = numbers.get(value)
      if (known !== undefined) return `#${known}`
      numbers.set(value, numbers.size)
      if (value instanceof Map) return { map: [...value].map(([key, each]) => [key, draw(each)]) }
      if (value instanceof Uint8Array) return { bytes: [...value] }
      if (Array.isArray(value)) return value.map(draw)
      return { object: Object.entries(value).map(([key, each]) => [key, draw(each)]) }
    }
    return JSON.stringify(draw(root))
  }

  it('[42] arrive the same, prepared or not', () => {
    const chance = random()
    onTestFailed(() => console.log(`seed ${chance.seed}`))
    let copied = 0
    for (let round = 0; round < 1000; round++) {
      const values = graph(chance)
      const before = drawing(values)
      const copy = prepared(values)
      if (copy !== values) copied++
      expect(drawing(structuredClone(copy))).toBe(drawing(structuredClone(values)))
      expect(drawing(values)).toBe(before)
    }
    expect(copied).toBeGreaterThan(50)
  })
})
