/** Owns which value each option of one job may have; must not know what an option does. */

import { inThisContext } from '../../base/async-context.js'
import { abortSignal, boolean, checkedCopy, type Checks, number } from '../../base/checks.js'
import { misfit } from '../../errors/words.js'
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

/** The heaviest that one job can be: a thousand of these can lie on a worker before their sum stops being told. */
const MOST_WEIGHT = 16_000

const jobChecks: Checks<JobOptions> = {
  priority: number('priority'),
  weight: number('weight', { whole: true, least: 0, most: MOST_WEIGHT }),
  timeout: number('timeout', { above: 0, infinity: true }),
  signal: abortSignal('signal'),
  transfer: value => {
    if (!Array.isArray(value)) throw misfit(TypeError, 'transfer', 'an array', value)
    return value
  },
  retries: number('retries', { whole: true, least: 0, infinity: true }),
  awaitResult: boolean('awaitResult'),
  onProgress: value => {
    if (typeof value !== 'function') throw misfit(TypeError, 'onProgress', 'a function', value)
    return inThisContext(value as (said: unknown) => void)
  },
}
const NO_OPTIONS: ResolvedJobOptions = resolved({})

/**
 * Checks what `send()` was given and fills in the rest.
 *
 * @throws {TypeError} an unknown option, a value of the wrong type
 * @throws {RangeError} a value out of range
 */
export function resolveJobOptions(options: unknown): ResolvedJobOptions {
  return options === undefined ? NO_OPTIONS : resolved(checkedCopy('options', options, jobChecks))
}

function resolved(set: JobOptions): ResolvedJobOptions {
  return Object.freeze({
    priority: set.priority ?? 0,
    weight: set.weight ?? 0,
    timeout: set.timeout ?? Infinity,
    signal: set.signal,
    transfer: set.transfer,
    retries: set.retries ?? 0,
    awaitResult: set.awaitResult ?? true,
    onProgress: set.onProgress,
  })
}
