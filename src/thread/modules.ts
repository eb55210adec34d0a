/**
 * Loads the function that a module task names, inside a thread. It knows nothing about works, ports, or the caller of
 * the function.
 */

import type { TaskDefinition } from '../lane/messages.js'
import type { TaskFunction } from './functions.js'
import { importModule } from './imports.js'

/**
 * Imports the module and returns the export that the task names. If the export is a promise, returns what it resolves
 * to, so that a module can prepare its function asynchronously.
 *
 * CommonJS modules are searched as their authors expect: `exports.fib` is found even if Node did not recognise the
 * name, and `exports.default` of a compiled ES module counts as its default export.
 *
 * @throws {TypeError} if there is no such function; lists the functions that the module exports. If the module fails to
 *   load, or the promise that it exports is rejected, rejects with the module's own error; an error about TypeScript is
 *   explained, and a SyntaxError names the module
 */
export async function loadTask(definition: Extract<TaskDefinition, { type: 'module' }>): Promise<TaskFunction> {
  const { url, exportName } = definition
  const namespace = await importModule(url)
  const places = [namespace, ...commonJsExports(namespace)]
  for (const place of places) {
    const value = await own(place, exportName)
    if (isFunction(value)) return value
  }
  const holder = places.find(place => Object.hasOwn(place, exportName))
  const found = holder && (await own(holder, exportName))
  const functions = new Set(places.flatMap(place => Object.keys(place).filter(name => isFunction(own(place, name)))))
  const problem =
    holder === undefined
      ? `has no export ${JSON.stringify(exportName)}`
      : `exports ${JSON.stringify(exportName)}, but as ${found === null ? 'null' : `a value of type ${typeof found}`}, not a function`
  const others =
    functions.size === 0 ? 'It exports no functions' : `Its functions are: ${[...functions].sort().join(', ')}`
  throw new TypeError(`${url} ${problem}. ${others}`)
}

/** `module.exports`, which Node gives as `default`. */
function commonJsExports(namespace: object): object[] {
  const exported = own(namespace, 'default')
  return (typeof exported === 'object' && exported !== null) || typeof exported === 'function' ? [exported] : []
}

function own(place: object, name: string): unknown {
  return Object.hasOwn(place, name) ? Reflect.get(place, name) : undefined
}

function isFunction(value: unknown): value is TaskFunction {
  return typeof value === 'function'
}
