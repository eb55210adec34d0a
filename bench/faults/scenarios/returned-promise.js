/** A plain function, not an async one, returns a promise. */

import { inWords, outcome, pass } from '../verdicts.js'

export const title = 'plain function that returns a promise'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  at('the task')
  const end = await outcome(() => pool.run('returnsPromise', 'kept'))
  return end.value === 'kept' ? pass : { verdict: 'wrong', note: `the task ${inWords(end)}` }
}
