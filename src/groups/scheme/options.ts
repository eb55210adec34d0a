/** What a WorkerPool and its groups are told: the options, with units and defaults. Types only. */

import type { SHARE_ENV } from 'node:worker_threads'
import type { ThreadResourceLimits } from '../../launch/options.js'
import type { WorkerType } from '../shared/group-facts.js'
import type { Logger } from '../shared/logger.js'
import type { Pickup } from '../strategies/pickup-view.js'
import type { Recycle } from '../strategies/recycle.js'
import type { Restart } from '../strategies/restart.js'
import type { Scaling } from '../strategies/scaling.js'

/** A pickup strategy of one's own, by the module that makes it, because it has to run in the threads that send. */
export interface PickupModule {
  /** URL of a module, `file:` as a rule. */
  readonly module: string | URL
  /** Which export makes the strategy: a function that gets `options` and returns a {@link Pickup}. Default `'default'`. */
  readonly export?: string | undefined
  /** Anything that can be cloned. */
  readonly options?: unknown
}

/** How the threads of a group are started. Anything else there is to say to `new Worker` of Node is the pool's own business. */
export interface RunnerOptions {
  /** Heap limits of each thread, in MB: `maxOldGenerationSizeMb` ≥ 16. */
  readonly resourceLimits?: ThreadResourceLimits | undefined
  /** Environment of the thread; default a copy of `process.env`. */
  readonly env?: Record<string, string | undefined> | typeof SHARE_ENV | undefined
  /** Options for Node; default those of the process. */
  readonly execArgv?: readonly string[] | undefined
  /** Name of the thread in debuggers and system tools; default the worker's id. */
  readonly name?: string | undefined
}

/** One group of workers. */
export interface WorkerGroupOptions {
  /** Unique in the pool; letters, digits, `-`, `_` and `.`. */
  readonly name: string
  /** Its role. */
  readonly type: WorkerType
  /** File URL of the module whose default export, or the export named behind `#`, is the {@link WorkerEntryPoint}. */
  readonly entryPoint: string | URL
  /** Workers that are started with the pool; default 1. */
  readonly minWorkers?: number | undefined
  /** Workers that there can be, 1,000 at most; default `max(1, minWorkers)`. */
  readonly maxWorkers?: number | undefined
  /** Names of the groups to which workers of this group send jobs; default none. */
  readonly jobGroups?: readonly string[] | undefined
  /** Jobs that one worker is given at a time; default 100, 256 at most. */
  readonly maxJobs?: number | undefined
  /** How workers of this group choose whom they send a job; default `pickup.leastJobs()`. */
  readonly pickup?: Pickup | PickupModule | undefined
  /** What follows when a worker ends that nobody wanted to end; default `restart.always()`. */
  readonly restart?: Restart | undefined
  /** When there should be more workers, or fewer; default `scaling.byRequest()` */
  readonly scaling?: Scaling | undefined
  /** When a worker is replaced although nothing is wrong with it; default `recycle.none()`. */
  readonly recycle?: Recycle | undefined
  /** How the threads are started. */
  readonly runner?: RunnerOptions | undefined
  /** Ms after which a worker whose event loop does not turn is reported by `workerUnresponsive`, within a second; default 10,000. */
  readonly unresponsiveAfter?: number | undefined
  /** Whether an unresponsive worker is ended and replaced; default false. */
  readonly replaceUnresponsive?: boolean | undefined
  /** Failed starts of a worker in a row after which it stays down, and with the last one its group; default 5. */
  readonly maxStartFailures?: number | undefined
}

/** What all groups of a pool have in common. */
export interface WorkerPoolOptions {
  /** Who gets what the pool and its workers have to say; default nobody. */
  readonly logger?: Logger | undefined
  /** TERM and INT stop the pool, a second one at once; HUP restarts it hard, USR2 softly. Default false. */
  readonly handleSignals?: boolean | undefined
  /** An error of the main thread that nobody caught is logged and stops the pool; `run()` rejects with it. Default false. */
  readonly handleGlobalErrors?: boolean | undefined
  /** How `pool.jobs` of the main thread chooses; default `pickup.leastJobs()`. */
  readonly pickup?: Pickup | undefined
  /** Ms that a worker may take from its start until it is available; default 10,000. */
  readonly startTimeout?: number | undefined
  /** Ms that a worker, or all of them together, may take to end after it was told to, before its thread is ended; default 10,000. */
  readonly stopTimeout?: number | undefined
}
