import { types } from 'node:util'
import {
  Pool,
  PoolStoppedError,
  task,
  ThreadcrewError,
  UncloneableValueError,
  UnshippableFunctionError,
  WorkBufferFullError,
  type WorkContext,
  WorkDiscardedError,
  WorkerLostError,
  WorkerStartError,
  WorkTimeoutError,
} from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { Gate } from '../support/gate.js'
import { type AnyError, errorOf, framesOf, rejectionOf } from '../support/rejection.js'
import { sharePool } from '../support/share-pool.js'
import { placeOf } from '../support/source-lines.js'
import { submitAsync, submitInline, type failDeep, type missing } from '../support/tasks/failures.js'
import type { stand, standAsync } from '../support/tasks/gates.js'

const FAILURES = new URL('../support/tasks/failures.js', import.meta.url)
const GATES = new URL('../support/tasks/gates.js', import.meta.url)
const standing = task<typeof stand<string>>(GATES, 'stand')
const standingAsync = task<typeof standAsync<string>>(GATES, 'standAsync')

function threadOf(pool: Pool): Promise<number> {
  return pool.execute(function () {
    return this.threadId
  })
}

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

describe('what a task throws', () => {
  const builtIns = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]

  test('[29] errors of built-in classes keep class, name, message and whether properties are own', async () => {
    const thrown = (name: string): never => {
      throw Reflect.construct(Reflect.get(globalThis, name), [`of ${name}`])
    }
    for (const builtIn of builtIns) {
      const error = await errorOf(pool.execute(thrown, [builtIn.name]))
      expect(Object.getPrototypeOf(error)).toBe(builtIn.prototype)
      expect(types.isNativeError(error)).toBe(true)
      expect(error.name).toBe(builtIn.name)
      expect(error.message).toBe(`of ${builtIn.name}`)
      expect(Object.getOwnPropertyNames(error).sort()).toEqual(['message', 'stack'])
      expect(Object.keys(error)).toEqual([])
    }
  })

  test('[29] a rejection arrives like a throw, at once or later', async () => {
    const works = [
      pool.execute(() => Promise.reject(new URIError('at once'))),
      pool.execute(async () => {
        await new Promise(resolve => setImmediate(resolve))
        throw Object.assign(new RangeError('later'), { code: 'E_LATER' })
      }),
      pool.execute(() => ({
        then: (_resolve: () => void, reject: (error: Error) => void) => reject(new TypeError('of a thenable')),
      })),
    ]
    const [first, second, third] = await Promise.all(works.map(work => errorOf(work)))
    expect(first).toBeInstanceOf(URIError)
    expect(second).toBeInstanceOf(RangeError)
    expect(second).toMatchObject({ message: 'later', code: 'E_LATER' })
    expect(third).toBeInstanceOf(TypeError)
    expect(works.map(work => work.status)).toEqual(['failed', 'failed', 'failed'])
  })

  test('[29] code and own properties survive, in kind and in whether they can be enumerated', async () => {
    const error = await errorOf(
      pool.execute(() => {
        const thrown = Object.assign(new Error('rich'), {
          code: 'E_RICH',
          status: 418,
          when: new Date(5),
          nested: { list: [1, new Map([['k', 2n]])] },
          nothing: undefined,
        })
        Object.defineProperty(thrown, 'hidden', { value: 'yes', enumerable: false })
        throw thrown
      }),
    )
    expect(error['code']).toBe('E_RICH')
    expect(error['status']).toBe(418)
    expect(error['when']).toEqual(new Date(5))
    expect(error['nested']).toEqual({ list: [1, new Map([['k', 2n]])] })
    expect(error['hidden']).toBe('yes')
    expect(Object.keys(error).sort()).toEqual(['code', 'nested', 'nothing', 'status', 'when'])
  })

  test("[29] the errors of Node's own modules keep code, errno, syscall and path", async () => {
    const missingFile = await errorOf(pool.execute(() => require('node:fs').readFileSync('/no/such/file')))
    expect(missingFile).toMatchObject({ code: 'ENOENT', errno: -2, syscall: 'open', path: '/no/such/file' })
    const assertion = await errorOf(pool.execute(() => require('node:assert').strictEqual(1, 2)))
    expect(assertion).toMatchObject({ name: 'AssertionError', code: 'ERR_ASSERTION', actual: 1, expected: 2 })
    const range = await errorOf(pool.execute(() => Buffer.alloc(-1)))
    expect(range).toBeInstanceOf(RangeError)
    expect(range['code']).toBe('ERR_OUT_OF_RANGE')
  })

  test('[29] a subclass arrives as its built-in class, with its name and fields', async () => {
    const error = await errorOf(
      pool.execute(() => {
        class HttpError extends RangeError {
          override name = 'HttpError'
          status = 404
        }
        throw new HttpError('not here')
      }),
    )
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ name: 'HttpError', message: 'not here', status: 404 })
  })

  test('[29] a DOMException stays one, with name and code', async () => {
    const error = await errorOf(
      pool.execute(() => {
        throw new DOMException('too slow', 'TimeoutError')
      }),
    )
    expect(error).toBeInstanceOf(DOMException)
    expect(error).toMatchObject({ name: 'TimeoutError', message: 'too slow', code: 23 })
  })

  test('[29] three causes deep, classes and properties are kept', async () => {
    const error = await errorOf(
      pool.execute(() => {
        const third = Object.assign(new RangeError('third'), { depth: 3 })
        const second = Object.assign(new SyntaxError('second', { cause: third }), { depth: 2 })
        throw Object.assign(new TypeError('first', { cause: second }), { depth: 1 })
      }),
    )
    const second = error.cause as AnyError
    const third = second.cause as AnyError
    expect([error, second, third].map(each => each.constructor)).toEqual([TypeError, SyntaxError, RangeError])
    expect([error, second, third].map(each => each.message)).toEqual(['first', 'second', 'third'])
    expect([error, second, third].map(each => each['depth'])).toEqual([1, 2, 3])
    expect(framesOf(third)[0]).toContain('errors.test.ts')
    expect(Object.getOwnPropertyDescriptor(error, 'cause')?.enumerable).toBe(false)
    expect(third).not.toHaveProperty('cause')
  })

  test('a cause that is no error arrives as it is, undefined included', async () => {
    const plain = await errorOf(
      pool.execute(() => {
        throw new Error('with a cause', { cause: { reason: [1, 2] } })
      }),
    )
    expect(plain.cause).toEqual({ reason: [1, 2] })
    const empty = await errorOf(
      pool.execute(() => {
        throw new Error('with an empty cause', { cause: undefined })
      }),
    )
    expect(Object.hasOwn(empty, 'cause')).toBe(true)
    expect(empty.cause).toBeUndefined()
  })

  test('[29] the errors of an AggregateError keep their classes', async () => {
    const error = await errorOf(
      pool.execute(() =>
        Promise.any([Promise.reject(new RangeError('a')), Promise.reject(new TypeError('b')), Promise.reject('c')]),
      ),
    )
    expect(error).toBeInstanceOf(AggregateError)
    const [first, second, third] = error['errors'] as unknown[]
    expect(first).toBeInstanceOf(RangeError)
    expect(first).toMatchObject({ message: 'a' })
    expect(second).toBeInstanceOf(TypeError)
    expect(third).toBe('c')
  })

  test('[29] a cyclic cause arrives as a cycle and hangs nothing', async () => {
    const error = await errorOf(
      pool.execute(() => {
        const one = new Error('one')
        const other = new RangeError('other', { cause: one })
        one.cause = other
        throw one
      }),
    )
    const other = error.cause as AnyError
    expect(other).toBeInstanceOf(RangeError)
    expect(other.cause).toBe(error)
    const self = await errorOf(
      pool.execute(() => {
        const alone = new Error('alone')
        alone.cause = alone
        throw alone
      }),
    )
    expect(self.cause).toBe(self)
  })

  test('an error loses only the properties that cannot cross', async () => {
    const error = await errorOf(
      pool.execute(() => {
        throw Object.assign(new TypeError('mixed'), { callback() {}, symbol: Symbol('s'), kept: 'yes' })
      }),
    )
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: 'mixed', kept: 'yes' })
    expect(error).not.toHaveProperty('callback')
    expect(error).not.toHaveProperty('symbol')
  })

  test('each failure is an error of its own, also where the thread throws the same object again', async () => {
    const again = (): never => {
      const global = globalThis as { thrownAgain?: Error }
      throw (global.thrownAgain ??= new Error('again'))
    }
    const [first, second] = await Promise.all([errorOf(pool.execute(again)), errorOf(pool.execute(again))])
    expect(first).not.toBe(second)
    expect(first?.stack).toBe(second?.stack)
  })

  test('a task of a module fails like an inline function', async () => {
    const error = await errorOf(pool.execute(task<typeof failDeep>(FAILURES, 'failDeep'), ['deep']))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: 'deep', code: 'E_DEEP' })
    expect(error.cause).toBeInstanceOf(RangeError)
  })
})

