/** The interfaces that a user's code sees inside a group's thread. Types only; groups/thread implements them. */

import type { WorkerType } from './group-facts.js'
import type { JobOptions } from './job-options.js'
import type { LogFields } from './logger.js'

/**
 * What the module of a group exports: a class (constructed without arguments), an object, or a function (used as
 * `run`). Each of the two methods is optional, but at least one must exist. `Data` is the type of `worker.data`.
 *
 * @group Inside a worker
 */
export interface WorkerEntryPoint<Data = unknown> {
  /** Called first. The worker is available once it has returned, or the promise that it returned is fulfilled. */
  initialize?(worker: GroupWorker<Data>): unknown
  /**
   * The worker's own activity. When it returns, or the promise that it returned is fulfilled, the worker ends. Without
   * this method, the worker keeps running until it is asked to end.
   */
  run?(worker: GroupWorker<Data>): unknown
}

/**
 * What a job handler gets in addition to the data.
 *
 * @group Jobs
 */
export interface JobContext {
  /** Unique id of 21 characters. */
  readonly id: string
  /** The priority that its sender gave it. */
  readonly priority: number
  /** Aborts when the sender calls the job off, its timeout passes, or the sender is gone. */
  readonly signal: AbortSignal
  /** Passes a value to the `onProgress` option of `send()`, if there is one. Throws if the value cannot be cloned. */
  progress(value: unknown): void
  /**
   * Resolves when it is this job's turn: higher priorities on this worker go first, equal ones take turns. Rejects with a
   * {@link WorkerStoppedError} when the worker is ended at once. If the handler passes that error on, the job counts as
   * lost with its worker: its sender gets a {@link WorkerLostError}, or has `retries` for it.
   */
  pause(): Promise<void>
}

/**
 * Does one job. The value that it returns, or that its promise resolves to, is the answer.
 *
 * @group Jobs
 */
export type JobHandler<T = unknown> = (data: T, context: JobContext) => unknown

/**
 * Sends jobs to other groups.
 *
 * @group Jobs
 */
export interface Jobs {
  /**
   * Resolves with the answer of a worker of the group. The job goes straight to that worker's thread.
   *
   * While all places of the group's workers are taken, the job waits for a free place; the group starts more workers if
   * its scaling strategy says so. Every failure is a rejection, including that of invalid arguments.
   * @param group name of a group in this worker's `jobGroups`; from the main thread, of any `job` or `service` group
   * @param data one structured-cloneable value
   * @throws What the handler throws. TypeError or RangeError: invalid arguments.
   *   {@link NoWorkersAvailableError}: `timeout` passed before a worker had a free place, or the group is down.
   *   {@link WorkTimeoutError}: `timeout` passed later. {@link WorkDiscardedError}: called off by `signal`.
   *   {@link WorkerLostError}: the thread ended while it ran the job. {@link UncloneableValueError}: the data cannot be
   *   sent. {@link GroupConfigError}: jobs may not be sent to this group from here. {@link PoolStoppedError}: the pool
   *   was stopped
   */
  send<R = unknown>(group: string, data?: unknown, options?: JobOptions): Promise<R>
}

/**
 * The logger of a worker. Each line reaches the pool's logger with the fields `worker` and `group` added.
 *
 * @group Inside a worker
 */
export interface WorkerLogger {
  /** Details that help to find a fault. */
  debug(text: string, fields?: LogFields): void
  /** Normal events. */
  info(text: string, fields?: LogFields): void
  /** What may lead to a fault. */
  warn(text: string, fields?: LogFields): void
  /** Faults. */
  error(text: string, fields?: LogFields): void
}

/**
 * The worker, as its own code sees it. `Data` is the type of {@link data}, which cannot be checked: it is up to whoever
 * describes the group.
 *
 * @group Inside a worker
 */
export interface GroupWorker<Data = unknown> {
  /** `<group>-<slot>`: the same for every thread that this worker has over time. */
  readonly id: string
  /** Name of its group. */
  readonly group: string
  /** Role of its group. */
  readonly type: WorkerType
  /** `threadId` of `node:worker_threads`. */
  readonly threadId: number
  /**
   * The `data` option of the group: a clone for each thread, so a change is seen in this thread only, and not by the
   * thread that replaces it. Undefined if the group has none.
   */
  readonly data: Data
  /** Logs to the pool's logger. */
  readonly logger: WorkerLogger
  /** Aborts when the worker is asked to end, or ends by itself; the reason is a {@link WorkerStoppedError}. */
  readonly signal: AbortSignal
  /** Sends jobs to other groups. */
  readonly jobs: Jobs
  /** Resolves when {@link signal} aborts; never rejects. */
  awaitTermination(): Promise<void>
  /**
   * Ends this worker as if `run()` had returned: it gets no more jobs, finishes the jobs that it has, and the restart
   * strategy decides what follows. `run()` should return then; otherwise the thread is ended after the pool's
   * `stopTimeout`.
   */
  stop(): void
  /**
   * Sets the function that does the jobs of this worker. Call it once, normally in `initialize()`.
   *
   * @throws {TypeError} `handler` is no function
   * @throws {Error} it was called before
   */
  handleJobs<T = unknown>(handler: JobHandler<T>): void
  /**
   * Calls `fn` repeatedly until the worker ends: first `ms` from now, then each time `ms` after the previous call and
   * the promise that it returned have ended. If `fn` throws or rejects, the worker ends as it does after an uncaught
   * error.
   *
   * @returns a function that cancels it
   * @throws {RangeError} `ms` is not a number from 0
   * @throws {TypeError} `fn` is no function
   */
  every(ms: number, fn: () => unknown): () => void
  /**
   * Sends a value to the main thread, where the pool emits `message`.
   *
   * @throws {DataCloneError} the value cannot be cloned
   */
  send(message: unknown): void
  /**
   * Listens for what `pool.workers[i].send()` sends. Messages wait for the first listener.
   *
   * @throws {TypeError} another event than `'message'`, or the listener is no function
   */
  on(event: 'message', listener: (message: unknown) => void): void
}
