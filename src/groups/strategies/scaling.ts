/** Whether a group should have more workers or fewer. Small deciders; the Watcher acts, within the group's bounds. */

import { checkedCopy, type Checks, number } from '../../base/checks.js'

/** What a scaling strategy is told. */
export interface ScalingFacts {
  /** Workers that are available or start. */
  readonly workers: number
  /** Workers that there are to be at least. */
  readonly min: number
  /** Workers that there can be. */
  readonly max: number
  /** Senders in which jobs wait for a place: threads of other groups, and the main thread. */
  readonly waiting: number
  /** Workers of the group without a job. */
  readonly idle: number
  /** Ms for which, without interruption, nothing has waited and a worker has been idle. */
  readonly idleFor: number
}

/** Decides when a sender has found no place, and again and again while the group has more workers than its minimum. */
export interface Scaling {
  /** By how many workers the group should grow (> 0) or shrink (< 0). */
  decide(facts: ScalingFacts): number
}

/** Options of `scaling.byRequest()`. */
export interface ByRequestOptions {
  /** Ms for which a worker must have been idle, and nothing have waited, before the group shrinks; default 30,000, Infinity for never. */
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
   * Grows by `step` workers while jobs wait for a place, up to the group's maximum, and shrinks by one when there has been
   * an idle one for `idleTime` ms, down to its minimum. It is not asked again while workers start, so that a burst does not
   * call for more of them than it needs. The default.
   *
   * @throws {TypeError} an unknown option, a value that is no number. @throws {RangeError} a value out of range
   */
  byRequest(options: ByRequestOptions = {}): Scaling {
    const set = checkedCopy('scaling.byRequest: options', options, byRequestChecks)
    return new ByRequest(set.idleTime ?? 30_000, set.step ?? 1)
  },

  /** Never: the group has as many workers as it was started with, until somebody calls `scaleGroup()`. */
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
    // Below min are groups some of whose workers stay down: any step at all leads up to min.
    if (waiting > 0) return workers < max ? Math.min(max, Math.max(min, workers + this.#step)) - workers : 0
    // With an idleTime of 0 they may have idled for long enough without idling.
    return idle > 0 && idleFor >= this.#idleTime && workers > min ? -1 : 0
  }
}
