/** Counts the timers that the library has armed at this moment, those that do not keep the process alive included. */

import { createHook } from 'node:async_hooks'

const LIBRARY = new URL('../../dist/', import.meta.url).pathname
const armed = new Set<number>()

createHook({
  init(id, type) {
    if (type === 'Timeout' && isLibraryOnStack()) armed.add(id)
  },
  destroy(id) {
    armed.delete(id)
  },
}).enable()

function isLibraryOnStack(): boolean {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 20
  const { stack = '' } = new Error()
  Error.stackTraceLimit = stackTraceLimit
  return stack.includes(LIBRARY)
}

/** How many there are now. The hook's own destroy comes a little after the timer's end: compare with `until`. */
export function libraryTimers(): number {
  return armed.size
}
