import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Pool, task, UncloneableValueError } from 'threadcrew'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorOf } from '../support/rejection.js'
import { sharePool } from '../support/share-pool.js'
import type { add, count, surroundings } from '../support/tasks/exports.js'
import type { mark, marks } from '../support/tasks/slow-module.js'
import { Unparsable } from '../support/unparsable.js'

const EXPORTS = new URL('../support/tasks/exports.js', import.meta.url)
const SLOW = new URL('../support/tasks/slow-module.js', import.meta.url)
const LEGACY = new URL('../support/tasks/legacy.cjs', import.meta.url)

let folder: string
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'threadcrew-modules-')))
})
afterAll(() => rmSync(folder, { recursive: true }))

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

describe('task(url, name)', () => {
  test('runs that export, with imports and import.meta of its own', async () => {
    expect(await pool.execute(task<typeof add>(EXPORTS, 'add'), [2, 3])).toBe(5)
    expect(await pool.execute(task<typeof surroundings>(EXPORTS, 'surroundings'))).toEqual({
      base: 'b',
      place: 'beside the tasks',
      file: 'exports.js',
    })
  })

  test('names the default export where no name is given', async () => {
    expect(await pool.execute(task<(name: string) => string>(EXPORTS), ['x'])).toBe('default x')
    expect(await pool.execute(task<(name: string) => string>(EXPORTS, 'default'), ['y'])).toBe('default y')
  })

  test('takes a URL, its text, an absolute path, a data: or node: URL', async () => {
    const sum = [2, 3] as const
    expect(await pool.execute(task<typeof add>(EXPORTS.href, 'add'), sum)).toBe(5)
    expect(await pool.execute(task<typeof add>(fileURLToPath(EXPORTS), 'add'), sum)).toBe(5)
    expect(await pool.execute(task<(n: number) => number>('data:text/javascript,export default n => n + 1'), [1])).toBe(
      2,
    )
    expect(await pool.execute(task<(path: string) => string>('node:path', 'basename'), ['/a/b'])).toBe('b')
  })

  test('refuses what a thread cannot import, and says how to name it', () => {
    for (const url of ['./exports.js', 'exports.js', 'https://example.org/x.js', '']) {
      expect(() => task(url, 'add')).toThrow(TypeError)
      expect(() => task(url, 'add')).toThrow(/new URL\('.\/x.js', import.meta.url\)/)
    }
    expect(() => task(EXPORTS, '')).toThrow(/exportName/)
  })

  test('the module is loaded once for each thread, and its state belongs to that thread', async () => {
    await using pool = new Pool({ total: 1 })
    const counting = task<typeof count>(EXPORTS, 'count')
    expect(await Promise.all([1, 2, 3].map(() => pool.execute(counting)))).toEqual([1, 2, 3])
    expect(await pool.execute(task<typeof count>(EXPORTS, 'count'))).toBe(4)
    const [worker] = pool.workers
    await worker?.stop()
    await pool.scale(1)
    expect(await pool.execute(counting)).toBe(1)
  })

  test('works that wait for a module to load start in their order', async () => {
    await using pool = new Pool({ total: 1 })
    const marking = task<typeof mark>(SLOW, 'mark')
    const works = Array.from({ length: 20 }, (_, i) => pool.execute(marking, [i]))
    expect(await Promise.all(works)).toEqual(works.map((_, i) => i + 1))
    expect(await pool.execute(task<typeof marks>(SLOW, 'marks'))).toEqual(works.map((_, i) => i))
  })

  test('exports of CommonJS modules are found', async () => {
    expect(await pool.execute(task<(n: number) => number>(LEGACY, 'double'), [4])).toBe(8)
    expect(await pool.execute(task<(n: number) => number>(LEGACY, 'triple it'), [4])).toBe(12)
  })

  test('options of the work are given as for any task', async () => {
    const work = pool.execute(task<typeof add>(EXPORTS, 'add'), [1, 2], { signal: AbortSignal.abort() })
    expect(await errorOf(work)).toMatchObject({ code: 'ERR_WORK_DISCARDED' })
  })

  test('what a module task returns or throws follows the same rules', async () => {
    const error = await errorOf(
      pool.execute(task('data:text/javascript,export const leak = () => ({ fn() {} })', 'leak')),
    )
    expect(error).toBeInstanceOf(UncloneableValueError)
    expect(error['path']).toBe('result.fn')
  })
})

