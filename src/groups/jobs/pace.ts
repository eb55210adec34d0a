/** How fast a sender is given jobs, and by how many jobs it may therefore be ahead of another. */

import { lead } from '../shared/sender-tallies.js'

/**
 * A sender may be ahead of another by the jobs that it is given in this many ms. At 1 ms, three senders that do equally
 * well pass places back and forth three times as often as at 10 ms; at 50 ms, one that falls behind stays at half of
 * what the others get. (These figures, and those beside the other times of fair shares, are from the simulation in
 * fair-share.test.ts.)
 */
const SLACK_MS = 10

export class Pace {
  /** The count of jobs, and the time in Clock ms, when the rate was last measured. */
  #count = 0
  #at = 0
  /** Jobs a ms. */
  #rate = 0

  /** Jobs by which the sender, which has been given `count` jobs by now, may be ahead of another: 1 at least. */
  slack(count: number, now: number): number {
    // By the rate as it was measured the time before. With the latest one, a sender whose neighbour takes nothing gets
    // 0.79 of what the others get, instead of 0.98.
    const slack = 1 + Math.ceil(this.#rate * SLACK_MS)
    if (now - this.#at > SLACK_MS) {
      this.#rate = this.#at === 0 ? 0 : Math.max(0, lead(count, this.#count)) / (now - this.#at)
      this.#count = count
      this.#at = now
    }
    return slack
  }
}
