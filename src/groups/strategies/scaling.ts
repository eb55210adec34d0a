/** The scaling strategies, which decide whether a group needs more workers or fewer. The Watcher acts. */

import { checkedCopy, type Checks, number } from '../../base/checks.js'

/**
 * What a scaling strategy gets.
 *
 * @group Strategies
 */
export interface ScalingFacts {
  /** Workers that are available or starting. */
  readonly workers: number
  /**
   * The least number of workers that the group should have: `minWorkers`, or more if `scaleGroup()` has asked for more.
   */
  readonly min: number
  /** The largest number of workers that the group may have. */
  readonly max: number
  /** Number of senders in which jobs wait for a place: threads of other groups, and the main thread. */
  readonly waiting: number
  /** Workers that are available and idle: without a job, and with an event loop that is busy for less than a tenth. */
  readonly idle: number
  /** Ms for which, without interruption, no job has waited and some worker has been idle. */
  readonly idleFor: number
}

/**
 * Is asked when a sender has found no place, and ten times a second, but not while workers of the group are starting.
 *
 * @group Strategies
 */
export interface Scaling {
  /**
   * Returns by how many workers the group should grow (> 0) or shrink (< 0). The group stays between `min` and `max`.
   * Idle workers end first, then those with the fewest jobs, and each finishes its jobs.
   */
  decide(facts: ScalingFacts): number
}

/**
 * Options of `scaling.byRequest()`.
 *
 * @group Strategies
 */
export interface ByRequestOptions {
  /**
   * Ms for which a worker must have been idle, while no job waited, before the group shrinks. From 0; Infinity for
   * never.
   *
   * @defaultValue `30_000`
   */
  readonly idleTime?: number | undefined
  /**
   * Workers by which the group grows at a time. Whole number from 1.
   *
   * @defaultValue `1`
   */
  readonly step?: number | undefined
}

const byRequestChecks: Checks<ByRequestOptions> = {
  idleTime: number('scaling.byRequest: idleTime', { least: 0, infinity: true }),
  step: number('scaling.byRequest: step', { whole: true, least: 1 }),
}

/**
 * The shipped scaling strategies.
 *
 * @group Strategies
 */
export const scaling = Object.freeze({
  /**
   * Grows by `step` workers while jobs wait for a place, up to the group's maximum. Shrinks by one worker after another
   * while some worker has been idle for `idleTime` ms, down to the group's minimum, or to the number of workers that
   * `scaleGroup()` has asked for. It is not asked while workers are starting, so that a burst does not start more of
   * them than it needs. The default.
   *
   * @throws {TypeError} an unknown option, a value that is not a number. @throws {RangeError} a value out of range
   */
  byRequest(options: ByRequestOptions = {}): Scaling {
    const set = checkedCopy('scaling.byRequest: options', options, byRequestChecks)
    return new ByRequest(set.idleTime ?? 30_000, set.step ?? 1)
  },

  /** Never scales: the group keeps the number of workers it was started with, until `scaleGroup()` is called. */
  fixed(): Scaling {
    return { decide: () => 0 }
  },
})

class ByRequest implements Scaling {
  readonly #idleTime: number
  readonly #step: number

  constructor(idleTime: number, step: number) {
    this.#idleTime = idleTime
    this.#step = step
  }

  decide({ workers, min, max, waiting, idle, idleFor }: ScalingFacts): number {
    // A group is below min when some of its workers stay down. Then any step brings it up to min at least.
    if (waiting > 0) return workers < max ? Math.min(max, Math.max(min, workers + this.#step)) - workers : 0
    // `idle` is checked too: with an idleTime of 0, the check of idleFor passes even though no worker is idle.
    return idle > 0 && idleFor >= this.#idleTime && workers > min ? -1 : 0
  }
}
