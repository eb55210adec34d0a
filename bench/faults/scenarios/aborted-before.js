/** A task comes with a signal that is aborted already. */

import { Marks } from '../marks.js'
import { inWords, isRejected, nextTask, outcome, pass } from '../verdicts.js'

export const title = 'signal aborted before'
export const needs = ['signal']

export async function run(start, at) {
  const pool = start({ threads: 1 })
  const marks = new Marks(1)
  at('the task')
  const end = await outcome(() => pool.run('mark', marks.of(0), AbortSignal.abort()))
  const next = await nextTask(pool, at) // what was sent to the thread before has run by then
  if (marks.startsOf(0) > 0) return { verdict: 'wrong', note: `the task runs, and ${inWords(end)}` }
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  return next === pass ? pass : next
}
