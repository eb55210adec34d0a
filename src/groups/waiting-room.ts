/** Jobs of one sender that wait for a place in one group. Knows their order, and no places. */

import { PriorityQueue } from '../queue/priority.js'
import type { Job } from './job.js'

export class WaitingRoom {
  readonly #queue = new PriorityQueue<Job>()
  readonly #tell: (isWaiting: boolean) => void
  #isOurTurn = false

  /** @param tell  told when the first comes and when the last has gone */
  constructor(tell: (isWaiting: boolean) => void) {
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
    if (this.#queue.size === 1) this.#tell(true)
  }

  leave(job: Job): void {
    if (this.#queue.remove(job) && this.#queue.size === 0) this.#tell(false)
  }

  /** Whether a place that became free here is for those that wait here: every other one, while others wait elsewhere. */
  mayServe(): boolean {
    if (this.#queue.size === 0) return false
    this.#isOurTurn = !this.#isOurTurn
    return this.#isOurTurn
  }
}
