/** The events of a WorkerPool, by name. */

import type { WorkerView } from './view.js'

/**
 * How the size of a group has changed.
 *
 * @group Events
 */
export interface GroupChange {
  /** Name of the group. */
  readonly group: string
  /** Number of workers wanted before. */
  readonly from: number
  /** Number of workers wanted now. */
  readonly to: number
}

/**
 * The name of each event, and the arguments of its listeners. An event without listeners costs nothing.
 *
 * @group Events
 */
export interface WorkerPoolEvents {
  /** Every initial worker is available. */
  started: []
  /** A worker is available: for the first time, after a restart, or because its successor has taken over. */
  workerOnline: [worker: WorkerView]
  /** A thread of this worker has exited. `error` is the error that ended it, or undefined. */
  workerExit: [worker: WorkerView, exitCode: number, error: unknown]
  /** A worker has ended and will be started again, in `after` ms. */
  workerRestart: [worker: WorkerView, after: number]
  /** The event loop of a worker has not responded for `ms` milliseconds. */
  workerUnresponsive: [worker: WorkerView, ms: number]
  /** No worker of this group runs or is due for a restart any more, and the last one ended by failure. */
  groupDown: [group: string, error: unknown]
  /** The number of workers wanted in a group has changed. */
  scaled: [change: GroupChange]
  /** A worker has called `worker.send()`. */
  message: [message: unknown, worker: WorkerView]
  /**
   * An error that no promise reports: a worker that stays down, a failed job whose sender had chosen not to wait for
   * the answer, a thread that does not exit. Without a listener, the error becomes a process warning.
   */
  error: [error: unknown]
  /** No thread, port or timer is left. */
  stopped: []
}

/**
 * A listener, called with the arguments of the event.
 *
 * @group Events
 */
export type WorkerPoolListener<E extends keyof WorkerPoolEvents> = (...payload: WorkerPoolEvents[E]) => void

/** The names as a value, for checks at run time. */
export const WORKER_POOL_EVENTS: Readonly<Record<keyof WorkerPoolEvents, true>> = {
  started: true,
  workerOnline: true,
  workerExit: true,
  workerRestart: true,
  workerUnresponsive: true,
  groupDown: true,
  scaled: true,
  message: true,
  error: true,
  stopped: true,
}
