/** The restart strategies, which decide whether and when a worker that has ended starts again. The Watcher acts. */

import { checkedCopy, type Checks, hasMethod, number } from '../../base/checks.js'
import { misfit } from '../../errors/words.js'
import {
  type Backoff,
  backoffCheck,
  type BackoffOptions,
  DEFAULT_BACKOFF,
  delayAfter,
  START_BACKOFF,
} from './backoff.js'

/**
 * How a worker ended without having been told to end:
 *
 * - `returned`: `run()` returned
 * - `failed`: `run()` threw or rejected, or there was an uncaught error in its thread
 * - `exited`: it called `process.exit()`
 * - `out-of-memory`: it reached its heap limit
 * - `unresponsive`: its event loop was blocked for too long, and the group has such workers replaced
 * - `not-started`: its module did not load, its export is not an entry point, or `initialize()` threw
 *
 * @group Strategies
 */
export type ExitKind = 'returned' | 'failed' | 'exited' | 'out-of-memory' | 'unresponsive' | 'not-started'

/**
 * What a restart strategy gets.
 *
 * @group Strategies
 */
export interface RestartFacts {
  /** How the worker ended. */
  readonly kind: ExitKind
  /** Exit code of its thread. */
  readonly exitCode: number
  /** What was thrown, if anything was. */
  readonly error: unknown
  /** Restarts of this worker in a row, without a period of health in between; 0 at its first end. */
  readonly failures: number
  /** When earlier restarts of this worker were decided, in the same clock as `now`, oldest first; the last thousand. */
  readonly restarts: readonly number[]
  /** The time in ms, from a monotonic clock. */
  readonly now: number
}

/**
 * What should happen next.
 *
 * @group Strategies
 */
export type RestartDecision =
  | {
      /** Start it again. */
      readonly restart: true
      /** Ms to wait before the restart. */
      readonly after: number
    }
  | {
      /** Leave it down. */
      readonly restart: false
      /** Why, in words for the log. */
      readonly reason: string
      /** Its restarts are used up: its end counts as a failure of the group, even if `run()` returned. */
      readonly exhausted?: boolean
    }

/**
 * Decides what follows when a worker has ended without having been told to. One instance serves one group.
 *
 * @group Strategies
 */
export interface Restart {
  /** Decides what follows this end. */
  decide(facts: RestartFacts): RestartDecision
  /** Ms of life after which a worker is healthy, and its restarts in a row count from 0 again; default 30,000. */
  readonly healthyAfter?: number
}

/**
 * Options of `restart.always()`.
 *
 * @group Strategies
 */
export interface RestartOptions {
  /**
   * Delays between restarts in a row. Without it, there is no delay before the first restart, then 100 ms, doubled each
   * time, at most 10 s; after a start that failed 500 ms, doubled for each restart in a row before it, at most 10 s.
   *
   * @defaultValue none, 100 ms, 200 ms, … 10 s; after a failed start 500 ms, 1 s, … 10 s
   */
  readonly backoff?: BackoffOptions | undefined
  /**
   * Ms of life after which a worker is healthy, and its restarts in a row count from 0 again. Above 0; Infinity for
   * never.
   *
   * @defaultValue `30_000`
   */
  readonly healthyAfter?: number | undefined
}

/**
 * Options of `restart.limited()`.
 *
 * @group Strategies
 */
export interface LimitedRestartOptions extends RestartOptions {
  /**
   * Restarts in a row. Whole number from 0.
   *
   * @defaultValue `3`
   */
  readonly max?: number | undefined
}

/**
 * Options of `restart.window()`.
 *
 * @group Strategies
 */
export interface WindowRestartOptions extends RestartOptions {
  /**
   * Restarts within `period`. Whole number from 0 to 1000.
   *
   * @defaultValue `3`
   */
  readonly max?: number | undefined
  /**
   * Length of the window in ms. Above 0.
   *
   * @defaultValue `10_000`
   */
  readonly period?: number | undefined
}

type Checked<T extends RestartOptions> = Omit<T, 'backoff'> & { readonly backoff?: Backoff | undefined }

/** Default of `healthyAfter`, for users' own strategies too. */
export const HEALTHY_AFTER = 30_000

const alwaysChecks = commonChecks('restart.always')
const limitedChecks: Checks<Checked<LimitedRestartOptions>> = {
  ...commonChecks('restart.limited'),
  max: number('restart.limited: max', { whole: true, least: 0 }),
}
const windowChecks: Checks<Checked<WindowRestartOptions>> = {
  ...commonChecks('restart.window'),
  max: number('restart.window: max', { whole: true, least: 0, most: 1000, because: 'no more restarts are remembered' }),
  period: number('restart.window: period', { above: 0 }),
}

function commonChecks(of: string): Checks<Checked<RestartOptions>> {
  return {
    backoff: backoffCheck(of),
    healthyAfter: number(`${of}: healthyAfter`, { above: 0, infinity: true }),
  }
}

