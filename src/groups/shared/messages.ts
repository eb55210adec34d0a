/** What crosses between the Watcher and a group's thread, as discriminated unions. Both sides import these; neither adds to them. */

import type { MessagePort } from 'node:worker_threads'
import type { LaneEnd } from '../../lane/messages.js'
import type { ErrorRecord } from '../../values/error-record.js'
import type { GroupFacts } from './group-facts.js'
import type { LogFields, LogLevel } from './logger.js'
import type { SharedMemory } from './records.js'

/** The first message to a thread, over the worker's own channel, which is the user's from then on. */
export interface GroupBoot {
  readonly type: 'boot'
  readonly workerId: string
  /** The name of its group. */
  readonly group: string
  readonly groups: readonly GroupFacts[]
  readonly shared: SharedMemory
  readonly records: number
  /** The thread's own record in it. */
  readonly record: number
  readonly control: MessagePort
  /** URL of the module, and the export in it. */
  readonly entryPoint: { readonly url: string; readonly exportName: string }
  readonly pickup: PickupPlan
}

/** How a thread makes its pickup strategy. */
export type PickupPlan =
  | { readonly type: 'shipped'; readonly record: PickupRecord }
  | { readonly type: 'module'; readonly url: string; readonly exportName: string; readonly options: unknown }

/** From the Watcher to a thread, over its control port. */
export type GroupDown =
  /** It is to end: after its jobs, or, hot, without them. */
  | { readonly type: 'stop'; readonly hot: boolean }
  /** Somebody sends it jobs by this lane. */
  | { readonly type: 'lane'; readonly end: LaneEnd }
  /** A worker of this group, for which jobs wait here, may have a place. */
  | { readonly type: 'placeFree'; readonly group: number }
  /** This thread, to which jobs may have been sent, was told to end and does not. */
  | { readonly type: 'threadStuck'; readonly record: number; readonly generation: number }
  /** No worker of this group, for which jobs wait here, runs or will run again. */
  | { readonly type: 'groupDead'; readonly group: number }
  /** From the user's code in the main thread. */
  | { readonly type: 'message'; readonly message: unknown }

/** How a thread ends that says so itself. */
export type EndKind = 'returned' | 'failed' | 'fatal' | 'terminate' | 'not-started'

/** From a thread to the Watcher. */
export type GroupUp =
  | { readonly type: 'ready' }
  /** It is about to exit, and why. */
  | { readonly type: 'ending'; readonly kind: EndKind; readonly error: ErrorRecord | undefined }
  /** It sends jobs to another thread, whose end of the lane is this. */
  | { readonly type: 'connect'; readonly record: number; readonly generation: number; readonly end: LaneEnd }
  /** Jobs for a group wait here, or no longer do. */
  | { readonly type: 'waiting'; readonly group: number; readonly isWaiting: boolean }
  /** So many places in this group have become free, and jobs of other senders wait for one. */
  | { readonly type: 'freed'; readonly group: number; readonly places: number }
  /** A job failed whose sender did not want to wait for that. */
  | { readonly type: 'jobFailed'; readonly error: ErrorRecord }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string; readonly fields: LogFields }
  /** From the user's code in the thread. */
  | { readonly type: 'message'; readonly message: unknown }

/** What a thread needs to make a shipped strategy anew. Can be cloned. */
export interface PickupRecord {
  readonly kind: string
  readonly options: unknown
}
