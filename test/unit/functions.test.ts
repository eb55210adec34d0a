import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UnshippableFunctionError } from '../../src/errors/works.js'
import type { TaskDefinition } from '../../src/lane/messages.js'
import { taskRecord } from '../../src/task/record.js'
import { compileTask, explainFailure } from '../../src/thread/functions.js'
import type { WorkContext } from '../../src/task/context.js'

type FunctionDefinition = Extract<TaskDefinition, { type: 'function' }>

const context: WorkContext = {
  id: 'work',
  workerId: 'worker',
  progress: () => {},
  threadId: 1,
  signal: new AbortController().signal,
  transfer: value => value,
}

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'threadcrew-functions-')))
  mkdirSync(join(folder, 'sub'))
  writeFileSync(join(folder, 'sub', 'beside.mjs'), 'export const answer = 42')
  writeFileSync(join(folder, 'sub', 'beside.cjs'), 'exports.answer = 42')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A definition as it would come from `sub/main.mjs`, its place in the file unknown unless given. */
function definitionOf(text: string, more: Partial<FunctionDefinition> = {}): FunctionDefinition {
  return { type: 'function', number: 1, text, name: 'fib', file: join(folder, 'sub', 'main.mjs'), ...more }
}

function call(text: string, ...args: unknown[]): unknown {
  return compileTask(definitionOf(text)).apply(context, args)
}

/** The function that a script's last expression gives: no build tool has touched it. */
function functionFrom(script: string): unknown {
  return vm.runInThisContext(script)
}

/** What the thread has after the function went through both sides. */
function ship(fn: unknown): (...args: unknown[]) => unknown {
  const { definition } = taskRecord(fn, ship)
  if (definition.type !== 'function') throw new Error('not a function')
  const compiled = compileTask(structuredClone(definition))
  return (...args) => compiled.apply(context, args)
}

async function lastOf(result: unknown): Promise<unknown> {
  const isIterable =
    typeof result === 'object' && result !== null && (Symbol.iterator in result || Symbol.asyncIterator in result)
  if (!isIterable) return result
  let last: unknown
  for await (const value of result as Iterable<unknown> | AsyncIterable<unknown>) last = value
  return last
}

/** Each gives a function that adds its two arguments, as a script. */
const forms: Record<string, string> = {
  'function declaration': 'function add(a, b) { return a + b }; add',
  'anonymous function': '(function (a, b) { return a + b })',
  'named function expression': '(function add(a, b) { return a + b })',
  'recursive named function': '(function add(a, b) { return b === 0 ? a : add(a + 1, b - 1) })',
  'async function': '(async function add(a, b) { return a + b })',
  'generator function': '(function* add(a, b) { yield a + b })',
  'async generator function': '(async function* add(a, b) { yield a + b })',
  arrow: '(a, b) => a + b',
  'arrow with a body': '(a, b) => { return a + b }',
  'arrow with one bare parameter': 'a => a + 3',
  'arrow with rest and default': '(a, b = 0, ...rest) => a + b + rest.length',
  'arrow with destructuring': '(...[a, b]) => a + b',
  'async arrow': 'async (a, b) => a + b',
  'async arrow with one bare parameter': 'async a => a + 3',
  'arrow that gives an object': '(a, b) => ({ sum: a + b }).sum',
  'arrow over several lines': '(a,\n  b) =>\n  a +\n  b',
  'arrow that ends in a comment': '(a, b) => { return a + b // done\n}',
  'arrow with a parameter named get': 'get => get + 3',
  'arrow with a parameter named set': 'set => set + 3',
  'arrow with a parameter named async': 'async => async + 3',
  'function of a constructor': 'new Function("a", "b", "return a + b")',
  'shorthand method': '({ add(a, b) { return a + b } }).add',
  'async method': '({ async add(a, b) { return a + b } }).add',
  'generator method': '({ *add(a, b) { yield a + b } }).add',
  'async generator method': '({ async *add(a, b) { yield a + b } }).add',
  'method with a string name': '({ "add it (really)"(a, b) { return a + b } })["add it (really)"]',
  'method with a numeric name': '({ 12(a, b) { return a + b } })[12]',
  'method with a computed name': '({ ["a" + "dd"](a, b) { return a + b } }).add',
  'method with a symbol name': '({ [Symbol.iterator](a, b) { return a + b } })[Symbol.iterator]',
  'method named by a registered symbol':
    '({ [Symbol.for("a/b\\n(c)")](a, b) { return a + b } })[Symbol.for("a/b\\n(c)")]',
  'method of a class': '(class { add(a, b) { return a + b } }).prototype.add',
  'static method': '(class { static add(a, b) { return a + b } }).add',
  'static async method': '(class { static async add(a, b) { return a + b } }).add',
  'class field': '(new class { add = (a, b) => a + b }).add',
  'property of an object': '({ add: function (a, b) { return a + b } }).add',
  'method named get': '({ get(a, b) { return a + b } }).get',
  'method named set': '({ set (a, b) { return a + b } }).set',
  'method named get$it': '({ get$it(a, b) { return a + b } }).get$it',
  'method named getü': '({ getü(a, b) { return a + b } }).getü',
  'method named async': '({ async(a, b) { return a + b } }).async',
  'method named static': '({ static(a, b) { return a + b } }).static',
  'static method named static': '(class { static static(a, b) { return a + b } }).static',
  'method named new': '({ new(a, b) { return a + b } }).new',
  'method named function': '({ function(a, b) { return a + b } }).function',
  'method named class': '({ class (a, b) { return a + b } }).class',
  'method named __proto__': 'Object.getOwnPropertyDescriptor({ __proto__(a, b) { return a + b } }, "__proto__").value',
  'method named constructor': '({ constructor(a, b) { return a + b } }).constructor',
  'method that calls toString of another': '({ add(a, b) { return Number(String(a + b)) } }).add',
  'function whose own toString lies': 'Object.assign((a, b) => a + b, { toString: () => "nonsense" })',
  'function with a carriage return': '(a, b) => {\r\n  return a + b\r\n}',
  'sloppy function with an octal': '(function (a, b) { return a + b + 010 - 8 })',
  'sloppy function with with': '(function (a, b) { with ({ c: a + b }) { return c } })',
  'sloppy method with an octal': '({ add(a, b) { return a + b + 010 - 8 } }).add',
}