describe('a module that cannot serve', () => {
  test('[8] a missing export rejects with a TypeError that lists the functions there are', async () => {
    const error = await errorOf(pool.execute(task(EXPORTS, 'subtract')))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('has no export "subtract"')
    expect(error.message).toMatch(/\badd, .*count, .*surroundings/)
  })

  test('[8] an export that is no function rejects with a TypeError that says what it is', async () => {
    const version = await errorOf(pool.execute(task(EXPORTS, 'version')))
    expect(version).toBeInstanceOf(TypeError)
    expect(version.message).toContain('"version", but as a value of type string')
    expect((await errorOf(pool.execute(task(EXPORTS, 'nothing')))).message).toContain('as null')
  })

  test('[8] a module that is not there, has a syntax error or throws rejects with that very error, and the thread lives', async () => {
    const { threadId } = (await pool.ready, pool.workers[0] ?? {})
    const missing = await errorOf(pool.execute(task(new URL('./no-such-file.js', EXPORTS), 'x')))
    expect(missing['code']).toBe('ERR_MODULE_NOT_FOUND')
    const broken = await errorOf(pool.execute(task(new URL('./broken-module.js', EXPORTS), 'x')))
    expect(broken).toBeInstanceOf(RangeError)
    expect(broken).toMatchObject({ message: 'broken at load', code: 'E_LOAD' })
    const syntax = await errorOf(pool.execute(task('data:text/javascript,export const x = ;', 'x')))
    expect(syntax).toBeInstanceOf(SyntaxError)
    // Node says nowhere which file it is.
    using unparsable = new Unparsable()
    const named = await errorOf(pool.execute(task(unparsable.url, 'x')))
    expect(named).toBeInstanceOf(SyntaxError)
    expect(named.message).toBe(`${unparsable.url.href} could not be loaded: Unexpected token '='`)
    expect(
      await pool.execute(function () {
        return this.threadId
      }),
    ).toBe(threadId)
  })

  test('a module that comes later is found then', async () => {
    await using pool = new Pool({ total: 1 })
    const file = join(folder, 'comes-later.mjs')
    const later = task<() => string>(file)
    expect((await errorOf(pool.execute(later)))['code']).toBe('ERR_MODULE_NOT_FOUND')
    writeFileSync(file, 'export default () => "here"')
    expect(await pool.execute(later)).toBe('here')
  })
})

describe('pool.module(url)', () => {
  test('gives the functions of a module as works', async () => {
    await using pool = new Pool({ total: 1 })
    const { add, default: named, surroundings } = pool.module<typeof import('../support/tasks/exports.js')>(EXPORTS)
    const work = add(2, 3)
    expect(work.id).toHaveLength(21)
    expect(pool.jobs.get(work.id)).toBe('queued')
    expect(await work).toBe(5)
    expect(work.status).toBe('done')
    expect(await named('x')).toBe('default x')
    expect((await surroundings()).file).toBe('exports.js')
  })

  test('[54] its then is undefined, so that it can be awaited and returned from async functions', async () => {
    await using pool = new Pool({ total: 1 })
    const remote = pool.module<typeof import('../support/tasks/exports.js')>(EXPORTS)
    expect(Reflect.get(remote, 'then')).toBeUndefined()
    const awaited = await remote
    expect(awaited).toBe(remote)
    expect(pool.stats().submitted).toBe(0)
  })

  test('shares its thread state and loading with tasks of the same module', async () => {
    await using pool = new Pool({ total: 1 })
    const remote = pool.module<typeof import('../support/tasks/exports.js')>(EXPORTS.href)
    expect(await remote.count()).toBe(1)
    expect(await pool.execute(task<typeof count>(EXPORTS, 'count'))).toBe(2)
  })

  test('a name that the module does not have fails when it is called', async () => {
    const remote = pool.module<{ subtract(): number }>(EXPORTS)
    const error = await errorOf(remote.subtract())
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('has no export "subtract"')
  })

  test('refuses at once what a thread cannot import', async () => {
    await using pool = new Pool({ total: 0 })
    expect(() => pool.module('./exports.js')).toThrow(TypeError)
  })

  test('its works are refused like any other where the pool is full or stopped', async () => {
    const pool = new Pool({ total: 0, workBuffer: 0, whenFull: 'reject' })
    const { add } = pool.module<typeof import('../support/tasks/exports.js')>(EXPORTS)
    expect(await errorOf(add(1, 2))).toMatchObject({ code: 'ERR_WORK_BUFFER_FULL' })
    await pool.stop()
    expect(await errorOf(add(1, 2))).toMatchObject({ code: 'ERR_POOL_STOPPED' })
  })
})

