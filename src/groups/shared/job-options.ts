/** The options of one job: what the user may give, and what they are once checked. Types only. */

import type { Transferable } from '../../values/transfer.js'

/** Options of `jobs.send()`. */
export interface JobOptions {
  /** The higher one goes first: among those that wait for a worker, and among those that wait on one. Default 0. */
  readonly priority?: number | undefined
  /** How heavy it is, for `pickup.byWeight`: a whole number from 0 to 16,000; default 0. */
  readonly weight?: number | undefined
  /** Ms from `send()` to the answer; default none. */
  readonly timeout?: number | undefined
  /** Calls the job off: its promise rejects at once, its own signal aborts. */
  readonly signal?: AbortSignal | undefined
  /** What is moved with the data instead of copied; what `transfer()` marks inside them moves, too. */
  readonly transfer?: readonly Transferable[] | undefined
  /** How often it may be given to another worker after the one that ran it was lost; default 0. */
  readonly retries?: number | undefined
  /** False: `send()` resolves when the job has a place with a worker. If it fails later, the pool emits `error`. Default true. */
  readonly awaitResult?: boolean | undefined
  /** Called with what the job says of itself by `progress(value)`, in order, and before its answer. */
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
  /** Runs in the context of `send()`. */
  readonly onProgress: ((value: unknown) => void) | undefined
}
