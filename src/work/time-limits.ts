/** The time limits of works: when to look at which work again. What a passed limit means for it is the host's business. */

import type { Clock } from '../base/clock.js'
import { Deadlines } from '../base/deadlines.js'
import { isBegun, type WorkRecord } from './record.js'

export interface TimeLimitHost {
  /** It has not begun within its `queueTimeout`. If the thread takes it this very moment, nothing happens. */
  waitedTooLong(work: WorkRecord, limitMs: number): void
  /** It has been running for longer than its `timeout`. */
  ranTooLong(work: WorkRecord, limitMs: number): void
}

/** No message tells when a work begins: at each look the limit is counted from the start that its claim word shows. */
export class TimeLimits {
  readonly #clock: Clock
  readonly #host: TimeLimitHost
  readonly #defaultTimeout: number
  readonly #deadlines: Deadlines<WorkRecord>

  constructor(clock: Clock, defaultTimeout: number, host: TimeLimitHost) {
    this.#clock = clock
    this.#host = host
    this.#defaultTimeout = defaultTimeout
    this.#deadlines = new Deadlines(clock, work => this.#due(work))
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

  /** Neither limit matters any longer. */
  clear(work: WorkRecord): void {
    this.#deadlines.clear(work)
  }

  /** Whether this work's run is limited: then its limit stands as long as its function runs. */
  limitsRun(work: WorkRecord): boolean {
    return this.#runLimit(work) !== Infinity
  }

  #due(work: WorkRecord): void {
    const now = this.#clock.now()
    const runLimit = this.#runLimit(work)
    if (isBegun(work)) {
      // One that has ended is in time however late we look: its answer is on the way.
      if (runLimit === Infinity || work.carrier?.hasEnded(work) === true) return
      const end = (work.carrier?.startedAt(work) ?? now) + runLimit
      if (now >= end) this.#host.ranTooLong(work, runLimit)
      else this.#deadlines.set(work, end)
      return
    }
    const queueDeadline = this.#queueDeadline(work)
    if (now >= queueDeadline) {
      this.#host.waitedTooLong(work, work.options?.queueTimeout ?? 0)
      // It may have begun in between.
      if (isBegun(work)) this.#due(work)
      return
    }
    // Not begun yet, so it cannot have run for longer than the limit before this much time has passed.
    const next = Math.min(work.onLane ? now + runLimit : Infinity, queueDeadline)
    if (next !== Infinity) this.#deadlines.set(work, next)
  }

  #runLimit(work: WorkRecord): number {
    return work.options?.timeout ?? this.#defaultTimeout
  }

  #queueDeadline(work: WorkRecord): number {
    // Between two attempts it does not wait for its start any more.
    return work.startedAt === undefined ? work.submittedAt + (work.options?.queueTimeout ?? Infinity) : Infinity
  }
}
