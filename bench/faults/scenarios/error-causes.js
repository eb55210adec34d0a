/** A task throws an error with a cause, another an AggregateError. */

import { inWords, isRejected, outcome, pass } from '../verdicts.js'

export const title = 'error: cause and `errors`'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  at('the tasks')
  const caused = await outcome(() => pool.run('throwWithCause'))
  const several = await outcome(() => pool.run('throwAggregate'))
  if (!isRejected(caused) || !isRejected(several)) return { verdict: 'wrong', note: `the tasks ${inWords(caused)}` }
  const lost = []
  const cause = caused.error?.cause
  if (cause === undefined) lost.push('the cause')
  else if (!(cause instanceof RangeError)) lost.push('the class of the cause')
  if (cause !== undefined && cause?.code !== 'E_BEYOND') lost.push('the code of the cause')
  const [first, second] = several.error?.errors ?? []
  if (first === undefined) lost.push('the errors of an AggregateError')
  else if (!(first instanceof TypeError && second instanceof RangeError))
    lost.push('the classes of the errors of an AggregateError')
  return lost.length === 0 ? pass : { verdict: 'loses', note: `not kept: ${lost.join(', ')}` }
}
