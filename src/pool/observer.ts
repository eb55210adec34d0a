/** Whom the inside of the pool tells. */

import type { ThreadExit } from '../launch/life.js'
import type { WorkRecord } from '../work/record.js'
import type { FinalStatus } from '../work/status.js'
import type { Worker } from '../worker/worker.js'

/** Told always after the state is whole. The Pool makes events of it. */
export interface Observer {
  submitted(work: WorkRecord): void
  queued(work: WorkRecord): void
  /** With its result, or its error. */
  settled(work: WorkRecord, status: FinalStatus, payload: unknown): void
  /** Whether somebody else than the caller of execute() hears of failures. */
  hearsFailures(): boolean
  drained(): void
  idle(): void
  /** More works, or fewer: the number of workers may have to change. */
  loadChanged(): void
  workerOnline(worker: Worker): void
  workerExit(worker: Worker, exit: ThreadExit): void
  /** An error that no work owns. */
  error(error: unknown): void
}