/**
 * The shipped restart strategies. All but `never` have a `healthyAfter`; `onFailure` has that of its inner strategy.
 *
 * @group Strategies
 */
export const restart = Object.freeze({
  /**
   * Restarts without limit: at once the first time, then after a longer delay each time, until the worker has lived for
   * `healthyAfter` ms. A start that failed is tried again after half a second, then a second, two, four and so on. The
   * default.
   *
   * @throws {TypeError} an unknown option, a value of the wrong type. @throws {RangeError} a value out of range
   */
  always(options: RestartOptions = {}): Restart {
    const { backoff, healthyAfter } = checkedCopy('restart.always: options', options, alwaysChecks)
    return new Always(backoff, healthyAfter)
  },

  /** Never restarts: a worker that ends stays down. If its `run()` returned, that is not a failure. */
  never(): Restart {
    return { decide: () => ({ restart: false, reason: 'its group restarts no workers', exhausted: false }) }
  },

  /**
   * Restarts at most `max` times in a row, with the delays of `always`. After a worker has lived for `healthyAfter` ms,
   * its restarts count from 0 again.
   *
   * @throws {TypeError} an unknown option, a value of the wrong type. @throws {RangeError} a value out of range
   */
  limited(options: LimitedRestartOptions = {}): Restart {
    const { max = 3, backoff, healthyAfter } = checkedCopy('restart.limited: options', options, limitedChecks)
    return new Budget(max, ({ failures }) => failures, 'in a row', new Always(backoff, healthyAfter))
  },

  /**
   * Restarts at most `max` times within any `period` ms, with the delays of `always`: for workers that may fail any
   * number of times over their life, but not often.
   *
   * @throws {TypeError} an unknown option, a value of the wrong type. @throws {RangeError} a value out of range
   */
  window(options: WindowRestartOptions = {}): Restart {
    const set = checkedCopy('restart.window: options', options, windowChecks)
    const { max = 3, period = 10_000 } = set
    // Both ends of the period are included, as for intensity and period of supervisors in Erlang/OTP.
    const used = ({ restarts, now }: RestartFacts): number => restarts.filter(at => now - at <= period).length
    return new Budget(max, used, `within ${period} ms`, new Always(set.backoff, set.healthyAfter))
  },

  /**
   * Restarts as `inner` decides, unless `run()` has returned: such a worker has finished, and stays down.
   *
   * @param inner  any restart strategy; default `restart.always()`
   * @throws {TypeError} `inner` is not a restart strategy
   */
  onFailure(inner: Restart = new Always()): Restart {
    if (!hasMethod<Restart>(inner, 'decide'))
      throw misfit(TypeError, 'restart.onFailure: inner', 'a restart strategy', inner)
    return new OnFailure(inner)
  },
})

class Always implements Restart {
  readonly healthyAfter: number
  /** What the user wants; undefined for the defaults. */
  readonly #backoff: Backoff | undefined

  constructor(backoff?: Backoff, healthyAfter: number = HEALTHY_AFTER) {
    this.#backoff = backoff
    this.healthyAfter = healthyAfter
  }

  decide({ failures, kind }: RestartFacts): RestartDecision {
    if (this.#backoff === undefined && kind === 'not-started') {
      // Not at once: what a start needs, such as a database, is rarely back within a moment.
      return { restart: true, after: delayAfter(failures + 1, START_BACKOFF) }
    }
    return { restart: true, after: delayAfter(failures, this.#backoff ?? DEFAULT_BACKOFF) }
  }
}

/** Decides as `within` does as long as fewer than `max` restarts are `used`. */
class Budget implements Restart {
  readonly healthyAfter: number
  readonly #max: number
  readonly #used: (facts: RestartFacts) => number
  /** How restarts are counted, in words. */
  readonly #span: string
  readonly #within: Always

  constructor(max: number, used: (facts: RestartFacts) => number, span: string, within: Always) {
    this.#max = max
    this.#used = used
    this.#span = span
    this.#within = within
    this.healthyAfter = within.healthyAfter
  }

  decide(facts: RestartFacts): RestartDecision {
    const used = this.#used(facts)
    if (used < this.#max) return this.#within.decide(facts)
    const reason = `it was restarted ${used} times ${this.#span} (limit ${this.#max})`
    return { restart: false, reason, exhausted: true }
  }
}

class OnFailure implements Restart {
  readonly #inner: Restart

  constructor(inner: Restart) {
    this.#inner = inner
  }

  get healthyAfter(): number {
    return this.#inner.healthyAfter ?? HEALTHY_AFTER
  }

  decide(facts: RestartFacts): RestartDecision {
    if (facts.kind !== 'returned') return this.#inner.decide(facts)
    return { restart: false, reason: 'its run() returned, which is not a failure', exhausted: false }
  }
}
