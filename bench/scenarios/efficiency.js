/** How close does the makespan of works of one length come to the ideal, their run time divided by the threads? */

import { all } from '../contestants/all.js'
import { THREADS } from '../report/measure.js'
import { itself, timesTheBestPeer } from '../report/targets.js'

export const question = 'ideal makespan / makespan of works submitted at once'

const LOADS = [
  { figure: '10,000 × 50 µs', works: 10_000, ms: 0.05, wanted: 0.75 },
  { figure: '2,000 × 0.5 ms', works: 2000, ms: 0.5, wanted: 0.9 },
  { figure: '200 × 5 ms', works: 200, ms: 5, wanted: 0.97 },
]

export const figures = Object.fromEntries(LOADS.map(({ figure }) => [figure, { unit: '', better: 'higher' }]))
/** Each takes a second and a half for each contestant. */
export const rounds = 2

export function entrants() {
  return all.map(({ name, open }) => ({ name, open: () => open(THREADS), round, close: pool => pool.close() }))
}

export const targets = LOADS.flatMap(({ figure, wanted }) => [
  itself(figure, 'at least', wanted),
  timesTheBestPeer(figure, 1),
])

async function round(pool) {
  const reached = {}
  for (const { figure, works, ms } of LOADS) {
    const start = performance.now()
    const spans = await Promise.all(Array.from({ length: works }, () => pool.run('timed', [ms])))
    const makespan = performance.now() - start
    // What the works really took: on a busy machine a thread may lose its processor within one.
    const total = spans.reduce((sum, [began, ended]) => sum + ended - began, 0)
    reached[figure] = total / THREADS / makespan
  }
  return reached
}
