/** Counts the timers that the library has armed and not taken back, those that do not keep the process alive included. */

import { createHook } from 'node:async_hooks'
import { isLibraryOnStack } from './library-stack.js'

/** Async id -> how many timers there were before. */
const armed = new Map<number, number>()
let last = 0

createHook({
  init(id, type) {
    if (type === 'Timeout' && isLibraryOnStack()) armed.set(id, ++last)
  },
  destroy(id) {
    armed.delete(id)
  },
}).enable()

/** A mark for {@link timersSince}. */
export function timersSoFar(): number {
  return last
}

/** How many timers armed since the mark still are. The end of a timer shows a little later: wait with `until`. */
export function timersSince(mark: number): number {
  return [...armed.values()].filter(number => number > mark).length
}
