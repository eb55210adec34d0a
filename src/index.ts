/**
 * A pool of worker threads in this process: {@link Pool} runs functions on them, and each call is a {@link Work}.
 *
 * @module threadcrew
 */

export { InvariantError, ThreadcrewError, type ThreadcrewErrorCode } from './errors/base.js'
export {
  PoolStoppedError,
  UncloneableValueError,
  UnshippableFunctionError,
  WorkBufferFullError,
  WorkDiscardedError,
  WorkerLostError,
  type WorkerLostReason,
  WorkerStartError,
  WorkTimeoutError,
} from './errors/works.js'
export type { WorkerNews, WorkTrace } from './pool/trace.js'
export type { DiscardTarget } from './calls/discard-targets.js'
export type { PoolEvents, PoolListener, ScaleReason } from './pool/events.js'
export { type Transferable, transfer } from './values/transfer.js'
export type { PoolState } from './pool/state.js'
export type { WorkStatus } from './work/status.js'
export type { WorkerStatus } from './launch/phase.js'
export type { MapArgs, MapOptions } from './calls/map.js'
export type { ExecuteOptions } from './work/options.js'
export type { HookTask, PoolOptions } from './pool/options.js'
export type { RecycleOptions } from './worker/recycling.js'
export type { ThreadOptions, ThreadResourceLimits } from './launch/options.js'
export { Pool } from './pool/pool.js'
export type { ProtocolName, RemoteModule } from './calls/remote-module.js'
export type { RestartReport, ScaleReport } from './pool/scaling.js'
export type { StopOptions } from './pool/shutdown.js'
export type { Percentiles } from './base/histogram.js'
export type { PoolStats } from './pool/stats.js'
export type { Streamable, StreamOptions } from './calls/stream.js'
export { type Task, task, type TaskLike } from './task/task.js'
export type { Usage } from './lane/usage.js'
export type { Work } from './work/work.js'
export type { WorkContext } from './task/context.js'
export type { WorkerInfo } from './worker/info.js'
