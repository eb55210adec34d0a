/** Cuts the stack of an error from a thread to the frames of the task, and adds where the task was submitted. */

import { fileURLToPath } from 'node:url'
import { types } from 'node:util'

/** Frames from here on are the thread's own machinery, the same under every task. */
const THREAD_CODE = fileURLToPath(new URL('./thread/', import.meta.url))

/** Frames of Node's own, which stand on either side. */
const NODE_CODE = /^\s+at (?:.* \()?node:/

/** In UTF-16 units. A longer one no program prints: a task has made it, and taking it apart would hold up this thread. */
const LONGEST_STACK = 1_000_000

/** V8 puts the class of `this` before a function's name; that of a task is ours. */
const RECEIVER = /\bat (async )?RunningWork\./

/**
 * Makes the stack of an error from a thread end where the task's own frames do, and adds where its function was first
 * submitted: the frame that a thread cannot know.
 */
export function withSite(error: unknown, site: string | undefined, by = 'Pool.execute'): unknown {
  // On Node 20 a DOMException is no native error, though an Error it is.
  if (site === undefined || !(types.isNativeError(error) || error instanceof Error)) return error
  if (typeof error.stack !== 'string' || error.stack.length > LONGEST_STACK) return error
  const frames = error.stack.split('\n')
  // Ours may also be the first, where the task has called us.
  const last = frames.findLastIndex(frame => !frame.includes(THREAD_CODE) && !NODE_CODE.test(frame))
  const machinery = frames.findIndex((frame, index) => index > last && frame.includes(THREAD_CODE))
  const own = (machinery > 0 ? frames.slice(0, machinery) : frames).map(frame => frame.replace(RECEIVER, 'at $1'))
  const stack = [...own, `    at ${by} (${site})`].join('\n')
  // An own property already, and a descriptor would be read with what a polluted prototype adds to it.
  Reflect.set(error, 'stack', stack)
  return error
}
