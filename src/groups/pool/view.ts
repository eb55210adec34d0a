/**
 * One worker of a WorkerPool as its owner sees it: figures that are current whenever they are read, and two methods.
 */

import type { WorkerType } from '../shared/group-facts.js'
import type { SharedRecords } from '../shared/records.js'
import type { Group } from '../watch/group.js'
import type { SlotStatus } from '../worker/slot-state.js'
import type { Slot } from '../worker/slot.js'

/**
 * A group of a running pool, as its owner sees it.
 *
 * @group Workers and figures
 */
export interface GroupView {
  /** Its name. */
  readonly name: string
  /** Number of workers that are available, are starting, or are about to be restarted. */
  readonly size: number
  /** Smallest number of workers. */
  readonly minWorkers: number
  /** Largest number of workers. */
  readonly maxWorkers: number
  /** One for each of the `maxWorkers` workers. */
  readonly workers: readonly WorkerView[]
}

/**
 * A worker: one position in a group, which one thread after another fills.
 *
 * @group Workers and figures
 */
export interface WorkerView {
  /** `<group>-<slot>`. */
  readonly id: string
  /** Name of its group. */
  readonly group: string
  /** Role of its group. */
  readonly type: WorkerType
  /** The `threadId` of its thread, as in `node:worker_threads`; undefined while it has no thread. */
  readonly threadId: number | undefined
  /** Its state. */
  readonly status: SlotStatus
  /** Number of threads it has had. */
  readonly starts: number
  /** Number of times one of its threads ended although neither the pool nor the worker wanted that. */
  readonly crashes: number
  /** Number of jobs that it was given and that have not ended. */
  readonly jobs: number
  /** Bytes of JavaScript heap in use, as its thread last reported. */
  readonly heap: number
  /** Share of the last quarter of a second in which its event loop was not idle, 0 to 1. */
  readonly utilization: number
  /**
   * Sends a value to the listeners of `worker.on('message')` in its thread. While the worker has no thread, the value
   * is lost.
   *
   * @returns whether there was a thread to send it to
   * @throws {DataCloneError} the value cannot be cloned
   */
  send(message: unknown): boolean
  /**
   * Ends this worker, after its jobs or, with `hot`, at once. It stays idle until the group grows again, for example by
   * `scaleGroup()`. Resolves when its thread is gone.
   */
  stop(hot?: boolean): Promise<void>
}

/** @param shared  holds its figures */
export function viewOf(slot: Slot, group: Group, shared: SharedRecords): WorkerView {
  const { name, type } = group.spec
  return {
    id: slot.id,
    group: name,
    type,
    get threadId() {
      return slot.thread?.threadId
    },
    get status() {
      return slot.status
    },
    get starts() {
      return slot.starts
    },
    get crashes() {
      return slot.crashes
    },
    get jobs() {
      return slot.thread === undefined ? 0 : shared.reservations.taken(slot.thread.record)
    },
    get heap() {
      return slot.thread === undefined ? 0 : shared.reported(slot.thread.record).heap
    },
    get utilization() {
      return slot.thread === undefined ? 0 : shared.reported(slot.thread.record).utilization
    },
    send(message) {
      slot.thread?.post({ type: 'message', message })
      return slot.thread !== undefined
    },
    stop: (hot = false) => slot.stop(hot),
  }
}
