import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { type RemoteModule, remoteModule } from '../../src/calls/remote-module.js'
import { isTask, type Task } from '../../src/task/task.js'
import { taskRecord } from '../../src/task/record.js'
import type { Work } from '../../src/work/work.js'

interface MathModule {
  fib(n: number): number
  add(a: number, b: number): Promise<number>
}

const url = new URL('./math.js', import.meta.url)

/** Records what would be executed, and gives a marker in place of a work. */
function recorder<M = MathModule>(
  from: string | URL = url,
): { remote: RemoteModule<M>; calls: [Task<unknown[], unknown>, unknown[]][]; work: Work<unknown> } {
  const calls: [Task<unknown[], unknown>, unknown[]][] = []
  const work = Object.create(null) as Work<unknown>
  const remote = remoteModule<M>(from, (task, args) => {
    calls.push([task, args])
    return work
  })
  return { remote, calls, work }
}

test('calling a function executes the export of that name with the arguments, and gives its work', () => {
  const { remote, calls, work } = recorder()
  const { fib } = remote
  expect(fib(40)).toBe(work)
  expect(remote.add(1, 2)).toBe(work)
  expect(calls.map(([task, args]) => [task.url, task.exportName, args])).toEqual([
    [url.href, 'fib', [40]],
    [url.href, 'add', [1, 2]],
  ])
  expect(calls.every(([task]) => isTask(task))).toBe(true)
})

test('a function is the same one every time, and has the name of its export', () => {
  const { remote } = recorder()
  expect(remote.fib).toBe(remote.fib)
  expect(remote.fib).not.toBe(remote.add)
  expect(remote.fib.name).toBe('fib')
})

test('looking at it submits nothing: it can be awaited, printed and put into a string or JSON', async () => {
  const { remote, calls } = recorder()
  expect(await remote).toBe(remote)
  expect('then' in remote).toBe(false)
  expect(Reflect.get(remote, 'then')).toBe(undefined)
  expect(Reflect.get(remote, Symbol.iterator)).toBe(undefined)
  expect(Reflect.get(remote, Symbol.toPrimitive)).toBe(undefined)
  expect(inspect(remote)).toBeTypeOf('string')
  expect(JSON.stringify({ remote })).toBe('{"remote":{}}')
  expect(() => `${remote}`).toThrow(TypeError)
  expect(calls).toEqual([])
})

test('names of Object.prototype are functions of the module like any other', () => {
  const { remote, calls } = recorder<{ hasOwnProperty(key: string): boolean; constructor(): void }>()
  remote.hasOwnProperty('x')
  expect(calls[0]?.[0].exportName).toBe('hasOwnProperty')
})

test('setting, defining and deleting are refused', () => {
  const { remote } = recorder()
  expect(() => Reflect.set(remote, 'fib', () => 1)).toThrow(/cannot be replaced or removed.*math\.js/)
  expect(() => Object.defineProperty(remote, 'fib', { value: 1 })).toThrow(TypeError)
  expect(() => Reflect.deleteProperty(remote, 'fib')).toThrow(TypeError)
  expect(Reflect.setPrototypeOf(remote, {})).toBe(false)
  expect(Object.keys(remote)).toEqual([])
})

test('a url that threads cannot import is refused at once', () => {
  expect(() => recorder('./math.js')).toThrow(/new URL\('\.\/x\.js', import\.meta\.url\)/)
})

test('[34] the site of a remote function is the line that calls it', () => {
  const { remote, calls } = recorder(new URL('./other.js', import.meta.url))
  void remote.add(3, 4) // this line
  const here = fileURLToPath(import.meta.url)
  const line =
    readFileSync(here, 'utf8')
      .split('\n')
      .findIndex(text => text.endsWith('// this line')) + 1
  const [task] = calls[0] ?? []
  expect(taskRecord(task, recorder).site).toMatch(new RegExp(`^${here.replaceAll('.', '\\.')}:${line}:\\d+$`))
})
