/** How long the works on a lane are expected to take, and since when nothing has come back from it. It reckons, and decides nothing. */

import { SLOTS } from '../lane/claims.js'
import type { WorkRecord } from '../work/record.js'

/**
 * Works sent ahead to one thread take about so many ms together: what it does while its answers, held for up to one, reach
 * us and the next works reach it. And what runs for longer than that holds up the works behind it.
 */
export const AHEAD_MS = 2

export class LaneLoad {
  /** Ms that the work in each slot is expected to run, as reckoned when it was sent; 0 where there is none. */
  readonly #estimates = new Float64Array(SLOTS)
  /** Their sum. */
  #sum = 0
  /** Clock ms at which answers were read last, or the lane ceased to be empty. */
  #movedAt = 0

  /** The lane, empty until now, gets its first work. */
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

  /** Whether all of it is short, this work included. */
  hasRoomFor(work: WorkRecord): boolean {
    return this.#sum + expected(work) <= AHEAD_MS
  }

  /** Whether nothing has come for longer than what is sent ahead should take. */
  isSilent(now: number): boolean {
    return now - this.#movedAt > AHEAD_MS
  }
}

/** Ms that a work is expected to run; a function not measured yet counts as long. */
function expected(work: WorkRecord): number {
  return Number.isNaN(work.task.runTime) ? AHEAD_MS : work.task.runTime
}
