/** A worker of a pool as the user sees it. */

import type { Usage } from '../lane/usage.js'
import { workId } from '../lane/work-id.js'
import type { WorkerStatus } from '../launch/phase.js'
import type { Worker } from './worker.js'

/**
 * One worker of the pool: its name, its state, its load, and a way to end it.
 *
 * @group Workers and figures
 */
export interface WorkerInfo {
  /** The name of the worker, as in `work.workerId` and in errors. */
  readonly id: string
  /** The `threadId` that `node:worker_threads` gave the thread; -1 when it has exited. */
  readonly threadId: number
  /** The state of the worker at this instant. */
  readonly status: WorkerStatus
  /** The id of the work that runs on it; of several works, the one that began first. */
  readonly work: string | undefined
  /** How loaded the worker is, as its thread last reported; for a hung thread, what can be measured from outside. */
  usage(): Usage
  /**
   * Ends this worker, like a `scale(-1)` that picks this worker: the target goes down by one. By default, its running
   * works end first. If `hot`, they are interrupted and become 'discarded'.
   *
   * Resolves when the thread has exited, with the id of the work that ended first or was interrupted; of several, the
   * one that began first. Resolves with undefined if no work ran.
   *
   * @param hot default false
   * @throws {PoolStoppedError} after `stop()` of the pool
   */
  stop(hot?: boolean): Promise<string | undefined>
}

/** Carries out {@link WorkerInfo.stop}. */
export type StopWorker = (worker: Worker, hot: boolean) => Promise<string | undefined>

/** A live view: every property is read when asked for. */
export class WorkerView implements WorkerInfo {
  readonly #worker: Worker
  readonly #idPrefix: string
  readonly #stop: StopWorker

  constructor(worker: Worker, idPrefix: string, stop: StopWorker) {
    this.#worker = worker
    this.#idPrefix = idPrefix
    this.#stop = stop
  }

  get id(): string {
    return this.#worker.id
  }

  get threadId(): number {
    return this.#worker.threadId
  }

  get status(): WorkerStatus {
    return this.#worker.status
  }

  get work(): string | undefined {
    const [running] = this.#worker.running()
    return running === undefined ? undefined : workId(this.#idPrefix, running.serial)
  }

  usage(): Usage {
    return this.#worker.usage()
  }

  stop(hot = false): Promise<string | undefined> {
    return this.#stop(this.#worker, hot)
  }
}
