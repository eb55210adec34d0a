/** The figures of a WorkerPool at one moment, read from shared memory and from the books of its slots. Asks no thread. */

import type { WorkerType } from '../shared/group-facts.js'
import type { SharedRecords } from '../shared/records.js'
import type { Group } from '../watch/group.js'
import type { SlotStatus } from '../worker/slot-state.js'
import type { Slot } from '../worker/slot.js'

/** Jobs of a worker, or of a group, over all its threads so far. */
export interface JobFigures {
  /** Begun. */
  readonly accepted: number
  /** Answered. */
  readonly processed: number
  /** Answered by an error. */
  readonly failed: number
  /** Begun and not ended. What a thread had begun when it ended counts no longer. */
  readonly running: number
}

/** Figures of one worker. */
export interface WorkerFigures {
  /** `<group>-<slot>`. */
  readonly id: string
  /** Where it is in its life. */
  readonly status: SlotStatus
  /** Threads it has had. */
  readonly starts: number
  /** Those of their ends that nobody wanted. */
  readonly crashes: number
  /** Its jobs so far. */
  readonly jobs: JobFigures
  /** Sum of the weights of the jobs it was given and that have not ended. */
  readonly weight: number
  /** Bytes of JavaScript heap in use, as its thread last said; 0 without one. */
  readonly heap: number
  /** Share of the last quarter of a second in which its event loop was not idle, 0 to 1. */
  readonly utilization: number
  /** Ms since its thread was started; 0 without one. */
  readonly age: number
}

/** Figures of one group. */
export interface GroupFigures {
  /** Its role. */
  readonly type: WorkerType
  /** Workers that are available, start, or are about to be started again. */
  readonly size: number
  /** Those that are available. */
  readonly available: number
  /** Workers that there are at least. */
  readonly minWorkers: number
  /** Workers that there can be. */
  readonly maxWorkers: number
  /** Threads that its workers have had. */
  readonly starts: number
  /** Those of their ends that nobody wanted. */
  readonly crashes: number
  /** Senders in which jobs wait for a place here. */
  readonly waiting: number
  /** Jobs of all its workers so far. */
  readonly jobs: JobFigures
  /** One for each worker that there can be. */
  readonly workers: readonly WorkerFigures[]
}

/** What `pool.stats()` returns: by group, in the order of the scheme. */
export interface WorkerPoolStats {
  /** By name. */
  readonly groups: Readonly<Record<string, GroupFigures>>
}

export function statsOf(groups: readonly Group[], shared: SharedRecords, now: number): WorkerPoolStats {
  const figures = groups.map(group => [group.spec.name, figuresOf(group, shared, now)] as const)
  return { groups: Object.fromEntries(figures) }
}

function figuresOf(group: Group, shared: SharedRecords, now: number): GroupFigures {
  const { type, index, minWorkers, maxWorkers } = group.spec
  const workers = group.slots.map(slot => workerFigures(group, slot, shared, now))
  return {
    type,
    size: group.size,
    available: workers.filter(({ status }) => status === 'available').length,
    minWorkers,
    maxWorkers,
    starts: sum(workers, worker => worker.starts),
    crashes: sum(workers, worker => worker.crashes),
    waiting: shared.waiting(index),
    jobs: {
      accepted: sum(workers, ({ jobs }) => jobs.accepted),
      processed: sum(workers, ({ jobs }) => jobs.processed),
      failed: sum(workers, ({ jobs }) => jobs.failed),
      running: sum(workers, ({ jobs }) => jobs.running),
    },
    workers,
  }
}

function workerFigures(group: Group, slot: Slot, shared: SharedRecords, now: number): WorkerFigures {
  const { id, status, starts, crashes, thread } = slot
  const reported = thread === undefined ? undefined : shared.reported(thread.record)
  return {
    id,
    status,
    starts,
    crashes,
    jobs: group.jobsOf(slot),
    weight: thread === undefined ? 0 : shared.reservations.weight(thread.record),
    heap: reported?.heap ?? 0,
    utilization: reported?.utilization ?? 0,
    age: thread === undefined ? 0 : now - thread.startedAt,
  }
}

function sum<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.reduce((total, item) => total + figure(item), 0)
}
