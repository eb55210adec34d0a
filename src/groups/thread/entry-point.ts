/** Loads the module of a group inside a thread and turns its export, or what that promises, into an entry point. */

import { BY_ENTRY_POINT, importModule } from '../../thread/imports.js'
import type { GroupWorker, WorkerEntryPoint } from '../shared/group-worker.js'

/** The two steps of an entry point, whatever the form of the export. */
export interface LoadedEntryPoint {
  initialize(worker: GroupWorker): unknown
  /** Returns, or resolves, when the worker should end. */
  run(worker: GroupWorker): unknown
}

/**
 * @throws {TypeError} there is no such export, or it is not a class, object or function with initialize() or run().
 *   Rejects with the original error if the module fails to load or the constructor throws; a SyntaxError is wrapped in
 *   one that names the module
 */
export async function loadEntryPoint(url: string, exportName: string): Promise<LoadedEntryPoint> {
  const namespace = (await importModule(url, BY_ENTRY_POINT)) as Readonly<Record<string, unknown>>
  const name = exportName === 'default' ? 'default export' : `export ${JSON.stringify(exportName)}`
  const place = [commonJsExports(namespace), namespace].find(
    each => each !== undefined && Object.hasOwn(each, exportName),
  )
  if (place === undefined) {
    const there = Object.keys(namespace).join(', ') || '(nothing)'
    throw new TypeError(`${url} has no ${name}, which should be the entry point of a group; it exports ${there}`)
  }
  const exported = await place[exportName]
  const entry = made(exported)
  if (entry === undefined) {
    const kind = exported === null ? 'null' : typeof exported
    throw new TypeError(`the ${name} of ${url} should be an entry point: a class, an object or a function, not ${kind}`)
  }
  if (entry.initialize === undefined && entry.run === undefined)
    throw new TypeError(`the ${name} of ${url} has neither initialize() nor run(), so it would do nothing`)
  for (const step of ['initialize', 'run'] as const) {
    if (entry[step] !== undefined && typeof entry[step] !== 'function')
      throw new TypeError(`${step} of the ${name} of ${url} is ${typeof entry[step]}, not a method`)
  }
  return {
    initialize: worker => entry.initialize?.(worker),
    // Without a run(), the worker lives on for its jobs or timers.
    run: worker => (entry.run === undefined ? worker.awaitTermination() : entry.run(worker)),
  }
}

/** `module.exports`, which Node imports as `default`. A compiled ES module has its exports there. */
function commonJsExports({
  default: exported,
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  if (typeof exported !== 'object' || exported === null || !Object.hasOwn(exported, '__esModule')) return undefined
  return exported as Readonly<Record<string, unknown>>
}

function made(exported: unknown): WorkerEntryPoint | undefined {
  if (typeof exported === 'object' && exported !== null) return exported
  if (typeof exported !== 'function') return undefined
  if (isClass(exported)) return new exported()
  return { run: exported as (worker: GroupWorker) => unknown }
}

/**
 * Whether it is a class, by its source text or by its methods: a class that was compiled for old engines is a plain
 * function.
 */
function isClass(exported: object): exported is new () => WorkerEntryPoint {
  if (/^class\b/.test(Function.prototype.toString.call(exported))) return true
  const prototype: unknown = Reflect.get(exported, 'prototype')
  return typeof prototype === 'object' && prototype !== null && ('initialize' in prototype || 'run' in prototype)
}
