import assert from 'node:assert'
import { statSync } from 'node:fs'
import { isDeepStrictEqual, types } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import { describe, expect, it, onTestFailed } from 'vitest'
import { ThreadcrewError } from '../../src/errors/base.js'
import { UncloneableValueError, WorkDiscardedError, WorkerLostError, WorkTimeoutError } from '../../src/errors/works.js'
import { fromErrorRecord, toErrorRecord } from '../../src/values/error-record.js'
import { random, type Random } from '../support/random.js'

/** What the other side of a lane gets. */
function cross(thrown: unknown): unknown {
  return fromErrorRecord(structuredClone(toErrorRecord(thrown)))
}

interface Arrived extends Error {
  code?: unknown
  reason?: unknown
  all?: unknown
  plain?: unknown
  map?: unknown
  extra?: unknown
}

function crossError(thrown: unknown): Arrived {
  const arrived = cross(thrown)
  assert(arrived instanceof Error)
  return arrived
}

function errorFrom(throwIt: () => unknown): unknown {
  try {
    throwIt()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('an error that crosses', () => {
  const builtIns = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]

  it.each(builtIns.map(builtIn => [builtIn.name, builtIn] as const))('[29] %s keeps its class', (name, BuiltIn) => {
    const error = new BuiltIn('no')
    const arrived = crossError(error)
    expect(Object.getPrototypeOf(arrived)).toBe(BuiltIn.prototype)
    expect(arrived.name).toBe(name)
    expect(arrived.message).toBe('no')
    expect(arrived.stack).toBe(error.stack)
    expect(types.isNativeError(arrived)).toBe(true)
    expect(Object.keys(arrived)).toEqual([])
    expect(Object.getOwnPropertyNames(arrived).sort()).toEqual(['message', 'stack'])
  })

  it('[29] every error class that this Node has built in is kept', () => {
    const holders: object[] = [globalThis, Reflect.get(globalThis, 'WebAssembly') as object]
    const found = new Set<string>()
    for (const name of holders.flatMap(holder => Object.getOwnPropertyNames(holder))) {
      const holder = holders.find(each => Object.hasOwn(each, name)) ?? globalThis
      // A getter loads a part of Node, none of which is an error class; a DOMException is made in another way.
      const builtIn: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value
      if (typeof builtIn !== 'function' || builtIn === DOMException) continue
      if (!Function.prototype.toString.call(builtIn).includes('[native code]')) continue
      if (builtIn !== Error && !(builtIn.prototype instanceof Error)) continue
      found.add(name)
      const error = new (builtIn as ErrorConstructor)('no')
      const arrived = crossError(error)
      expect(Object.getPrototypeOf(arrived)).toBe(builtIn.prototype)
      expect(Object.getOwnPropertyNames(arrived).sort()).toEqual(Object.getOwnPropertyNames(error).sort())
    }
    expect([...found]).toEqual(expect.arrayContaining(['AggregateError', 'CompileError', 'LinkError', 'RuntimeError']))
    expect(found.has('SuppressedError')).toBe('SuppressedError' in globalThis)
    const failed = errorFrom(() => assert.strictEqual(1, 2))
    expect(Object.getPrototypeOf(crossError(failed))).toBe(assert.AssertionError.prototype)
  })

  it('[29] keeps code, own properties and whether they are enumerable', () => {
    const error = errorFrom(() => statSync('/no/such/file'))
    const arrived = crossError(error)
    expect(arrived).toMatchObject({ code: 'ENOENT', syscall: 'stat', path: '/no/such/file', errno: -2 })
    expect(Object.keys(arrived).sort()).toEqual(Object.keys(error as object).sort())

    const hidden = new Error('x')
    Object.defineProperty(hidden, 'code', { value: 'E_HIDDEN', enumerable: false })
    const arrivedHidden = crossError(hidden)
    expect(arrivedHidden.code).toBe('E_HIDDEN')
    expect(Object.keys(arrivedHidden)).toEqual([])
  })

  it('keeps what Node puts into its own errors', () => {
    expect(crossError(errorFrom(() => assert.strictEqual(1, 2)))).toMatchObject({
      name: 'AssertionError',
      code: 'ERR_ASSERTION',
      actual: 1,
      expected: 2,
      operator: 'strictEqual',
    })
    const coded = crossError(errorFrom(() => Buffer.alloc(-1)))
    expect(coded).toBeInstanceOf(RangeError)
    expect(coded.code).toBe('ERR_OUT_OF_RANGE')
  })

  it('[29] keeps the name of a subclass, and the built-in class below it', () => {
    class HttpError extends RangeError {
      override name = 'HttpError'
      readonly status: number
      constructor(request: { status: number }) {
        super(`status ${request.status}`)
        this.status = request.status
      }
    }
    class ByPrototype extends TypeError {
      get code(): string {
        return 'E_GETTER'
      }
    }
    Object.defineProperty(ByPrototype.prototype, 'name', { value: 'ByPrototype' })

    const arrived = crossError(new HttpError({ status: 418 }))
    expect(arrived).toBeInstanceOf(RangeError)
    expect(arrived).toMatchObject({ name: 'HttpError', message: 'status 418', status: 418 })
    const byPrototype = crossError(new ByPrototype('m'))
    expect(byPrototype).toBeInstanceOf(TypeError)
    expect(byPrototype).toMatchObject({ name: 'ByPrototype', code: 'E_GETTER' })
    expect(Object.keys(byPrototype)).toEqual([])
  })

  it('[29] keeps the classes of this package, with their figures', () => {
    const reason = new DOMException('too slow', 'TimeoutError')
    const discarded = cross(new WorkDiscardedError('a signal', { cause: reason }))
    assert(discarded instanceof WorkDiscardedError)
    expect(discarded.code).toBe('ERR_WORK_DISCARDED')
    expect(discarded.name).toBe('WorkDiscardedError')
    expect(Object.keys(discarded)).toEqual(Object.keys(new WorkDiscardedError('x')))
    assert(discarded.cause instanceof DOMException)
    expect(discarded.cause.name).toBe('TimeoutError')

    const lost = cross(new WorkerLostError({ workerId: 'w', exitCode: 3, started: true, reason: 'exit' }))
    expect(lost).toBeInstanceOf(WorkerLostError)
    expect(lost).toMatchObject({ workerId: 'w', exitCode: 3, started: true, reason: 'exit', code: 'ERR_WORKER_LOST' })
    expect(cross(new UncloneableValueError('result.f', 'it is a function'))).toBeInstanceOf(UncloneableValueError)
    class Own extends ThreadcrewError {}
    const own = cross(new Own('ERR_WORK_TIMEOUT', 'm'))
    expect(own).toBeInstanceOf(ThreadcrewError)
    expect(own).not.toBeInstanceOf(WorkTimeoutError)
  })

  it('a DOMException stays one, with name and code', () => {
    const aborted = cross(new DOMException('stop', 'AbortError'))
    assert(aborted instanceof DOMException)
    expect(aborted).toBeInstanceOf(Error)
    expect([aborted.name, aborted.message, aborted.code]).toEqual(['AbortError', 'stop', 20])
    expect(Object.hasOwn(aborted, 'code')).toBe(false)
    const refused = errorFrom(() => structuredClone(() => {}))
    assert(refused instanceof DOMException)
    expect(cross(refused)).toMatchObject({ name: 'DataCloneError', code: 25, stack: refused.stack })
  })

  it('[29] keeps three causes with their classes and properties', () => {
    const root = Object.assign(new SyntaxError('root'), { line: 7 })
    const middle = Object.assign(new TypeError('middle', { cause: root }), { code: 'E_MID' })
    const arrived = crossError(new Error('top', { cause: middle }))
    assert(arrived.cause instanceof TypeError)
    expect(arrived.cause).toMatchObject({ message: 'middle', code: 'E_MID', stack: middle.stack })
    assert(arrived.cause.cause instanceof SyntaxError)
    expect(arrived.cause.cause).toMatchObject({ message: 'root', line: 7 })
    expect(Object.keys(arrived)).toEqual([])
    expect(Object.hasOwn(arrived.cause.cause, 'cause')).toBe(false)
  })

  it('a cause that is no error arrives as it is, also undefined', () => {
    expect(crossError(new Error('x', { cause: { a: [1] } })).cause).toEqual({ a: [1] })
    expect(Object.hasOwn(crossError(new Error('x', { cause: undefined })), 'cause')).toBe(true)
    expect(Object.hasOwn(crossError(new Error('x')), 'cause')).toBe(false)
  })

  it('[29] keeps the errors of an AggregateError with their classes', () => {
    const shared = Object.assign(new RangeError('r'), { code: 'E_R' })
    const arrived = cross(new AggregateError([shared, 'text', shared, Symbol('s')], 'many'))
    assert(arrived instanceof AggregateError)
    expect(arrived.errors[0]).toBeInstanceOf(RangeError)
    expect(arrived.errors[0]).toMatchObject({ code: 'E_R' })
    expect(arrived.errors[1]).toBe('text')
    expect(arrived.errors[2]).toBe(arrived.errors[0])
    expect(arrived.errors[3]).toBe('Symbol(s)')
    expect(Object.keys(arrived)).toEqual([])
  })

  it('[29] keeps the list of an AggregateError of which nothing is an error and something cannot cross', () => {
    const arrived = cross(new AggregateError([Symbol('a'), 'b', { retry() {} }]))
    assert(arrived instanceof AggregateError)
    expect(arrived.errors).toEqual(['Symbol(a)', 'b', expect.stringContaining('retry')])
    expect(crossError(Object.assign(new Error('x'), { list: [1, () => {}] }))).toMatchObject({
      list: [1, expect.stringContaining('Function')],
    })
  })

  it('[29] a cyclic cause comes back cyclic', () => {
    const error = new Error('a')
    error.cause = new Error('b', { cause: error })
    const arrived = crossError(error)
    assert(arrived.cause instanceof Error)
    expect(arrived.cause.cause).toBe(arrived)
    const itself = new Error('i')
    itself.cause = itself
    expect(crossError(itself).cause).toBeInstanceOf(Error)
    const many = new AggregateError([], 'm')
    many.errors.push(many)
    const arrivedMany = cross(many)
    assert(arrivedMany instanceof AggregateError)
    expect(arrivedMany.errors[0]).toBe(arrivedMany)
  })

  it('a chain of 20 000 causes is cut, not endless', () => {
    let error = new Error('root')
    for (let depth = 0; depth < 20_000; depth++) error = new Error(`d${depth}`, { cause: error })
    let depth = 0
    let each: unknown = crossError(error)
    for (; each instanceof Error; each = each.cause) depth++
    expect(depth).toBe(1000)
    expect(each).toContain('left out')
  })

  it('errors in properties stay errors, on their own and in lists', () => {
    const inner = Object.assign(new TypeError('inner'), { code: 'E_IN' })
    const arrived = crossError(Object.assign(new Error('outer'), { reason: inner, all: [inner, 1] }))
    expect(arrived.reason).toBeInstanceOf(TypeError)
    expect(arrived.reason).toMatchObject({ code: 'E_IN' })
    expect(arrived.all).toEqual([arrived.reason, 1])
  })

  it('loses only the properties that cannot cross', () => {
    const error = Object.assign(new Error('x'), {
      callback: () => {},
      token: Symbol('t'),
      proxy: new Proxy({}, {}),
      promise: Promise.resolve(),
      url: new URL('http://a/'),
      deep: { f: () => {} },
      [Symbol('key')]: 1,
      map: new Map([['k', new Date(5)]]),
      big: 10n,
      nothing: undefined,
    })
    const arrived = crossError(error)
    expect(Object.keys(arrived)).toEqual(['map', 'big', 'nothing'])
    expect(arrived.map).toEqual(new Map([['k', new Date(5)]]))
  })

  it('keeps of each property what can cross, at any depth, with errors and cycles inside', () => {
    class Info {
      readonly id = 7
      readonly retry = (): void => {}
    }
    const config: Record<string, unknown> = {
      url: 'http://a/',
      transform: [() => {}, 'json'],
      when: new Date(5),
      nested: { f: () => {}, kept: [1, { g: () => {}, h: 2 }] },
      headers: new Map<unknown, unknown>([
        ['accept', 'json'],
        ['hook', () => {}],
        [() => {}, 'hook'],
      ]),
      tags: new Set<unknown>(['a', Symbol('b')]),
      info: new Info(),
      cause: new RangeError('inner'),
      socket: new Proxy({}, {}),
      later: Promise.resolve(),
    }
    config['itself'] = config
    const arrived = crossError(Object.assign(new Error('x'), { extra: config }))
    const kept = arrived.extra as typeof config
    expect(kept).toMatchObject({
      url: 'http://a/',
      when: new Date(5),
      nested: { kept: [1, { h: 2 }] },
      headers: new Map([['accept', 'json']]),
      tags: new Set(['a']),
      info: { id: 7 },
    })
    expect(kept['transform']).toEqual([expect.stringContaining('Function'), 'json'])
    expect(kept['cause']).toBeInstanceOf(RangeError)
    expect(kept['itself']).toBe(kept)
    expect(Object.keys(kept)).not.toEqual(expect.arrayContaining(['socket']))
    expect(Object.keys(kept)).not.toEqual(expect.arrayContaining(['later']))
  })

  it('an object below a __proto__ key that is taken apart pollutes nothing', () => {
    const holder = Object.defineProperty({ f() {} }, '__proto__', { value: { polluted: true }, enumerable: true })
    const kept = crossError(Object.assign(new Error('x'), { extra: holder })).extra as object
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype)
    expect(Object.getOwnPropertyDescriptor(kept, '__proto__')?.value).toEqual({ polluted: true })
  })

  it('what is nested too deeply is replaced by a text that says so, and the rest is kept', () => {
    const leftOut = '[left out: nested too deeply]'
    const makers: readonly ((inner: unknown) => object)[] = [
      inner => [inner],
      inner => ({ inner }),
      inner => new Map([[inner, 1]]),
      inner => new Set([inner]),
    ]
    for (const make of makers) {
      for (const levels of [600, 1e5]) {
        let deep: unknown = 1
        for (let level = 0; level < levels; level++) deep = make(deep)
        const arrived = crossError(Object.assign(new Error('x'), { code: 'E', plain: { deep, a: 1 } }))
        expect(arrived).toMatchObject({ message: 'x', code: 'E', plain: { deep: leftOut, a: 1 } })
        expect(crossError(Object.assign(new Error('x'), { extra: deep })).extra).toEqual(make(leftOut))
        expect(cross({ message: 'm', code: 'C', deep })).toEqual({ message: 'm', code: 'C', deep: leftOut })
      }
    }
    // Near each other in the list, but a clone goes from each to the next.
    const chain: { next?: object }[] = Array.from({ length: 5000 }, () => ({}))
    for (const [index, link] of chain.entries()) if (index > 0) link.next = chain[index - 1] ?? {}
    expect(crossError(Object.assign(new Error('x'), { extra: { a: 1, chain: chain.reverse() } })).extra).toEqual({
      a: 1,
      chain: leftOut,
    })
  })

  it('much data in a property crosses whole', () => {
    const rows = Array.from({ length: 20_000 }, (_, id) => ({ id }))
    expect(crossError(Object.assign(new Error('x'), { extra: { rows, f() {} } })).extra).toEqual({ rows })
  })

  it('reads each getter once, and survives those that throw', () => {
    const reads: Record<string, number> = {}
    const error = new Error('x')
    const counted = (on: object, key: string, get: () => unknown): void => {
      Object.defineProperty(on, key, {
        enumerable: true,
        get() {
          reads[key] = (reads[key] ?? 0) + 1
          return get()
        },
      })
    }
    const plain = {}
    counted(plain, 'inner', () => 1)
    const list: unknown[] = []
    counted(list, '0', () => new Error('in a list'))
    // The stack first: V8 reads name and message when it is replaced.
    for (const key of ['stack', 'message', 'name', 'code']) counted(error, key, () => `the ${key}`)
    counted(error, 'cause', () => new Error('because'))
    counted(error, 'plain', () => plain)
    counted(error, 'list', () => list)
    counted(error, 'bad', () => {
      throw new Error('getter')
    })
    const arrived = crossError(error)
    expect(arrived).toMatchObject({ message: 'the message', name: 'the name', code: 'the code', stack: 'the stack' })
    expect(arrived.plain).toEqual({ inner: 1 })
    expect(Object.hasOwn(arrived, 'bad')).toBe(false)
    expect(Object.entries(reads).filter(([, count]) => count !== 1)).toEqual([])
    expect(Object.keys(reads).length).toBe(10)
  })

  it('where there is no stack, none of this side is made up', () => {
    const error = new RangeError('x')
    Object.defineProperty(error, 'stack', {
      get() {
        throw new Error('no stack')
      },
    })
    expect(crossError(error).stack).toBe('RangeError: x')
  })

  it('a message that is no string arrives as it is', () => {
    expect(crossError(Object.assign(new Error(''), { message: { a: 1 } })).message).toEqual({ a: 1 })
    expect(crossError(new Error('')).message).toBe('')
  })

  it('an error of another realm keeps its class', () => {
    const context = createContext({})
    const thrown = runInContext(
      `Object.assign(new RangeError('far', { cause: new TypeError('c') }), { code: 'E' })`,
      context,
    )
    expect(thrown instanceof Error).toBe(false)
    const arrived = crossError(thrown)
    expect(arrived).toBeInstanceOf(RangeError)
    expect(arrived).toMatchObject({ message: 'far', code: 'E', name: 'RangeError' })
    expect(arrived.cause).toBeInstanceOf(TypeError)
    expect(
      cross(runInContext(`(class Odd extends SyntaxError {}, new (class Odd extends SyntaxError {})('o'))`, context)),
    ).toBeInstanceOf(SyntaxError)
  })

  it('keys like __proto__ and constructor pollute nothing', () => {
    const error = new Error('x')
    for (const key of ['__proto__', 'constructor', 'toString', 'prototype']) {
      Object.defineProperty(error, key, { value: { polluted: true }, enumerable: true })
    }
    const arrived = crossError(error)
    expect(arrived).toBeInstanceOf(Error)
    expect(Object.getPrototypeOf(arrived)).toBe(Error.prototype)
    expect(Object.getOwnPropertyDescriptor(arrived, '__proto__')?.value).toEqual({ polluted: true })
    expect('polluted' in {}).toBe(false)
  })

  it('name, code and stack that are no text arrive as they are', () => {
    const error = Object.assign(new Error('x'), { name: { n: 1 }, code: [2], stack: { s: 3 } })
    const arrived = crossError(error)
    expect([arrived.name, arrived.code, arrived.stack]).toEqual([{ n: 1 }, [2], { s: 3 }])
  })

  it('a formatter of stacks that throws costs the stack and nothing else', () => {
    const formatter = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
    Error.prepareStackTrace = () => {
      throw new Error('no format')
    }
    let record: unknown
    try {
      record = toErrorRecord(Object.assign(new RangeError('m'), { code: 'E' }))
    } finally {
      if (formatter === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace')
      else Object.defineProperty(Error, 'prepareStackTrace', formatter)
    }
    const arrived = fromErrorRecord(structuredClone(record) as never)
    expect(arrived).toBeInstanceOf(RangeError)
    expect(arrived).toMatchObject({ message: 'm', code: 'E' })
  })

  it('a list of many errors is cut', () => {
    const many = new AggregateError(
      Array.from({ length: 5000 }, () => new Error('one')),
      'many',
    )
    const arrived = cross(many)
    assert(arrived instanceof AggregateError)
    expect(arrived.errors).toHaveLength(1000)
    expect(arrived.errors.filter(each => each instanceof Error)).toHaveLength(999)
    expect(arrived.errors[999]).toContain('left out')
  })

  it('a record that is none becomes an error that says so', () => {
    const content = { type: 'value' }
    const forged: unknown[] = [
      null,
      {},
      { type: 'objects' },
      { type: 'objects', objects: [null] },
      { type: 'objects', objects: [{ type: 'list', items: [null] }] },
      { type: 'objects', objects: [{ type: 'plain', entries: [[content]] }] },
      { type: 'objects', objects: [{ type: 'error', kind: 'Error', properties: [{ key: { toString: 1 }, content }] }] },
    ]
    for (const record of forged) {
      const arrived = fromErrorRecord(record as never)
      assert(arrived instanceof Error)
      expect(arrived.message).toContain('cannot be read')
    }
  })

  it('a polluted Object.prototype changes nothing', () => {
    const prototype: Record<string, unknown> = Object.prototype as never
    const bait = {
      code: 'P',
      cause: 'P',
      get: () => 'P',
      set: () => {},
      value: 'P',
      type: 'value',
      enumerable: true,
      errors: [1],
    }
    const clean = crossError(new TypeError('m'))
    for (const [key, value] of Object.entries(bait)) {
      Object.defineProperty(prototype, key, {
        __proto__: null,
        value,
        configurable: true,
        writable: true,
      } as PropertyDescriptor)
    }
    let arrived: unknown
    let record: unknown
    try {
      const error = new TypeError('m')
      record = toErrorRecord(error)
      arrived = fromErrorRecord(structuredClone(toErrorRecord(error)))
    } finally {
      for (const key of Object.keys(bait)) delete prototype[key]
    }
    assert(arrived instanceof TypeError)
    expect(Object.getOwnPropertyNames(arrived)).toEqual(Object.getOwnPropertyNames(clean))
    expect(Object.keys(arrived)).toEqual([])
    expect(JSON.stringify(record)).not.toContain('"P"')
  })
})

describe('another thrown value', () => {
  it.each([['text'], [42], [-0], [NaN], [null], [undefined], [true], [10n], [''], [{ a: { b: [1] } }], [[1, 2]]])(
    '[30] %o arrives as it is',
    value => {
      expect(Object.is(cross(value), value) || isDeepStrictEqual(cross(value), value)).toBe(true)
    },
  )

  it('[30] an object thrown keeps what can cross', () => {
    expect(cross({ message: 'm', code: 'C', f() {} })).toEqual({ message: 'm', code: 'C' })
    expect(cross({ message: 'm', response: { status: 404, json() {} } })).toEqual({
      message: 'm',
      response: { status: 404 },
    })
    expect(cross([1, { a: 1, f() {} }])).toEqual([1, { a: 1 }])
    const revocable = Proxy.revocable({}, {})
    revocable.revoke()
    expect(cross({ code: 'C', proxy: revocable.proxy })).toEqual({ code: 'C' })
    const inner = new RangeError('inner')
    expect((cross({ inner, all: [inner] }) as { all: unknown[] }).all[0]).toBeInstanceOf(RangeError)
  })

  it('[30] a symbol thrown arrives as an error that shows it', () => {
    const arrived = crossError(Symbol('mine'))
    expect(arrived.message).toContain('symbol')
    expect(arrived.message).toContain('Symbol(mine)')
    expect(arrived.stack).toBe(`UncloneableValueError: ${arrived.message}`)
  })

  const throwing = (): never => {
    throw new Error('hostile')
  }
  const everyTrap = new Proxy({}, { get: () => throwing })
  const revoked = (target: object): unknown => {
    const { proxy, revoke } = Proxy.revocable(target, {})
    revoke()
    return proxy
  }
  const hostile: [string, () => unknown, string][] = [
    ['a function', () => function named() {}, 'named'],
    ['a Proxy', () => new Proxy({ shown: 1 }, everyTrap), 'Proxy'],
    ['a Proxy of an error', () => new Proxy(new Error('x'), everyTrap), 'Proxy'],
    ['a revoked Proxy', () => revoked({}), 'Proxy'],
    ['a revoked Proxy of an array', () => revoked([]), 'Proxy'],
    ['a revoked Proxy of a function', () => revoked(() => {}), 'Proxy'],
    [
      'an object with a throwing getter',
      () => ({
        get x() {
          return throwing()
        },
      }),
      'Getter',
    ],
    ['an object with a function', () => ({ f: () => {} }), 'Function: f'],
    ['a promise', () => Promise.resolve(1), 'Promise'],
    ['a WeakMap', () => new WeakMap(), 'WeakMap'],
    ['a Response', () => new Response('x'), 'Response'],
    ['a URL', () => new URL('http://a/'), 'an object'],
    [
      'an object that cannot be shown',
      () => ({
        f: throwing,
        get [Symbol.toStringTag]() {
          return throwing()
        },
      }),
      'an object',
    ],
    [
      'an object with an own inspect that throws',
      () => ({ f: throwing, [Symbol.for('nodejs.util.inspect.custom')]: throwing }),
      'f:',
    ],
  ]
  it.each(hostile)('[30] %s arrives as an error that shows it', (_, make, text) => {
    const arrived = crossError(make())
    expect(arrived).toBeInstanceOf(UncloneableValueError)
    expect(arrived).toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE', path: 'thrown' })
    expect(arrived.message).toContain('cannot be sent to another thread')
    expect(arrived.message).toContain(text)
  })

  const trapped = (): unknown =>
    new Proxy({}, { getPrototypeOf: throwing, get: throwing, has: throwing, getOwnPropertyDescriptor: throwing })
  const weird: [string, () => unknown][] = [
    ['an object below a hostile Proxy', () => Object.create(trapped() as object)],
    ['an error below a hostile Proxy', () => Object.setPrototypeOf(new Error('x'), trapped() as object)],
    ['an error without a prototype', () => Object.setPrototypeOf(new Error('x'), null)],
    [
      'an error whose every getter throws',
      () =>
        Object.defineProperties(
          new Error('x'),
          Object.fromEntries(['stack', 'name', 'message', 'cause', 'code'].map(key => [key, { get: throwing }])),
        ),
    ],
    [
      'an error with a hostile constructor',
      () => Object.setPrototypeOf(new Error('x'), Object.create(null, { constructor: { value: trapped() } })),
    ],
    ['a frozen error', () => Object.freeze(new Error('x'))],
    ['an object that only inherits from Error', () => Object.create(Error.prototype)],
    [
      'an error with a revoked Proxy inside',
      () => Object.assign(new Error('x'), { p: revoked([]), cause: revoked(new Error('y')) }),
    ],
    [
      'an error with 10⁵ properties',
      () => Object.assign(new Error('x'), Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`k${i}`, i]))),
    ],
    [
      'a very deep object',
      () => {
        let deep: unknown = 1
        for (let i = 0; i < 1e5; i++) deep = [deep]
        return deep
      },
    ],
    [
      'an error with a very deep property',
      () => {
        let deep: unknown = 1
        for (let i = 0; i < 1e5; i++) deep = [deep]
        return Object.assign(new Error('x'), { deep })
      },
    ],
  ]
  it.each(weird)('[30] %s makes a record that can be posted', (_, make) => {
    const { port1, port2 } = new MessageChannel()
    try {
      const record = toErrorRecord(make())
      port1.postMessage(record)
      expect(fromErrorRecord(record)).toBeDefined()
    } finally {
      port1.close()
      port2.close()
    }
  })
})

