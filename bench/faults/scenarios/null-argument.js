/** A task gets null. */

import { inWords, outcome, pass } from '../verdicts.js'

export const title = '`null` as argument'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  at('the task')
  const end = await outcome(() => pool.run('received', null))
  if ('error' in end) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  return end.value === 'null' ? pass : { verdict: 'wrong', note: `it arrives as ${end.value}` }
}
