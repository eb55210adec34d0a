/**
 * Parts that would be right in any program: time, queues, callbacks, checked values. The room knows nothing about
 * works, threads or pools. This file has the clock and the timers of a pool.
 */

import { inRootContext } from './async-context.js'
import { clearTimeout, now, setImmediate, setTimeout } from './real-time.js'

/** A call that will happen once, unless it is cancelled. */
export interface Timer {
  /** Cancels the call. Harmless if it has already happened. */
  cancel(): void
}

/** Time as the pool sees it: real time, or time that tests advance themselves. */
export interface Clock {
  /** Milliseconds; monotonic, and comparable across the threads of this process. */
  now(): number
  /**
   * Calls `fn` once, in a later turn of the event loop, once at least `ms` milliseconds have passed according to
   * `now()`. Never calls early, however long the delay; with Infinity it never calls. A negative delay counts as 0. The
   * timer does not keep the process alive.
   */
  after(ms: number, fn: () => void): Timer
  /** Calls `fn` when the event loop has handled everything else that is due. */
  nextTurn(fn: () => void): void
}

/** The longest delay that setTimeout accepts; it turns a longer one into 1 ms. */
const LONGEST_DELAY = 2 ** 31 - 1

class RealTimer implements Timer {
  readonly #at: number
  readonly #fn: () => void
  #handle: NodeJS.Timeout

  constructor(ms: number, fn: () => void) {
    this.#at = now() + ms
    this.#fn = fn
    this.#handle = this.#arm(ms)
  }

  #arm(ms: number): NodeJS.Timeout {
    // Rounded up, because setTimeout drops fractions. A delay that has passed already is 0: Node 24 prints a warning for
    // a negative one.
    const delay = Math.min(Math.max(0, Math.ceil(ms)), LONGEST_DELAY)
    return inRootContext(() => setTimeout(this.#fire, delay).unref())
  }

  readonly #fire = (): void => {
    // Time may be left even after a short delay: setTimeout counts whole milliseconds from the start of the current
    // turn of the event loop. So it can fire early by up to 2 ms, plus the time that the turn had taken before the
    // timer was set.
    const left = this.#at - now()
    if (left > 0) this.#handle = this.#arm(left)
    else this.#fn()
  }

  cancel(): void {
    clearTimeout(this.#handle)
  }
}

/** Real time. `performance.now()` counts from the same origin in all threads of a process. */
export const realClock: Clock = {
  now,
  after: (ms, fn) => new RealTimer(ms, fn),
  nextTurn: fn => void inRootContext(() => setImmediate(fn)),
}
