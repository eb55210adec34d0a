/**
 * Supervised groups of long-lived threads: reactors, job workers and services, kept alive by a Watcher.
 *
 * @module threadcrew/groups
 */

export { WorkerPool } from './worker-pool.js'
export type { GroupView, WorkerView } from './worker-view.js'
export type { GroupFigures, JobFigures, WorkerFigures, WorkerPoolStats } from './pool-stats.js'
export type { SlotStatus } from './slot-state.js'
export type { GroupChange, WorkerPoolEvents, WorkerPoolListener } from './group-events.js'
export type { PickupModule, RunnerOptions, WorkerGroupOptions, WorkerPoolOptions, WorkerType } from './options.js'
export type { GroupWorker, JobContext, JobHandler, Jobs, WorkerEntryPoint, WorkerLogger } from './group-worker.js'
export type { JobOptions } from './job-options.js'
export type { LogFields, Logger, LogLevel } from './logger.js'
export { type ByWeightOptions, pickup, type Pickup, type PickupJob, type PickupView } from './strategies/pickup.js'
export type { BackoffOptions } from './strategies/backoff.js'
export {
  type ExitKind,
  type LimitedRestartOptions,
  restart,
  type Restart,
  type RestartDecision,
  type RestartFacts,
  type RestartOptions,
  type WindowRestartOptions,
} from './strategies/restart.js'
export { type ByRequestOptions, scaling, type Scaling, type ScalingFacts } from './strategies/scaling.js'
export { type QuotaOptions, recycle, type Recycle, type RecycleFacts } from './strategies/recycle.js'
export { transfer, type Transferable } from '../lane/transfer.js'
export {
  FatalWorkerError,
  GroupConfigError,
  NoWorkersAvailableError,
  PoolStoppedError,
  RestartBudgetExceededError,
  RestartFailedError,
  TerminateWorkerError,
  ThreadcrewError,
  UncloneableValueError,
  WorkDiscardedError,
  WorkerLostError,
  WorkTimeoutError,
} from '../errors.js'
