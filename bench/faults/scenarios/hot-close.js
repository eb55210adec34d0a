/** Two threads are in loops that never end, ten tasks wait, and the pool is to end at once. */

import { Marks } from '../marks.js'
import { outcome, pass } from '../verdicts.js'

export const title = 'hot close of a pool at work'

export async function run(start, at) {
  const pool = start({ threads: 2 })
  const marks = new Marks(12)
  const ends = []
  const all = Array.from({ length: 12 }, async (_, index) => {
    ends[index] = await outcome(() => pool.run(index < 2 ? 'spinForever' : 'mark', marks.of(index)))
  })
  await marks.untilStarted(0, 1)
  at('the end of the pool')
  await pool.destroy()
  at('the tasks')
  const missing = () => 12 - ends.filter(end => end !== undefined).length
  const late = setInterval(() => at(`${missing()} of 12 tasks to settle`), 500)
  await Promise.all(all)
  clearInterval(late)
  return pass
}
