/** workerpool on threads, a fixed number of them. It has no events that a user must listen to. */

import { fileURLToPath } from 'node:url'
import workerpool from 'workerpool'
import { versionOf } from '../../contestants/version.js'

export const name = 'workerpool'
export const version = versionOf(name)
export const lacks = { signal: 'it takes no AbortSignal; a task is cancelled by `promise.cancel()`' }

/** @returns {import('./all.js').Pool} */
export function start({ threads, bound, heapMiB }) {
  const pool = workerpool.pool(fileURLToPath(new URL('../tasks/workerpool.js', import.meta.url)), {
    workerType: 'thread',
    minWorkers: threads,
    maxWorkers: threads,
    ...(bound !== undefined && { maxQueueSize: bound }),
    ...(heapMiB !== undefined && { workerThreadOpts: { resourceLimits: { maxOldGenerationSizeMb: heapMiB } } }),
  })
  const run = (task, argument) => pool.exec(task, [argument])
  return {
    run,
    cancellable(task, argument) {
      const promise = run(task, argument)
      return { promise, cancel: () => void promise.cancel() }
    },
    close: () => pool.terminate(),
    destroy: () => pool.terminate(true),
  }
}
