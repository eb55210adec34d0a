/** Works arrive at random, whether or not the pool keeps up: how long does each take from the time it was to arrive? */

import { all } from '../contestants/all.js'
import { quantile, THREADS } from '../report/measure.js'
import { ofTheBestPeer } from '../report/targets.js'
import { random } from './random.js'

export const question = 'Poisson arrivals of works of 0.5 ms: ms from the intended arrival to the result'

const WORK_MS = 0.5
const DURATION_MS = 700
const LOADS = [30, 60, 90]
const QUANTILES = { p50: 0.5, p99: 0.99, 'p99.9': 0.999 }

const columns = LOADS.flatMap(load => Object.keys(QUANTILES).map(quantile => `${load} % ${quantile}`))
export const figures = Object.fromEntries(columns.map(column => [column, { unit: 'ms', better: 'lower' }]))
/** Two seconds for each contestant. */
export const rounds = 1

export function entrants() {
  return all.map(({ name, open }) => ({
    name,
    open: async () => ({ pool: await open(THREADS), next: random(11) }),
    round,
    close: ({ pool }) => pool.close(),
  }))
}

export const targets = columns.map(column => ofTheBestPeer(column, 1))

async function round({ pool, next }) {
  const figures = {}
  for (const load of LOADS) {
    const meanGap = WORK_MS / THREADS / (load / 100)
    const taken = []
    const works = []
    const start = performance.now()
    for (let at = 0; at < DURATION_MS; at -= Math.log(1 - next()) * meanGap) {
      // Turns of the event loop, not sleeps: timers come in whole milliseconds.
      while (performance.now() - start < at) await new Promise(resolve => setImmediate(resolve))
      const arrival = start + at
      works.push(pool.run('spin', [WORK_MS]).then(() => taken.push(performance.now() - arrival)))
    }
    await Promise.all(works)
    for (const [name, q] of Object.entries(QUANTILES)) figures[`${load} % ${name}`] = quantile(taken, q)
  }
  return figures
}
