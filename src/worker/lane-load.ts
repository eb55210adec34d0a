/** How long the works on a lane are expected to take, and what that says of the running ones. */

import { SLOTS } from '../lane/claims.js'
import type { LaneSender } from '../lane/sender.js'
import type { WorkRecord } from '../work/record.js'

/**
 * The works that are sent ahead to one thread take about this many ms together. They keep the thread busy while its
 * answers, which it may hold for 1 ms, travel here and the next works travel there. A work that runs for longer holds
 * up the works behind it.
 */
export const AHEAD_MS = 2

export class LaneLoad {
  readonly #lane: LaneSender<WorkRecord>
  /** Ms that the work in each slot was expected to run when it was sent; 0 for a slot without a work. */
  readonly #estimates = new Float64Array(SLOTS)
  /** Their sum. */
  #sum = 0
  /** Clock ms at which answers were last read, or the first work was put on the empty lane. */
  #movedAt = 0

  constructor(lane: LaneSender<WorkRecord>) {
    this.#lane = lane
  }

  /** The lane is empty and gets its first work. */
  begin(now: number): void {
    this.#movedAt = now
    this.#sum = 0
  }

  /** Answers have been read. */
  moved(now: number): void {
    this.#movedAt = now
  }

  add(work: WorkRecord): void {
    this.#sum += this.#estimates[work.slot] = expected(work)
  }

  remove(work: WorkRecord): void {
    this.#sum -= this.#estimateOf(work)
    this.#estimates[work.slot] = 0
  }

  /** Whether all works on the lane, including this one, are short taken together. */
  hasRoomFor(work: WorkRecord): boolean {
    return this.#sum + expected(work) <= AHEAD_MS
  }

  /** Whether the works on the lane are not short taken together. */
  get isLong(): boolean {
    return this.#sum > AHEAD_MS
  }

  /** Ms for which the first of these running works has been running; 0 if an answer has come within `AHEAD_MS`. */
  runningFor(running: Iterable<WorkRecord>, now: number): number {
    if (now - this.#movedAt <= AHEAD_MS) return 0
    const [oldest] = running
    return oldest === undefined ? 0 : now - this.#lane.startedAt(oldest)
  }

  /** Whether all of these running works take longer than was expected, and there are any. */
  areOverdue(running: Iterable<WorkRecord>, now: number): boolean {
    let any = false
    for (const work of running) {
      if (this.#leftOf(work, now) >= -AHEAD_MS) return false
      any = true
    }
    return any
  }

  /** Ms until the first of these works is expected to end. Those that have not begun are about to. */
  firstEndIn(taken: Iterable<WorkRecord>, now: number): number {
    let least = Infinity
    for (const work of taken) least = Math.min(least, Math.max(0, this.#leftOf(work, now)))
    return least
  }

  /** Ms of its expected time that the work has left; negative if it takes longer. */
  #leftOf(work: WorkRecord, now: number): number {
    const ran = this.#lane.hasStarted(work) ? now - this.#lane.startedAt(work) : 0
    return this.#estimateOf(work) - ran
  }

  #estimateOf(work: WorkRecord): number {
    return this.#estimates[work.slot] ?? 0
  }
}

/** Ms that a work is expected to run. A function that was not measured yet counts as long. */
function expected(work: WorkRecord): number {
  return Number.isNaN(work.task.runTime) ? AHEAD_MS : work.task.runTime
}
