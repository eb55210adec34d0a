/** How long does a job take from a reactor to a job worker and back, one awaited at a time? */

import { openPair } from '../limits/two-threads.js'
import { against } from '../report/targets.js'
import { openGroups } from '../tasks/groups/pool.js'

export const question = 'µs from reactor to job worker and back, one awaited at a time'
export const figures = { µs: { unit: '', better: 'lower' } }
/** Rounds are short, and latency is what a busy machine disturbs most. */
export const rounds = 15

const DURATION_MS = 300
const OURS = 'threadcrew/groups'
const BARE = 'bare MessagePort between two threads'

export function entrants() {
  return [
    { name: OURS, open: () => openGroups(1, 1), round, close: opened => opened.close() },
    { name: BARE, open: openPair, round, close: opened => opened.close() },
  ]
}

export const targets = [against(BARE, 'µs', 'at most', 1.3, OURS)]

async function round(opened) {
  const [{ jobs, ms }] = await opened.run({ outstanding: 1, durationMs: DURATION_MS })
  return { µs: (ms / jobs) * 1000 }
}
