import { Pool, UnshippableFunctionError } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { errorOf, framesOf } from '../support/rejection.js'
import { runInChild } from '../support/run-in-child.js'
import { sharePool } from '../support/share-pool.js'
import * as elsewhere from '../support/tasks/elsewhere/submit.js'
import * as here from '../support/tasks/here.js'

type Sum = (a: number, b: number) => number | Promise<number>

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

describe('what can be sent', () => {
  test('functions in all their forms run with their arguments', async () => {
    function declared(a: number, b: number): number {
      return a + b
    }
    class Adder {
      static add(a: number, b: number): number {
        return a + b
      }
      add(a: number, b: number): number {
        return a + b
      }
      async later(a: number, b: number): Promise<number> {
        return a + b
      }
      static get(a: number, b: number): number {
        return a + b
      }
    }
    const key = 'computed name'
    const holder = {
      add(a: number, b: number) {
        return a + b
      },
      async later(a: number, b: number) {
        return a + b
      },
      'a name in quotes'(a: number, b: number) {
        return a + b
      },
      ['in ' + 'brackets'](a: number, b: number) {
        return a + b
      },
      async(a: number, b: number) {
        return a + b
      },
      set(a: number, b: number) {
        return a + b
      },
      arrow: (a: number, b: number) => a + b,
    } as Record<string, Sum>
    const forms: Sum[] = [
      declared,
      function (a, b) {
        return a + b
      },
      function recursive(a, b): number {
        return b === 0 ? a : (recursive(a + 1, b - 1) as number)
      },
      (a, b) => a + b,
      async (a, b) => a + b,
      async function named(a, b) {
        return a + b
      },
      (...[a, b]) => a + b,
      (a, b = 100) => a + b,
      (a, b) => ({ sum: a + b }).sum,
      Adder.add,
      new Adder().add,
      new Adder().later,
      Adder.get,
      ...Object.values(holder),
      new Function('a', 'b', 'return a + b') as Sum,
      { [key]: (a: number, b: number) => a + b }[key] as Sum,
    ]
    const results = await Promise.allSettled(forms.map(form => pool.execute(form, [2, 3])))
    expect(results).toEqual(forms.map(() => ({ status: 'fulfilled', value: 5 })))
  })

  test('a function sees globals, and this as its context', async () => {
    const kinds = await pool.execute(function () {
      const globals = [Buffer, URL, structuredClone, setTimeout, fetch, AbortSignal, process.exit]
      return [...globals.map(global => typeof global), typeof this.id, typeof require, typeof globalThis]
    })
    expect(kinds).toEqual([
      'function',
      'function',
      'function',
      'function',
      'function',
      'function',
      'function',
      'string',
      'function',
      'object',
    ])
  })

  test('a function runs in strict mode, unless its text is sloppy code', async () => {
    const strict = await errorOf(pool.execute(new Function('undeclared = 1') as () => void))
    expect(strict).toBeInstanceOf(ReferenceError)
    const sloppy = new Function('o', 'with (o) { return value }') as (o: object) => number
    expect(await pool.execute(sloppy, [{ value: 7 }])).toBe(7)
  })

  test('a text is compiled once for each thread, however often and from whichever closure it comes', async () => {
    await using pool = new Pool({ total: 1 })
    const make = () =>
      function count(): number {
        const self = count as { calls?: number }
        return (self.calls = (self.calls ?? 0) + 1)
      }
    const counts: number[] = []
    for (let i = 0; i < 5; i++) counts.push(await pool.execute(make()))
    expect(counts).toEqual([1, 2, 3, 4, 5])
    expect(await Promise.all(Array.from({ length: 5 }, () => pool.execute(make())))).toEqual([6, 7, 8, 9, 10])
    await pool.scale(-1)
    await pool.scale(1)
    expect(await pool.execute(make())).toBe(1)
  })

  test('more functions than a thread remembers take turns without harm', async () => {
    const functions = Array.from(
      { length: 1100 },
      (_, i) => new Function('n', `return n * 10000 + ${i}`) as (n: number) => number,
    )
    for (const round of [1, 2]) {
      const results = await Promise.all(functions.map(fn => pool.execute(fn, [round])))
      expect(results).toEqual(functions.map((_, i) => round * 10000 + i))
    }
    const [first] = functions
    if (first !== undefined) expect(await pool.execute(first, [3])).toBe(30000)
  })

  test('the text counts, not what toString() of the function says', async () => {
    const overridden = Object.assign(() => 'real', { toString: () => '() => "fake"' })
    expect(await pool.execute(overridden)).toBe('real')
  })
})

