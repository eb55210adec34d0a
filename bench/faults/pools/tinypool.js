/** tinypool on threads, a fixed number of them. */

import { fileURLToPath } from 'node:url'
import { Tinypool } from 'tinypool'
import { versionOf } from '../../contestants/version.js'
import { bySignal } from './by-signal.js'

export const name = 'tinypool'
export const version = versionOf(name)
export const lacks = { close: 'it has no graceful close, only `destroy()`' }

/** @returns {import('./all.js').Pool} */
export function start({ threads, bound, heapMiB }) {
  const pool = new Tinypool({
    filename: fileURLToPath(new URL('../tasks/tasks.js', import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    ...(bound !== undefined && { maxQueue: bound }),
    ...(heapMiB !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMiB } }),
  })
  pool.on('error', () => {})
  const run = (task, argument, signal) => pool.run(argument, { name: task, ...(signal !== undefined && { signal }) })
  return { run, cancellable: bySignal(run), destroy: () => pool.destroy() }
}
