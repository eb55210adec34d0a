/** The shipped pickup strategies, as users name them. A strategy only chooses; the sender reserves the place. */

import { checkedCopy, type Checks, number } from '../../base/checks.js'
import { rebuildPickup } from './pickup-rules.js'
import type { Pickup } from './pickup-view.js'

/**
 * Options of `pickup.byWeight()`.
 *
 * @group Strategies
 */
export interface ByWeightOptions {
  /**
   * Maximum total weight of the jobs of one worker. Above 0; with Infinity, only `maxJobs` limits them.
   *
   * @defaultValue `Infinity`
   */
  readonly limit?: number | undefined
}

const byWeightChecks: Checks<ByWeightOptions> = {
  limit: number('pickup.byWeight: limit', { above: 0, infinity: true }),
}

/**
 * The shipped pickup strategies. Each chooses among the workers that are available and have a free place, and works in
 * every thread that sends jobs. If a strategy chooses none, the job waits for a place.
 *
 * @group Strategies
 */
export const pickup = Object.freeze({
  /**
   * The worker with the fewest jobs. Of several with equally few, those that are not in synchronous code at this moment
   * take turns, so that a burst spreads. The default.
   */
  leastJobs(): Pickup {
    return rebuildPickup({ kind: 'leastJobs', options: undefined })
  },

  /** One worker after the other, whatever their load. Each sender begins at a random worker and keeps its own count. */
  roundRobin(): Pickup {
    return rebuildPickup({ kind: 'roundRobin', options: undefined })
  },

  /** Any worker, each with the same probability. */
  random(): Pickup {
    return rebuildPickup({ kind: 'random', options: undefined })
  },

  /** The first worker with a free place, so that others stay idle. For groups that should shrink under low load. */
  firstAvailable(): Pickup {
    return rebuildPickup({ kind: 'firstAvailable', options: undefined })
  },

  /**
   * The worker whose jobs have the smallest total weight (see the job's option `weight`); of several, the one with the
   * fewest jobs.
   *
   * @param options.limit  a worker gets no job that would make its jobs weigh more than this together, unless it has no
   *   job at all: otherwise a job heavier than the limit would wait for ever. Default Infinity. Each sender checks the
   *   limit when it chooses, so that two that choose the same worker at the same instant may exceed it together.
   * @throws {TypeError} an unknown option, a limit that is not a number. @throws {RangeError} a limit that is not > 0
   */
  byWeight(options: ByWeightOptions = {}): Pickup {
    const { limit = Infinity } = checkedCopy('pickup.byWeight: options', options, byWeightChecks)
    return rebuildPickup({ kind: 'byWeight', options: limit })
  },
})
