/** When a worker has had its day and is replaced, its successor first. Small deciders; the Watcher acts. */

import { checkedCopy, type Checks, number } from '../../base/checks.js'

/** What a recycle strategy is told, about one worker since its thread was started. */
export interface RecycleFacts {
  /** Jobs that it has begun. */
  readonly jobs: number
  /** Ms. */
  readonly age: number
  /** Bytes of JavaScript heap in use. */
  readonly heap: number
  /** Share of the last minute or so in which its event loop was not idle, 0 to 1. */
  readonly utilization: number
}

/** Asked about each worker once a second. */
export interface Recycle {
  /** Why it should be replaced, in words for the log; undefined if it should not. */
  decide(facts: RecycleFacts): string | undefined
}

/** Limits of `recycle.byQuota()`: whoever has reached one of them is replaced. Default of each: Infinity, which is none. */
export interface QuotaOptions {
  /** Jobs that it was given, ≥ 1. */
  readonly jobs?: number | undefined
  /** Ms since its start, > 0. */
  readonly age?: number | undefined
  /** Bytes of JavaScript heap in use, > 0. */
  readonly heap?: number | undefined
  /** Share of the last minute or so in which its event loop was not idle, above 0, up to 1. */
  readonly elu?: number | undefined
}

const quotaChecks: Checks<QuotaOptions> = {
  jobs: number('recycle.byQuota: jobs', { whole: true, least: 1, infinity: true }),
  age: number('recycle.byQuota: age', { above: 0, infinity: true }),
  heap: number('recycle.byQuota: heap', { above: 0, infinity: true }),
  elu: number('recycle.byQuota: elu', { above: 0, most: 1 }),
}

/** The shipped recycle strategies. The replacement is soft: the successor is available before the worker ends. */
export const recycle = Object.freeze({
  /** No worker is replaced as long as nothing is wrong with it. The default. */
  none(): Recycle {
    return { decide: () => undefined }
  },

  /**
   * Whoever has reached one of these limits is replaced.
   *
   * @param options.jobs  jobs that it was given
   * @param options.age  ms since its start
   * @param options.heap  bytes of JavaScript heap in use
   * @param options.elu  share of the last minute or so in which its event loop was not idle, up to 1
   * @throws {TypeError} no limit at all, an unknown option, a value that is no number. @throws {RangeError} a value out of
   *   range
   */
  byQuota(options: QuotaOptions): Recycle {
    // Whoever calls it without anything shall read of limits, not of objects.
    const set = checkedCopy('recycle.byQuota: options', options ?? {}, quotaChecks)
    const { jobs = Infinity, age = Infinity, heap = Infinity, elu = Infinity } = set
    const quota: Quota = { jobs, age, heap, elu }
    if (Object.values(quota).every(limit => limit === Infinity)) {
      throw new TypeError(
        'recycle.byQuota needs at least one limit: jobs, age, heap or elu; without any use recycle.none()',
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
    // Whole ms: nobody wants to read more of it.
    if (age >= quota.age) return reached(Math.floor(age), 'ms of age', quota.age)
    if (heap >= quota.heap) return reached(heap, 'bytes of heap', quota.heap)
    if (utilization >= quota.elu) return reached(utilization, 'event loop utilization', quota.elu)
    return undefined
  }
}

function reached(figure: number, what: string, limit: number): string {
  return `${figure.toLocaleString('en-US')} ${what} of at most ${limit.toLocaleString('en-US')}`
}
