/**
 * The time limits of works: when each one has to be checked again. What a passed limit means for a work is up to the
 * host.
 */

import type { Clock } from '../base/clock.js'
import { Deadlines } from '../base/deadlines.js'
import { isBegun, type WorkRecord } from './record.js'

export interface TimeLimitHost {
  /**
   * The work has not begun within its `queueTimeout`. If its thread begins it at this very moment, the host must do
   * nothing.
   */
  waitedTooLong(work: WorkRecord, limitMs: number): void
  /** The work has been running for longer than its `timeout`. */
  ranTooLong(work: WorkRecord, limitMs: number): void
}

/** No message says when a work begins, so every check counts the limit from the start that the claim word shows. */
export class TimeLimits {
  readonly #clock: Clock
  readonly #host: TimeLimitHost
  readonly #defaultTimeout: number
  readonly #deadlines: Deadlines<WorkRecord>

  /** @param defaultTimeout ms that a work without its own `timeout` may run */
  constructor(clock: Clock, defaultTimeout: number, host: TimeLimitHost) {
    this.#clock = clock
    this.#host = host
    this.#defaultTimeout = defaultTimeout
    this.#deadlines = new Deadlines(clock, work => this.#check(work))
  }

  /** The work was submitted. */
  submitted(work: WorkRecord): void {
    const limit = work.options?.queueTimeout
    if (limit !== undefined && limit !== Infinity) this.#deadlines.set(work, work.submittedAt + limit)
  }

  /** The work is about to be put on a lane. */
  sending(work: WorkRecord): void {
    const limit = this.#runLimit(work)
    if (limit !== Infinity) this.#deadlines.set(work, Math.min(this.#clock.now() + limit, this.#queueDeadline(work)))
  }

  /** The work is final. If its function still runs, after a graceful discard, its `timeout` stays in force. */
  settled(work: WorkRecord): void {
    if (!work.onLane || this.#runLimit(work) === Infinity) this.clear(work)
  }

  /** Neither limit of the work matters any more. */
  clear(work: WorkRecord): void {
    this.#deadlines.clear(work)
  }

  #check(work: WorkRecord): void {
    const now = this.#clock.now()
    const runLimit = this.#runLimit(work)
    if (isBegun(work)) {
      // A work that has ended was in time, however late this check is: its answer is on the way.
      if (runLimit === Infinity || work.carrier?.hasEnded(work) === true) return
      const end = (work.carrier?.startedAt(work) ?? now) + runLimit
      if (now >= end) this.#host.ranTooLong(work, runLimit)
      else this.#deadlines.set(work, end)
      return
    }
    const queueDeadline = this.#queueDeadline(work)
    if (now >= queueDeadline) {
      this.#host.waitedTooLong(work, work.options?.queueTimeout ?? 0)
      // It may have begun in the meantime.
      if (isBegun(work)) this.#check(work)
      return
    }
    // A work that has not begun yet cannot exceed its run limit before this much time has passed.
    const next = Math.min(work.onLane ? now + runLimit : Infinity, queueDeadline)
    if (next !== Infinity) this.#deadlines.set(work, next)
  }

  #runLimit(work: WorkRecord): number {
    return work.options?.timeout ?? this.#defaultTimeout
  }

  #queueDeadline(work: WorkRecord): number {
    // A work that waits for its second attempt has started before: the limit no longer applies.
    return work.startedAt === undefined ? work.submittedAt + (work.options?.queueTimeout ?? Infinity) : Infinity
  }
}
