/** While a task waits, a timer of its own throws, and nobody can catch it. */

import { inWords, isRejected, nextTask, outcome } from '../verdicts.js'

export const title = 'uncaught throw in a timer'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  at('the task')
  const end = await outcome(() => pool.run('throwInTimer'))
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  return nextTask(pool, at)
}
