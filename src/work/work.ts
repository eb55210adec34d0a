/** One call, as the user sees it. */

import type { WorkStatus } from './status.js'

/**
 * One call of a function on the pool: a promise of its result, and a handle on the call.
 *
 * If a failed work is not handled, that is an `unhandledRejection`, as with any promise. A discarded work is silent,
 * because its discard was requested. Promises derived from a work (`work.then(f)`) are not part of the pool and follow
 * Node's rules.
 *
 * @group Works
 */
export interface Work<R> extends Promise<R> {
  /** Identifies the work in `discard`, `jobs` and logs. 21 characters, unique. */
  readonly id: string
  /** Exact at the moment it is read, even for a work that has just begun on its thread. */
  readonly status: WorkStatus
  /**
   * Resolves when the work is in the buffer. Await it to submit no faster than works are done. Rejects with the work's
   * own error if the work ends at the door. If it is not awaited, a rejection is silent.
   */
  readonly accepted: Promise<void>
  /** Id of the worker that runs or ran it. Undefined before its start. */
  readonly workerId: string | undefined
  /** Ms from submission to start; up to now while it waits. */
  readonly waitTime: number
  /** Ms from start to end; up to now while it runs, and 0 before. */
  readonly runTime: number
  /**
   * Ends the work, wherever it is. If it has not started, it never does. If it runs, it is asked to stop, and its
   * thread is ended after `grace`. Resolves with its final status when its function, or its thread, has ended.
   */
  stop(): Promise<WorkStatus>
}
