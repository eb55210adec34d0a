/** The stack of an error names the line of the task that threw. */

import { inWords, isRejected, outcome, pass } from '../verdicts.js'

export const title = 'error: stack with the file of the task'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  at('the task')
  const end = await outcome(() => pool.run('throwRangeError'))
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  const isNamed = /throwRangeError.*faults[\\/]tasks[\\/]tasks\.js:\d+/.test(end.error?.stack ?? '')
  return isNamed ? pass : { verdict: 'loses', note: 'not kept: the frame of the task' }
}