describe('forms of functions', () => {
  test.each(Object.entries(forms))('%s ships', async (_form, script) => {
    expect(await lastOf(ship(functionFrom(script))(2, 3))).toBe(5)
  })

  test('an inline function of a test ships', () => {
    expect(ship((a: number, b: number) => a + b)(2, 3)).toBe(5)
  })

  test('a function called with a context has it as this', () => {
    expect(call('function () { return this.id }')).toBe('work')
    expect(call('id() { return this.id }')).toBe('work')
  })

  test('strict is tried first, so an undeclared variable is not made a global', () => {
    expect(() => call('() => { leaked = 1 }')).toThrow(ReferenceError)
  })

  test('a generator function gives its iterator', () => {
    expect([...(call('function* () { yield 1; yield 2 }') as Iterable<number>)]).toEqual([1, 2])
  })

  test('super of a class inside the function is no obstacle', () => {
    const text =
      'm(a) { class A { n() { return a } } class B extends A { n() { return super.n() + 1 } } return new B().n() }'
    expect(call(text, 1)).toBe(2)
    expect(call('["m" + (1)](a) { return "super.x" + a }', 1)).toBe('super.x1')
  })
})

describe('functions that cannot be compiled alone', () => {
  const refused: [string, string, RegExp][] = [
    ['[35] import.meta', '() => import.meta.url', /import\.meta.*pass import\.meta\.url in args/],
    ['[35] import.meta in a method', 'm() { return import.meta.url }', /pass import\.meta\.url in args/],
    ['[35] a private method', '#secret() { return 1 }', /private name/],
    ['[35] an async private method', 'async #secret() { return 1 }', /private name/],
    ['[35] a private field', 'm() { return this.#x }', /private name.*args/],
    ['[35] a private field, asked for', 'o => #x in o', /private name/],
    ['[35] super in a method', 'm(a) { return super.m(a) }', /super/],
    ['[35] super in an async generator method', 'async *m(a) { yield await super.m(a) }', /super/],
    ['[35] super in a parameter', 'm(a = super.x) { return a }', /super/],
    ['[35] super under a computed name', '["m" + (1)](a) { return super.m(a) }', /super/],
    ['[35] super in an arrow', '() => super.m()', /super/],
    ['a getter', 'get x() { return 1 }', /getter or setter/],
    ['a setter', 'set x(value) {}', /getter or setter/],
    ['a computed name made of a variable', '[name](a) { return a }', /computed name.*plain name/],
    ['nonsense', 'this is no function', /is no function by itself \(.+\)/],
    ['an arrow that does not compile', '(a) => await a', /by itself \(.+\)/],
  ]
  test.each(refused)('%s is refused', (_what, text, message) => {
    let error: unknown
    try {
      compileTask(definitionOf(text))
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(UnshippableFunctionError)
    expect(error).toMatchObject({ code: 'ERR_FUNCTION_NOT_SHIPPABLE', message: expect.stringMatching(message) })
    expect(error).toMatchObject({ message: expect.stringContaining('"fib"'), cause: expect.any(Error) })
  })

  test('what a refusal complains about is code, not the contents of a string', () => {
    expect(call('m() { return "import.meta #x super.m() get x() {}" }')).toContain('import.meta')
  })
})

describe('modules from inside a function', () => {
  test('[35] import() resolves from the file that submitted it', async () => {
    expect(await call('async () => (await import("./beside.mjs")).answer')).toBe(42)
    expect(await call('async name => (await import(name)).answer', './beside.mjs')).toBe(42)
    expect(await call('async () => (await import("node:path")).sep')).toBe('/')
  })

  test('[35] import() resolves from the folder of the file whatever the function is called', async () => {
    const compiled = compileTask(
      definitionOf('async () => (await import("./beside.mjs")).answer', { name: '[a/../b?#%\n(x)] \u{1f600}' }),
    )
    expect(await compiled.call(context)).toBe(42)
  })

  test('[35] require resolves from the file that submitted it', () => {
    expect(call('() => require("./beside.cjs").answer')).toBe(42)
    expect(call('() => require("node:path").sep')).toBe('/')
    expect(call('() => require.resolve("./beside.cjs")')).toBe(join(folder, 'sub', 'beside.cjs'))
  })

  test('import() prints no warning, and other warnings still come', async () => {
    const emit = process.emitWarning
    const seen: unknown[] = []
    process.emitWarning = (warning: unknown) => void seen.push(warning)
    try {
      await call('async () => (await import("./beside.mjs")).answer')
      process.emitWarning('another')
    } finally {
      process.emitWarning = emit
    }
    expect(seen.filter(warning => String(warning).includes('USE_MAIN_CONTEXT'))).toEqual([])
    expect(seen).toContain('another')
  })
})

describe('what build tools leave in a text', () => {
  test('[35] the name helper of esbuild and tsx names functions', () => {
    const text = '() => { const f = /* @__PURE__ */ __name(() => 1, "f"); return f.name + f() }'
    expect(call(text)).toBe('f1')
    expect(call('() => { class K { static { __name(this, "Kept") } } return K.name }')).toBe('Kept')
  })

  test('[35] counters of istanbul count into nothing', () => {
    const text = `(a) => { cov_2d8v6petfk().f[0]++; cov_2d8v6petfk().s[1]++;
      return (cov_2d8v6petfk().b[0][1]++, a) + (cov_1x().b[2][0]++, 1) }`
    expect(call(text, 1)).toBe(2)
  })

  test("[35] vitest's own rewriting of import() in this file works", async () => {
    const shipped = ship(async () => {
      const { createHash } = await import('node:crypto')
      const { EventEmitter } = await import('eventemitter3')
      return [typeof createHash, typeof EventEmitter]
    })
    expect(await shipped()).toEqual(['function', 'function'])
  })

  test("[35] vite's paths from its root are found above the file", async () => {
    const load = (specifier: string): unknown =>
      call(`async () => (await __vite_ssr_dynamic_import__(${JSON.stringify(specifier)})).answer`)
    expect(await load('/sub/beside.mjs')).toBe(42)
    expect(await load('/sub/beside.mjs?v=1')).toBe(42)
    expect(await load(`/@fs${folder}/sub/beside.mjs`)).toBe(42)
    expect(await load(join(folder, 'sub', 'beside.mjs'))).toBe(42)
    expect(await load('./beside.mjs')).toBe(42)
    expect(await load('node:path')).toBe(undefined)
    await expect(load('/sub/nowhere.mjs')).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
  })
})

describe('places in stack traces', () => {
  function stackOf(definition: FunctionDefinition): string {
    try {
      compileTask(definition).call(context)
    } catch (error) {
      return error instanceof Error ? (error.stack ?? '') : ''
    }
    return ''
  }

  test('[34] a known place gives exact lines and columns', () => {
    const file = join(folder, 'sub', 'main.mjs')
    const known = { name: 'x', line: 12, column: 20 }
    expect(stackOf(definitionOf('() => missing', known))).toContain(`${file}:12:26`)
    expect(stackOf(definitionOf('() => {\n  missing\n}', known))).toContain(`${file}:13:3`)
    expect(stackOf(definitionOf('m() { missing }', known))).toContain(`${file}:12:26`)
    expect(stackOf(definitionOf('function () { missing; 010 }', known))).toContain(`${file}:12:34`)
  })

  test("[34] an unknown place counts from the function's first line, and says so", () => {
    const file = join(folder, 'sub', 'main.mjs')
    expect(stackOf(definitionOf('function fib() {\n  missing\n}'))).toContain(`fib (${file} (work fib):2:3)`)
    expect(stackOf(definitionOf('() => missing', { name: '' }))).toContain(`${file} (work):1:7`)
    expect(stackOf(definitionOf('() => missing', { name: 'a/(b)\n"c"' }))).toContain(`${file} (work a_b_c_):1:7`)
  })
})

describe('explaining a free variable', () => {
  function explain(text: string, more: Partial<FunctionDefinition> = {}): [unknown, unknown] {
    const definition = definitionOf(text, more)
    try {
      compileTask(definition).call(context)
    } catch (error) {
      return [explainFailure(error, definition), error]
    }
    throw new Error('it did not fail')
  }

  test.each([{}, { line: 40, column: 3 }])(
    '[35] the error names it, says what to do, and keeps frames and cause (%o)',
    place => {
      const [explained, original] = explain('function fib() {\n  return base + 1\n}', place)
      expect(explained).toBeInstanceOf(ReferenceError)
      expect(explained).toMatchObject({
        name: 'ReferenceError',
        message: expect.stringMatching(/^base is not defined.*"fib".*args.*await import\(\)/),
        cause: original,
      })
      const frames = (error: unknown): string[] =>
        String((error as Error).stack)
          .split('\n')
          .slice(1)
      expect(frames(explained)).toEqual(frames(original))
      expect((explained as Error).stack).toContain('ReferenceError: base is not defined in the thread')
    },
  )

  test.each([
    ['base', /Pass it in args/],
    ['__vite_ssr_import_0__', /[Vv]itest.*await import\(\)/],
    ['__vite_ssr_import_meta__', /import\.meta\.url in args/],
    ['__vi_import_0__', /[Vv]itest/],
    ['__vite_ssr_exports__', /[Vv]itest/],
    ['node_path_1', /TypeScript.*await import\(\)/],
    ['import_node_path', /esbuild.*await import\(\)/],
    ['__awaiter', /target to ES2022/],
    ['__classPrivateFieldGet', /target to ES2022/],
    ['__async', /target to ES2022/],
    ['tslib_1', /target to ES2022/],
    ['_async_to_generator', /target to ES2022/],
    ['_util__WEBPACK_IMPORTED_MODULE_0__', /bundler.*await import\(\)/],
    ['__dirname', /pass it in args/],
    ['exports', /CommonJS/],
  ])('[35] %s has a hint of its own', (name, hint) => {
    expect(explain(`() => ${name}.sep`)[0]).toMatchObject({ message: expect.stringMatching(hint) })
  })

  test('errors of other kinds, and from other places, come back untouched', () => {
    const definition = definitionOf('() => 1')
    const elsewhere = (() => {
      try {
        return functionFrom('missing')
      } catch (error) {
        return error
      }
    })()
    const within = definitionOf('() => missing', { file: fileURLToPath(import.meta.url), line: 1, column: 1 })
    for (const error of [
      new TypeError('x is not defined'),
      new ReferenceError('odd'),
      'text',
      null,
      undefined,
      elsewhere,
    ]) {
      expect(explainFailure(error, definition)).toBe(error)
      expect(explainFailure(error, within)).toBe(error)
    }
    const here = new ReferenceError('missing is not defined')
    expect(explainFailure(here, within)).toBe(here)
    const module: TaskDefinition = { type: 'module', number: 1, url: 'file:///x.mjs', exportName: 'x' }
    expect(explainFailure(elsewhere, module)).toBe(elsewhere)
    const [tdz] = [explain('() => { later; let later = 1 }')]
    expect(tdz?.[0]).toBe(tdz?.[1])
  })

  test('[30] hostile values come back untouched', () => {
    const definition = definitionOf('() => 1')
    const trap = (): never => {
      throw new Error('trapped')
    }
    const hostile = [
      new Proxy(new ReferenceError('x is not defined'), { get: trap, getPrototypeOf: trap, has: trap }),
      Object.defineProperty(new ReferenceError('x is not defined'), 'stack', { get: trap }),
      Object.defineProperty(new ReferenceError(''), 'message', { get: trap }),
      Object.defineProperty(new ReferenceError('x is not defined'), 'stack', { value: 5 }),
      Object.create(null),
    ]
    for (const value of hostile) expect(Object.is(explainFailure(value, definition), value)).toBe(true)
  })
})
