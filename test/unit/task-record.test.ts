import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import vm from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UnshippableFunctionError } from '../../src/errors/works.js'
import { isTask, task } from '../../src/task/task.js'
import { type TaskRecord, taskRecord } from '../../src/task/record.js'

const here = fileURLToPath(import.meta.url)

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'threadcrew-record-')))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Stands for the public function that a user calls. */
function submit(fn: unknown): TaskRecord {
  return taskRecord(fn, submit)
}

/** What a script's last expression gives, with `submit` as a global: no build tool has touched its text. */
function evaluate(script: string, filename = join(folder, 'script.js')): unknown {
  return vm.compileFunction(`return (${script}\n)`, ['submit'], { filename })(submit)
}

let count = 0

/** Runs a file that lies on disk as it is, as a CommonJS module that calls `submit`. */
function runFile(text: string, extension = 'cjs'): { file: string; records: TaskRecord[] } {
  const file = join(folder, `main-${++count}.${extension}`)
  writeFileSync(file, text)
  const records: TaskRecord[] = []
  function submitHere(fn: unknown): void {
    records.push(taskRecord(fn, submitHere))
  }
  vm.compileFunction(text.replace(/^\uFEFF/, ''), ['submit'], { filename: file })(submitHere)
  return { file, records }
}

function placeOf(record: TaskRecord | undefined): (number | undefined)[] {
  return record?.definition.type === 'function' ? [record.definition.line, record.definition.column] : []
}

/** As Node runs TypeScript: the types between these marks are on disk, and spaces take their place as it runs. */
function runTyped(marked: string): TaskRecord[] {
  const file = join(folder, `typed-${++count}.ts`)
  writeFileSync(file, marked.replace(/[‹›]/g, ''))
  const runs = marked.replace(/‹([^›]*)›/g, (_, types: string) => types.replace(/[^\n]/g, ' '))
  const records: TaskRecord[] = []
  function submitHere(fn: unknown): void {
    records.push(taskRecord(fn, submitHere))
  }
  vm.compileFunction(runs, ['submit'], { filename: file })(submitHere)
  return records
}

describe('naming a module export', () => {
  test('file:, data: and node: URLs and absolute paths are taken, default is the default', () => {
    const url = new URL('./math.js', import.meta.url)
    expect(task(url)).toMatchObject({ url: url.href, exportName: 'default' })
    expect(task(url.href, 'fib')).toMatchObject({ url: url.href, exportName: 'fib' })
    expect(task('/a b/math#1.js').url).toBe('file:///a%20b/math%231.js')
    expect(task('node:zlib', 'gzipSync').url).toBe('node:zlib')
    expect(task('data:text/javascript,export default 1').url).toBe('data:text/javascript,export default 1')
  })

  test.each([
    './math.js',
    '../math.js',
    'math.js',
    'lodash',
    '',
    'https://example.com/x.js',
    'blob:nodedata:1',
    5,
    null,
    undefined,
    {},
  ])('%o is refused with the way to do it', url => {
    expect(() => Reflect.apply(task, undefined, [url])).toThrow(TypeError)
    expect(() => Reflect.apply(task, undefined, [url])).toThrow(/new URL\('\.\/x\.js', import\.meta\.url\).*received /)
  })

  test.each(['', 5, null, Symbol('x')])('the export name %o is refused', name => {
    expect(() => Reflect.apply(task, undefined, ['node:path', name])).toThrow(/exportName/)
  })

  test('a task is frozen, and keeps its url when the URL object changes', () => {
    const url = new URL('file:///a.js')
    const made = task(url)
    url.pathname = '/b.js'
    expect(made.url).toBe('file:///a.js')
    expect(Object.isFrozen(made)).toBe(true)
  })

  test('[5] only what task() made is a task, whatever it looks like or inherits', () => {
    const made = task('node:path', 'basename')
    const prototype: object = Object.getPrototypeOf(made)
    for (const fake of [
      { ...made },
      Object.create(made),
      Object.create(prototype),
      new Proxy(made, {}),
      null,
      'x',
      () => 1,
    ]) {
      expect(isTask(fake)).toBe(false)
    }
    expect(isTask(made)).toBe(true)
    expect(() => submit({ url: 'node:path', exportName: 'basename' })).toThrow(TypeError)
  })
})

