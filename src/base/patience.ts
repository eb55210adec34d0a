/** A limit for others, such as a thread that starts: it counts only time in which this event loop could see them. */

import type { Clock, Timer } from './clock.js'

/** A limit that runs. */
export interface Patience extends Timer {
  /** Ms left, as of its last step. */
  readonly left: number
}

/**
 * The longest step, in ms. A limit is counted in steps, and a step that took longer counts as if it had been on time: the
 * event loop was blocked, or the whole process was suspended.
 */
const LONGEST_STEP_MS = 250
/** A short limit has at least this many steps, so that one long block uses up only a part of it. */
const FEWEST_STEPS = 4

/**
 * Calls `fn` once, when this event loop has run for `ms`. Time in which it was blocked, or in which the process was
 * suspended, counts as one step: a quarter of a second, or a quarter of the limit if that is less.
 *
 * What others have sent by then has been read before the call: if the last step was late, the event loop turns once more
 * first. With Infinity it never calls.
 */
export function patience(clock: Clock, ms: number, fn: () => void): Patience {
  return new Limit(clock, ms, fn)
}

class Limit implements Patience {
  left: number
  readonly #clock: Clock
  readonly #fn: () => void
  readonly #step: number
  #timer: Timer | undefined
  #isOver = false

  constructor(clock: Clock, ms: number, fn: () => void) {
    this.left = ms
    this.#clock = clock
    this.#fn = fn
    this.#step = Math.min(LONGEST_STEP_MS, ms / FEWEST_STEPS)
    // Nothing to count, and no timer that wakes the process for nothing.
    if (ms !== Infinity) this.#arm()
  }

  cancel(): void {
    this.#isOver = true
    this.#timer?.cancel()
  }

  #arm(): void {
    const step = Math.min(this.#step, this.left)
    const due = this.#clock.now() + step
    this.#timer = this.#clock.after(step, () => {
      this.left -= step
      if (this.left > 0) this.#arm()
      else if (this.#clock.now() > due) this.#clock.nextTurn(() => this.#call())
      else this.#call()
    })
  }

  #call(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#fn()
  }
}
