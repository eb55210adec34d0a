/** A burst of works submitted in one go: how many per second, and for how long is the event loop held up meanwhile? */

import { all } from '../contestants/all.js'
import { THREADS } from '../report/measure.js'
import { itself, ofTheBestPeer, timesTheBestPeer } from '../report/targets.js'

export const question = '200,000 works that do nothing, submitted at once'
export const figures = { 'works/s': { unit: '', better: 'higher' }, pause: { unit: 'ms', better: 'lower' } }
export const rounds = 2

const WORKS = 200_000
/** After that what is done by then counts: some need half a minute for all. */
const PATIENCE_MS = 5000

export function entrants() {
  return all.map(({ name, open }) => ({
    name,
    async round() {
      // Made for each round: what a pool has not done by then must not go on beside the next one.
      const pool = await open(THREADS)
      const found = await burst(pool)
      await pool.close()
      return found
    },
    // A round of theirs takes some seconds.
    rounds: name === 'threadcrew' ? undefined : 1,
  }))
}

export const targets = [timesTheBestPeer('works/s', 8), itself('pause', 'at most', 10), ofTheBestPeer('pause', 1)]

async function burst(pool) {
  let isOver = false
  let done = 0
  const start = performance.now()
  const works = new Array(WORKS)
  for (let i = 0; i < WORKS; i++) {
    works[i] = pool.run('noop', []).then(
      () => done++,
      error => {
        if (!isOver) throw error // whoever is closed before its time refuses the rest
      },
    )
  }
  const all = Promise.all(works)
  // From here on: submitting, and waiting for so many promises, is the caller's own.
  const pause = longestPause(() => isOver)
  let patience
  await Promise.race([all, new Promise(resolve => (patience = setTimeout(resolve, PATIENCE_MS)))])
  clearTimeout(patience)
  const seconds = (performance.now() - start) / 1000
  isOver = true
  return { 'works/s': done / seconds, pause: await pause }
}

/**
 * Ms of the longest gap between two turns of the event loop. Not by `monitorEventLoopDelay`, whose timer never fires, and
 * which therefore says 0, where the loop is held from the beginning to the end.
 */
async function longestPause(isOver) {
  let longest = 0
  let last = performance.now()
  while (!isOver()) {
    await new Promise(resolve => setImmediate(resolve))
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  return longest
}
