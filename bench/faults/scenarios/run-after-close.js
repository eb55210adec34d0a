/** A task comes after the pool was closed, or destroyed where it cannot be closed. */

import { inWords, isRejected, outcome, PATIENCE_MS, pass } from '../verdicts.js'

export const title = 'a task after the end of the pool'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  await pool.run('alive')
  at('the end of the pool')
  await (pool.close ?? pool.destroy)()
  const end = await outcome(() => pool.run('alive'), PATIENCE_MS)
  if (isRejected(end)) return pass
  return end === undefined
    ? { verdict: 'hangs', note: 'it never settles' }
    : { verdict: 'revives', note: `a thread is started again; the task ${inWords(end)}` }
}