describe('setup and teardown', () => {
  test('may be tasks of a module as well', async () => {
    await using pool = new Pool({ total: 1, setup: task<typeof count>(EXPORTS, 'count') as never })
    expect(await pool.execute(task<typeof count>(EXPORTS, 'count'))).toBe(2)
  })
})

describe('a module that Node cannot load because it is TypeScript', () => {
  const HOW = /give the compiled \.js file, or let tsx compile it in each thread, with the pool's option setup: /
  /** A file that no version of Node loads by itself; the folder says that it is an ES module. */
  const sourceIn = (name: string, text: string): string => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }
  beforeAll(() => writeFileSync(join(folder, 'package.json'), '{ "type": "module" }'))

  test.each([
    ['task.tsx', 'export default () => 1'],
    ['enum.ts', 'enum Colour { red }\nexport default () => Colour.red'],
  ])('%s fails with what to do, and the original error as cause', async (name, text) => {
    const error = await errorOf(pool.execute(task(sourceIn(name, text))))
    expect(error).toMatchObject({ message: expect.stringMatching(HOW), code: expect.stringMatching(/^ERR_/) })
    expect(error).toMatchObject({ cause: { code: error['code'] } })
  })

  test('a module that a task imports, and one that an inline function imports, are explained the same way', async () => {
    const file = sourceIn('inner.tsx', 'export default () => 1')
    const outer = join(folder, 'outer.js')
    writeFileSync(outer, "export { default } from './inner.tsx'")
    expect(await errorOf(pool.execute(task(outer)))).toMatchObject({ message: expect.stringMatching(HOW) })
    const inline = pool.execute(async (file: string): Promise<unknown> => await import(file), [file])
    expect(await errorOf(inline)).toMatchObject({ message: expect.stringMatching(HOW) })
  })

  test('a .js file that is missing, with its source beside it, is explained by the source', async () => {
    const file = sourceIn('built.ts', 'export default () => 1')
    const error = await errorOf(pool.execute(task(join(folder, 'built.js'))))
    expect(error).toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
      message: expect.stringContaining(`There is ${file}: `),
    })
  })
})

describe('a module that is not there', () => {
  test('is explained where it is the task itself, because a bundler may have left it out', async () => {
    const error = await errorOf(pool.execute(task(join(folder, 'nowhere.mjs'))))
    expect(error).toMatchObject({
      code: 'ERR_MODULE_NOT_FOUND',
      message: expect.stringContaining('add the module to its entry points'),
    })
  })

  test('rejects with the original error where the task imports it', async () => {
    const file = join(folder, 'missing-inside.mjs')
    writeFileSync(file, "import './nowhere.mjs'")
    const error = await errorOf(pool.execute(task(file)))
    expect(error).toMatchObject({ code: 'ERR_MODULE_NOT_FOUND', message: expect.not.stringContaining('bundler') })
    expect(error.cause).toBeUndefined()
    writeFileSync(file, "import 'no-such-package'")
    expect((await errorOf(pool.execute(task(file)))).cause).toBeUndefined()
  })
})
