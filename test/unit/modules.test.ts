import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadTask } from '../../src/thread/modules.js'
import type { WorkContext } from '../../src/task/context.js'

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
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'threadcrew-modules-')))
})
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0

/** Calls an export of a module with this text; a new file each time, since modules are loaded once. */
async function call(extension: 'mjs' | 'cjs', text: string, exportName: string, ...args: unknown[]): Promise<unknown> {
  const file = join(folder, `module-${++count}.${extension}`)
  writeFileSync(file, text)
  const found = await loadTask({ type: 'module', number: 1, url: pathToFileURL(file).href, exportName })
  return found.apply(context, args)
}

describe('ES modules', () => {
  test('an export is found by its name, and called with the context as this', async () => {
    expect(await call('mjs', 'export function add(a, b) { return a + b }', 'add', 2, 3)).toBe(5)
    expect(await call('mjs', 'export default (a, b) => a + b', 'default', 2, 3)).toBe(5)
    expect(await call('mjs', 'export function who() { return this.workerId }', 'who')).toBe('worker')
    expect(await call('mjs', 'const f = () => 1; export { f as "any name" }', 'any name')).toBe(1)
  })

  test('an export that is a promise of a function is awaited', async () => {
    const later = 'new Promise(resolve => setImmediate(resolve, n => n + 1))'
    expect(await call('mjs', `export default ${later}`, 'default', 1)).toBe(2)
    expect(await call('mjs', `export const add = ${later}`, 'add', 1)).toBe(2)
    expect(await call('cjs', `module.exports = ${later}`, 'default', 1)).toBe(2)
    expect(await call('cjs', `exports['a' + 'dd'] = ${later}`, 'add', 1)).toBe(2)
    expect(await call('cjs', `exports.__esModule = true; exports.default = ${later}`, 'default', 1)).toBe(2)
    await expect(call('mjs', 'export default Promise.resolve(5)', 'default')).rejects.toThrow(
      'exports "default", but as a value of type number, not a function',
    )
    const failing = 'export default new Promise((_, reject) => setImmediate(reject, new RangeError("not prepared")))'
    await expect(call('mjs', failing, 'default')).rejects.toThrow(new RangeError('not prepared'))
  })

  test('a data: and a node: URL are modules like any other', async () => {
    const url = `data:text/javascript,${encodeURIComponent('export const one = () => 1')}`
    expect((await loadTask({ type: 'module', number: 1, url, exportName: 'one' })).call(context)).toBe(1)
    const sum = await loadTask({ type: 'module', number: 1, url: 'node:path', exportName: 'basename' })
    expect(sum.call(context, '/a/b')).toBe('b')
  })

  test('a missing export is a TypeError that lists the functions there are', async () => {
    const text = 'export function fib() {}; export const fact = () => 1; export const size = 3; export class Shape {}'
    await expect(call('mjs', text, 'fob')).rejects.toThrow(
      /module-\d+\.mjs has no export "fob"\. Its functions are: Shape, fact, fib$/,
    )
    await expect(call('mjs', text, 'fob')).rejects.toBeInstanceOf(TypeError)
    await expect(call('mjs', text, 'toString')).rejects.toThrow('no export "toString"')
    await expect(call('mjs', 'export const size = 3', 'fob')).rejects.toThrow('It exports no functions')
  })

  test('an export that is no function is a TypeError that says what it is', async () => {
    await expect(call('mjs', 'export const size = 3; export const f = () => 1', 'size')).rejects.toThrow(
      /exports "size", but as a value of type number, not a function\. Its functions are: f/,
    )
    await expect(call('mjs', 'export const nothing = null', 'nothing')).rejects.toThrow('but as null, not a function')
  })
})

describe('CommonJS modules', () => {
  test('module.exports is the default export', async () => {
    expect(await call('cjs', 'module.exports = (a, b) => a + b', 'default', 2, 3)).toBe(5)
  })

  test('the default export of a compiled ES module is its exports.default', async () => {
    const text = 'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = (a, b) => a + b'
    expect(await call('cjs', text, 'default', 2, 3)).toBe(5)
  })

  test('named exports are found, those that Node does not recognise included', async () => {
    expect(await call('cjs', 'exports.add = (a, b) => a + b', 'add', 2, 3)).toBe(5)
    expect(await call('cjs', 'const m = module; m["exports"]["a" + "dd"] = (a, b) => a + b', 'add', 2, 3)).toBe(5)
    await expect(call('cjs', 'exports.add = () => 1; exports.size = 1', 'sub')).rejects.toThrow(
      /no export "sub"\. Its functions are: add$/,
    )
  })

  test('what module.exports inherits is not an export', async () => {
    await expect(call('cjs', 'module.exports = { add() {} }', 'hasOwnProperty')).rejects.toThrow('no export')
  })
})

describe('modules that fail to load', () => {
  test('[8] a failing import rejects with the original error', async () => {
    await expect(
      call('mjs', 'throw Object.assign(new RangeError("too far"), { code: "FAR" })', 'x'),
    ).rejects.toMatchObject({
      name: 'RangeError',
      message: 'too far',
      code: 'FAR',
    })
    await expect(call('mjs', 'throw "text"', 'x')).rejects.toBe('text')
    await expect(call('mjs', 'import "./nowhere.mjs"', 'x')).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
    await expect(
      loadTask({ type: 'module', number: 1, url: pathToFileURL(join(folder, 'nowhere.mjs')).href, exportName: 'x' }),
    ).rejects.toMatchObject({ code: 'ERR_MODULE_NOT_FOUND' })
  })
})
