/** Errors of the user's callbacks, which must not disturb the code that calls them. */

import { setImmediate } from './real-time.js'

/** Turns the error into an uncaught exception of its own, thrown when the pool has finished what it is doing. */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}

/** Calls a listener of the user with one value. What the listener throws becomes an uncaught exception of its own. */
export function callGuarded(listener: ((value: unknown) => void) | undefined, value: unknown): void {
  try {
    listener?.(value)
  } catch (error) {
    throwLater(error)
  }
}
