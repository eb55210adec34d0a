/** poolifier with a fixed number of threads and, as by default, without its queue: tasks are posted at once. */

import { fileURLToPath } from 'node:url'
import { FixedThreadPool } from 'poolifier'
import { versionOf } from '../../contestants/version.js'
import { bySignal } from './by-signal.js'

export const name = 'poolifier'
export const version = versionOf(name)
export const lacks = { bound: 'it has no limit beyond which tasks are refused' }

/** @returns {import('./all.js').Pool} */
export function start({ threads, heapMiB }) {
  const pool = new FixedThreadPool(threads, fileURLToPath(new URL('../tasks/poolifier.js', import.meta.url)), {
    ...(heapMiB !== undefined && { workerOptions: { resourceLimits: { maxOldGenerationSizeMb: heapMiB } } }),
  })
  pool.emitter?.on('error', () => {})
  const run = (task, argument, signal) => pool.execute(argument, task, signal)
  // One call for both: it waits up to two seconds for what runs.
  const end = () => pool.destroy()
  return { run, cancellable: bySignal(run), close: end, destroy: end }
}
