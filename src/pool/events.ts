/** What the pool tells, by name. */

import type { Work } from '../work/work.js'
import type { WorkerInfo } from '../worker/info.js'

/** Why the target of the pool changed. */
export type ScaleReason = 'scale' | 'total' | 'autoScale'

/** Event name and what its listeners get. Without listeners an event costs nothing. */
export interface PoolEvents {
  /** The initial workers are all available. */
  ready: []
  /** The work entered the buffer. */
  queued: [work: Work<unknown>]
  /** The work has its result. Told after its promise is resolved and before reactions run; so are the next two. */
  done: [work: Work<unknown>]
  /** The work failed. With a listener here, a failure that nobody awaits is no `unhandledRejection`. */
  failed: [work: Work<unknown>, error: unknown]
  /** The work was discarded. */
  discarded: [work: Work<unknown>, error: unknown]
  /** A buffer that had been full is at most half full. */
  drain: []
  /** Nothing waits, is queued or runs. */
  idle: []
  /** The target changed. */
  scaled: [change: { readonly from: number; readonly to: number; readonly reason: ScaleReason }]
  /** A worker is available for the first time. */
  workerOnline: [worker: WorkerInfo]
  /** A thread has exited. `error` is the uncaught one that ended it, if one did. */
  workerExit: [worker: WorkerInfo, exitCode: number, error: unknown]
  /**
   * What no work owns: a thread that died idle, a failed `teardown`, an input of `map` that failed as it was closed. With no
   * listener it is a process warning.
   */
  error: [error: unknown]
  /** No thread, port or timer is left. */
  stopped: []
}

/** Called with what the event carries. */
export type PoolListener<E extends keyof PoolEvents> = (...payload: PoolEvents[E]) => void

/** The names, for those who cannot read the types. */
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
