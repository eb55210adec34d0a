/** The options of a WorkerPool and of its groups, with units and defaults. Types only. */

import type { SHARE_ENV } from 'node:worker_threads'
import type { ThreadResourceLimits } from '../../launch/options.js'
import type { WorkerType } from '../shared/group-facts.js'
import type { Logger } from '../shared/logger.js'
import type { Pickup } from '../strategies/pickup-view.js'
import type { Recycle } from '../strategies/recycle.js'
import type { Restart } from '../strategies/restart.js'
import type { Scaling } from '../strategies/scaling.js'

/**
 * A pickup strategy of your own. It runs in the threads that send jobs, so you name the module that creates it instead
 * of passing the strategy itself.
 *
 * @group Strategies
 */
export interface PickupModule {
  /** URL of the module, usually a `file:` URL. */
  readonly module: string | URL
  /**
   * Name of the export that creates the strategy: a function that gets `options` and returns a {@link Pickup}.
   *
   * @defaultValue `'default'`
   */
  readonly export?: string | undefined
  /**
   * What that function gets: any value that can be cloned.
   *
   * @defaultValue `undefined`
   */
  readonly options?: unknown
}

/**
 * How the threads of a group are started. The pool itself sets all other options of Node's `new Worker`.
 *
 * @group Options
 */
export interface RunnerOptions {
  /**
   * Memory limits of each thread.
   *
   * @defaultValue Node's defaults
   */
  readonly resourceLimits?: ThreadResourceLimits | undefined
  /**
   * `process.env` in the threads. `SHARE_ENV` shares that of this process.
   *
   * @defaultValue a copy of this process's `process.env`, made when a thread starts
   */
  readonly env?: Record<string, string | undefined> | typeof SHARE_ENV | undefined
  /**
   * Node's own command line options for the threads, instead of those of this process. Node refuses options of V8.
   *
   * @defaultValue those of this process
   */
  readonly execArgv?: readonly string[] | undefined
  /**
   * Name of the threads in debuggers and system tools.
   *
   * @defaultValue the worker's id
   */
  readonly name?: string | undefined
}

/**
 * One group of workers.
 *
 * @group Options
 */
export interface WorkerGroupOptions {
  /** The name of the group. Unique in the pool; made of letters, digits, `-`, `_` and `.`. */
  readonly name: string
  /** The role of the group, which decides which groups its workers may send jobs to. */
  readonly type: WorkerType
  /**
   * File URL of the module whose default export is the {@link WorkerEntryPoint}. A `#name` at the end names another
   * export.
   */
  readonly entryPoint: string | URL
  /**
   * Number of workers that start with the pool. Whole number from 0, not above `maxWorkers`. Scaling does not go below
   * it. With 0, the group starts its first worker when a job comes, and the pool does not end while the group has no
   * workers.
   *
   * @defaultValue `1`
   */
  readonly minWorkers?: number | undefined
  /**
   * Largest number of workers. Whole number from 1 to 1000.
   *
   * @defaultValue `1`, or `minWorkers` if that is higher
   */
  readonly maxWorkers?: number | undefined
  /**
   * Names of the groups to which workers of this group send jobs.
   *
   * @defaultValue `[]`
   */
  readonly jobGroups?: readonly string[] | undefined
  /**
   * Number of jobs that one worker is given at a time. Whole number from 1 to 256.
   *
   * @defaultValue `100`
   */
  readonly maxJobs?: number | undefined
  /**
   * How workers of this group choose the worker that gets a job.
   *
   * @defaultValue `pickup.leastJobs()`
   */
  readonly pickup?: Pickup | PickupModule | undefined
  /**
   * Whether and when a worker is started again after it ended without being told to.
   *
   * @defaultValue `restart.always()`
   */
  readonly restart?: Restart | undefined
  /**
   * When the group gets more workers, or fewer.
   *
   * @defaultValue `scaling.byRequest()`
   */
  readonly scaling?: Scaling | undefined
  /**
   * When a healthy worker is replaced with a fresh one.
   *
   * @defaultValue `recycle.none()`
   */
  readonly recycle?: Recycle | undefined
  /**
   * How the threads are started.
   *
   * @defaultValue Node's defaults
   */
  readonly runner?: RunnerOptions | undefined
  /**
   * What each thread of the group gets as `worker.data`: a structured clone, made when the group is described. Later
   * changes to the original have no effect; a SharedArrayBuffer in it is shared.
   *
   * @defaultValue `undefined`
   */
  readonly data?: unknown
  /**
   * Ms for which an event loop may be blocked before the worker is reported by `workerUnresponsive`. Above 0; Infinity
   * for never. The pool checks once a second, so the report may come up to a second later. Time in which the main
   * thread was blocked, or the process was suspended, does not count: the pool counts a second at most from one check
   * to the next.
   *
   * @defaultValue `10_000`
   */
  readonly unresponsiveAfter?: number | undefined
  /**
   * Whether an unresponsive worker is ended and replaced.
   *
   * @defaultValue `false`
   */
  readonly replaceUnresponsive?: boolean | undefined
  /**
   * Number of failed starts in a row after which a worker stays down. Whole number from 1, or Infinity. When the last
   * worker stays down, the group is down. With the default delays of `restart`, the default leaves 7.5 s for what the
   * starts need. `restart()`, `restartWorker()` and `scaleGroup()` of the pool start a worker that is down again.
   *
   * @defaultValue `5`
   */
  readonly maxStartFailures?: number | undefined
}

/**
 * Options of the whole pool.
 *
 * @group Options
 */
export interface WorkerPoolOptions {
  /**
   * Gets the log lines of the pool and its workers.
   *
   * @defaultValue none
   */
  readonly logger?: Logger | undefined
  /**
   * Whether the pool handles signals of the process. TERM and INT stop the pool, a second one stops it at once; HUP
   * restarts it hard, USR2 softly.
   *
   * @defaultValue `false`
   */
  readonly handleSignals?: boolean | undefined
  /**
   * Whether an uncaught error of the main thread is logged and stops the pool. `run()` then rejects with the error.
   *
   * @defaultValue `false`
   */
  readonly handleGlobalErrors?: boolean | undefined
  /**
   * How `pool.jobs` in the main thread chooses the worker that gets a job.
   *
   * @defaultValue `pickup.leastJobs()`
   */
  readonly pickup?: Pickup | undefined
  /**
   * Ms that a worker may take from its start until it is available. Above 0; Infinity for no limit. Time in which the
   * main thread was blocked, or the process was suspended, counts as a quarter of a second at most.
   *
   * @defaultValue `10_000`
   */
  readonly startTimeout?: number | undefined
  /**
   * Ms that a worker gets to end after it was told to. From 0; Infinity for no limit. Then its thread is terminated.
   * When the pool stops, all workers share this time. A block of the main thread counts as it does for `startTimeout`.
   *
   * @defaultValue `10_000`
   */
  readonly stopTimeout?: number | undefined
}
