/** How long to wait before a failed worker is started again: longer each time, up to a limit. */

import { type Check, checkedCopy, type Checks, number } from '../../base/checks.js'

/**
 * The delays between the restarts of a worker that fails again and again. The first restart in a row has none.
 *
 * @group Strategies
 */
export interface BackoffOptions {
  /**
   * Ms before the second restart in a row. Above 0.
   *
   * @defaultValue `100`, or `max` if that is less
   */
  readonly initial?: number | undefined
  /**
   * The longest delay in ms. Above 0, not below `initial`.
   *
   * @defaultValue `10_000`, or `initial` if that is more
   */
  readonly max?: number | undefined
  /**
   * Factor by which each delay is longer than the one before. From 1.
   *
   * @defaultValue `2`
   */
  readonly factor?: number | undefined
}

/** {@link BackoffOptions}, checked and filled in. */
export interface Backoff {
  readonly initial: number
  readonly max: number
  readonly factor: number
}

/** Ms to wait after this many restarts in a row: 0, initial, initial * factor, initial * factor², … up to max. */
export function delayAfter(failures: number, { initial, max, factor }: Backoff): number {
  // The power may be Infinity, which is more than max. The product is never 0 or NaN, as initial > 0 and factor ≥ 1.
  return failures === 0 ? 0 : Math.min(max, initial * factor ** (failures - 1))
}

/**
 * Checks the option `backoff` of a strategy. A value that the user sets takes precedence over the default of the other,
 * so that only two values set by the user can contradict each other.
 *
 * @param of name of the strategy, for messages
 */
export function backoffCheck(of: string): Check<Backoff> {
  const checks: Checks<BackoffOptions> = {
    initial: number(`${of}: backoff.initial`, { above: 0 }),
    max: number(`${of}: backoff.max`, { above: 0 }),
    factor: number(`${of}: backoff.factor`, { least: 1 }),
  }
  return value => {
    const set = checkedCopy(`${of}: backoff`, value, checks)
    const initial = set.initial ?? Math.min(DEFAULT_BACKOFF.initial, set.max ?? Infinity)
    const max = set.max ?? Math.max(DEFAULT_BACKOFF.max, initial)
    if (initial > max) {
      throw new RangeError(`${of}: backoff.initial must be ≤ backoff.max, got initial ${initial} and max ${max}`)
    }
    return Object.freeze({ initial, max, factor: set.factor ?? DEFAULT_BACKOFF.factor })
  }
}

/** In the long run, a worker that keeps failing is started once every 10 s. The first time it is started again at once. */
export const DEFAULT_BACKOFF: Backoff = Object.freeze({ initial: 100, max: 10_000, factor: 2 })

/**
 * After starts that failed. Together with the default of `maxStartFailures`, a worker whose database is away has 7.5 s to
 * start, not counting the starts themselves.
 */
export const START_BACKOFF: Backoff = Object.freeze({ initial: 500, max: 10_000, factor: 2 })
