/** Errors of the user's own callbacks, which must not disturb whoever called them. */

/** Makes the error an uncaught exception of its own, after the pool has finished what it is in the middle of. */
export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}

/** Calls a listener of the user's with one value; what it throws is an uncaught exception of its own. */
export function callGuarded(listener: ((value: unknown) => void) | undefined, value: unknown): void {
  try {
    listener?.(value)
  } catch (error) {
    throwLater(error)
  }
}
