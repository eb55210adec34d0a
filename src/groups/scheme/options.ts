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
 */
export interface PickupModule {
  /** URL of the module, usually a `file:` URL. */
  readonly module: string | URL
  /**
   * Name of the export that creates the strategy: a function that gets `options` and returns a {@link Pickup}. Default
   * `'default'`.
   */
  readonly export?: string | undefined
  /** Any value that can be cloned. */
  readonly options?: unknown
}

/** How the threads of a group are started. The pool itself sets all other options of Node's `new Worker`. */
export interface RunnerOptions {
  /** Heap limits of each thread, in MB: `maxOldGenerationSizeMb` ≥ 16. */
  readonly resourceLimits?: ThreadResourceLimits | undefined
  /** Environment of the thread; default a copy of `process.env`. */
  readonly env?: Record<string, string | undefined> | typeof SHARE_ENV | undefined
  /** Command-line options for Node; default those of the process. */
  readonly execArgv?: readonly string[] | undefined
  /** Name of the thread in debuggers and system tools; default the worker's id. */
  readonly name?: string | undefined
}

/** One group of workers. */
export interface WorkerGroupOptions {
  /** Unique in the pool; letters, digits, `-`, `_` and `.`. */
  readonly name: string
  /** The role of the group, which decides which groups its workers may send jobs to. */
  readonly type: WorkerType
  /**
   * File URL of the module whose default export is the {@link WorkerEntryPoint}. A `#name` at the end names another
   * export.
   */
  readonly entryPoint: string | URL
  /**
   * Number of workers that start with the pool. Scaling does not go below it. Default 1. With 0, the group starts its
   * first worker when a job comes, and the pool does not end while the group has no workers.
   */
  readonly minWorkers?: number | undefined
  /** Largest number of workers, at most 1,000; default `max(1, minWorkers)`. */
  readonly maxWorkers?: number | undefined
  /** Names of the groups to which workers of this group send jobs; default none. */
  readonly jobGroups?: readonly string[] | undefined
  /** Number of jobs that one worker is given at a time; default 100, at most 256. */
  readonly maxJobs?: number | undefined
  /** How workers of this group choose the worker that gets a job; default `pickup.leastJobs()`. */
  readonly pickup?: Pickup | PickupModule | undefined
  /** Whether and when a worker is started again after it ended without being told to; default `restart.always()`. */
  readonly restart?: Restart | undefined
  /** When the group gets more workers, or fewer; default `scaling.byRequest()`. */
  readonly scaling?: Scaling | undefined
  /** When a healthy worker is replaced with a fresh one; default `recycle.none()`. */
  readonly recycle?: Recycle | undefined
  /** How the threads are started. */
  readonly runner?: RunnerOptions | undefined
  /**
   * What each thread of the group gets as `worker.data`: a structured clone, made when the group is described. Later
   * changes to the original have no effect; a SharedArrayBuffer in it is shared. Default undefined.
   */
  readonly data?: unknown
  /**
   * Ms for which an event loop may be blocked before the worker is reported by `workerUnresponsive`; default 10,000.
   * The pool checks once a second, so the report may come up to a second later. Time in which the main thread was
   * blocked, or the process was suspended, does not count: the pool counts a second at most from one check to the next.
   */
  readonly unresponsiveAfter?: number | undefined
  /** Whether an unresponsive worker is ended and replaced; default false. */
  readonly replaceUnresponsive?: boolean | undefined
  /**
   * Number of failed starts in a row after which a worker stays down; when the last worker does, the group is down.
   * Default 5, which with the default delays of `restart` leaves 7.5 s for what the starts need. `restart()`,
   * `restartWorker()` and `scaleGroup()` of the pool start a worker that is down again.
   */
  readonly maxStartFailures?: number | undefined
}

/** Options of the whole pool. */
export interface WorkerPoolOptions {
  /** Gets the log lines of the pool and its workers; default no logger. */
  readonly logger?: Logger | undefined
  /**
   * Handles signals of the process: TERM and INT stop the pool, a second one stops it at once; HUP restarts it hard,
   * USR2 softly. Default false.
   */
  readonly handleSignals?: boolean | undefined
  /**
   * Logs an uncaught error of the main thread and stops the pool; `run()` then rejects with the error. Default false.
   */
  readonly handleGlobalErrors?: boolean | undefined
  /** How `pool.jobs` in the main thread chooses the worker that gets a job; default `pickup.leastJobs()`. */
  readonly pickup?: Pickup | undefined
  /**
   * Ms that a worker may take from its start until it is available; default 10,000. Time in which the main thread was
   * blocked, or the process was suspended, counts as a quarter of a second at most.
   */
  readonly startTimeout?: number | undefined
  /**
   * Ms that a worker gets to end after it was told to. Then its thread is terminated. Default 10,000. When the pool
   * stops, all workers share this time. A block of the main thread counts as it does for `startTimeout`.
   */
  readonly stopTimeout?: number | undefined
}
