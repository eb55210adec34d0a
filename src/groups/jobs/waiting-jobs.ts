/** Jobs of one sender that wait for a place in one group, and its share of these. Knows their order, and gives no places. */

import { PriorityQueue } from '../../base/priority-queue.js'
import type { FairShare } from './fair-share.js'
import type { Job } from './job.js'
import type { Target } from './target.js'

export class WaitingRoom {
  readonly target: Target
  readonly share: FairShare
  /** Places are being given to these jobs just now. */
  isServed = false
  readonly #queue = new PriorityQueue<Job>()
  readonly #tell: (isWaiting: boolean) => void

  /** @param tell  told when the first comes and when the last has gone */
  constructor(target: Target, share: FairShare, tell: (isWaiting: boolean) => void) {
    this.target = target
    this.share = share
    this.#tell = tell
  }

  get size(): number {
    return this.#queue.size
  }

  peek(): Job | undefined {
    return this.#queue.peek()
  }

  [Symbol.iterator](): Iterator<Job> {
    return this.#queue[Symbol.iterator]()
  }

  /** Behind those of its priority that were sent before it: one that comes back has its old place. */
  enter(job: Job): void {
    this.#queue.putBack(job)
    if (this.#queue.size === 1) this.#wait(true)
  }

  leave(job: Job): void {
    if (this.#queue.remove(job) && this.#queue.size === 0) this.#wait(false)
  }

  #wait(isWaiting: boolean): void {
    this.share.setWaits(isWaiting)
    this.#tell(isWaiting)
  }
}