describe('random plain values', () => {
  const text = (random: Random): string => ['', 'a', '__proto__', 'constructor', '0', 'é', '\0'][random.below(7)] ?? ''
  const value = (random: Random, depth: number, made: object[]): unknown => {
    const remember = <T extends object>(object: T): T => {
      made.push(object)
      return object
    }
    switch (random.below(depth > 4 ? 8 : 16)) {
      case 0:
        return random.next() * 1e9 - 5e8
      case 1:
        return text(random)
      case 2:
        return [null, undefined, true, false, -0, NaN, Infinity][random.below(7)]
      case 3:
        return BigInt(random.below(1e6))
      case 4:
        return new Date(random.below(1e9))
      case 5:
        return made[random.below(made.length)] ?? null
      case 6:
        return new Uint16Array([random.below(9), random.below(9)])
      case 7:
        return /x/gi
      case 8:
      case 9: {
        const map = remember(new Map<unknown, unknown>())
        for (let n = random.below(3); n > 0; n--)
          map.set(value(random, depth + 1, made), value(random, depth + 1, made))
        return map
      }
      case 10: {
        const set = remember(new Set<unknown>())
        for (let n = random.below(3); n > 0; n--) set.add(value(random, depth + 1, made))
        return set
      }
      case 11:
      case 12: {
        const list: unknown[] = remember([])
        for (let n = random.below(4); n > 0; n--) list.push(value(random, depth + 1, made))
        if (random.below(4) === 0) list.length += 2
        return list
      }
      default: {
        const object = remember(random.below(4) === 0 ? Object.create(null) : {})
        for (let n = random.below(4); n > 0; n--) {
          Object.defineProperty(object, text(random), {
            value: value(random, depth + 1, made),
            enumerable: true,
            configurable: true,
            writable: true,
          })
        }
        return object
      }
    }
  }

  it('arrive as a structured clone does, thrown as such or inside an error', () => {
    const chance = random()
    onTestFailed(() => console.log(`seed ${chance.seed}`))
    for (let round = 0; round < 500; round++) {
      const thrown = value(chance, 0, [])
      const expected = structuredClone(thrown)
      assert.deepStrictEqual(cross(thrown), expected)
      const arrived = crossError(Object.assign(new Error('x', { cause: thrown }), { extra: thrown }))
      assert.deepStrictEqual(arrived.cause, expected)
      assert.deepStrictEqual(arrived.extra, expected)
    }
  })
})
