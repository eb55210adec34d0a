/** What code in a group's thread sees of its worker: types only, which the thread's side fills in. */

import type { WorkerType } from './group-facts.js'
import type { JobOptions } from './job-options.js'
import type { LogFields } from './logger.js'

/**
 * What the module of a group exports: a class that is made without arguments, an object, or a function, which is then
 * `run`. All of its methods are optional.
 */
export interface WorkerEntryPoint {
  /** Called first. The worker is available when it has returned, or its promise has been fulfilled. */
  initialize?(worker: GroupWorker): unknown
  /** What the worker is there for: when it returns, the worker ends. Without it the worker goes on until it is told to end. */
  run?(worker: GroupWorker): unknown
}

/** What a job handler gets beside the data. */
export interface JobContext {
  /** Unique; 21 characters. */
  readonly id: string
  /** As its sender gave it. */
  readonly priority: number
  /** Aborts when the sender has called the job off, has waited too long, or is gone. */
  readonly signal: AbortSignal
  /** Tells whoever gave `onProgress` to `send()`. Throws what cannot be cloned. */
  progress(value: unknown): void
  /** Lets the jobs of higher priority on this worker go first, and those of the same one take turns. */
  pause(): Promise<void>
}

/** Does one job: what it returns, or what its promise brings, is the answer. */
export type JobHandler<T = unknown> = (data: T, context: JobContext) => unknown

/** Sends jobs to other groups. */
export interface Jobs {
  /**
   * Gives the job to a worker of the group, straight to its thread, and resolves with what its handler answers.
   *
   * Where all workers have as many jobs as they may have, it waits until one is free; more are started if the group's
   * scaling says so.
   * @param group its name. Groups listed in `jobGroups`; from the main thread any `job` or `service` group
   * @param data one value, structured-cloneable
   * @throws {TypeError} options that are none; as a rejection, like what the handler throws; {@link NoWorkersAvailableError} when
   * `timeout` passes before there is a free worker, {@link WorkTimeoutError} when it passes later; {@link WorkDiscardedError}
   * called off by `signal`; {@link WorkerLostError} the thread ended under it; {@link UncloneableValueError};
   * {@link GroupConfigError} a group to which this worker sends nothing; {@link PoolStoppedError}
   */
  send<R = unknown>(group: string, data?: unknown, options?: JobOptions): Promise<R>
}

/** The logger of a worker: each line reaches the pool's logger with `worker` and `group` among its fields. */
export interface WorkerLogger {
  /** For whoever looks for a fault. */
  debug(text: string, fields?: LogFields): void
  /** What goes as it should. */
  info(text: string, fields?: LogFields): void
  /** What may become a fault. */
  warn(text: string, fields?: LogFields): void
  /** What is one. */
  error(text: string, fields?: LogFields): void
}

/** A worker as its own code sees it. */
export interface GroupWorker {
  /** `<group>-<slot>`, the same for every thread that this worker has over time. */
  readonly id: string
  /** Name of its group. */
  readonly group: string
  /** Role of its group. */
  readonly type: WorkerType
  /** `threadId` of `node:worker_threads`. */
  readonly threadId: number
  /** Writes to the pool's logger. */
  readonly logger: WorkerLogger
  /** Aborts when the worker is told to end, or ends. */
  readonly signal: AbortSignal
  /** Jobs to other groups. */
  readonly jobs: Jobs
  /** Resolves when the worker is told to end; never rejects. */
  awaitTermination(): Promise<void>
  /**
   * Ends this worker as if `run()` had returned: it is given no more jobs, those that it has end first, and the restart strategy
   * decides what follows. `run()` is to return then; after the pool's `stopTimeout` the thread is ended.
   */
  stop(): void
  /** Says what does the jobs that come to this worker. Once, in `initialize()` as a rule. */
  handleJobs<T = unknown>(handler: JobHandler<T>): void
  /**
   * Calls `fn` again and again until the worker ends, so many ms after the last call has ended, its promise included. What it
   * throws ends the worker as an uncaught error does.
   *
   * @returns calls it off
   */
  every(ms: number, fn: () => unknown): () => void
  /** Sends a value to the main thread: event `message` of the pool. */
  send(message: unknown): void
  /** Listens to what `pool.workers[i].send()` sends. What came before the first listener waits for it. */
  on(event: 'message', listener: (message: unknown) => void): void
}