describe('records', () => {
  test('a function object has one record, numbers differ, and nothing is measured yet', () => {
    const fn = (a: number) => a * 31
    const record = submit(fn)
    expect(submit(fn)).toBe(record)
    expect(record.runTime).toBeNaN()
    expect(record.definition).toMatchObject({ type: 'function', number: record.number, name: 'fn', file: here })
    expect(submit((a: number) => a * 32).number).toBeGreaterThan(record.number)
  })

  test('fresh closures with the same text share one record, whichever of them is used again', () => {
    const make = (n: number) => (a: number) => a + n * 33
    const record = submit(make(1))
    const again = make(2)
    for (let i = 0; i < 100; i++) {
      expect(submit(make(i))).toBe(record)
      expect(submit(again)).toBe(record)
    }
  })

  test('text that resolves modules is kept apart by the file that submits it', () => {
    for (const text of [
      '() => import("./x.js")',
      '() => require("./x.js")',
      '() => __vite_ssr_dynamic_import__("/x.js")',
    ]) {
      const [a, b, again] = ['a.js', 'b.js', 'a.js'].map(
        name => evaluate(`submit(${text})`, join(folder, name)) as TaskRecord,
      )
      expect(a?.definition).toMatchObject({ file: join(folder, 'a.js') })
      expect(b?.definition).toMatchObject({ file: join(folder, 'b.js') })
      expect(again).toBe(a)
      expect(b).not.toBe(a)
    }
  })

  test('equal tasks share one record, of type module', () => {
    const record = submit(task('node:path', 'basename'))
    expect(record.definition).toEqual({
      type: 'module',
      number: record.number,
      url: 'node:path',
      exportName: 'basename',
    })
    expect(submit(task('node:path', 'basename'))).toBe(record)
    expect(submit(task('node:path', 'dirname'))).not.toBe(record)
    expect(record.site).toContain(here)
  })

  test('[52] texts are remembered within a limit, functions as long as they live', () => {
    const first = evaluate('() => "first of many"')
    const record = submit(first)
    for (let i = 0; i < 1100; i++) submit(evaluate(`() => "one of many ${i}"`))
    expect(submit(first)).toBe(record)
    expect(submit(evaluate('() => "first of many"')).number).toBeGreaterThan(record.number + 1000)
  })

  test.each([5, 'fib', null, undefined, true, Symbol('s'), { run() {} }, [() => 1], 10n, /x/, Object.create(null)])(
    '%o is refused, with value and type',
    value => {
      expect(() => submit(value)).toThrow(TypeError)
      expect(() => submit(value)).toThrow(
        /fn must be a function, or a task made by task\(.+\), got .+ \((number|string|null|undefined|boolean|symbol|object|array|bigint)\)/,
      )
    },
  )

  test('refusing a hostile value runs none of its code', () => {
    const trap = (): never => {
      throw new Error('trapped')
    }
    const hostile = new Proxy(
      {},
      { get: trap, getPrototypeOf: trap, ownKeys: trap, has: trap, getOwnPropertyDescriptor: trap },
    )
    expect(() => submit(hostile)).toThrow(/must be a function/)
    expect(() => submit({ [Symbol.for('nodejs.util.inspect.custom')]: trap })).toThrow(/must be a function/)
  })
})

describe('functions that cannot be sent', () => {
  const refused: [string, string, RegExp][] = [
    ['a built-in function', 'Math.max', /"max" is built in.*wrap it/],
    ['a constructor of the language', 'Date', /built in/],
    ['a bound function', '(function add() {}).bind(null, 1)', /"bound add" was made by bind\(\).*args/],
    ['a Proxy around a function', 'new Proxy(() => 1, {})', /Proxy/],
    [
      'a Proxy with traps',
      'new Proxy(() => 1, { get() { throw 1 }, getOwnPropertyDescriptor() { throw 1 } })',
      /Proxy/,
    ],
    ['a class', 'class Shape { area() { return 1 } }', /"Shape" is a class.*inside the thread/],
    ['an anonymous class', '(() => class{})()', /is a class/],
    ['a class that extends', '(() => class extends Array {})()', /is a class/],
    ['a class with a static method called name', 'class A { static name() {} }', /is a class/],
    ['a getter', 'Object.getOwnPropertyDescriptor({ get x() { return 1 } }, "x").get', /"get x" is a getter or setter/],
    ['a setter', 'Object.getOwnPropertyDescriptor({ set x(v) {} }, "x").set', /getter or setter/],
    [
      'a getter with a computed name',
      'Object.getOwnPropertyDescriptor({ get ["x"]() { return 1 } }, "x").get',
      /getter/,
    ],
    ['a getter named get', 'Object.getOwnPropertyDescriptor({ get get() { return 1 } }, "get").get', /getter/],
    ['a static getter', 'Object.getOwnPropertyDescriptor(class { static get x() { return 1 } }, "x").get', /getter/],
  ]
  test.each(refused)('[35] %s is refused', (_what, script, message) => {
    const fn = evaluate(script)
    expect(() => submit(fn)).toThrow(UnshippableFunctionError)
    expect(() => submit(fn)).toThrow(message)
  })
})

