/** Both threads exit under their tasks while forty more have been submitted. Each of those runs, and once. */

import { setTimeout } from 'node:timers/promises'
import { Marks } from '../marks.js'
import { isRejected, outcome, PATIENCE_MS, pass } from '../verdicts.js'

export const title = 'threads die while others wait'

const WAITING = 40

export async function run(start) {
  const pool = start({ threads: 2 })
  const marks = new Marks(2 + WAITING)
  const ends = []
  const submit = (task, index) =>
    outcome(() => pool.run(task, marks.of(index))).then(end => {
      ends[index] = end
    })
  const dying = [0, 1].map(index => submit('heldThenExit', index))
  await marks.untilStarted(0, 1)
  const numbers = Array.from({ length: WAITING }, (_, n) => n + 2)
  const waiting = numbers.map(index => submit('mark', index))
  marks.open(0, 1)
  const settled = Promise.all([...dying, ...waiting])
  const inTime = await Promise.race([settled.then(() => true), setTimeout(PATIENCE_MS)])
  const unsettled = numbers.filter(index => ends[index] === undefined).length
  if (inTime === undefined) {
    // Gone for good, or only forgotten until something else comes?
    void outcome(() => pool.run('alive'))
    await Promise.race([settled, setTimeout(PATIENCE_MS / 2)])
  }
  const settledLate = numbers.every(index => ends[index] !== undefined)
  const twice = [0, 1, ...numbers].filter(index => marks.startsOf(index) > 1).length
  if (twice > 0) return { verdict: 'twice', note: `${twice} tasks ran more than once` }
  if (unsettled > 0) {
    return settledLate
      ? {
          verdict: 'stalls',
          note: `${unsettled} of the ${WAITING} waiting tasks do not begin until another is submitted`,
        }
      : { verdict: 'hangs', note: `${unsettled} of the ${WAITING} waiting tasks never settle` }
  }
  const lost = numbers.filter(index => isRejected(ends[index])).length
  if (lost > 0) return { verdict: 'loses', note: `${lost} of the ${WAITING} waiting tasks are rejected` }
  return inTime === true ? pass : { verdict: 'hangs', note: 'a task whose thread dies never settles' }
}
