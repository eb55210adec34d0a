/** A task gets what cannot be cloned. */

import { inWords, isRejected, nextTask, outcome } from '../verdicts.js'

export const title = 'argument that cannot be cloned'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  await pool.run('alive')
  at('the task')
  const end = await outcome(() => pool.run('received', { callback() {} }))
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  return nextTask(pool, at)
}
