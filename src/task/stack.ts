/** Reduces the stack of an error from a thread to the frames of the task, and adds where the task was submitted. */

import { fileURLToPath } from 'node:url'
import { isError } from '../errors/words.js'

/**
 * From the first frame of this folder on, a stack shows the thread's own machinery, which is the same below every task.
 */
const THREAD_CODE = fileURLToPath(new URL('./thread/', import.meta.url))

/** Node's own frames, which may stand on both sides of the machinery. */
const NODE_CODE = /^\s+at (?:.* \()?node:/

/** In UTF-16 units. A longer stack was made by the task itself, and taking it apart would hold up this thread. */
const LONGEST_STACK = 1_000_000

/** V8 puts the class of `this` before a function's name. For a task, that is a class of this library. */
const RECEIVER = /\bat (async )?RunningWork\./

/**
 * Ends the stack of an error from a thread after the task's own frames, and adds the frame that a thread cannot know:
 * where its function was first submitted.
 *
 * @param site `file:line:column`; without one, nothing changes
 * @param by the function that was called there
 */
export function withSite(error: unknown, site: string | undefined, by = 'Pool.execute'): unknown {
  // On Node 20 a DOMException is an Error but not a native error.
  if (site === undefined || !isError(error)) return error
  if (typeof error.stack !== 'string' || error.stack.length > LONGEST_STACK) return error
  const frames = error.stack.split('\n')
  // Our frames may also come first, if the task called our code.
  const last = frames.findLastIndex(frame => !frame.includes(THREAD_CODE) && !NODE_CODE.test(frame))
  const machinery = frames.findIndex((frame, index) => index > last && frame.includes(THREAD_CODE))
  const own = (machinery > 0 ? frames.slice(0, machinery) : frames).map(frame => frame.replace(RECEIVER, 'at $1'))
  const stack = [...own, `    at ${by} (${site})`].join('\n')
  // Set, not defined: `stack` is an own property already, and a descriptor would inherit from a polluted prototype.
  Reflect.set(error, 'stack', stack)
  return error
}
