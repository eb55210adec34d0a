/** Whom the inside of the pool tells. */

import type { ThreadExit } from '../launch/life.js'
import type { WorkRecord } from '../work/record.js'
import type { RegisterObserver } from '../work/register.js'
import type { Worker } from '../worker/worker.js'

/** Told always after the state is whole. The Pool makes events of it. */
export interface Observer extends RegisterObserver {
  queued(work: WorkRecord): void
  drained(): void
  workerOnline(worker: Worker): void
  workerExit(worker: Worker, exit: ThreadExit): void
  /** An error that no work owns. */
  error(error: unknown): void
}
