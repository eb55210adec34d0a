/**
 * The figures of a WorkerPool at one moment, read from shared memory and from its slots. No thread is interrupted for
 * them.
 */

import type { WorkerType } from '../shared/group-facts.js'
import type { SharedRecords } from '../shared/records.js'
import type { Group } from '../watch/group.js'
import type { SlotStatus } from '../worker/slot-state.js'
import type { Slot } from '../worker/slot.js'

/**
 * Numbers of jobs of a worker, or of a group, over all its threads so far.
 *
 * @group Workers and figures
 */
export interface JobFigures {
  /** Jobs begun. */
  readonly accepted: number
  /** Jobs that ended well. */
  readonly processed: number
  /** Jobs that ended with an error. */
  readonly failed: number
  /** Jobs begun and not ended. Jobs that a thread had begun when it exited are no longer counted. */
  readonly running: number
}

/**
 * Figures of one worker.
 *
 * @group Workers and figures
 */
export interface WorkerFigures {
  /** `<group>-<slot>`. */
  readonly id: string
  /** Its state. */
  readonly status: SlotStatus
  /** Number of threads it has had. */
  readonly starts: number
  /** Number of times one of its threads ended although neither the pool nor the worker wanted that. */
  readonly crashes: number
  /** Its jobs so far. */
  readonly jobs: JobFigures
  /** Sum of the weights of the jobs that it was given and that have not ended. */
  readonly weight: number
  /** Bytes of JavaScript heap in use, as its thread last reported; 0 without a thread. */
  readonly heap: number
  /** Share of the last quarter of a second in which its event loop was not idle, 0 to 1. */
  readonly utilization: number
  /** Ms since its thread was started; 0 without a thread. */
  readonly age: number
}

/**
 * Figures of one group.
 *
 * @group Workers and figures
 */
export interface GroupFigures {
  /** Role of the group. */
  readonly type: WorkerType
  /** Number of workers that are available, are starting, or are about to be restarted. */
  readonly size: number
  /** Number of workers that are available. */
  readonly available: number
  /** Smallest number of workers. */
  readonly minWorkers: number
  /** Largest number of workers. */
  readonly maxWorkers: number
  /** Number of threads that its workers have had. */
  readonly starts: number
  /** Number of times one of the group's threads ended although neither the pool nor the worker wanted that. */
  readonly crashes: number
  /** Number of senders in which jobs wait for a place in this group. */
  readonly waiting: number
  /** Jobs of all its workers so far. */
  readonly jobs: JobFigures
  /** One for each of the `maxWorkers` workers. */
  readonly workers: readonly WorkerFigures[]
}

/**
 * The result of `pool.stats()`: by group, in the order in which the groups were described.
 *
 * @group Workers and figures
 */
export interface WorkerPoolStats {
  /** By name of the group. */
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
