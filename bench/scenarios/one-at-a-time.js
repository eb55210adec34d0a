/** How long does one work take, from submission to result, when each is awaited before the next? */

import { all } from '../contestants/all.js'
import { openEcho, pingPong } from '../limits/raw-port.js'
import { THREADS } from '../report/measure.js'
import { against, ofTheBestPeer } from '../report/targets.js'

export const question = 'µs from submission to result, one awaited at a time'
export const figures = { µs: { unit: '', better: 'lower' } }
/** Rounds are short, and latency is what a busy machine disturbs most. */
export const rounds = 9

const DURATION_MS = 300

export function entrants() {
  return [
    ...all.map(({ name, open }) => ({
      name,
      open: () => open(THREADS),
      round: sequence,
      close: pool => pool.close(),
    })),
    {
      name: 'raw port, ping-pong',
      open: () => openEcho(),
      round: async echo => ({ µs: await pingPong(echo, DURATION_MS) }),
      close: echo => echo.close(),
    },
  ]
}

export const targets = [against('raw port, ping-pong', 'µs', 'at most', 1.3), ofTheBestPeer('µs', 1)]

async function sequence(pool) {
  const start = performance.now()
  let count = 0
  for (; performance.now() - start < DURATION_MS; count++) {
    if ((await pool.run('echo', [count])) !== count) throw new Error('the wrong result')
  }
  return { µs: ((performance.now() - start) / count) * 1000 }
}
