/** Whether and when a worker that has ended is started again. Small deciders; the Watcher acts. */

import { checkedCopy, type Checks, hasMethod, number } from '../../base/checks.js'
import { misfit } from '../../errors/words.js'
import { type Backoff, backoffCheck, type BackoffOptions, DEFAULT_BACKOFF, delayAfter } from './backoff.js'

/**
 * How a worker came to its end, unless the pool wanted it to:
 *
 * - `returned`: `run()` returned
 * - `failed`: `run()` or something in its event loop threw
 * - `exited`: it called `process.exit()`
 * - `out-of-memory`: it reached its heap limit
 * - `unresponsive`: its event loop stood still for too long, and the group wants such a worker replaced
 * - `not-started`: its module did not load, its entry point is none, or `initialize()` threw
 */
export type ExitKind = 'returned' | 'failed' | 'exited' | 'out-of-memory' | 'unresponsive' | 'not-started'

/** What a restart strategy is told. */
export interface RestartFacts {
  /** How it came to its end. */
  readonly kind: ExitKind
  /** Of its thread. */
  readonly exitCode: number
  /** What was thrown, where something was. */
  readonly error: unknown
  /** Restarts of this worker in a row, with no period of health between them. 0 at its first end. */
  readonly failures: number
  /** Clock ms at which earlier restarts of this worker were decided, oldest first; the last thousand. */
  readonly restarts: readonly number[]
  /** Clock ms. */
  readonly now: number
}

/** What follows. */
export type RestartDecision =
  | {
      /** Start it again. */
      readonly restart: true
      /** When so many ms have passed. */
      readonly after: number
    }
  | {
      /** Leave it down. */
      readonly restart: false
      /** Why, in words for the log. */
      readonly reason: string
      /** It has had all the restarts it may have: even a `run()` that returned then counts as a failure of the group. */
      readonly exhausted?: boolean
    }

/** Decides after each end of a worker that nobody asked for. One instance serves one group. */
export interface Restart {
  /** What follows this end. */
  decide(facts: RestartFacts): RestartDecision
  /** Ms of life after which a worker counts as healthy, and its row of failures as ended; default 30 s. */
  readonly healthyAfter?: number
}

/** Options of `restart.always()`. */
export interface RestartOptions {
  /** Delays between restarts in a row; default 100 ms, twice as long each time, at most 10 s. */
  readonly backoff?: BackoffOptions | undefined
  /** Ms of life after which a worker counts as healthy, and its row of failures as ended, > 0; default 30,000. */
  readonly healthyAfter?: number | undefined
}

/** Options of `restart.limited()`. */
export interface LimitedRestartOptions extends RestartOptions {
  /** Restarts in a row; default 3. */
  readonly max?: number | undefined
}

/** Options of `restart.window()`. */
export interface WindowRestartOptions extends RestartOptions {
  /** Restarts within `period`, 1000 at most; default 3. */
  readonly max?: number | undefined
  /** Ms, > 0; default 10,000. */
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

/** The shipped restart strategies. All but `never` take `healthyAfter`; `onFailure` has that of the strategy it asks. */
export const restart = Object.freeze({
  /**
   * Again and again: at once the first time, then later each time, until the worker has lived for `healthyAfter` ms. The
   * default.
   *
   * @throws {TypeError} an unknown option, a value of the wrong type. @throws {RangeError} a value out of range
   */
  always(options: RestartOptions = {}): Restart {
    const { backoff, healthyAfter } = checkedCopy('restart.always: options', options, alwaysChecks)
    return new Always(backoff, healthyAfter)
  },

  /** Not at all: whoever ends stays down. That is no failure where `run()` returned. */
  never(): Restart {
    return { decide: () => ({ restart: false, reason: 'its group restarts none', exhausted: false }) }
  },

  /**
   * At most `max` times in a row, with the delays of `always`. A worker that has lived for `healthyAfter` ms begins a new
   * row.
   *
   * @throws {TypeError} an unknown option, a value of the wrong type. @throws {RangeError} a value out of range
   */
  limited(options: LimitedRestartOptions = {}): Restart {
    const { max = 3, backoff, healthyAfter } = checkedCopy('restart.limited: options', options, limitedChecks)
    return new Budget(max, ({ failures }) => failures, 'in a row', new Always(backoff, healthyAfter))
  },

  /**
   * At most `max` times within any `period` ms, with the delays of `always`: for workers that may fail now and then for
   * ever, but not often.
   *
   * @throws {TypeError} an unknown option, a value of the wrong type. @throws {RangeError} a value out of range
   */
  window(options: WindowRestartOptions = {}): Restart {
    const set = checkedCopy('restart.window: options', options, windowChecks)
    const { max = 3, period = 10_000 } = set
    // Both ends of the period count, as in the supervisors of Erlang/OTP: intensity and period.
    const used = ({ restarts, now }: RestartFacts): number => restarts.filter(at => now - at <= period).length
    return new Budget(max, used, `within ${period} ms`, new Always(set.backoff, set.healthyAfter))
  },

  /**
   * As `inner` says, unless `run()` has returned: such a worker has done its work, and stays down.
   *
   * @param inner  any restart strategy; default `restart.always()`
   * @throws {TypeError} it is none
   */
  onFailure(inner: Restart = new Always()): Restart {
    if (!hasMethod<Restart>(inner, 'decide'))
      throw misfit(TypeError, 'restart.onFailure: inner', 'a restart strategy', inner)
    return new OnFailure(inner)
  },
})

class Always implements Restart {
  readonly healthyAfter: number
  readonly #backoff: Backoff

  constructor(backoff: Backoff = DEFAULT_BACKOFF, healthyAfter: number = HEALTHY_AFTER) {
    this.#backoff = backoff
    this.healthyAfter = healthyAfter
  }

  decide({ failures }: RestartFacts): RestartDecision {
    return { restart: true, after: delayAfter(failures, this.#backoff) }
  }
}

/** As `within` says, as long as fewer than `max` restarts are `used`. */
class Budget implements Restart {
  readonly healthyAfter: number
  readonly #max: number
  readonly #used: (facts: RestartFacts) => number
  /** How they are counted, in words. */
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
    const reason = `it was restarted ${used} times ${this.#span}, of at most ${this.#max}`
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
    return { restart: false, reason: 'its run() returned, which is no failure', exhausted: false }
  }
}
