/** One worker of a WorkerPool as its owner sees it: figures that are true at the moment they are read, and two verbs. */

import type { WorkerType } from '../shared/group-facts.js'
import type { SharedRecords } from '../shared/records.js'
import type { Group } from '../watch/group.js'
import type { SlotStatus } from '../worker/slot-state.js'
import type { Slot } from '../worker/slot.js'

/** A group of a running pool, as its owner sees it. */
export interface GroupView {
  /** As in the scheme. */
  readonly name: string
  /** Workers that are available, start, or are about to be started again. */
  readonly size: number
  /** Workers that there are at least. */
  readonly minWorkers: number
  /** Workers that there can be. */
  readonly maxWorkers: number
  /** One for each of these. */
  readonly workers: readonly WorkerView[]
}

/** A worker: one place in a group, whatever thread fills it. */
export interface WorkerView {
  /** `<group>-<slot>`. */
  readonly id: string
  /** Name of its group. */
  readonly group: string
  /** Role of its group. */
  readonly type: WorkerType
  /** Of its thread, as `node:worker_threads` counts; undefined while it has none. */
  readonly threadId: number | undefined
  /** Where it is in its life. */
  readonly status: SlotStatus
  /** Threads it has had. */
  readonly starts: number
  /** Those of their ends that nobody wanted. */
  readonly crashes: number
  /** Jobs it was given and that have not ended. */
  readonly jobs: number
  /** Bytes of JavaScript heap in use, as its thread last said. */
  readonly heap: number
  /** Share of the last quarter of a second in which its event loop was not idle, 0 to 1. */
  readonly utilization: number
  /**
   * Sends a value to the listeners of `worker.on('message')`. What is sent while it has no thread is lost.
   *
   * @returns whether there was a thread to send it to
   * @throws {DataCloneError} it cannot be cloned
   */
  send(message: unknown): boolean
  /**
   * Ends this worker; its jobs end first unless `hot`. It is not started again before somebody asks for it, by
   * `scaleGroup`, for example. Resolves when its thread is gone.
   */
  stop(hot?: boolean): Promise<void>
}

/** @param shared where its figures are */
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
