/**
 * How many levels of pools lie above a thread. A module that creates a pool and is loaded by the threads of that pool
 * would otherwise start threads without end.
 */

import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'
import type { ResolvedThreadOptions } from './options.js'

/** Node copies environment data to each thread that is started, before any module of that thread is loaded. */
const KEY = 'threadcrew.depth'

/** A thread of a pool may have a pool for itself. Nobody needs a third level on purpose. */
const MAX_DEPTH = 2

/** The levels of threads between the main thread and this one; 0 in the main thread. */
function ownDepth(): number {
  const depth = getEnvironmentData(KEY)
  return typeof depth === 'number' ? depth : 0
}

/**
 * Starts a thread one level below this one.
 *
 * @throws {Error} if that is deeper than the options allow
 */
export function oneLevelDown<T>({ maxDepth = MAX_DEPTH }: ResolvedThreadOptions, start: () => T): T {
  const depth = ownDepth()
  if (depth >= maxDepth) throw tooDeep(depth, maxDepth)
  setEnvironmentData(KEY, depth + 1)
  try {
    return start()
  } finally {
    setEnvironmentData(KEY, depth === 0 ? undefined : depth)
  }
}

function tooDeep(depth: number, maxDepth: number): Error {
  return new Error(
    `this pool was created in a thread that is ${depth} ${depth === 1 ? 'level' : 'levels'} below the main thread, and ` +
      `thread.maxDepth is ${maxDepth}. Probably the threads load the module that creates the pool: create it only if ` +
      "isMainThread of 'node:worker_threads' is true, or in a module that no task imports. If pools in threads of " +
      'pools are intended, raise thread.maxDepth',
  )
}
