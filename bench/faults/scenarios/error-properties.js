/** A task throws an error with a code and an object as its own properties. */

import { isDeepStrictEqual } from 'node:util'
import { inWords, isRejected, outcome, pass } from '../verdicts.js'

export const title = 'error: `code` and own properties'

export async function run(start, at) {
  const pool = start({ threads: 1 })
  at('the task')
  const end = await outcome(() => pool.run('throwWithProperties'))
  if (!isRejected(end)) return { verdict: 'wrong', note: `the task ${inWords(end)}` }
  const { code, disk } = end.error ?? {}
  const lost = []
  if (code !== 'E_NO_ROOM') lost.push('code')
  if (!isDeepStrictEqual(disk, { free: 3, wanted: 5 })) {
    lost.push(disk === undefined ? 'the other property' : `the other property, now ${JSON.stringify(disk)}`)
  }
  return lost.length === 0 ? pass : { verdict: 'loses', note: `not kept: ${lost.join(', ')}` }
}
