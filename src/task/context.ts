/** What a running task can ask about its own work. Types only, shared by both sides; must not know who fills them in. */

import type { Transferable } from '../values/transfer.js'

/** The work as seen from inside its task: `this` of an inline `function`, or `context()` of `threadcrew/thread`. */
export interface WorkContext {
  /** The `work.id` of the submitting side. */
  readonly id: string
  /** Which worker of the pool runs it; a replacement has another id. */
  readonly workerId: string
  /** `threadId` of `node:worker_threads`. */
  readonly threadId: number
  /** The `label` given to `execute`, if any. */
  readonly label?: string | undefined
  /** Aborted when somebody asked for the end of this work; its three ways of asking also see that in a synchronous loop. */
  readonly signal: AbortSignal
  /**
   * Tells whoever gave `onProgress` to `execute` how far the work is; does nothing where nobody did, or after the work has
   * ended. The value arrives before the result and in order, cloned now, or moved where it is marked by `transfer`.
   *
   * @throws {UncloneableValueError} it cannot be cloned
   */
  progress(value: unknown): void
  /** Marks the buffers and ports in `list` to be moved with `value` instead of copied; returns `value`. */
  transfer<T extends object>(value: T, list: readonly Transferable[]): T
}
