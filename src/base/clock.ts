/** Owns the only reading of time and the only timers of the pool; must not know what they are for. */

// Imported, not global: test tools replace the globals, and threads go on in real time when they do.
import { performance } from 'node:perf_hooks'
import { clearTimeout, setImmediate, setTimeout } from 'node:timers'
import { inRootContext } from './async-context.js'

/** Something that will happen once, unless it is called off. */
export interface Timer {
  /** Calls it off; harmless when it has already happened. */
  cancel(): void
}

/** Time as the pool sees it: real, or moved by hand in tests. */
export interface Clock {
  /** Milliseconds, monotonic, comparable across the threads of this process. */
  now(): number
  /**
   * Calls `fn` once, in a later turn of the event loop, when at least `ms` have passed by `now()`: never early, whatever
   * the length (Infinity never comes). Never keeps the process alive.
   */
  after(ms: number, fn: () => void): Timer
  /** Calls `fn` once the event loop has looked at everything else that is due. */
  nextTurn(fn: () => void): void
}

/** The longest delay setTimeout takes; it turns a longer one into 1 ms. */
const LONGEST_DELAY = 2 ** 31 - 1

class RealTimer implements Timer {
  readonly #at: number
  readonly #fn: () => void
  #handle: NodeJS.Timeout

  constructor(ms: number, fn: () => void) {
    this.#at = performance.now() + ms
    this.#fn = fn
    this.#handle = this.#arm(ms)
  }

  #arm(ms: number): NodeJS.Timeout {
    // setTimeout drops fractions, hence the ceil.
    return inRootContext(() => setTimeout(this.#fire, Math.min(Math.ceil(ms), LONGEST_DELAY)).unref())
  }

  readonly #fire = (): void => {
    // Not only at the end of a long delay: setTimeout counts in whole milliseconds from the start of the current turn of
    // the event loop, so that it runs early by up to 2 ms, and by all that a turn took before the timer was set.
    const left = this.#at - performance.now()
    if (left > 0) this.#handle = this.#arm(left)
    else this.#fn()
  }

  cancel(): void {
    clearTimeout(this.#handle)
  }
}

/** The time of this process. `performance.now()` counts from the same origin in all of its threads. */
export const realClock: Clock = {
  now: () => performance.now(),
  after: (ms, fn) => new RealTimer(ms, fn),
  nextTurn: fn => void inRootContext(() => setImmediate(fn)),
}