describe('where a function was submitted', () => {
  test('[34] the site is the caller of the public function, as its own stack traces show it', () => {
    const lines = readFileSync(here, 'utf8').split('\n')
    const record = submit((a: number) => a * 34) // the site
    const line = lines.findIndex(text => text.endsWith('// the site')) + 1
    expect(record.site).toBe(`${here}:${line}:20`)
    const [, frame] = (new Error('here').stack ?? '').split('\n')
    expect(frame).toContain(`${here}:${line + 3}:`)
  })

  test('[34] with source maps the site is in the original, and the function in the file that runs', () => {
    // Everything on the first line comes from line 10, column 5 on.
    const map = JSON.stringify({ version: 3, sources: ['original.ts'], names: [], mappings: 'AASI' })
    const file = join(folder, 'built.cjs')
    const text = 'module.exports = submit => submit(n => n * 51)'
    writeFileSync(file, `${text}\n//# sourceMappingURL=data:application/json;base64,${btoa(map)}`)
    process.setSourceMapsEnabled(true)
    try {
      const run: (using: typeof submit) => TaskRecord = createRequire(import.meta.url)(file)
      const record = run(submit)
      expect(record.site).toMatch(new RegExp(`^${join(folder, 'original')}\\.ts:10:\\d+$`))
      expect(record.definition).toMatchObject({ file, line: 1, column: text.indexOf('n =>') + 1 })
    } finally {
      process.setSourceMapsEnabled(false)
    }
  })

  test('[34] callbacks of built-in functions and eval are looked through', () => {
    const [record] = [(a: number) => a * 35].map(submit)
    expect(record?.definition).toMatchObject({ file: here })
    const deep = [[[[[(a: number) => a * 36]]]]].map(a => a.map(b => b.map(c => c.map(d => d.map(submit)))))
    expect(deep[0]?.[0]?.[0]?.[0]?.[0]?.definition).toMatchObject({ file: here })
    const evaluated = evaluate('eval("submit(a => a * 37)")') as TaskRecord
    expect(evaluated.definition).toMatchObject({ file: join(folder, 'script.js') })
  })

  test('a caller that is an ES module is given as a path', () => {
    const file = join(folder, 'a b.mjs')
    const record = evaluate('submit(a => a * 38)', pathToFileURL(file).href) as TaskRecord
    expect(record.definition).toMatchObject({ file })
    expect(record.site).toMatch(/a b\.mjs:1:\d+$/)
  })

  test('a caller without a file gets one in the current folder', () => {
    function notOnTheStack(): void {}
    const record = taskRecord(evaluate('a => a * 40'), notOnTheStack)
    expect(record.definition).toMatchObject({ file: join(process.cwd(), '[eval]') })
    expect(record.site).toBe(undefined)
  })

  test('the knobs of Error are found and left as the user set them', () => {
    const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')
    const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
    const settings: [string, () => void][] = [
      ['0', () => Object.defineProperty(Error, 'stackTraceLimit', { value: 0, writable: true, configurable: true })],
      ['Infinity', () => Object.defineProperty(Error, 'stackTraceLimit', { value: Infinity, configurable: true })],
      ['a string', () => Object.defineProperty(Error, 'stackTraceLimit', { value: 'x', configurable: true })],
      [
        'a getter',
        () =>
          Object.defineProperty(Error, 'stackTraceLimit', {
            get: () => {
              throw new Error('limit')
            },
            configurable: true,
          }),
      ],
      ['absent', () => Reflect.deleteProperty(Error, 'stackTraceLimit')],
      ['no formatter', () => Reflect.deleteProperty(Error, 'prepareStackTrace')],
      [
        'a throwing formatter',
        () =>
          Object.defineProperty(Error, 'prepareStackTrace', {
            value: () => {
              throw new Error('format')
            },
            configurable: true,
          }),
      ],
      [
        'a formatter of its own kind',
        () => Object.defineProperty(Error, 'prepareStackTrace', { value: () => [1], configurable: true }),
      ],
      [
        'a throwing getter',
        () =>
          Object.defineProperty(Error, 'prepareStackTrace', {
            get: () => {
              throw new Error('get')
            },
            configurable: true,
          }),
      ],
    ]
    const results = settings.map(([what, set], i) => {
      set()
      const before = [
        Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit'),
        Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace'),
      ]
      const record = submit(evaluate(`() => "setting ${i}"`))
      const after = [
        Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit'),
        Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace'),
      ]
      if (limit) Object.defineProperty(Error, 'stackTraceLimit', limit)
      if (prepare) Object.defineProperty(Error, 'prepareStackTrace', prepare)
      return { what, before, after, record }
    })
    for (const { what, before, after, record } of results) {
      expect(after, what).toEqual(before)
      expect(record.definition, what).toMatchObject({ file: here })
      expect(record.site, what).toContain(here)
    }
  })
})

