/** How many jobs that do nothing go each second from two threads to two others, straight, and through the main thread? */

import { openRelay } from '../limits/two-threads.js'
import { against } from '../report/targets.js'
import { openGroups } from '../tasks/groups/pool.js'

export const question = 'jobs per second from 2 reactors to 2 job workers'
export const figures = {
  '200 each': { unit: 'jobs/s', better: 'higher' },
  // More than there are places for: most of them wait in their senders.
  '1000 each': { unit: 'jobs/s', better: 'higher' },
}

const DURATION_MS = 400
const OURS = 'threadcrew/groups'
const RELAY = 'through the main thread, a message for each job and hop'

export function entrants() {
  return [
    { name: OURS, open: () => openGroups(2, 2), round, close: opened => opened.close() },
    { name: RELAY, open: () => openRelay(2, 2), round, close: opened => opened.close() },
  ]
}

export const targets = Object.keys(figures).map(figure => against(RELAY, figure, 'at least', 8, OURS))

async function round(opened) {
  return { '200 each': await jobsPerSecond(opened, 200), '1000 each': await jobsPerSecond(opened, 1000) }
}

async function jobsPerSecond(opened, outstanding) {
  const done = await opened.run({ outstanding, durationMs: DURATION_MS })
  return done.reduce((sum, { jobs, ms }) => sum + (jobs / ms) * 1000, 0)
}
