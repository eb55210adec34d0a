/** The accepted works that lie on no lane: in the queue, or waiting for the one worker that may run them. */

import { PriorityQueue } from '../base/priority-queue.js'
import type { WorkRecord } from '../work/record.js'
import { Pinned } from './pinned.js'

export class WaitingWorks {
  /** Works that any worker may run, the next one first. */
  readonly queue = new PriorityQueue<WorkRecord>()
  readonly pinned = new Pinned()

  /** Adds a new work. */
  add(work: WorkRecord): void {
    if (work.pinnedTo === undefined) this.queue.push(work)
    else this.pinned.putBack(work)
  }

  /** Gives works that come off a lane, oldest first, their old places. */
  putBack(works: readonly WorkRecord[]): void {
    // Newest first, so that each finds its place at once.
    for (const work of works.toReversed()) {
      if (work.pinnedTo === undefined) this.queue.putBack(work)
      else this.pinned.putBack(work)
    }
  }

  /** Takes out this work. False, with no effect, if it does not wait here. */
  remove(work: WorkRecord): boolean {
    return work.pinnedTo === undefined ? this.queue.remove(work) : this.pinned.remove(work)
  }

  *[Symbol.iterator](): Generator<WorkRecord, void, undefined> {
    yield* this.queue
    yield* this.pinned
  }
}
