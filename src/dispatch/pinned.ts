/**
 * Works that only one worker may run. They wait here until that worker is idle, and then go before all works in the
 * queue.
 */

import { PriorityQueue } from '../base/priority-queue.js'
import { InvariantError } from '../errors/base.js'
import type { Carrier, WorkRecord } from '../work/record.js'

export class Pinned {
  /** A queue for each worker that works wait for. None of them is empty. */
  readonly #queues = new Map<Carrier, PriorityQueue<WorkRecord>>()

  /** Adds a new work, or gives a work that comes off the lane its old place. */
  putBack(work: WorkRecord): void {
    const worker = work.pinnedTo
    if (worker === undefined)
      throw new InvariantError('a work that is pinned to no worker was put among the pinned works')
    let queue = this.#queues.get(worker)
    if (queue === undefined) this.#queues.set(worker, (queue = new PriorityQueue()))
    queue.putBack(work)
  }

  /** Whether works wait for this worker. */
  awaits(worker: Carrier): boolean {
    return this.#queues.has(worker)
  }

  /** Takes out the work that this worker runs next. */
  shift(worker: Carrier): WorkRecord | undefined {
    const work = this.#queues.get(worker)?.shift()
    this.#tidy(worker)
    return work
  }

  /** Takes out this work. False, with no effect, if it does not wait here. */
  remove(work: WorkRecord): boolean {
    const worker = work.pinnedTo
    if (worker === undefined || this.#queues.get(worker)?.remove(work) !== true) return false
    this.#tidy(worker)
    return true
  }

  /** Takes out all works that wait for a worker which will not run them any more. */
  removeAll(worker: Carrier): WorkRecord[] {
    const works = [...(this.#queues.get(worker) ?? [])]
    for (const work of works) this.remove(work)
    return works
  }

  *[Symbol.iterator](): Generator<WorkRecord, void, undefined> {
    for (const queue of this.#queues.values()) yield* queue
  }

  #tidy(worker: Carrier): void {
    if (this.#queues.get(worker)?.size === 0) this.#queues.delete(worker)
  }
}
