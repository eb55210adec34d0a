/** Finds what a group's module exports, inside a thread, and makes an entry point of it. Knows no workers. */

import type { GroupWorker, WorkerEntryPoint } from '../shared/group-worker.js'

/** Both steps of an entry point, whatever its form. */
export interface LoadedEntryPoint {
  initialize(worker: GroupWorker): unknown
  /** Resolves when the worker is to end. */
  run(worker: GroupWorker): unknown
}

/**
 * @throws {TypeError} there is no such export, or it is neither class, object nor function. A module that fails to load, and
 * a constructor that throws, reject with their own error
 */
export async function loadEntryPoint(url: string, exportName: string): Promise<LoadedEntryPoint> {
  const namespace = (await import(url)) as Readonly<Record<string, unknown>>
  const name = exportName === 'default' ? 'default export' : `export ${JSON.stringify(exportName)}`
  const place = [commonJsExports(namespace), namespace].find(
    each => each !== undefined && Object.hasOwn(each, exportName),
  )
  if (place === undefined) {
    const there = Object.keys(namespace).join(', ') || '(nothing)'
    throw new TypeError(`${url} has no ${name}, which should be the entry point of a group; it exports ${there}`)
  }
  const exported = place[exportName]
  const entry = made(exported)
  if (entry === undefined) {
    const kind = exported === null ? 'null' : typeof exported
    throw new TypeError(`the ${name} of ${url} should be an entry point: a class, an object or a function, not ${kind}`)
  }
  if (entry.initialize === undefined && entry.run === undefined)
    throw new TypeError(`the ${name} of ${url} has neither initialize() nor run(): there is nothing it could do`)
  for (const step of ['initialize', 'run'] as const) {
    if (entry[step] !== undefined && typeof entry[step] !== 'function')
      throw new TypeError(`${step} of the ${name} of ${url} is ${typeof entry[step]}, not a method`)
  }
  return {
    initialize: worker => entry.initialize?.(worker),
    // Without a run() it is there for its jobs, or its timers.
    run: worker => (entry.run === undefined ? worker.awaitTermination() : entry.run(worker)),
  }
}

/** `module.exports`, which Node imports as `default`; there the names of a compiled ES module are as they were written. */
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

/** By its text, or by what its instances can do: a class that was compiled for old engines is a function as well. */
function isClass(exported: object): exported is new () => WorkerEntryPoint {
  if (/^class\b/.test(Function.prototype.toString.call(exported))) return true
  const prototype: unknown = Reflect.get(exported, 'prototype')
  return typeof prototype === 'object' && prototype !== null && ('initialize' in prototype || 'run' in prototype)
}
