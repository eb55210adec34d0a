/** A task that never ends, in a loop that looks at nothing, is cancelled. */

import { Marks } from '../marks.js'
import { inWords, isRejected, nextTask, outcome } from '../verdicts.js'

export const title = 'cancelling a busy loop'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  const marks = new Marks(1)
  const { promise, cancel } = pool.cancellable('spinForever', marks.of(0))
  const ended = outcome(() => promise)
  await marks.untilStarted(0)
  cancel()
  at('the task')
  const end = await ended
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  return nextTask(pool, at)
}
