/** A task fills the heap of its thread, little by little, up to a limit that the pool was given. */

import { inWords, isRejected, nextTask, outcome } from '../verdicts.js'

export const title = 'heap of a thread exhausted'

export async function run(start, at) {
  const pool = start({ threads: 1, heapMiB: 32 })
  at('the task')
  const end = await outcome(() => pool.run('exhaustHeap'))
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  return nextTask(pool, at)
}
