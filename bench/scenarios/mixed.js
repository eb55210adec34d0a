/** Long works among many short ones, in random order: when is all done, and how long do the short ones take? */

import { all } from '../contestants/all.js'
import { quantile, THREADS } from '../report/measure.js'
import { ofTheBestPeer } from '../report/targets.js'
import { random } from './random.js'

export const question = '2,000 works at once, 1 % of 50 ms among 20 µs'
export const figures = {
  makespan: { unit: 'ms', better: 'lower' },
  'p99 of the short': { unit: 'ms', better: 'lower' },
}

const WORKS = 2000
const LONG_MS = 50
const SHORT_MS = 0.02

export function entrants() {
  return all.map(({ name, open }) => ({
    name,
    // The same order for everybody, another one in each round.
    open: async () => ({ pool: await open(THREADS), next: random(7) }),
    round,
    close: ({ pool }) => pool.close(),
  }))
}

export const targets = [ofTheBestPeer('makespan', 1), ofTheBestPeer('p99 of the short', 1)]

async function round({ pool, next }) {
  const isLong = Array.from({ length: WORKS }, (_, i) => i < WORKS / 100)
  for (let i = WORKS - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    ;[isLong[i], isLong[j]] = [isLong[j], isLong[i]]
  }
  const start = performance.now()
  const short = []
  await Promise.all(
    isLong.map(async long => {
      if ((await pool.run('spin', [long ? LONG_MS : SHORT_MS])) !== undefined) throw new Error('the wrong result')
      if (!long) short.push(performance.now() - start)
    }),
  )
  return { makespan: performance.now() - start, 'p99 of the short': quantile(short, 0.99) }
}