describe('thrown values that are no errors', () => {
  const asTheyAre: [string, () => never, unknown][] = [
    [
      'a string',
      () => {
        throw 'text'
      },
      'text',
    ],
    [
      'a number',
      () => {
        throw 42
      },
      42,
    ],
    [
      'NaN',
      () => {
        throw NaN
      },
      NaN,
    ],
    [
      'minus zero',
      () => {
        throw -0
      },
      -0,
    ],
    [
      'a bigint',
      () => {
        throw 2n ** 70n
      },
      2n ** 70n,
    ],
    [
      'false',
      () => {
        throw false
      },
      false,
    ],
    [
      'null',
      () => {
        throw null
      },
      null,
    ],
    [
      'undefined',
      () => {
        throw undefined
      },
      undefined,
    ],
  ]

  test.each(asTheyAre)('[30] %s arrives as such, and the thread lives', async (_, fn, expected) => {
    const thread = await threadOf(pool)
    const work = pool.execute(fn)
    expect(await rejectionOf(work)).toBe(expected)
    expect(work.status).toBe('failed')
    expect(await threadOf(pool)).toBe(thread)
  })

  test('[30] an object arrives as its clone', async () => {
    const rejection = await rejectionOf(
      pool.execute(() => {
        throw { status: 404, tags: new Set(['a']) }
      }),
    )
    expect(rejection).toEqual({ status: 404, tags: new Set(['a']) })
  })

  const standIns: [string, () => never, RegExp][] = [
    [
      'a symbol',
      () => {
        throw Symbol('special')
      },
      /symbol.*Symbol\(special\)/,
    ],
    [
      'a function',
      () => {
        throw function special() {}
      },
      /function.*special/,
    ],
    [
      'a Proxy',
      () => {
        throw new Proxy(
          {},
          {
            get() {
              throw new Error('trapped')
            },
            getPrototypeOf() {
              throw new Error('trapped')
            },
          },
        )
      },
      /Proxy/,
    ],
    [
      'a revoked Proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        throw proxy
      },
      /Proxy/,
    ],
    [
      'an object with a throwing getter',
      () => {
        throw {
          get value() {
            throw new Error('unreadable')
          },
        }
      },
      /object/,
    ],
    [
      'a promise',
      () => {
        throw Promise.resolve(1)
      },
      /object/,
    ],
  ]

  test.each(standIns)('[30] %s arrives as an error that says so, and the thread lives', async (_, fn, message) => {
    const thread = await threadOf(pool)
    const error = await errorOf(pool.execute(fn))
    expect(error.message).toMatch(message)
    expect(error.message).toMatch(/cannot be sent to another thread/)
    expect(await threadOf(pool)).toBe(thread)
  })

  test('[30] an error with getters that throw keeps what can be read, and the thread lives', async () => {
    const thread = await threadOf(pool)
    const error = await errorOf(
      pool.execute(() => {
        const hostile = new TypeError('hostile')
        for (const key of ['code', 'stack', 'cause']) {
          Object.defineProperty(hostile, key, {
            get() {
              throw new Error('unreadable')
            },
          })
        }
        throw Object.assign(hostile, { kept: 1 })
      }),
    )
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: 'hostile', kept: 1 })
    expect(await threadOf(pool)).toBe(thread)
  })

  test('[30] the same values as rejections of async functions', async () => {
    expect(await rejectionOf(pool.execute(async () => Promise.reject('text')))).toBe('text')
    expect(await rejectionOf(pool.execute(async () => Promise.reject(null)))).toBeNull()
    expect(await rejectionOf(pool.execute(async () => Promise.reject(undefined)))).toBeUndefined()
    const error = await errorOf(pool.execute(async () => Promise.reject(Symbol('async'))))
    expect(error.message).toMatch(/Symbol\(async\)/)
    expect(await pool.execute(async () => 1)).toBe(1)
  })
})

