/** The entry point `threadcrew`: its public names. */

export {
  InvariantError,
  PoolStoppedError,
  ThreadcrewError,
  UncloneableValueError,
  UnshippableFunctionError,
  WorkBufferFullError,
  WorkDiscardedError,
  WorkerLostError,
  type WorkerLostReason,
  WorkerStartError,
  WorkTimeoutError,
} from './errors.js'
export type { WorkerNews, WorkTrace } from './diagnostics.js'
export type { DiscardTarget } from './discard-targets.js'
export type { PoolEvents, PoolListener, ScaleReason } from './events.js'
export { type Transferable, transfer } from './lane/transfer.js'
export type { PoolState } from './lifecycle/pool-state.js'
export type { WorkStatus } from './lifecycle/work-state.js'
export type { WorkerStatus } from './lifecycle/worker-state.js'
export type { MapOptions } from './map.js'
export type {
  ExecuteOptions,
  HookTask,
  PoolOptions,
  RecycleOptions,
  ThreadOptions,
  ThreadResourceLimits,
} from './options.js'
export { Pool } from './pool.js'
export type { ProtocolName, RemoteModule } from './remote-module.js'
export type { ScaleReport } from './scaling.js'
export type { StopOptions } from './shutdown.js'
export type { Percentiles, PoolStats } from './stats.js'
export type { Streamable, StreamOptions } from './stream.js'
export { type Task, task, type TaskLike } from './task.js'
export type { Usage } from './usage.js'
export type { Work } from './work.js'
export type { WorkContext } from './work-context.js'
export type { WorkerInfo } from './worker-info.js'
