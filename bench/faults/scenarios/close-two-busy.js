/** Two threads are busy, and the pool is asked to close once they are done. One is done well before the other. */

import { setTimeout } from 'node:timers/promises'
import { Marks } from '../marks.js'
import { inWords, outcome, pass } from '../verdicts.js'

export const title = 'graceful close, two busy threads'
export const needs = ['close']

export async function run(start, at) {
  const pool = start({ threads: 2 })
  const marks = new Marks(2)
  const outcomes = [0, 1].map(index => outcome(() => pool.run('held', marks.of(index))))
  await marks.untilStarted(0, 1)
  const closed = outcome(() => pool.close())
  at('the first task')
  marks.open(0)
  await outcomes[0]
  await setTimeout(100)
  marks.open(1)
  at('the second task')
  const ends = await Promise.all(outcomes)
  at('the end of close')
  await closed
  const lost = ends.findIndex((end, index) => end.value !== index)
  return lost === -1 ? pass : { verdict: 'loses', note: `the ${['first', 'second'][lost]} task ${inWords(ends[lost])}` }
}
