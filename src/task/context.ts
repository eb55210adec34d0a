/** What a running task can learn about its own work. Types only, for both sides. */

import type { Transferable } from '../values/transfer.js'

/**
 * The work as seen from inside its task: `this` of an inline `function`, or `context()` of `threadcrew/thread`.
 *
 * @group Tasks
 */
export interface WorkContext {
  /** The `work.id` of the submitting side. */
  readonly id: string
  /** The worker of the pool that runs it. A worker that replaces it has another id. */
  readonly workerId: string
  /** `threadId` of `node:worker_threads`. */
  readonly threadId: number
  /** The `label` given to `execute`, if any. */
  readonly label?: string | undefined
  /**
   * Aborted when the work is asked to end. `aborted`, `reason` and `throwIfAborted()` also show that in a synchronous
   * loop.
   */
  readonly signal: AbortSignal
  /**
   * Reports intermediate values to the `onProgress` that was given to `execute`. Does nothing without one, or after the
   * work has ended. Values arrive in order and before the result. They are cloned now, or moved if marked by
   * `transfer`.
   *
   * @throws {UncloneableValueError} it cannot be cloned
   */
  progress(value: unknown): void
  /** Marks the buffers and ports in `list` to be moved with `value` instead of copied; returns `value`. */
  transfer<T extends object>(value: T, list: readonly Transferable[]): T
}
