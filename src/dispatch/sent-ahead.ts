/**
 * What was sent ahead, over the lanes of all workers: which of it should come first, and what has to come back. It looks
 * and takes back; the queue, and who gets what, are the dispatcher's.
 */

import type { WorkRecord } from '../work/record.js'
import { AHEAD_MS } from '../worker/lane-load.js'
import type { Worker } from '../worker/worker.js'

type Workers = ReadonlySet<Worker>

const NOBODY: Workers = new Set()

/** The workers that have been at one work for so long that others come to the next one sooner. */
export function slowOf(workers: Workers, now: number): Workers {
  let slow: Set<Worker> | undefined
  for (const worker of workers) if (worker.places.runningFor(now) > AHEAD_MS) (slow ??= new Set()).add(worker)
  return slow ?? NOBODY
}

/**
 * Takes back what waits behind works that take longer than was expected, if others come to it sooner. By lanes, oldest
 * first.
 */
export function* recallOverdue(workers: Workers, slow: Workers, now: number): Generator<WorkRecord[], void, undefined> {
  if (slow.size === 0 || ![...workers].some(worker => worker.accepting && !slow.has(worker))) return
  for (const worker of slow) if (worker.places.areOverdue(now)) yield worker.revokeNewest(Infinity)
}

/** Takes back what was sent ahead and is lower than `top`, which has not begun. By lanes, oldest first. */
export function* recallLower(workers: Workers, top: number): Generator<WorkRecord[], void, undefined> {
  for (const worker of workers) {
    if (worker.places.lowestSent >= top || worker.lane.outstanding === 0) continue
    worker.places.lowestSent = Infinity
    const recalled: WorkRecord[] = []
    for (const work of worker.lane) {
      if (work.staysPut || worker.lane.hasStarted(work)) continue
      if (work.priority < top && worker.revoke(work)) recalled.push(work)
      else worker.places.lowestSent = Math.min(worker.places.lowestSent, work.priority)
    }
    yield recalled
  }
}

/** The oldest of the highest works that were sent ahead, if it is higher than `priority`. It stays where it is. */
export function highestAhead(workers: Workers, priority: number): WorkRecord | undefined {
  let highest: WorkRecord | undefined
  for (const worker of workers) {
    if (worker.places.highestSent <= priority || worker.places.ahead === 0) continue
    let left = worker.places.count
    worker.places.highestSent = -Infinity
    for (const work of worker.lane) {
      if (!work.onLane) continue
      worker.places.highestSent = Math.max(worker.places.highestSent, work.priority)
      // What has a place is not ahead: it runs, or its thread is waking up for it.
      if (left-- > 0 || worker.lane.hasStarted(work) || work.staysPut) continue
      if (work.priority > (highest?.priority ?? priority)) highest = work
    }
  }
  return highest
}

/**
 * Takes back a work that is older than the head of the queue and was sent ahead to one of the slow ones; undefined where
 * there is none. Without this a steady input would pass that one by for as long as the work before it runs.
 */
export function takeOlder(slow: Workers, head: WorkRecord): WorkRecord | undefined {
  let oldest = head
  for (const worker of slow) {
    const next = worker.places.ahead === 0 ? undefined : worker.lane.oldestUnstarted()
    if (next === undefined || next.priority !== head.priority || next.staysPut) continue
    if (next.serial < oldest.serial) oldest = next
  }
  return oldest !== head && oldest.carrier?.revoke(oldest) === true ? oldest : undefined
}

/**
 * Takes back the later half of what the fullest lane holds ahead; where priorities differ only the highest work there is.
 * Nothing where no lane holds anything ahead.
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
  return fullest?.revokeNewest(Math.ceil(most / 2)) ?? []
}
