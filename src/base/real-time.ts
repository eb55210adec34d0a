/**
 * Node's clock, timers and microtasks, taken once, when this module is loaded. Test tools replace the globals, and some of
 * them what node:timers exports as well; the pool lives in real time whatever a test does with its own.
 */

import { performance } from 'node:perf_hooks'
import timers from 'node:timers'

export const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = timers

/** Ms since the process started. */
export const now = performance.now.bind(performance)

// Not queueMicrotask, which tools replace as well: nobody replaces promises, on which everything else stands.
const resolved = Promise.resolve()
const { then } = Promise.prototype

/** Runs `fn` when the code that runs now has ended, in the async context of this call. `fn` must not throw. */
export function microtask(fn: () => void): void {
  void then.call(resolved, fn)
}
