/** How long the works on a lane are expected to take, and how long ago the last answer came from it. */

import { SLOTS } from '../lane/claims.js'
import type { WorkRecord } from '../work/record.js'

/**
 * The works that are sent ahead to one thread take about this many ms together. They keep the thread busy while its
 * answers, which it may hold for 1 ms, travel here and the next works travel there. A work that runs for longer holds
 * up the works behind it.
 */
export const AHEAD_MS = 2

export class LaneLoad {
  /** Ms that the work in each slot was expected to run when it was sent; 0 for a slot without a work. */
  readonly #estimates = new Float64Array(SLOTS)
  /** Their sum. */
  #sum = 0
  /** Clock ms at which answers were last read, or the first work was put on the empty lane. */
  #movedAt = 0

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
    this.#sum -= this.estimateOf(work)
    this.#estimates[work.slot] = 0
  }

  estimateOf(work: WorkRecord): number {
    return this.#estimates[work.slot] ?? 0
  }

  /** Whether all works on the lane, including this one, are short taken together. */
  hasRoomFor(work: WorkRecord): boolean {
    return this.#sum + expected(work) <= AHEAD_MS
  }

  /** Whether the works on the lane are not short taken together. */
  get isLong(): boolean {
    return this.#sum > AHEAD_MS
  }

  /** Whether no answer has come for longer than the works that are sent ahead should take. */
  isSilent(now: number): boolean {
    return now - this.#movedAt > AHEAD_MS
  }
}

/** Ms that a work is expected to run. A function that was not measured yet counts as long. */
function expected(work: WorkRecord): number {
  return Number.isNaN(work.task.runTime) ? AHEAD_MS : work.task.runTime
}
