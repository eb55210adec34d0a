/** What a WorkerPool tells, by name. */

import type { WorkerView } from './view.js'

/** How the size of a group has changed. */
export interface GroupChange {
  /** Its name. */
  readonly group: string
  /** Workers that were to be there. */
  readonly from: number
  /** Workers that are to be there now. */
  readonly to: number
}

/** Event name and what its listeners get. Without listeners an event costs nothing. */
export interface WorkerPoolEvents {
  /** Every initial worker is available. */
  started: []
  /** A worker is available: for the first time, again, or a successor in its place. */
  workerOnline: [worker: WorkerView]
  /** A thread has exited. `error` is what ended it, if something did. */
  workerExit: [worker: WorkerView, exitCode: number, error: unknown]
  /** A worker that ended is started again, `after` so many ms. */
  workerRestart: [worker: WorkerView, after: number]
  /** The event loop of a worker has not turned for so many ms. */
  workerUnresponsive: [worker: WorkerView, ms: number]
  /** No worker of this group runs or is due any more, and the last one ended by failure. */
  groupDown: [group: string, error: unknown]
  /** The number of workers that are to be in a group has changed. */
  scaled: [change: GroupChange]
  /** From `worker.send()` in a thread. */
  message: [message: unknown, worker: WorkerView]
  /**
   * What nobody else hears of: a worker that stays down, a job that failed unseen, a thread that does not end. With no
   * listener it is a process warning.
   */
  error: [error: unknown]
  /** No thread, port or timer is left. */
  stopped: []
}

/** Called with what the event carries. */
export type WorkerPoolListener<E extends keyof WorkerPoolEvents> = (...payload: WorkerPoolEvents[E]) => void

/** The names, for those who cannot read the types. */
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
