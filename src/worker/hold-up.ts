/** Whether a thread is held up: it does not begin what it was sent, because a function does not yield or a timer blocks it. */

import type { Clock } from '../base/clock.js'

/**
 * Ms for which a thread counts as held up. Then it may be tried again. If it still does not move, the time doubles, up to
 * a maximum, because each attempt costs a message.
 */
const FIRST_MS = 50
const LONGEST_MS = 1000

export class HoldUp {
  readonly #clock: Clock
  #at = -Infinity
  #ms = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Clock ms at which the thread was last seen not to move; -Infinity if it has moved since. */
  get at(): number {
    return this.#at
  }

  /** Whether the thread was seen not to move, and it is too early to try again. */
  get isOn(): boolean {
    return this.#clock.now() < this.#at + this.#ms
  }

  /** The thread does not begin what it was sent. */
  seen(): void {
    this.#at = this.#clock.now()
    this.#ms = Math.min(LONGEST_MS, 2 * this.#ms || FIRST_MS)
  }

  /** The thread has moved. */
  over(): void {
    this.#at = -Infinity
    this.#ms = 0
  }
}
