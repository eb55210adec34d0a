/** Errors of the user's callbacks, which must not disturb the code that calls them. */

import { setImmediate } from './real-time.js'

/** Throws the error as an uncaught exception once the pool has finished what it is doing. */
export function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}

/** Calls a listener of the user. If the listener throws, its error becomes a separate uncaught exception. */
export function callGuarded<A extends unknown[]>(listener: ((...values: A) => void) | undefined, ...values: A): void {
  try {
    listener?.(...values)
  } catch (error) {
    throwLater(error)
  }
}
