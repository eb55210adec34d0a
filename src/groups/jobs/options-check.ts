/** Checks the options of a job and fills in the defaults, once per job. */

import { inThisContext } from '../../base/async-context.js'
import { abortSignal, boolean, checkedCopy, type Checks, number } from '../../base/checks.js'
import { misfit } from '../../errors/words.js'
import type { JobOptions, ResolvedJobOptions } from '../shared/job-options.js'

/** The largest weight of a job. The sum for a worker has 24 bits, enough for a thousand jobs of this weight. */
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
 * Checks the options given to `send()` and fills in the rest.
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
