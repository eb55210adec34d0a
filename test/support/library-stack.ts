/** Whether the library is at work: told by the stack, without the price of writing the stack down. */

// Both, for tests import the built library as well as the source.
const LIBRARY = ['../../dist/', '../../src/'].map(folder => new URL(folder, import.meta.url))
const FOLDERS = LIBRARY.flatMap(({ href, pathname }) => [href, pathname])

/** Frames looked at: timers and ports are made by Node on behalf of a caller that is near. */
const DEPTH = 20

/** True if a function of the library is among the callers. */
export function isLibraryOnStack(): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error
  let found = false
  // The formatter of the test runner would map every frame through its source map.
  Error.prepareStackTrace = (_, frames) => {
    found = frames.some(frame => FOLDERS.some(folder => frame.getFileName()?.startsWith(folder) === true))
    return ''
  }
  Error.stackTraceLimit = DEPTH
  void new Error().stack
  Error.stackTraceLimit = stackTraceLimit
  if (prepareStackTrace === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace
  else Error.prepareStackTrace = prepareStackTrace
  return found
}
