/** Decides when a worker is due for replacement: by works, by age, by heap. The crew replaces it. */

import { type Checks, number } from '../base/checks.js'
import type { Clock } from '../base/clock.js'
import { Deadlines } from '../base/deadlines.js'
import type { Worker } from './worker.js'

/** {@link RecycleOptions}, checked and complete. Infinity stands for no limit. */
export interface RecycleLimits {
  readonly works: number
  readonly age: number
  readonly heap: number
}

export const recycleChecks: Checks<RecycleOptions> = {
  works: number('recycle.works', { whole: true, least: 1, infinity: true }),
  age: number('recycle.age', { above: 0, infinity: true }),
  heap: number('recycle.heap', { above: 0, infinity: true }),
}

/**
 * When a worker is replaced: at the first of these limits that it reaches.
 *
 * @group Options
 */
export interface RecycleOptions {
  /**
   * Works that the worker runs at most. Whole number from 1, or Infinity. Exact: no thread begins one more. With 1,
   * each work has a thread of its own.
   *
   * @defaultValue `Infinity`
   */
  works?: number | undefined
  /**
   * Ms since the worker became available. Above 0; Infinity for no limit.
   *
   * @defaultValue `Infinity`
   */
  age?: number | undefined
  /**
   * Bytes of JavaScript heap in use, which a thread reports ten times a second while it works. Above 0; Infinity for no
   * limit.
   *
   * @defaultValue `Infinity`
   */
  heap?: number | undefined
}

export class Recycling {
  readonly #limits: RecycleLimits
  readonly #clock: Clock
  readonly #replace: (worker: Worker) => void
  readonly #ages: Deadlines<Worker>

  /**
   * @param replace called for a worker that has reached a limit, perhaps several times while it still serves
   */
  constructor(limits: RecycleLimits, clock: Clock, replace: (worker: Worker) => void) {
    this.#limits = limits
    this.#clock = clock
    this.#replace = replace
    this.#ages = new Deadlines(clock, replace)
  }

  /** The worker has become available. */
  ready(worker: Worker): void {
    if (worker.places.areUsedUp) this.#replace(worker)
    if (this.#limits.age !== Infinity) this.#ages.set(worker, this.#clock.now() + this.#limits.age)
  }

  /**
   * The worker has been sent the last work that it may run. Its successor starts while these works run. A worker that
   * is starting itself gets one when it is available.
   */
  usedUp(worker: Worker): void {
    this.#replace(worker)
  }

  /** The worker has answered works. */
  answered(worker: Worker): void {
    const { heap } = this.#limits
    if (heap !== Infinity && worker.usage().heap >= heap) this.#replace(worker)
  }

  /** The worker no longer serves. */
  gone(worker: Worker): void {
    this.#ages.clear(worker)
  }
}
