/** The scaling strategies, which decide whether a group needs more workers or fewer. The Watcher acts. */

import { checkedCopy, type Checks, number } from '../../base/checks.js'

/** What a scaling strategy gets. */
export interface ScalingFacts {
  /** Workers that are available or starting. */
  readonly workers: number
  /** The least number of workers that the group should have. */
  readonly min: number
  /** The largest number of workers that the group may have. */
  readonly max: number
  /** Number of senders in which jobs wait for a place: threads of other groups, and the main thread. */
  readonly waiting: number
  /** Workers of the group without a job. */
  readonly idle: number
  /** Ms for which, without interruption, no job has waited and some worker has been idle. */
  readonly idleFor: number
}

/** Is asked when a sender has found no place, and repeatedly while the group has more workers than its minimum. */
export interface Scaling {
  /** Returns by how many workers the group should grow (> 0) or shrink (< 0). */
  decide(facts: ScalingFacts): number
}

/** Options of `scaling.byRequest()`. */
export interface ByRequestOptions {
  /** Ms without waiting jobs and with an idle worker before the group shrinks; default 30,000; Infinity for never. */
  readonly idleTime?: number | undefined
  /** Workers by which the group grows at a time; default 1. */
  readonly step?: number | undefined
}

const byRequestChecks: Checks<ByRequestOptions> = {
  idleTime: number('scaling.byRequest: idleTime', { least: 0, infinity: true }),
  step: number('scaling.byRequest: step', { whole: true, least: 1 }),
}

/** The shipped scaling strategies. */
export const scaling = Object.freeze({
  /**
   * Grows by `step` workers while jobs wait for a place, up to the group's maximum, and shrinks by one, down to its
   * minimum, when some worker has been idle for `idleTime` ms. It is not asked while workers are starting, so that a
   * burst does not start more of them than it needs. The default.
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
