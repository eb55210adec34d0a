/** A task returns what cannot be cloned. That is an error to be told, and no reason to end the thread. */

import { inWords, isRejected, nextTask, outcome, pass } from '../verdicts.js'

export const title = 'result that cannot be cloned'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  const before = await pool.run('thread')
  at('the task')
  const end = await outcome(() => pool.run('returnsFunction'))
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  const next = await nextTask(pool, at)
  if (next !== pass) return next
  const after = await pool.run('thread')
  if (after !== before) return { verdict: 'kills', note: `the thread is ended; the task ${inWords(end)}` }
  const saysWhy = end.error instanceof Error && end.error.message !== ''
  return saysWhy ? pass : { verdict: 'loses', note: `the thread keeps working, but the task ${inWords(end)}` }
}
