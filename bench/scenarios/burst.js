/** A burst of works submitted in one go: how many per second, and for how long is the event loop held up meanwhile? */

import { all } from '../contestants/all.js'
import { itself, ofTheBestPeer, timesTheBestPeer } from '../report/targets.js'
import { inChild } from './child.js'

export const question = '200,000 works that do nothing, submitted at once'
export const figures = { 'works/s': { unit: '', better: 'higher' }, pause: { unit: 'ms', better: 'lower' } }
export const rounds = 3

export function entrants() {
  return all.map(({ name }) => ({
    name,
    // A process of its own: what a pool has not done by then must not go on beside the next one.
    round: () => inChild(new URL('./burst-child.js', import.meta.url), [name]),
    // A round of theirs takes some seconds.
    rounds: name === 'threadcrew' ? undefined : 1,
  }))
}

export const targets = [timesTheBestPeer('works/s', 8), itself('pause', 'at most', 10), ofTheBestPeer('pause', 1)]
