/** One call as the user holds it. */

import type { WorkStatus } from './status.js'

/**
 * One call of a function on the pool: a promise of its result, and a handle on it.
 *
 * A failed work that nobody handles is one `unhandledRejection`, as with any promise; a discarded one is silent, since
 * somebody asked for it. Promises derived from it (`work.then(f)`) are your own and follow Node's rule.
 */
export interface Work<R> extends Promise<R> {
  /** Names the work for `discard`, `jobs` and logs: 21 characters, unique. */
  readonly id: string
  /** True at the instant it is read, also for a work that has just begun on its thread. */
  readonly status: WorkStatus
  /**
   * Resolves when the work is in the buffer: await it to submit no faster than works are done. Rejects with the work's
   * own error if it ends at the door. Silent if nobody looks.
   */
  readonly accepted: Promise<void>
  /** Which worker runs or ran it. */
  readonly workerId: string | undefined
  /** Ms from submission to its start; so far, while it waits. */
  readonly waitTime: number
  /** Ms from its start to its end; so far, while it runs; 0 before. */
  readonly runTime: number
  /**
   * Ends the work wherever it is: one that has not started never does, a running one is asked to stop and its thread is
   * ended after `grace`. Resolves with its final status when its function, or its thread, has ended.
   */
  stop(): Promise<WorkStatus>
}
