/** Settles each job's promise once, and watches what can end a job early: its signal and its timeout. */

import { Signals } from '../../base/abort-listeners.js'
import type { Clock } from '../../base/clock.js'
import { Deadlines } from '../../base/deadlines.js'
import type { Job } from './job.js'

export interface SettlementHost {
  /** The job's signal has aborted. */
  calledOff(job: Job, reason: unknown): void
  /** The job's timeout has passed. */
  timedOut(job: Job): void
  /** A job failed, and its sender had chosen not to wait for the answer. */
  failedUnseen(error: unknown): void
}

export class Settlement {
  readonly #clock: Clock
  readonly #host: SettlementHost
  readonly #signals: Signals<Job>
  readonly #deadlines: Deadlines<Job>

  constructor(clock: Clock, host: SettlementHost) {
    this.#clock = clock
    this.#host = host
    this.#signals = new Signals((job, reason) => host.calledOff(job, reason))
    this.#deadlines = new Deadlines(clock, job => host.timedOut(job))
  }

  /** From here on the job's signal and its timeout can end it. The signal must not be aborted yet. */
  watch(job: Job): void {
    const { signal, timeout } = job.options
    if (signal !== undefined) this.#signals.watch(signal, job)
    if (timeout !== Infinity) this.#deadlines.set(job, this.#clock.now() + timeout)
  }

  /** Returns false, and does nothing, if the job was settled before. */
  settle(job: Job, threw: boolean, value: unknown): boolean {
    const settled = job.settle(threw, value)
    if (settled === 'before') return false
    const { signal, timeout } = job.options
    if (signal !== undefined) this.#signals.unwatch(signal, job)
    if (timeout !== Infinity) this.#deadlines.clear(job)
    if (settled === 'unheard') this.#host.failedUnseen(value)
    return true
  }
}
