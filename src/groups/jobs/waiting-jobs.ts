/** The jobs of one sender that wait for a place in one group, in order. It does not give out places. */

import { PriorityQueue, type QueueLinks } from '../../base/priority-queue.js'

export class WaitingJobs<J extends QueueLinks<J>> {
  readonly #queue = new PriorityQueue<J>()
  readonly #tell: (isWaiting: boolean) => void

  /** @param tell called with true when the first job enters and with false when the last has left */
  constructor(tell: (isWaiting: boolean) => void) {
    this.#tell = tell
  }

  get size(): number {
    return this.#queue.size
  }

  /** The job that comes next, which stays in the queue. */
  peek(): J | undefined {
    return this.#queue.peek()
  }

  [Symbol.iterator](): Iterator<J> {
    return this.#queue[Symbol.iterator]()
  }

  /** Adds a job behind those of its priority that were sent before it. A job that comes back gets its old place. */
  enter(job: J): void {
    this.#queue.putBack(job)
    if (this.#queue.size === 1) this.#tell(true)
  }

  /** Removes a job. Does nothing if the job has left already. */
  leave(job: J): void {
    if (this.#queue.remove(job) && this.#queue.size === 0) this.#tell(false)
  }
}
