/** When a worker has served for long enough: by works, by age, by heap. It decides; the crew replaces. */

import { type Checks, number } from '../base/checks.js'
import type { Clock } from '../base/clock.js'
import { Deadlines } from '../base/deadlines.js'
import type { Worker } from './worker.js'

/** {@link RecycleOptions}, checked and filled in: Infinity for none. */
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

/** When a worker has served for long enough: whichever limit it reaches first. */
export interface RecycleOptions {
  /** Works it has answered. Whole number from 1. Default none. */
  works?: number | undefined
  /** Ms since it became available. Above 0. Default none. */
  age?: number | undefined
  /** Bytes of JavaScript heap in use, as its thread says ten times a second while it works. Above 0. Default none. */
  heap?: number | undefined
}

export class Recycling {
  readonly #limits: RecycleLimits
  readonly #clock: Clock
  readonly #replace: (worker: Worker) => void
  readonly #ages: Deadlines<Worker>

  /** @param replace called for a worker that has reached a limit; more than once, if it goes on answering */
  constructor(limits: RecycleLimits, clock: Clock, replace: (worker: Worker) => void) {
    this.#limits = limits
    this.#clock = clock
    this.#replace = replace
    this.#ages = new Deadlines(clock, replace)
  }

  /** It has become available. */
  ready(worker: Worker): void {
    if (this.#limits.age !== Infinity) this.#ages.set(worker, this.#clock.now() + this.#limits.age)
  }

  /** It has answered works. */
  answered(worker: Worker): void {
    const { works, heap } = this.#limits
    if (worker.finished >= works || (heap !== Infinity && worker.usage().heap >= heap)) this.#replace(worker)
  }

  /** It serves no longer. */
  gone(worker: Worker): void {
    this.#ages.clear(worker)
  }
}
