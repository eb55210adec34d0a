/** When a worker has served for long enough: by works, by age, by heap. It decides; the crew replaces. */

import type { Clock } from './clock.js'
import { Deadlines } from './deadlines.js'
import type { RecycleLimits } from './options-check.js'
import type { Worker } from './worker.js'

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
