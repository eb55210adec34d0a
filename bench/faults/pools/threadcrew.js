/** threadcrew, as the others see it. */

import { Pool, task as taskOf } from 'threadcrew'
import { versionOf } from '../../contestants/version.js'
import { bySignal } from './by-signal.js'

export const name = 'threadcrew'
export const version = versionOf(name)
export const lacks = {}

const TASKS = new URL('../tasks/tasks.js', import.meta.url)

/** @returns {import('./all.js').Pool} */
export function start({ threads, bound, heapMiB }) {
  const pool = new Pool({
    total: threads,
    ...(bound !== undefined && { workBuffer: bound, whenFull: 'reject' }),
    ...(heapMiB !== undefined && { thread: { resourceLimits: { maxOldGenerationSizeMb: heapMiB } } }),
  })
  pool.on('error', () => {})
  const run = (task, argument, signal) =>
    pool.execute(taskOf(TASKS, task), [argument], signal !== undefined ? { signal } : {})
  return { run, cancellable: bySignal(run), close: () => pool.stop(), destroy: () => pool.stop(true) }
}