describe('values that cannot be cloned', () => {
  test('[31] an uncloneable result rejects naming the path, and the same thread serves the next work', async () => {
    const thread = await threadOf(pool)
    const works = [
      pool.execute(() => ({ log: [1, { onDone() {} }] }) as object),
      pool.execute(() => () => {}),
      pool.execute(() => new Map([['k', { bad: Symbol('s') }]])),
      pool.execute(async () => ({ deep: { proxy: new Proxy({}, {}) } }) as object),
      pool.execute(function* () {
        yield 1
      }),
      pool.execute(() => [new WeakMap()]),
    ]
    const errors = await Promise.all(works.map(work => errorOf(work)))
    for (const error of errors) {
      expect(error).toBeInstanceOf(UncloneableValueError)
      expect(error['code']).toBe('ERR_VALUE_NOT_CLONEABLE')
      expect(error.message).toContain(String(error['path']))
    }
    expect(errors.map(error => error['path'])).toEqual([
      'result.log[1].onDone',
      'result',
      'result.get("k").bad',
      'result.deep.proxy',
      'result',
      'result[0]',
    ])
    expect(works.map(work => work.status)).toEqual(works.map(() => 'failed'))
    expect(await threadOf(pool)).toBe(thread)
  })

  test('[31] an uncloneable result harms none of the answers sent together with it', async () => {
    const works = Array.from({ length: 40 }, (_, i) =>
      pool.execute((n: number): unknown => (n % 10 === 7 ? { cb: () => n } : n % 3 === 0 ? { n } : n), [i]),
    )
    const outcomes = await Promise.allSettled(works)
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 10 === 7) expect(outcome).toMatchObject({ status: 'rejected', reason: { path: 'result.cb' } })
      else expect(outcome).toEqual({ status: 'fulfilled', value: i % 3 === 0 ? { n: i } : i })
    }
  })

  test('[31] an uncloneable argument rejects naming the path, and no worker stays busy', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    const [worker] = pool.workers
    const accept = (value: unknown): string => typeof value
    const values: [unknown, string][] = [
      [{ options: { onDone() {} } }, 'args[0].options.onDone'],
      [() => {}, 'args[0]'],
      [Symbol('s'), 'args[0]'],
      [[1, [new Proxy({}, {})]], 'args[0][1][0]'],
      [new Set([1, new WeakSet()]), 'args[0].values()[1]'],
      [{ 'a key': Promise.resolve() }, 'args[0]["a key"]'],
    ]
    for (const [value, path] of values) {
      const work = pool.execute(accept, [value])
      const error = await errorOf(work)
      expect(error).toBeInstanceOf(UncloneableValueError)
      expect(error['path']).toBe(path)
      expect(error.message).toContain(path)
      expect(work.status).toBe('failed')
      expect(pool.active).toBe(0)
      expect(worker?.status).toBe('available')
    }
    const { threadId } = worker ?? {}
    expect(await threadOf(pool)).toBe(threadId)
    expect(pool.stats()).toMatchObject({ failed: values.length, done: 1, queued: 0, running: 0 })
  })

  test('[31] an uncloneable argument fails alone among the works sent together with it', async () => {
    const ran = new Int32Array(new SharedArrayBuffer(4))
    const count = (value: unknown, words: Int32Array): unknown => {
      Atomics.add(words, 0, 1)
      return value
    }
    const works = Array.from({ length: 60 }, (_, i) => pool.execute(count, [i % 20 === 3 ? { cb: () => i } : i, ran]))
    const outcomes = await Promise.allSettled(works)
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 20 === 3) expect(outcome).toMatchObject({ status: 'rejected', reason: { path: 'args[0].cb' } })
      else expect(outcome).toEqual({ status: 'fulfilled', value: i })
    }
    expect(ran[0]).toBe(57)
  })

  test('[31] uncloneable arguments behind a busy worker hold up nothing', async () => {
    const gate = new Gate()
    const busy = pool.execute(standing, [gate.buffer, 'done'])
    await gate.entered()
    const bad = Array.from({ length: 5 }, () => rejectionOf(pool.execute((cb: unknown) => cb, [() => {}])))
    const good = pool.execute(() => 'good')
    gate.open()
    expect(await busy).toBe('done')
    expect(await good).toBe('good')
    for (const error of await Promise.all(bad)) expect(error).toBeInstanceOf(UncloneableValueError)
    expect(pool.active).toBe(0)
  })
})

