/** The recycle strategies, which decide when a healthy worker is replaced. The Watcher acts, successor first. */

import { checkedCopy, type Checks, number } from '../../base/checks.js'

/**
 * What a recycle strategy gets: facts about one worker since its thread was started.
 *
 * @group Strategies
 */
export interface RecycleFacts {
  /** Jobs that the worker has begun. */
  readonly jobs: number
  /** Ms since the start of its thread. */
  readonly age: number
  /** Bytes of JavaScript heap in use. */
  readonly heap: number
  /** Share of the last minute or so in which its event loop was not idle, 0 to 1. */
  readonly utilization: number
}

/**
 * Decides about each worker once a second.
 *
 * @group Strategies
 */
export interface Recycle {
  /** Why the worker should be replaced, in words for the log; undefined if it should not. */
  decide(facts: RecycleFacts): string | undefined
}

/**
 * Limits of `recycle.byQuota()`. A worker that has reached one of them is replaced. At least one must be given.
 *
 * @group Strategies
 */
export interface QuotaOptions {
  /**
   * Jobs that it has begun. Whole number from 1, or Infinity. The pool looks once a second, so a worker may begin more.
   *
   * @defaultValue `Infinity`
   */
  readonly jobs?: number | undefined
  /**
   * Ms since its start. Above 0; Infinity for no limit.
   *
   * @defaultValue `Infinity`
   */
  readonly age?: number | undefined
  /**
   * Bytes of JavaScript heap in use. Above 0; Infinity for no limit.
   *
   * @defaultValue `Infinity`
   */
  readonly heap?: number | undefined
  /**
   * Share of the last minute or so in which its event loop was not idle. Above 0, at most 1.
   *
   * @defaultValue no limit
   */
  readonly elu?: number | undefined
}

const quotaChecks: Checks<QuotaOptions> = {
  jobs: number('recycle.byQuota: jobs', { whole: true, least: 1, infinity: true }),
  age: number('recycle.byQuota: age', { above: 0, infinity: true }),
  heap: number('recycle.byQuota: heap', { above: 0, infinity: true }),
  elu: number('recycle.byQuota: elu', { above: 0, most: 1 }),
}

/**
 * The shipped recycle strategies. The replacement is soft: the successor is available before the worker ends.
 *
 * @group Strategies
 */
export const recycle = Object.freeze({
  /** Replaces no worker. The default. */
  none(): Recycle {
    return { decide: () => undefined }
  },

  /**
   * Replaces a worker that has reached one of these limits.
   *
   * @param options.jobs  jobs that it has begun
   * @param options.age  ms since its start
   * @param options.heap  bytes of JavaScript heap in use
   * @param options.elu  share of the last minute or so in which its event loop was not idle, up to 1
   * @throws {TypeError} no limit at all, an unknown option, a value that is not a number. @throws {RangeError} a value
   *   out of range
   */
  byQuota(options: QuotaOptions): Recycle {
    // `?? {}` makes a call without arguments fail with the message about limits instead of one about objects.
    const set = checkedCopy('recycle.byQuota: options', options ?? {}, quotaChecks)
    const { jobs = Infinity, age = Infinity, heap = Infinity, elu = Infinity } = set
    const quota: Quota = { jobs, age, heap, elu }
    if (Object.values(quota).every(limit => limit === Infinity)) {
      throw new TypeError(
        'recycle.byQuota needs at least one limit: jobs, age, heap or elu; for none, use recycle.none()',
      )
    }
    return new ByQuota(quota)
  },
})

/** {@link QuotaOptions}, checked and filled in. */
type Quota = { readonly [K in keyof QuotaOptions]-?: number }

class ByQuota implements Recycle {
  readonly #quota: Quota

  constructor(quota: Quota) {
    this.#quota = quota
  }

  decide({ jobs, age, heap, utilization }: RecycleFacts): string | undefined {
    const quota = this.#quota
    if (jobs >= quota.jobs) return reached(jobs, 'jobs', quota.jobs)
    // Fractions of a ms are of no use in a log.
    if (age >= quota.age) return reached(Math.floor(age), 'ms of age', quota.age)
    if (heap >= quota.heap) return reached(heap, 'bytes of heap', quota.heap)
    if (utilization >= quota.elu) return reached(utilization, 'event loop utilization', quota.elu)
    return undefined
  }
}

function reached(figure: number, what: string, limit: number): string {
  return `${figure.toLocaleString('en-US')} ${what} (limit ${limit.toLocaleString('en-US')})`
}
