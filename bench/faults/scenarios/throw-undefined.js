/** A task throws undefined. It is a failure like another, and no reason to end the thread. */

import { inWords, isRejected, nextTask, outcome, pass } from '../verdicts.js'

export const title = '`throw undefined`'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  const before = await pool.run('thread')
  at('the task')
  const end = await outcome(() => pool.run('throwUndefined'))
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  const next = await nextTask(pool, at)
  if (next !== pass) return next
  const after = await pool.run('thread')
  return after === before ? pass : { verdict: 'kills', note: `the thread is ended; the task ${inWords(end)}` }
}
