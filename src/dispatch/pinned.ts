/** Works that one certain worker must run and no other: they wait for it here, in front of all that the queue has. */

import { PriorityQueue } from '../base/priority-queue.js'
import { InvariantError } from '../errors/base.js'
import type { Carrier, WorkRecord } from '../work/record.js'

export class Pinned {
  /** Only those workers that somebody waits for. */
  readonly #queues = new Map<Carrier, PriorityQueue<WorkRecord>>()

  /** Adds a new work, or gives one that comes off the lane its old place. */
  putBack(work: WorkRecord): void {
    const worker = work.pinnedTo
    if (worker === undefined) throw new InvariantError('a work without a worker of its own was put among the pinned')
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

  /** False, and nothing happens, if the work does not wait here. */
  remove(work: WorkRecord): boolean {
    const worker = work.pinnedTo
    if (worker === undefined || this.#queues.get(worker)?.remove(work) !== true) return false
    this.#tidy(worker)
    return true
  }

  /** Takes out all that wait for a worker that will not come to them any more. */
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
