/**
 * Examines the works that were sent ahead, across the lanes of all workers: which of them should run first, and which
 * must come back. It takes works back, but leaves the queue and the choice of a worker to the dispatcher.
 */

import type { WorkRecord } from '../work/record.js'
import { AHEAD_MS } from '../worker/lane-load.js'
import type { Worker } from '../worker/worker.js'

type Workers = ReadonlySet<Worker>

const NOBODY: Workers = new Set()

/**
 * The workers that the others will probably outpace: those that are starting, and those that have been busy with the
 * same works for a while.
 */
export function slowOf(workers: Workers, now: number): Workers {
  let slow: Set<Worker> | undefined
  for (const worker of workers) {
    const { places } = worker
    if (!places.areOpen || places.runningFor(now) > AHEAD_MS) (slow ??= new Set()).add(worker)
  }
  return slow ?? NOBODY
}

/**
 * Takes back the works that wait behind works that take longer than expected, if another worker will reach them sooner.
 * Yields one list for each lane, oldest first.
 */
export function* recallOverdue(workers: Workers, slow: Workers, now: number): Generator<WorkRecord[], void, undefined> {
  if (slow.size === 0 || ![...workers].some(worker => worker.accepting && !slow.has(worker))) return
  for (const worker of slow) if (worker.places.areOverdue(now)) yield worker.revokeNewest(Infinity)
}

/**
 * Takes back the works that were sent ahead and are lower than `top`, the priority of a queued work. Yields one list
 * for each lane, oldest first.
 */
export function* recallLower(workers: Workers, top: number): Generator<WorkRecord[], void, undefined> {
  for (const worker of workers) if (worker.places.mayHoldBelow(top)) yield worker.revokeBelow(top)
}

/** The oldest of the highest works that were sent ahead, if it is higher than `priority`. It stays where it is. */
export function highestAhead(workers: Iterable<Worker>, priority: number): WorkRecord | undefined {
  let highest: WorkRecord | undefined
  for (const { places } of workers) highest = places.highestAhead(highest?.priority ?? priority) ?? highest
  return highest
}

/**
 * Takes back a work that is older than the head of the queue and was sent ahead to one of these workers, which are slow;
 * undefined if there is none. Without this, a steady stream of new works would overtake it for as long as the work before it runs.
 */
export function takeOlder(slow: Iterable<Worker>, head: WorkRecord): WorkRecord | undefined {
  let oldest = head
  for (const worker of slow) {
    const next = worker.places.ahead === 0 ? undefined : worker.lane.oldestUnstarted()
    if (next === undefined || next.priority !== head.priority || next.staysPut) continue
    if (next.serial < oldest.serial) oldest = next
  }
  return oldest !== head && oldest.carrier?.revoke(oldest) === true ? oldest : undefined
}

/**
 * Takes back the later half of what the fullest lane holds ahead; where priorities differ, only the highest work of all
 * lanes. From a thread that is starting, takes the oldest work. An empty list if no lane holds anything ahead.
 */
export function steal(workers: Workers): WorkRecord[] {
  let fullest: Worker | undefined
  let most = 0
  let lowest = Infinity
  for (const worker of workers) {
    if (worker.places.ahead === 0) continue
    lowest = Math.min(lowest, worker.places.lowestSent)
    const ahead = Math.min(worker.lane.unstarted(), worker.places.ahead)
    if (ahead > most) {
      most = ahead
      fullest = worker
    }
  }
  const highest = highestAhead(workers, lowest)
  if (highest?.carrier?.revoke(highest) === true) return [highest]
  if (fullest?.places.areOpen === false) {
    // There, no work is behind another: the thief takes what it can begin now.
    const next = fullest.lane.oldestUnstarted()
    return next !== undefined && fullest.revoke(next) ? [next] : []
  }
  return fullest?.revokeNewest(Math.ceil(most / 2)) ?? []
}
