/** The events of a pool. */

import type { Work } from '../work/work.js'
import type { WorkerInfo } from '../worker/info.js'

/**
 * Why the target of the pool changed.
 *
 * @group Events
 */
export type ScaleReason = 'scale' | 'total' | 'autoScale'

/**
 * The events by name, each with the arguments of its listeners. An event without listeners costs nothing.
 *
 * @group Events
 */
export interface PoolEvents {
  /** All initial workers are available. */
  ready: []
  /** The work entered the buffer. */
  queued: [work: Work<unknown>]
  /**
   * The work has its result. Emitted when its promise is resolved and before reactions to it run, like the next two.
   */
  done: [work: Work<unknown>]
  /** The work failed. With a listener here, a failure that is not awaited is not an `unhandledRejection`. */
  failed: [work: Work<unknown>, error: unknown]
  /** The work was discarded. */
  discarded: [work: Work<unknown>, error: unknown]
  /** The buffer was full and is now at most half full. */
  drain: []
  /** No work is waiting, queued or running. */
  idle: []
  /** The target changed. */
  scaled: [change: { readonly from: number; readonly to: number; readonly reason: ScaleReason }]
  /** A worker is available for the first time. */
  workerOnline: [worker: WorkerInfo]
  /** A thread has exited. `error` is the uncaught error that ended it, if there was one. */
  workerExit: [worker: WorkerInfo, exitCode: number, error: unknown]
  /**
   * An error that no work reports: a thread died idle, a `teardown` failed, an input of `map` failed while it was
   * closed. Without a listener it becomes a process warning.
   */
  error: [error: unknown]
  /** No thread, port or timer is left. */
  stopped: []
}

/**
 * A listener for the event `E`.
 *
 * @group Events
 */
export type PoolListener<E extends keyof PoolEvents> = (...payload: PoolEvents[E]) => void

/** The names, for checks at run time. */
export const EVENTS: Readonly<Record<keyof PoolEvents, true>> = {
  ready: true,
  queued: true,
  done: true,
  failed: true,
  discarded: true,
  drain: true,
  idle: true,
  scaled: true,
  workerOnline: true,
  workerExit: true,
  error: true,
  stopped: true,
}
