/** A million works are queued: what does each cost to submit, in time and in memory, and how long does it take to drain? */

import { all, ours } from '../contestants/all.js'
import { inChild } from './child.js'
import { itself, ofTheBestPeer } from '../report/targets.js'

export const question = '1,000,000 works queued behind busy threads (300,000 for the others)'
export const figures = {
  bytes: { unit: 'heap bytes a work', better: 'lower' },
  µs: { unit: 'to submit', better: 'lower' },
  drained: { unit: 's', better: 'lower' },
}
export const rounds = 1

export function entrants() {
  return all.map(({ name }) => ({
    name,
    // A process of its own for each, since it is the heap that is measured. The peers would take minutes to drain.
    round: () =>
      inChild(new URL('./million-child.js', import.meta.url), [name, name === ours.name ? 'drain' : 'leave']),
    rounds: 1,
  }))
}

export const targets = [itself('bytes', 'at most', 400), ofTheBestPeer('µs', 1 / 3)]
