/** Which worker gets a job: small deciders over a view of shared memory. They choose; who asked them reserves the place. */

import { checkedCopy, type Checks, number } from '../../base/checks.js'
import { rebuildPickup } from './pickup-rules.js'
import type { Pickup } from './pickup-view.js'

/** Options of `pickup.byWeight()`. */
export interface ByWeightOptions {
  /** What the jobs of one worker may weigh together, > 0; default Infinity: as many as there are places for. */
  readonly limit?: number | undefined
}

const byWeightChecks: Checks<ByWeightOptions> = {
  limit: number('pickup.byWeight: limit', { above: 0, infinity: true }),
}

/**
 * The shipped pickup strategies. Each chooses among the workers that are available and have a free place, and each works in
 * every thread that sends. Where none of them is chosen, the job waits for a place.
 */
export const pickup = Object.freeze({
  /**
   * The worker with the fewest jobs; among equals one that is not in synchronous code just now, and these in turns, so that
   * a burst spreads. The default.
   */
  leastJobs(): Pickup {
    return rebuildPickup({ kind: 'leastJobs', options: undefined })
  },

  /** One after the other, whatever they have to do. Each sender begins anywhere, and counts for itself in each group. */
  roundRobin(): Pickup {
    return rebuildPickup({ kind: 'roundRobin', options: undefined })
  },

  /** Any, each with the same chance. */
  random(): Pickup {
    return rebuildPickup({ kind: 'random', options: undefined })
  },

  /** The first one: the others get jobs when it has no place left. For groups that should shrink when there is little to do. */
  firstAvailable(): Pickup {
    return rebuildPickup({ kind: 'firstAvailable', options: undefined })
  },

  /**
   * The worker whose jobs weigh least together (see the job's option `weight`); among equals the one with the fewest.
   *
   * @param options.limit  a worker is not given a job with which its jobs would weigh more than this; unless it has none at
   *   all, or a job heavier than the limit would wait for ever. Default Infinity. Each sender sees to it when it chooses:
   *   two that choose the same worker at the same instant may exceed it together.
   * @throws {TypeError} an unknown option, a limit that is no number. @throws {RangeError} a limit that is not > 0
   */
  byWeight(options: ByWeightOptions = {}): Pickup {
    const { limit = Infinity } = checkedCopy('pickup.byWeight: options', options, byWeightChecks)
    return rebuildPickup({ kind: 'byWeight', options: limit })
  },
})