describe('what a function closes over', () => {
  const outer = 5

  test('[35] a free variable is a ReferenceError that names it and says to pass it in args, the original its cause', async () => {
    const error = await errorOf(pool.execute(() => outer))
    expect(error).toBeInstanceOf(ReferenceError)
    expect(error.name).toBe('ReferenceError')
    expect(error.message).toMatch(/^outer is not defined\b/)
    expect(error.message).toMatch(/in args/)
    expect(error.cause).toBeInstanceOf(ReferenceError)
    expect(error.cause).toMatchObject({ message: 'outer is not defined' })
    expect(framesOf(error)[0]).toContain('inline-functions.test.ts')
  })

  test('[35] it is explained behind an await, in a nested function and where its name is known', async () => {
    const works = [
      pool.execute(async function whereItIs() {
        await null
        return outer
      }),
      pool.execute(() => [1].map(() => outer)),
      pool.execute(() => {
        const inner = (): number => outer + 1
        return inner()
      }),
      pool.execute(() => Promise.resolve().then(() => outer)),
    ]
    const errors = await Promise.all(works.map(work => errorOf(work)))
    for (const error of errors) {
      expect(error).toBeInstanceOf(ReferenceError)
      expect(error.message).toMatch(/^outer is not defined\b.*in args/)
      expect(error.cause).toMatchObject({ message: 'outer is not defined' })
    }
    expect(errors[0]?.message).toContain('whereItIs')
  })

  test('[35] values of a closure do not travel, not even by a text that was sent before', async () => {
    const make = (captured: number) => (): number => captured
    for (const n of [1, 2]) expect((await errorOf(pool.execute(make(n)))).message).toMatch(/^captured is not defined/)
    expect(await pool.execute((captured: number) => captured, [7])).toBe(7)
  })

  test('[35] other ReferenceErrors come back untouched', async () => {
    const own = await errorOf(
      pool.execute(() => {
        throw new ReferenceError('of my own')
      }),
    )
    expect(own.message).toBe('of my own')
    expect(own).not.toHaveProperty('cause')
    const early = await errorOf(
      pool.execute(() => {
        const read = (): number => late
        const value = read()
        const late = 1
        return value
      }),
    )
    expect(early.message).toMatch(/before initialization/)
  })

  test('[35] what vitest makes of imports and import.meta is explained as such', async () => {
    const imported = await errorOf(pool.execute(() => errorOf))
    expect(imported.message).toMatch(/__vite_ssr_import_\d+__ is not defined/)
    expect(imported.message).toMatch(/await import\(\)/)
    const meta = await errorOf(pool.execute(() => import.meta.url))
    expect(meta.message).toMatch(/import\.meta\.url in args/)
  })
})

describe('what cannot be sent', () => {
  test('[35] import.meta, super and private names are refused with what to do instead', async () => {
    class Box {
      #content = 1
      static read(box: Box): number {
        return box.#content
      }
    }
    const holder = {
      text() {
        return super.toString()
      },
    }
    const privateName = await errorOf(pool.execute(Box.read, [{} as Box]))
    expect(privateName).toBeInstanceOf(UnshippableFunctionError)
    expect(privateName.message).toMatch(/private name/)
    expect(privateName.message).toMatch(/pass the values it needs in args/)
    expect(privateName.cause).toBeInstanceOf(SyntaxError)
    const reached = await errorOf(pool.execute(holder.text))
    expect(reached).toBeInstanceOf(UnshippableFunctionError)
    expect(reached.message).toMatch(/super/)
    expect(reached.message).toMatch(/create that object in the thread/)
    expect(await pool.execute(() => 'next')).toBe('next')
  })

  test('[35] import.meta without any build tool is refused with what to do instead', async () => {
    const { stdout, code } = await runInChild(`
      import { Pool } from 'threadcrew'
      const pool = new Pool({ total: 1 })
      const error = await pool.execute(() => import.meta.url).catch(error => error)
      console.log(error.code, error.message.includes('pass import.meta.url in args'), await pool.execute(() => 'next'))
    `)
    expect(stdout).toBe('ERR_FUNCTION_NOT_SHIPPABLE true next\n')
    expect(code).toBe(0)
  })

  const accessors = Object.getOwnPropertyDescriptor(
    {
      get value() {
        return 1
      },
      set value(_: number) {},
    },
    'value',
  )
  const unshippable: [string, unknown, RegExp][] = [
    ['a getter', accessors?.get, /getter or setter/],
    ['a setter', accessors?.set, /getter or setter/],
    ['a class', class Shape {}, /class/],
    ['a class without a name', (() => class {})(), /class/],
    ['a native function', Math.max, /built in/],
    ['a constructor of the language', Map, /built in/],
    ['a bound function', ((a: number) => a).bind(null, 1), /bind\(\)/],
    ['a Proxy around a function', new Proxy(() => 1, {}), /Proxy/],
  ]

  test.each(unshippable)('%s rejects with UnshippableFunctionError, saying why', async (_, fn, why) => {
    await using pool = new Pool({ total: 0 })
    const work = pool.execute(fn as () => unknown)
    expect(work.status).toBe('failed')
    expect(pool.jobs.get(work.id)).toBe('failed')
    const error = await errorOf(work)
    expect(error).toBeInstanceOf(UnshippableFunctionError)
    expect(error).toMatchObject({ code: 'ERR_FUNCTION_NOT_SHIPPABLE', name: 'UnshippableFunctionError' })
    expect(error.message).toMatch(why)
  })

  test('map rejects such a function as execute does', async () => {
    await using pool = new Pool({ total: 0 })
    const error = await errorOf(pool.map([1, 2], Math.abs).next())
    expect(error).toBeInstanceOf(UnshippableFunctionError)
  })

  test.each([
    ['undefined', undefined],
    ['a string', '() => 1'],
    ['an object', { call: () => 1 }],
    ['what looks like a task', { url: 'file:///x.js', exportName: 'x' }],
    ['null', null],
  ])('%s is no function: a TypeError at once', async (_, fn) => {
    await using pool = new Pool({ total: 0 })
    expect(() => pool.execute(fn as unknown as () => number)).toThrow(TypeError)
    expect(pool.stats().submitted).toBe(0)
  })
})

