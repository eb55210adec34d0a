/** Finds a place for a job: the strategy chooses, shared memory decides. Sends nothing. */

import { misfit } from '../../errors/words.js'
import { READY, type SharedRecords } from '../shared/records.js'
import type { Pickup } from '../strategies/pickup-view.js'
import type { Job } from './job.js'

/** Whose place it is: a thread, by its record and by which of the threads there it is. */
export interface ChosenPlace {
  readonly record: number
  readonly generation: number
}

/**
 * Takes a place for the job with the worker that the strategy picks, again and again as long as others are faster; undefined
 * if none has room, or the strategy wants none of them.
 *
 * @param sender its number in the reservations
 * @throws {RangeError} the strategy picked nobody there is. Throws what the strategy throws
 */
export function takePlace(job: Job, sender: number, shared: SharedRecords, pickup: Pickup): ChosenPlace | undefined {
  const { target, weight } = job
  const { firstRecord, records, maxJobs } = target.facts
  // Whoever was picked may be full by now: each such miss means that somebody else got on.
  for (let misses = 0; misses <= records; misses++) {
    const index = pickup.pick(target, job)
    if (!Number.isInteger(index) || index >= target.length)
      throw misfit(RangeError, 'what pickup.pick() returns', `-1 or an index below ${target.length}`, index)
    if (index < 0) return undefined
    const record = firstRecord + index
    const generation = shared.generation(record)
    if (!shared.reservations.reserve(sender, record, generation, weight, maxJobs)) continue
    if (shared.state(record) === READY) return { record, generation }
    // It has been told to leave meanwhile: what comes now might come too late.
    shared.reservations.release(sender, record, generation, weight)
  }
  return undefined
}
