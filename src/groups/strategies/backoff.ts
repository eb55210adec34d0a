/** How long to wait before a worker that failed is started again: longer each time, up to a limit. Knows no workers. */

import { type Check, checkedCopy, type Checks, number } from '../../base/checks.js'

/** The delays between the restarts of a worker that fails again and again. The first restart in a row has none. */
export interface BackoffOptions {
  /** Ms before the second restart in a row, > 0; default 100, or `max` where that is less. */
  readonly initial?: number | undefined
  /** Ms that no delay exceeds; default 10,000, or `initial` where that is more. */
  readonly max?: number | undefined
  /** By how much each delay is longer than the one before, ≥ 1; default 2. */
  readonly factor?: number | undefined
}

/** {@link BackoffOptions}, checked and filled in. */
export interface Backoff {
  readonly initial: number
  readonly max: number
  readonly factor: number
}

/** Ms to wait after so many restarts in a row: 0, initial, initial * factor, initial * factor², … up to max. */
export function delayAfter(failures: number, { initial, max, factor }: Backoff): number {
  // The power may be Infinity, which is no delay but more than max. It is never 0 or NaN, as initial > 0 and factor ≥ 1.
  return failures === 0 ? 0 : Math.min(max, initial * factor ** (failures - 1))
}

/**
 * Checks what a strategy was given as `backoff`. What the user set wins over the other's default, so that only two numbers
 * of the user's can contradict each other.
 *
 * @param of  whose option it is, for messages
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

/**
 * A worker that dies at its start is not started more often than every 10 s in the long run; one that died by a mishap is
 * back at once.
 */
export const DEFAULT_BACKOFF: Backoff = Object.freeze({ initial: 100, max: 10_000, factor: 2 })
