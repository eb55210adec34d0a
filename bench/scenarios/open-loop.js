/** Works arrive at random, whether or not the pool keeps up: how long does each take from the time it was to arrive? */

import { all } from '../contestants/all.js'
import { quantile, THREADS } from '../report/measure.js'
import { ofTheBestPeer } from '../report/targets.js'
import { openArrivals } from './arrivals.js'
import { random } from './random.js'

export const question = 'Poisson arrivals of works of 0.5 ms: ms from the intended arrival to the result'

const WORK_MS = 0.5
const DURATION_MS = 700
const LOADS = [30, 60, 90]
const QUANTILES = { p50: 0.5, p99: 0.99, 'p99.9': 0.999 }

const columns = LOADS.flatMap(load => Object.keys(QUANTILES).map(quantile => `${load} % ${quantile}`))
export const figures = Object.fromEntries(columns.map(column => [column, { unit: 'ms', better: 'lower' }]))
export const rounds = 1

export function entrants() {
  return all.map(({ name, open }) => ({
    name,
    open: async () => ({ pool: await open(THREADS), arrivals: await openArrivals(), next: random(11) }),
    round,
    close: ({ pool, arrivals }) => Promise.all([pool.close(), arrivals.close()]),
  }))
}

export const targets = columns.map(column => ofTheBestPeer(column, 1))

async function round({ pool, arrivals, next }) {
  const figures = {}
  for (const load of LOADS) {
    const meanGap = WORK_MS / THREADS / (load / 100)
    const times = []
    for (let at = 0; at < DURATION_MS; at -= Math.log(1 - next()) * meanGap) times.push(at)
    const works = []
    const taken = []
    await arrivals.run(times, at => {
      works.push(pool.run('spin', [WORK_MS]).then(() => taken.push(performance.now() - at)))
    })
    await Promise.all(works)
    if (taken.length !== times.length) throw new Error('works were lost')
    for (const [name, q] of Object.entries(QUANTILES)) figures[`${load} % ${name}`] = quantile(taken, q)
  }
  return figures
}
