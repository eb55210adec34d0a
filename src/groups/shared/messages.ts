/** The messages between the Watcher and a group's thread, as discriminated unions that both sides compile against. */

import type { MessagePort } from 'node:worker_threads'
import type { LaneEnd } from '../../lane/messages.js'
import type { ErrorRecord } from '../../values/error-record.js'
import type { GroupFacts } from './group-facts.js'
import type { LogFields, LogLevel } from './logger.js'
import type { SharedMemory } from './records.js'

/** The first message to a thread. It comes over the worker's own channel, which belongs to the user from then on. */
export interface GroupBoot {
  readonly type: 'boot'
  readonly workerId: string
  /** The name of its group. */
  readonly group: string
  readonly groups: readonly GroupFacts[]
  readonly shared: SharedMemory
  readonly records: number
  /** The thread's own record in shared memory. */
  readonly record: number
  readonly control: MessagePort
  /** The group's module, and the name of its export. */
  readonly entryPoint: { readonly url: string; readonly exportName: string }
  readonly pickup: PickupPlan
  /** What the user gave for the threads of the group. */
  readonly data: unknown
}

/** How a thread creates its pickup strategy. */
export type PickupPlan =
  | { readonly type: 'shipped'; readonly record: PickupRecord }
  | { readonly type: 'module'; readonly url: string; readonly exportName: string; readonly options: unknown }

/** From the Watcher to a thread, over its control port. */
export type GroupDown =
  /** The thread should end. If `hot`, it does not wait for its jobs, and their pauses reject. */
  | { readonly type: 'stop'; readonly hot: boolean }
  /** Its end of a new lane, over which another thread sends it jobs. */
  | { readonly type: 'lane'; readonly end: LaneEnd }
  /** Jobs of this thread wait for this group, which may have a free place now. */
  | { readonly type: 'placeFree'; readonly group: number }
  /** Another thread, to which this one may have sent jobs, was told to end but does not exit. */
  | { readonly type: 'threadStuck'; readonly record: number; readonly generation: number }
  /** Jobs of this thread wait for this group, but no worker of the group runs or is due to start. */
  | { readonly type: 'groupDead'; readonly group: number }
  /** A message from the user's code in the main thread. */
  | { readonly type: 'message'; readonly message: unknown }

/** Why a thread ends, if it says so itself. */
export type EndKind = 'returned' | 'failed' | 'fatal' | 'terminate' | 'not-started'

/** From a thread to the Watcher. */
export type GroupUp =
  | { readonly type: 'ready' }
  /** The thread is about to exit, and why. */
  | { readonly type: 'ending'; readonly kind: EndKind; readonly error: ErrorRecord | undefined }
  /** The thread wants to send jobs to another one, which should get this end of the new lane. */
  | { readonly type: 'connect'; readonly record: number; readonly generation: number; readonly end: LaneEnd }
  /** Jobs for this group begin to wait in the thread, or no job waits any longer. */
  | { readonly type: 'waiting'; readonly group: number; readonly isWaiting: boolean }
  /** This many places in the group have become free, and jobs of other senders wait for one. */
  | { readonly type: 'freed'; readonly group: number; readonly places: number }
  /** A job failed, and its sender had chosen not to wait for the answer. */
  | { readonly type: 'jobFailed'; readonly error: ErrorRecord }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string; readonly fields: LogFields }
  /** A message from the user's code in the thread. */
  | { readonly type: 'message'; readonly message: unknown }

/** What a thread needs to create its own copy of a shipped strategy. Structured-cloneable. */
export interface PickupRecord {
  readonly kind: string
  readonly options: unknown
}
