/**
 * Gives jobs places, and gives a place that becomes free to the next job. It knows nothing about answers, and settles a
 * job only if the pickup strategy throws or the sender has been stopped.
 */

import type { Clock } from '../../base/clock.js'
import type { PoolStoppedError } from '../../errors/works.js'
import type { SharedRecords } from '../shared/records.js'
import type { Pickup } from '../strategies/pickup-view.js'
import type { GroupBooks } from './group-books.js'
import type { JobLanes } from './job-lanes.js'
import type { Job, JobCarrier } from './job.js'
import type { Settlement } from './settlement.js'
import { type ChosenPlace, takePlace } from './take-place.js'

export interface PlacementPlan {
  readonly clock: Pick<Clock, 'now'>
  readonly shared: SharedRecords
  /** Number of this sender in shared memory. */
  readonly self: number
  readonly pickup: Pickup
}

/**
 * The result of looking for a place: the job has one, there is none for it now, or it needs none because it was
 * settled.
 */
type Found = 'place' | 'none' | 'settled'

export class Placement {
  readonly #plan: PlacementPlan
  readonly #lanes: JobLanes
  readonly #settlement: Settlement
  readonly #schedule: () => void
  #stopped: PoolStoppedError | undefined

  /** @param schedule called when there are jobs to post, or freed places to announce, at the end of the turn */
  constructor(plan: PlacementPlan, lanes: JobLanes, settlement: Settlement, schedule: () => void) {
    this.#plan = plan
    this.#lanes = lanes
    this.#settlement = settlement
    this.#schedule = schedule
  }

  /** Why no job gets a place any more, once {@link stop} was called. */
  get stopped(): PoolStoppedError | undefined {
    return this.#stopped
  }

  /** From here on each job that looks for a place fails with this error. */
  stop(error: PoolStoppedError): void {
    this.#stopped = error
  }

  /** Gives the job to a worker, or puts it into the queue behind those that wait already. */
  place(job: Job): void {
    const { waiting } = job.books
    if (waiting.size === 0 && this.#give(job) !== 'none') return
    job.wait(this.#plan.clock.now())
    waiting.enter(job)
  }

  /** Removes a settled job from the queue. Jobs behind it may want places that it did not want. */
  withdraw(job: Job): void {
    const { books } = job
    const wasFirst = books.waiting.peek() === job
    books.waiting.leave(job)
    if (wasFirst) this.serve(books)
  }

  /** Takes back the place of a job, and gives it to the next job. Returns the lane that the job was on. */
  vacate(job: Job): JobCarrier {
    const { shared, self } = this.#plan
    const { books } = job
    const lane = job.vacate()
    // Decided before the place is released, so that it does not count as a free one.
    const isForOthers = books.share.giveBack()
    shared.reservations.release(self, lane.record, lane.generation, job.weight)
    // If others wait, any further free places were left to them: take no more than this one.
    const most = books.othersWait ? 1 : Infinity
    const isTaken = !isForOthers && books.waiting.size > 0 && this.serve(books, most)
    // The place is announced to the others if it is for them, or if this sender's strategy does not want it.
    if (!isTaken && books.othersWait && (isForOthers || books.target.hasRoom)) {
      books.noteFreed()
      this.#schedule()
    }
    return lane
  }

  /** Gives free places to at most `most` waiting jobs. Returns whether it gave any. */
  serve(books: GroupBooks<Job>, most = Infinity): boolean {
    const { waiting } = books
    // The strategy is the user's code and may do anything while it chooses, such as call off jobs. If that leads back
    // here, the loop that is already running does the work.
    if (books.isServed) return false
    books.isServed = true
    let given = 0
    for (let job; given < most && (job = waiting.peek()) !== undefined; waiting.leave(job)) {
      const found = this.#give(job)
      if (found === 'none') break
      if (found === 'place') given++
    }
    books.isServed = false
    return given > 0
  }

  /** Gives the job to the worker that the strategy picks, if it picks one. */
  #give(job: Job): Found {
    const { shared, pickup, self } = this.#plan
    let chosen: ChosenPlace | undefined
    try {
      if (this.#stopped === undefined) chosen = takePlace(job, self, shared, pickup)
    } catch (error) {
      this.#settlement.settle(job, true, error)
    }
    // Read again: the strategy may have stopped the pool, or called off this very job.
    if (this.#stopped !== undefined) this.#settlement.settle(job, true, this.#stopped)
    if (job.isSettled) {
      if (chosen !== undefined) shared.reservations.release(self, chosen.record, chosen.generation, job.weight)
      return 'settled'
    }
    if (chosen === undefined) return 'none'
    const lane = this.#lanes.to(job.target, chosen.record, chosen.generation)
    job.books.share.take()
    job.give(lane)
    this.#schedule()
    lane.send(job)
    // Reading the job's data may have run the user's code, which may have called the job off. Then its place is free
    // again.
    return job.state.lane === undefined ? 'settled' : 'place'
  }
}
