/** A task calls process.exit(). */

import { inWords, isRejected, nextTask, outcome } from '../verdicts.js'

export const title = '`process.exit()` in a task'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  at('the task')
  const end = await outcome(() => pool.run('exit'))
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  return nextTask(pool, at)
}
