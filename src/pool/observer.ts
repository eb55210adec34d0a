/** What the inner parts of a pool report to the `Pool` object. */

import type { ThreadExit } from '../launch/life.js'
import type { WorkRecord } from '../work/record.js'
import type { RegisterObserver } from '../work/register.js'
import type { Worker } from '../worker/worker.js'

/** These methods are called only when the state is complete. The Pool turns the calls into events. */
export interface Observer extends RegisterObserver {
  queued(work: WorkRecord): void
  drained(): void
  /** A work is about to be refused because the buffer is full. If there is room after this call, it is accepted. */
  refusing(): void
  workerOnline(worker: Worker): void
  workerExit(worker: Worker, exit: ThreadExit): void
  /** An error that no work reports. */
  error(error: unknown): void
}
