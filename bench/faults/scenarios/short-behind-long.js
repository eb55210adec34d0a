/** One of two threads has a long task. Twenty short ones need no more than the other. */

import { Marks } from '../marks.js'
import { outcome, PATIENCE_MS, pass } from '../verdicts.js'

export const title = 'short tasks behind a long one'

const SHORT = 20

export async function run(start, at) {
  const pool = start({ threads: 2 })
  const marks = new Marks(SHORT + 1)
  const long = outcome(() => pool.run('held', marks.of(0)))
  const short = Array.from({ length: SHORT }, (_, n) => outcome(() => pool.run('mark', marks.of(n + 1)), PATIENCE_MS))
  const ends = await Promise.all(short)
  const blocked = ends.filter(end => end === undefined).length
  marks.open(0)
  at('the long task')
  await long
  return blocked === 0
    ? pass
    : { verdict: 'blocks', note: `${blocked} of ${SHORT} short tasks wait for the long one to end` }
}