describe('where a function stands in its file', () => {
  test('[34] text that occurs once is found wherever it is', () => {
    const { file, records } = runFile(`
      function fib(n) {
        return n < 2 ? n : fib(n - 1) + fib(n - 2)
      }
      const tools = { double(n) { return n * 2 } }
      submit(fib); submit(tools.double); submit(n => n * 41)
    `)
    expect(records.map(placeOf)).toEqual([
      [2, 7],
      [5, 23],
      [6, 49],
    ])
    expect(records.map(record => record.site)).toEqual([`${file}:6:7`, `${file}:6:20`, `${file}:6:42`])
  })

  test('[34] of several occurrences, the one that begins within 200 characters after the call is meant', () => {
    const { records } = runFile(`
      const a = n => n * 42
      submit(
        // a comment
        n => n * 42,
      )
      const b = n => n * 42
    `)
    expect(records.map(placeOf)).toEqual([[5, 9]])
    const far = runFile(`submit(/*${' '.repeat(200)}*/ n => n * 43); n => n * 43`)
    expect(far.records.map(placeOf)).toEqual([[undefined, undefined]])
  })

  test('text that is not in the file has no place', () => {
    const { file, records } = runFile('submit(new Function("n", "return n * 44")); submit(eval("n => n" + " * 44"))')
    expect(records.map(placeOf)).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ])
    expect(records.map(record => record.definition)).toMatchObject([{ file }, { file }])
    // Told, not left out: see newFunctionRecord.
    expect(records[0]?.definition).toHaveProperty('line', undefined)
  })

  test('all kinds of line breaks count, and a byte order mark does not', () => {
    expect(runFile('\uFEFFsubmit(n => n * 45)').records.map(placeOf)).toEqual([[1, 8]])
    expect(runFile('//\r\n//\r//\u2028//\n  submit(n => n * 46)').records.map(placeOf)).toEqual([[5, 10]])
  })

  test('a file that is large or not there is done without', () => {
    expect(runFile(`submit(n => n * 47)//${'x'.repeat(1 << 20)}`).records.map(placeOf)).toEqual([
      [undefined, undefined],
    ])
    const record = evaluate('submit(n => n * 48)', join(folder, 'nowhere.js')) as TaskRecord
    expect(placeOf(record)).toEqual([undefined, undefined])
  })

  test('[34] in a file transpiled in memory, as this one, what was not changed is found at its place on disk', () => {
    const typed = submit((n: number) => n * 49)
    const untyped = [submit(() => 50), submit(() => 50)] // two on a line
    const line =
      readFileSync(here, 'utf8')
        .split('\n')
        .findIndex(text => text.endsWith('// two on a line')) + 1
    expect(placeOf(typed)).toEqual([undefined, undefined])
    expect(untyped.map(placeOf)).toEqual([
      [line, 29],
      [line, 29],
    ])
  })
})

describe('the place of a function whose types Node has blanked out', () => {
  test('is that of the function with its types', () => {
    const records = runTyped(
      [
        'submit((n‹: number›)‹: number› => n + 1)',
        'function named(‹this: void, ›a‹: { x: 1;',
        '  y: 2 }›, b‹?: string›) { return a‹ as unknown› }',
        'submit(named); submit((b) => b‹!› + 1)',
      ].join('\n'),
    )
    expect(records.map(placeOf)).toEqual([
      [1, 8],
      [2, 1],
      [4, 23],
    ])
  })

  test('is the one by the call where several differ in nothing but their types', () => {
    const records = runTyped('submit((n‹: number›) => n + 2)\nsubmit((n‹: string›) => n + 2 )')
    expect(records.map(placeOf)).toEqual([
      [1, 8],
      [1, 8],
    ])
    const apart = runTyped('const other = (n‹: number›) => n + 3\nsubmit((n‹: string›) => n + 3)')
    expect(apart.map(placeOf)).toEqual([[2, 8]])
  })

  test('is not that of another function', () => {
    const source = '(n: number) => n - 1'
    const file = join(folder, 'other.ts')
    writeFileSync(file, `const other = ${source}`)
    const records: TaskRecord[] = []
    function submitHere(fn: unknown): void {
      records.push(taskRecord(fn, submitHere))
    }
    vm.compileFunction('submit((n        ) => n - 2)', ['submit'], { filename: file })(submitHere)
    expect(records.map(placeOf)).toEqual([[undefined, undefined]])
  })
})
