/** A task throws a RangeError, another an error of a class of its own. */

import { inWords, isRejected, outcome, pass } from '../verdicts.js'

export const title = 'error: class and name'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  at('the tasks')
  const builtIn = await outcome(() => pool.run('throwRangeError'))
  const own = await outcome(() => pool.run('throwOwnClass'))
  if (!isRejected(builtIn) || !isRejected(own)) return { verdict: 'wrong', note: `the tasks ${inWords(builtIn)}` }
  const lost = []
  if (!(builtIn.error instanceof RangeError)) lost.push('the class of a RangeError')
  if (builtIn.error?.message !== 'too far' || own.error?.message !== 'used up') lost.push('the message')
  if (own.error?.name !== 'QuotaError') lost.push(`the name QuotaError, now ${own.error?.name}`)
  return lost.length === 0 ? pass : { verdict: 'loses', note: `not kept: ${lost.join('; ')}` }
}
