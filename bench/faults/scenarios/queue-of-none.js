/** Nothing may wait: with its thread busy the pool refuses, what it refused never runs, and a free thread is used again. */

import { setTimeout } from 'node:timers/promises'
import { Marks } from '../marks.js'
import { inWords, isRejected, outcome, pass } from '../verdicts.js'

export const title = 'queue bound of 0'
export const needs = ['bound']

export async function run(start, at) {
  const pool = start({ threads: 1, bound: 0 })
  const marks = new Marks(2)
  // A pool may take nothing before its thread has started; that is within what was asked for.
  let running
  at('a first task that is accepted')
  while (marks.startsOf(0) === 0) {
    running = outcome(() => pool.run('held', marks.of(0)))
    await Promise.race([running, marks.untilStarted(0)])
    if (marks.startsOf(0) === 0) await setTimeout(20)
  }
  let refusal
  const other = outcome(() => pool.run('mark', marks.of(1))).then(end => (refusal = end))
  await setTimeout(100)
  const isRefused = isRejected(refusal)
  marks.open(0)
  at('the tasks')
  const first = await running
  await other
  await setTimeout(100) // what was refused and yet begins does so when the thread is free
  const hasRun = marks.startsOf(1) > 0
  at('the next task')
  const next = await outcome(() => pool.run('alive'))
  if (!isRefused) return { verdict: 'wrong', note: 'a task is accepted while the only thread is busy' }
  if (hasRun) return { verdict: 'wrong', note: 'the refused task runs' }
  if (marks.startsOf(0) > 1) return { verdict: 'wrong', note: 'refused tasks run' }
  if (first.value !== 0) return { verdict: 'loses', note: `the accepted task ${inWords(first)}` }
  return next.value === 'alive' ? pass : { verdict: 'wrong', note: `the next task, alone, ${inWords(next)}` }
}
