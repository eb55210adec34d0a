/** How fast a sender is given jobs, and by how many jobs it may therefore be ahead of another. */

import { lead } from '../shared/sender-tallies.js'

/**
 * A sender may be ahead of another by as many jobs as it is given in this many ms. At 1 ms, three equally fast senders
 * pass places back and forth three times as often as at 10 ms. At 50 ms, a sender that falls behind keeps getting half
 * of what the others get. (These figures, and those beside the other times of fair shares, are from the simulation in
 * fair-share.test.ts.)
 */
const SLACK_MS = 10

export class Pace {
  /** The count of jobs, and the time in Clock ms, when the rate was last measured. */
  #count = 0
  #at = 0
  /** Jobs per ms. */
  #rate = 0

  /** Number of jobs, at least 1, by which the sender may be ahead of another. It has been given `count` jobs by now. */
  slack(count: number, now: number): number {
    // Uses the previous measurement of the rate. With the latest one, a sender whose neighbour takes nothing gets 0.79
    // of what the others get, instead of 0.98.
    const slack = 1 + Math.ceil(this.#rate * SLACK_MS)
    if (now - this.#at > SLACK_MS) {
      this.#rate = this.#at === 0 ? 0 : Math.max(0, lead(count, this.#count)) / (now - this.#at)
      this.#count = count
      this.#at = now
    }
    return slack
  }
}
