/** One long work comes first: how long do the many short ones behind it take? */

import { all } from '../contestants/all.js'
import { quantile, THREADS } from '../report/measure.js'
import { itself, ofTheBestPeer } from '../report/targets.js'

export const question = 'one work of 200 ms, then 399 of 50 µs: ms from submission to result of the short ones'
export const figures = {
  p50: { unit: 'ms', better: 'lower' },
  p99: { unit: 'ms', better: 'lower' },
  'p99 / shared queue': { unit: '', better: 'lower' },
}

const LONG_MS = 200
const SHORT_MS = 0.05
const SHORT = 399
const WARM_UP = 1000
/** A single queue gives the short ones to the other threads, one after the other. */
const SHARED_QUEUE_P99 = (0.99 * SHORT * SHORT_MS) / (THREADS - 1)

/** What a single measurement says is mostly how the system spread three busy threads over two processors. */
export const rounds = 13

export function entrants() {
  return all.map(({ name, open }) => ({ name, open: () => open(THREADS), round, close: pool => pool.close() }))
}

export const targets = [ofTheBestPeer('p99', 1), itself('p99 / shared queue', 'at most', 1.5)]

async function round(pool) {
  // Everybody's code is compiled and, where somebody measures run times, these are known.
  await Promise.all(Array.from({ length: WARM_UP }, () => pool.run('spin', [SHORT_MS])))
  const long = pool.run('spin', [LONG_MS])
  const start = performance.now()
  const taken = await Promise.all(
    Array.from({ length: SHORT }, async () => {
      if ((await pool.run('spin', [SHORT_MS])) !== undefined) throw new Error('the wrong result')
      return performance.now() - start
    }),
  )
  await long
  const p99 = quantile(taken, 0.99)
  return { p50: quantile(taken, 0.5), p99, 'p99 / shared queue': p99 / SHARED_QUEUE_P99 }
}
