/** One task runs, one may wait. Twenty more come, each with a signal: one is accepted, and nothing that was refused runs. */

import { setTimeout } from 'node:timers/promises'
import { Marks } from '../marks.js'
import { isRejected, outcome, pass } from '../verdicts.js'

export const title = 'bounded queue, with signals'
export const needs = ['bound', 'signal']

export async function run(start, at) {
  const pool = start({ threads: 1, bound: 1 })
  const marks = new Marks(21)
  const running = outcome(() => pool.run('held', marks.of(0)))
  await marks.untilStarted(0)
  const ends = []
  const others = Array.from({ length: 20 }, async (_, n) => {
    ends[n] = await outcome(() => pool.run('mark', marks.of(n + 1), new AbortController().signal))
  })
  await setTimeout(100)
  const refused = Array.from({ length: 20 }, (_, n) => n).filter(n => isRejected(ends[n]))
  marks.open(0)
  at('the accepted tasks')
  await Promise.all([running, ...others])
  const ran = refused.filter(n => marks.startsOf(n + 1) > 0)
  if (ran.length > 0) return { verdict: 'wrong', note: `${ran.length} refused tasks ran` }
  if (refused.length !== 19)
    return { verdict: 'wrong', note: `${20 - refused.length} of 20 were accepted although only 1 may wait` }
  const lost = ends.filter(isRejected).length - refused.length
  return lost === 0 ? pass : { verdict: 'loses', note: 'the accepted task was rejected' }
}
