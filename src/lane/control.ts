/** The messages between a pool and its thread outside the lane, as discriminated unions. */

import type { MessagePort } from 'node:worker_threads'
import type { ErrorRecord } from '../values/error-record.js'
import type { LaneEnd, TaskDefinition } from './messages.js'

/** The first message to a thread, over the worker's own channel. From then on that channel belongs to the user. */
export interface Boot {
  readonly type: 'boot'
  readonly workerId: string
  readonly control: MessagePort
  readonly lane: LaneEnd
  /** How many works the thread runs at the same time. */
  readonly concurrency: number
  readonly setup: TaskDefinition | undefined
  readonly teardown: TaskDefinition | undefined
  /** Shared memory for the figures that the thread reports, see `usage.ts`. */
  readonly usage: SharedArrayBuffer
  /** Shared memory for the numbers of its output, see `printed.ts`. */
  readonly printed: SharedArrayBuffer
}

/** From the pool to the thread, over the control port. */
export type ControlDown = { readonly type: 'stop' }

/** From the thread to the pool, over the control port. */
export type ControlUp =
  | { readonly type: 'ready' }
  /** What the thread has printed to this stream, up to this number, has reached the pool's process. */
  | { readonly type: 'printed'; readonly stream: number; readonly number: number }
  | { readonly type: 'startFailed'; readonly error: ErrorRecord }
  | { readonly type: 'teardownFailed'; readonly error: ErrorRecord }
