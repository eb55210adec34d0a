/**
 * When the next thread may be started: later and later while threads die without a result, and not at all after failed
 * starts.
 */

import { WorkerStartError } from '../errors/works.js'

/** Failed starts in a row after which the crew gives up. */
const START_ATTEMPTS = 3
/**
 * A thread that dies without having finished a work is replaced at once the first time, then after 10 ms, 20, ... 1 s.
 */
const FIRST_DELAY_MS = 10
const LONGEST_DELAY_MS = 1000

export class StartBudget {
  /** Threads in a row that died without finishing a single work. */
  #fruitless = 0
  #failedStarts = 0
  /** The failure of the last start, until one succeeds or the budget is spent. */
  #lastFailure: { readonly error: unknown } | undefined
  #spent: WorkerStartError | undefined

  /** Why no thread may be started; undefined as long as one may. */
  get spent(): WorkerStartError | undefined {
    return this.#spent
  }

  /** Ms to wait before the next start. */
  get delay(): number {
    if (this.#fruitless <= 1) return 0
    return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#fruitless - 2))
  }

  /** A thread ended without having been asked to. @param wasUseful whether it had finished a work */
  died(wasUseful: boolean): void {
    if (wasUseful) this.#fruitless = 0
    this.#fruitless++
  }

  /** A thread could not be started. Returns the error if that spends the budget. */
  startFailed(error: unknown): WorkerStartError | undefined {
    this.#failedStarts++
    this.#lastFailure = { error }
    if (this.#failedStarts < START_ATTEMPTS || this.#spent !== undefined) return undefined
    this.#lastFailure = undefined
    return (this.#spent = new WorkerStartError(this.#failedStarts, error))
  }

  /** A worker became available. Returns the failure of the start before it, if there was one. */
  startSucceeded(): { readonly error: unknown } | undefined {
    const failure = this.#lastFailure
    this.#failedStarts = 0
    this.#spent = undefined
    this.#lastFailure = undefined
    return failure
  }

  /** Renews the budget after it was spent. Returns false if it was not spent. */
  renew(): boolean {
    if (this.#spent === undefined) return false
    this.#spent = undefined
    this.#failedStarts = 0
    this.#fruitless = 0
    return true
  }
}