describe('where an error comes from', () => {
  test("[34] the stack shows the thread's frames at the function's place in its file", async () => {
    const frames = framesOf(await errorOf(submitInline(pool)))
    expect(frames[0]).toBe(`at inner (${placeOf(FAILURES, 'thrown: inline', 'new RangeError')})`)
    expect(frames[1]).toMatch(/^at (?:\S+\.)?boom /)
    expect(frames[1]).toContain(`(${placeOf(FAILURES, 'called: inline', 'inner()')})`)
  })

  test('[34] frames behind an await stand at their place, too', async () => {
    const frames = framesOf(await errorOf(submitAsync(pool)))
    expect(frames[0]).toContain(`(${placeOf(FAILURES, 'thrown: async', 'new Error')})`)
  })

  test("[34] a module's frames stand at their places, and its cause has a stack of its own", async () => {
    const error = await errorOf(pool.execute(task<typeof failDeep>(FAILURES, 'failDeep'), ['deep']))
    const frames = framesOf(error)
    expect(frames[0]).toContain('deeper')
    expect(frames[0]).toContain(
      `failures.js:${placeOf(FAILURES, 'thrown: module', 'new TypeError').split(':').slice(-2).join(':')}`,
    )
    expect(frames[1]).toContain(
      `failures.js:${placeOf(FAILURES, 'called: module', 'deeper').split(':').slice(-2).join(':')}`,
    )
    expect(error.stack?.split('\n')[0]).toBe('TypeError: deep')
    expect((error.cause as Error).stack).toMatch(/^RangeError: below\n {4}at deeper /)
  })

  test('[34] a function that does not stand in its file counts lines from its own first, and the frame says so', async () => {
    const made = new Function('throw new Error("made")') as () => never
    Object.defineProperty(made, 'name', { value: 'fib' })
    const error = await errorOf(pool.execute(made))
    // The text that Node gives it is: function anonymous(\n) {\nthrow …
    expect(framesOf(error)[0]).toContain(`errors.test.ts (work fib):3:7)`)
  })

  test('[34] an error of ours shows how the task came to call us, and nothing of what called the task', async () => {
    const error = await errorOf(
      pool.execute(function outer(this: WorkContext) {
        const inner = (): unknown => this.transfer(5 as unknown as object, [])
        return [inner()]
      }),
    )
    const frames = framesOf(error)
    const [of, ...rest] = frames.slice(-3)
    expect(of).toMatch(/inner/)
    expect(rest[0]).toMatch(/^at (?:\S+\.)?outer .*errors\.test\.ts/)
    expect(rest[1]).toMatch(/^at Pool\.execute /)
    expect(frames.filter(frame => /#perform|#run\b/.test(frame))).toEqual([])
  })

  test('[34] the stack ends with the line where the function was submitted', async () => {
    const error = await errorOf(pool.execute(() => Promise.reject(new Error('submitted')))) // submitted: once
    expect(framesOf(error).at(-1)).toBe(`at Pool.execute (${placeOf(import.meta.url, 'submitted: once', 'execute(')})`)
    const inline = await errorOf(submitInline(pool))
    expect(framesOf(inline).at(-1)).toBe(`at Pool.execute (${placeOf(FAILURES, 'submitted: inline', 'execute(')})`)
  })

  test('[34] every kind of error shows where it was submitted, and only once', async () => {
    const fail = (kind: string): unknown => {
      if (kind === 'DOMException') throw new DOMException('of Node', 'AbortError')
      if (kind === 'AggregateError') throw new AggregateError([new Error('inner')], 'many')
      if (kind === 'uncloneable') return () => kind
      if (kind === 'symbol') throw Symbol('thrown')
      throw Object.assign(new Error(kind), { code: kind })
    }
    const kinds = ['plain', 'DOMException', 'AggregateError', 'uncloneable', 'symbol', 'plain']
    const sites: Record<string, number> = {}
    for (const kind of kinds) {
      const error = await errorOf(pool.execute(fail, [kind])) // submitted: all kinds
      const site = `at Pool.execute (${placeOf(import.meta.url, 'submitted: all kinds', 'execute(')})`
      sites[kind] = framesOf(error).filter(frame => frame === site).length
    }
    expect(sites).toEqual({ plain: 1, DOMException: 1, AggregateError: 1, uncloneable: 1, symbol: 1 })
  })

  test('[34] the place is taken where the function was submitted first, not for each call', async () => {
    const fail = () => Promise.reject(new Error('twice'))
    const first = await errorOf(pool.execute(fail)) // submitted: first
    const second = await errorOf(pool.execute(fail))
    const place = placeOf(import.meta.url, 'submitted: first', 'execute(')
    expect(framesOf(first).at(-1)).toContain(place)
    expect(framesOf(second).at(-1)).toContain(place)
  })

  test('[34] remote functions and map show the line of the user', async () => {
    const remote = pool.module<typeof import('../support/tasks/failures.js')>(FAILURES)
    const error = await errorOf(remote.missing()) // submitted: remote
    expect(framesOf(error).at(-1)).toContain(placeOf(import.meta.url, 'submitted: remote', 'missing('))
    const mapped = pool.map([1], (n: number) => Promise.reject(new Error(`mapped ${n}`))) // submitted: mapped
    expect(framesOf(await errorOf(mapped.next())).at(-1)).toContain(
      placeOf(import.meta.url, 'submitted: mapped', 'map('),
    )
  })

  test('a free variable inside a module is that module’s own affair', async () => {
    const error = await errorOf(pool.execute(task<typeof missing>(FAILURES, 'missing')))
    expect(error).toBeInstanceOf(ReferenceError)
    expect(error.message).toBe('notThereAtAll is not defined')
    expect(error).not.toHaveProperty('cause')
  })
})

describe('the errors of the pool itself', () => {
  interface Facts {
    readonly code: string
    readonly class: new (...args: never[]) => ThreadcrewError
  }

  function expectOwn(error: unknown, { code, class: own }: Facts): asserts error is AnyError {
    expect(error).toBeInstanceOf(own)
    expect(error).toBeInstanceOf(ThreadcrewError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ code, name: own.name })
    // Shown in every console.log of an error, hence not an own property.
    expect(Object.hasOwn(error as object, 'name')).toBe(false)
  }

  test('after stop(), execute and scale reject with ERR_POOL_STOPPED, and setters throw it', async () => {
    const pool = new Pool({ total: 1 })
    const stopped = pool.stop()
    const facts = { code: 'ERR_POOL_STOPPED', class: PoolStoppedError }
    const expectRefusals = async (): Promise<void> => {
      const work = pool.execute(() => 1)
      expectOwn(await errorOf(work), facts)
      expect(work.status).toBe('failed')
      expectOwn(await errorOf(pool.scale(1)), facts)
      for (const [name, value] of Object.entries({
        total: 2,
        workBuffer: 3,
        waitTime: 4,
        autoScale: true,
        scalingFactor: 2,
        min: 1,
        max: 9,
      })) {
        let thrown: unknown
        try {
          Reflect.set(pool, name, value)
        } catch (error) {
          thrown = error
        }
        expectOwn(thrown, facts)
      }
    }
    await expectRefusals()
    await stopped
    await expectRefusals()
  })

  test('a refused work has ERR_WORK_BUFFER_FULL, whose message has the figures', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 2, whenFull: 'reject' })
    await pool.ready
    const gate = new Gate()
    const busy = pool.execute(standing, [gate.buffer, 'busy'])
    await gate.entered()
    const buffered = [pool.execute(() => 1), pool.execute(() => 2)]
    const error = await errorOf(pool.execute(() => 3))
    expectOwn(error, { code: 'ERR_WORK_BUFFER_FULL', class: WorkBufferFullError })
    expect(error.message).toMatch(/\b2 queued\b/)
    expect(error.message).toMatch(/\bworkBuffer 2\b/)
    expect(error.message).toMatch(/\b1 of 1\b/)
    gate.open()
    expect(await Promise.all([busy, ...buffered])).toEqual(['busy', 1, 2])
  })

  test('every way to discard gives ERR_WORK_DISCARDED, with the reason of a signal as cause', async () => {
    const facts = { code: 'ERR_WORK_DISCARDED', class: WorkDiscardedError }
    const pool = new Pool({ total: 1 })
    const gate = new Gate()
    const controller = new AbortController()
    const running = pool.execute(standing, [gate.buffer, 'running'])
    const byId = pool.execute(() => 1)
    const byHandle = pool.execute(() => 2)
    const bySignal = pool.execute(() => 3, [], { signal: controller.signal })
    const beforehand = pool.execute(() => 4, [], { signal: AbortSignal.abort('no reason at all') })
    const byStop = pool.execute(() => 5)
    await gate.entered()
    const works = [byId, byHandle, bySignal, beforehand, byStop, running]
    const errors = works.map(work => errorOf(work))
    await pool.discard(byId.id)
    await byHandle.stop()
    const reason = new RangeError('enough')
    controller.abort(reason)
    await pool.stop(true)
    const discarded = await Promise.all(errors)
    for (const error of discarded) expectOwn(error, facts)
    expect(works.map(work => work.status)).toEqual(works.map(() => 'discarded'))
    const [first, second, third, fourth, fifth, sixth] = discarded
    expect(third?.cause).toBe(reason)
    expect(fourth?.cause).toBe('no reason at all')
    expect([first, second, fifth, sixth].map(error => Object.hasOwn(error ?? {}, 'cause'))).toEqual([
      false,
      false,
      false,
      false,
    ])
    expect(discarded.map(error => error.message)).toEqual([
      expect.stringContaining('discard()'),
      expect.stringContaining('work.stop()'),
      expect.stringContaining('signal'),
      expect.stringContaining('signal'),
      expect.stringContaining('stop'),
      expect.stringContaining('stop'),
    ])
  })

  test('time limits give ERR_WORK_TIMEOUT, with phase and figure', async () => {
    await using pool = new Pool({ total: 1 })
    const gate = new Gate()
    const running = pool.execute(standingAsync, [gate.buffer, 'never'], { timeout: 40 })
    const queued = pool.execute(() => 1, [], { queueTimeout: 30 })
    const queueError = await errorOf(queued)
    expectOwn(queueError, { code: 'ERR_WORK_TIMEOUT', class: WorkTimeoutError })
    expect(queueError['phase']).toBe('queue')
    expect(queueError.message).toContain('30 ms')
    const runError = await errorOf(running)
    expectOwn(runError, { code: 'ERR_WORK_TIMEOUT', class: WorkTimeoutError })
    expect(runError['phase']).toBe('run')
    expect(runError.message).toContain('40 ms')
    gate.open()
  })

  test('a lost thread gives ERR_WORKER_LOST, with worker, exit code, reason and cause', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    const facts = { code: 'ERR_WORKER_LOST', class: WorkerLostError }
    const first = pool.workers[0]?.id
    const exited = await errorOf(pool.execute(() => process.exit(3)))
    expectOwn(exited, facts)
    expect(exited).toMatchObject({ workerId: first, exitCode: 3, started: true, reason: 'exit' })
    expect(exited).not.toHaveProperty('cause')
    expect(exited.message).toContain(String(first))
    expect(exited.message).toContain('code 3')

    const crashed = pool.execute(
      () =>
        new Promise<never>(() => {
          setImmediate(() => {
            throw new RangeError('in a callback')
          })
        }),
    )
    const error = await errorOf(crashed)
    expectOwn(error, facts)
    expect(error).toMatchObject({ workerId: crashed.workerId, exitCode: 1, started: true, reason: 'crash' })
    expect(error['workerId']).not.toBe(first)
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(error.cause).toMatchObject({ message: 'in a callback' })
  })

  test('threads that do not start give ERR_WORKER_START, with attempts and the last failure', async () => {
    await using pool = new Pool({
      total: 1,
      setup: () => {
        throw Object.assign(new TypeError('no database'), { code: 'E_DATABASE' })
      },
    })
    const error = await errorOf(pool.execute(() => 1))
    expectOwn(error, { code: 'ERR_WORKER_START', class: WorkerStartError })
    expect(error['attempts']).toBe(3)
    expect(error.message).toContain('no database')
    expect(error.cause).toBeInstanceOf(TypeError)
    expect(error.cause).toMatchObject({ message: 'no database', code: 'E_DATABASE' })
    expect(await errorOf(pool.ready)).toBeInstanceOf(WorkerStartError)
  })

  test('what cannot be shipped or cloned has a code of its own', async () => {
    const unshippable = await errorOf(pool.execute(Math.max as () => number))
    expectOwn(unshippable, { code: 'ERR_FUNCTION_NOT_SHIPPABLE', class: UnshippableFunctionError })
    const argument = await errorOf(pool.execute((_: unknown) => 1, [Symbol('no')]))
    expectOwn(argument, { code: 'ERR_VALUE_NOT_CLONEABLE', class: UncloneableValueError })
    const result = await errorOf(pool.execute(() => Symbol('no')))
    expectOwn(result, { code: 'ERR_VALUE_NOT_CLONEABLE', class: UncloneableValueError })
    expect([argument['path'], result['path']]).toEqual(['args[0]', 'result'])
  })

  test("a task's own error of the package's class is told apart from the pool's by nothing but where it came from", async () => {
    const work = pool.execute(async () => {
      const { Pool, WorkTimeoutError } = await import('threadcrew')
      void Pool
      throw new WorkTimeoutError('queue', 7)
    })
    const error = await errorOf(work)
    expectOwn(error, { code: 'ERR_WORK_TIMEOUT', class: WorkTimeoutError })
    expect(error['phase']).toBe('queue')
    expect(work.status).toBe('failed')
  })
})
