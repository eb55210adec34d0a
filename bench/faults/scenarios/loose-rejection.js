/** While a task waits, a promise of its own is rejected, and nobody handles it. */

import { inWords, isRejected, nextTask, outcome } from '../verdicts.js'

export const title = 'unhandled rejection in a task'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  at('the task')
  const end = await outcome(() => pool.run('looseRejection'))
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  return nextTask(pool, at)
}
