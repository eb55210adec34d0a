/**
 * Takes a place for a job: the pickup strategy chooses a worker, and shared memory decides whether there is a place.
 */

import { misfit } from '../../errors/words.js'
import { READY, type SharedRecords } from '../shared/records.js'
import type { Pickup } from '../strategies/pickup-view.js'
import type { Job } from './job.js'

/** Where a place was taken: the record of the thread, and which of the threads started in that record it is. */
export interface ChosenPlace {
  readonly record: number
  readonly generation: number
}

/**
 * Takes a place for the job with the worker that the strategy picks. If another sender was faster, the strategy is
 * asked again. Returns undefined if the strategy picks none.
 *
 * @param sender its number in shared memory
 * @throws {RangeError} the strategy returned something that is not an index of a worker. Throws what the strategy
 *   throws
 */
export function takePlace(job: Job, sender: number, shared: SharedRecords, pickup: Pickup): ChosenPlace | undefined {
  const { target, weight } = job
  const { firstRecord, records, maxJobs } = target.facts
  // The worker may be full by now: each such miss means that another sender took a place. A strategy that insists on a
  // full worker is asked only a few times.
  for (let misses = 0; misses <= records; misses++) {
    const index = pickup.pick(target, job)
    if (!Number.isInteger(index) || index >= target.length)
      throw misfit(RangeError, 'what pickup.pick() returns', `-1 or an index below ${target.length}`, index)
    if (index < 0) return undefined
    const record = firstRecord + index
    const generation = shared.generation(record)
    if (!shared.reservations.reserve(sender, record, generation, weight, maxJobs)) continue
    if (shared.state(record) === READY) return { record, generation }
    // The worker was told to end in the meantime: a job might reach it too late.
    shared.reservations.release(sender, record, generation, weight)
  }
  return undefined
}
