/**
 * How many workers one group should have, after a person or the scaling strategy has asked for a change. It starts and
 * ends no workers.
 */

import type { ResolvedGroup } from '../scheme/scheme.js'

export class WantedSize {
  readonly #bounds: Pick<ResolvedGroup, 'minWorkers' | 'maxWorkers'>
  #least: number

  constructor(bounds: Pick<ResolvedGroup, 'minWorkers' | 'maxWorkers'>) {
    this.#bounds = bounds
    this.#least = bounds.minWorkers
  }

  /** The scaling strategy leaves at least this many workers: `minWorkers`, or what a person has asked for. */
  get least(): number {
    return this.#least
  }

  /** A person asks a group of this size to change by `delta`. Returns the new size. */
  byHand(size: number, delta: number): number {
    const { minWorkers } = this.#bounds
    const to = this.#within(minWorkers, size, delta)
    if (delta > 0) this.#least = to
    // Does not raise it: the workers that are left may have been added by demand, and may go when the demand does.
    if (delta < 0) this.#least = Math.max(minWorkers, Math.min(this.#least, to))
    return to
  }

  /** The scaling strategy asks a group of this size to change by `delta`. Returns the new size. */
  byStrategy(size: number, delta: number): number {
    return this.#within(this.#least, size, delta)
  }

  /**
   * Any request but one for fewer workers brings a group up to its minimum if it is below. Never in the other direction:
   * a request for fewer workers does not enlarge a group.
   */
  #within(least: number, size: number, delta: number): number {
    const wanted = Math.max(least, size + delta)
    return delta < 0 ? Math.min(size, wanted) : Math.max(size, Math.min(this.#bounds.maxWorkers, wanted))
  }
}
