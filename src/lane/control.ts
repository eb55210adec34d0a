/** What crosses between a pool and its thread beside the lane, as discriminated unions. */

import type { MessagePort } from 'node:worker_threads'
import type { ErrorRecord } from '../values/error-record.js'
import type { LaneEnd, TaskDefinition } from './messages.js'

/** The first message to a thread, over the worker's own channel, which is the user's from then on. */
export interface Boot {
  readonly type: 'boot'
  readonly workerId: string
  readonly control: MessagePort
  readonly lane: LaneEnd
  /** Works that the thread runs at the same time. */
  readonly concurrency: number
  readonly setup: TaskDefinition | undefined
  readonly teardown: TaskDefinition | undefined
  /** Shared with the main thread: what the thread last said of itself, see `usage.ts`. */
  readonly usage: SharedArrayBuffer
}

/** From the pool to the thread, over the control port. */
export type ControlDown = { readonly type: 'stop' }

/** From the thread to the pool, over the control port. */
export type ControlUp =
  | { readonly type: 'ready' }
  | { readonly type: 'startFailed'; readonly error: ErrorRecord }
  | { readonly type: 'teardownFailed'; readonly error: ErrorRecord }
