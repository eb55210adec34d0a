/** The options of one job, as users give them and once they are checked. Types only. */

import type { Transferable } from '../../values/transfer.js'

/**
 * Options of `jobs.send()`.
 *
 * @group Jobs
 */
export interface JobOptions {
  /**
   * Jobs of higher priority go first, both while they wait for a worker and while they wait on one. Any finite number.
   *
   * @defaultValue `0`
   */
  readonly priority?: number | undefined
  /**
   * How heavy the job is, for `pickup.byWeight`. Whole number from 0 to 16,000.
   *
   * @defaultValue `0`
   */
  readonly weight?: number | undefined
  /**
   * Ms from `send()` to the answer, after which the job fails. Above 0; Infinity for no limit.
   *
   * @defaultValue `Infinity`
   */
  readonly timeout?: number | undefined
  /**
   * Calls the job off: the promise of `send()` rejects at once, and the signal of the handler aborts.
   *
   * @defaultValue none
   */
  readonly signal?: AbortSignal | undefined
  /**
   * What to move with the data instead of copying it, in addition to what `transfer()` marks in the data.
   *
   * @defaultValue none
   */
  readonly transfer?: readonly Transferable[] | undefined
  /**
   * How often the job may run again on another worker after the thread that ran it was lost. Whole number from 0, or
   * Infinity.
   *
   * @defaultValue `0`
   */
  readonly retries?: number | undefined
  /**
   * Whether `send()` resolves with the answer. With false, it resolves once the job has a place; if the job fails
   * later, the pool emits `error`.
   *
   * @defaultValue `true`
   */
  readonly awaitResult?: boolean | undefined
  /**
   * Called with each value that the handler passes to `progress(value)`, in order and before the answer.
   *
   * @defaultValue none
   */
  readonly onProgress?: ((value: unknown) => void) | undefined
}

/** {@link JobOptions}, checked and filled in. */
export interface ResolvedJobOptions {
  readonly priority: number
  readonly weight: number
  /** Infinity for none. */
  readonly timeout: number
  readonly signal: AbortSignal | undefined
  readonly transfer: readonly Transferable[] | undefined
  readonly retries: number
  readonly awaitResult: boolean
  /** Runs in the async context of `send()`. */
  readonly onProgress: ((value: unknown) => void) | undefined
}
