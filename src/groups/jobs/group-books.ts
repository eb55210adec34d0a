/**
 * One sender's books on one group: its jobs that wait there, the places it holds, and the freed places that it has not
 * yet announced to other senders. It picks no workers and sends nothing.
 */

import type { Clock } from '../../base/clock.js'
import type { QueueLinks } from '../../base/priority-queue.js'
import type { SharedRecords } from '../shared/records.js'
import { FairShare } from './fair-share.js'
import type { Target } from './target.js'
import { WaitingJobs } from './waiting-jobs.js'

export class GroupBooks<J extends QueueLinks<J>> {
  readonly target: Target
  readonly waiting: WaitingJobs<J>
  /** The places that the sender holds, and which sender gets one that becomes free. */
  readonly share: FairShare
  /** Whether its waiting jobs are being given places at this moment. */
  isServed = false
  readonly #shared: SharedRecords
  #freed = 0

  /**
   * @param self the sender's number in shared memory
   * @param tell called with true when jobs begin to wait and with false when none waits any longer
   */
  constructor(
    clock: Pick<Clock, 'now'>,
    shared: SharedRecords,
    self: number,
    target: Target,
    tell: (isWaiting: boolean) => void,
  ) {
    this.target = target
    this.#shared = shared
    this.share = new FairShare(clock, shared, self, target)
    this.waiting = new WaitingJobs(isWaiting => {
      this.share.setWaits(isWaiting)
      tell(isWaiting)
    })
  }

  /** Position of the group in the scheme. */
  get group(): number {
    return this.target.facts.index
  }

  /** Whether jobs of other senders wait for a place in this group. */
  get othersWait(): boolean {
    return this.#shared.waiting(this.group) > Number(this.waiting.size > 0)
  }

  /** A place has become free for other senders. */
  noteFreed(): void {
    this.#freed++
  }

  /** The places to announce to other senders; from here on they count as announced. */
  takeFreed(): number {
    const freed = this.#freed
    this.#freed = 0
    return freed
  }
}
