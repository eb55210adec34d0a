/** piscina with a fixed number of threads. */

import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { versionOf } from '../../contestants/version.js'
import { bySignal } from './by-signal.js'

export const name = 'piscina'
export const version = versionOf(name)
export const lacks = {}

/** @returns {import('./all.js').Pool} */
export function start({ threads, bound, heapMiB }) {
  const pool = new Piscina({
    filename: fileURLToPath(new URL('../tasks/tasks.js', import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    ...(bound !== undefined && { maxQueue: bound }),
    ...(heapMiB !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMiB } }),
  })
  pool.on('error', () => {})
  const run = (task, argument, signal) => pool.run(argument, { name: task, ...(signal !== undefined && { signal }) })
  return { run, cancellable: bySignal(run), close: () => pool.close(), destroy: () => pool.destroy() }
}
