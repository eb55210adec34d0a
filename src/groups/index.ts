/**
 * Supervised groups of long-lived worker threads: reactors, job workers and services, kept alive by a Watcher.
 *
 * @module threadcrew/groups
 */

export { WorkerPool } from './pool/worker-pool.js'
export type { GroupView, WorkerView } from './pool/view.js'
export type { GroupFigures, JobFigures, WorkerFigures, WorkerPoolStats } from './pool/stats.js'
export type { SlotStatus } from './worker/slot-state.js'
export type { GroupChange, WorkerPoolEvents, WorkerPoolListener } from './pool/events.js'
export type { PickupModule, RunnerOptions, WorkerGroupOptions, WorkerPoolOptions } from './scheme/options.js'
export type { WorkerType } from './shared/group-facts.js'
export type {
  GroupWorker,
  JobContext,
  JobHandler,
  Jobs,
  WorkerEntryPoint,
  WorkerLogger,
} from './shared/group-worker.js'
export type { JobOptions } from './shared/job-options.js'
export type { LogFields, Logger, LogLevel } from './shared/logger.js'
export { type ByWeightOptions, pickup } from './strategies/pickup.js'
export { type Pickup, type PickupJob, type PickupView } from './strategies/pickup-view.js'
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
export { transfer, type Transferable } from '../values/transfer.js'
export {
  FatalWorkerError,
  GroupConfigError,
  NoWorkersAvailableError,
  RestartBudgetExceededError,
  RestartFailedError,
  TerminateWorkerError,
  WorkerStoppedError,
} from '../errors/groups.js'
export {
  PoolStoppedError,
  UncloneableValueError,
  WorkDiscardedError,
  WorkerLostError,
  WorkTimeoutError,
} from '../errors/works.js'
export { ThreadcrewError, type ThreadcrewErrorCode } from '../errors/base.js'