describe('modules from inside a function', () => {
  test('[35] import() resolves from the file that submitted it: relative, bare and node:', async () => {
    const names = await pool.execute(async () => {
      const relative = await import('../support/tasks/place.js' as string)
      const { Pool, WorkTimeoutError } = await import('threadcrew')
      const { nanoid } = await import('nanoid')
      const { basename } = await import('node:path')
      return [relative.place, typeof Pool, new WorkTimeoutError('run', 1).code, nanoid(5).length, basename('/a/b')]
    })
    expect(names).toEqual(['beside the tasks', 'function', 'ERR_WORK_TIMEOUT', 5, 'b'])
  })

  test('[35] require resolves from the file that submitted it: relative, bare and node:', async () => {
    const names = await pool.execute(() => [
      require('../support/tasks/place.cjs').place,
      typeof require('eventemitter3'),
      require('node:path').basename('/a/b'),
      require.resolve('../support/tasks/place.cjs').endsWith('place.cjs'),
    ])
    expect(names).toEqual(['beside the tasks, required', 'function', 'b', true])
  })

  test('[35] equal texts from two folders each find their own modules', async () => {
    const works = [
      here.submitImport(pool),
      elsewhere.submitImport(pool),
      here.submitRequire(pool),
      elsewhere.submitRequire(pool),
    ]
    expect(await Promise.all(works)).toEqual([
      'beside the tasks',
      'elsewhere',
      'beside the tasks, required',
      'elsewhere, required',
    ])
    expect(await Promise.all([here.submitImport(pool), elsewhere.submitImport(pool)])).toEqual([
      'beside the tasks',
      'elsewhere',
    ])
  })

  test('[35] equal texts from two folders each find their own modules without any build tool, and nothing is printed', async () => {
    const { stdout, stderr, code } = await runInChild(`
      import { Pool } from 'threadcrew'
      import * as here from './test/support/tasks/here.js'
      import * as elsewhere from './test/support/tasks/elsewhere/submit.js'
      const pool = new Pool({ total: 2 })
      const works = [here, elsewhere].flatMap(place => [place.submitImport(pool), place.submitRequire(pool)])
      console.log((await Promise.all(works)).join(' | '))
      console.log(await pool.execute(async () => {
        const { place } = await import('./test/support/tasks/place.js')
        process.emitWarning('a warning of the task itself')
        return place
      }))
      await pool.stop() // and with it all that the threads print
    `)
    expect(stdout).toBe(
      'beside the tasks | beside the tasks, required | elsewhere | elsewhere, required\nbeside the tasks\n',
    )
    expect(stderr).not.toMatch(/Experimental/)
    expect(stderr).toMatch(/a warning of the task itself/)
    expect(code).toBe(0)
  })

  test('a module that is not there rejects with the error of Node', async () => {
    const imported = await errorOf(pool.execute(() => import('node:no-such-module' as string)))
    expect(imported['code']).toBe('ERR_UNKNOWN_BUILTIN_MODULE')
    const required = await errorOf(pool.execute(() => require('./no-such-file.cjs')))
    expect(required['code']).toBe('MODULE_NOT_FOUND')
  })
})

describe('what build tools leave in a text', () => {
  test('[35] the name helper of esbuild and tsx works', async () => {
    const helped = new Function('n', 'const f = __name((x) => x + 1, "increment"); return [f(n), f.name]') as (
      n: number,
    ) => unknown
    expect(await pool.execute(helped, [1])).toEqual([2, 'increment'])
  })

  test('[35] counters of istanbul count into nothing', async () => {
    const counted = new Function(
      'n',
      'cov_2d8v6petfk().f[0]++; cov_2d8v6petfk().s[0]++; if (n > 1) { cov_2d8v6petfk().b[0][0]++; } return n',
    ) as (n: number) => number
    expect(await pool.execute(counted, [2])).toBe(2)
  })

  test("[35] vitest's own rewriting of import() in this file works", async () => {
    const rewritten = async () => (await import('node:path')).sep
    expect(rewritten.toString()).toContain('__vite_ssr_dynamic_import__')
    expect(await pool.execute(rewritten)).toBe((await import('node:path')).sep)
  })

  test('[35] helpers that a compiler left behind are explained', async () => {
    const downlevelled = new Function('return __awaiter(this, void 0, void 0, function* () {})') as () => void
    const error = await errorOf(pool.execute(downlevelled))
    expect(error).toBeInstanceOf(ReferenceError)
    expect(error.message).toMatch(/__awaiter is not defined.*raise its target/)
  })
})
