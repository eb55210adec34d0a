/** A worker as the user sees it. */

import type { Usage } from '../lane/usage.js'
import { workId } from '../lane/work-id.js'
import type { WorkerStatus } from '../launch/phase.js'
import type { Worker } from './worker.js'

/** One worker of the pool: who it is, what it does, and how to end it. */
export interface WorkerInfo {
  /** Names the worker, in `work.workerId` and in errors. */
  readonly id: string
  /** The thread's number within the process, as `node:worker_threads` counts; -1 when it has exited. */
  readonly threadId: number
  /** Where it is. */
  readonly status: WorkerStatus
  /** The id of the work that runs on it; of several, the one that began first. */
  readonly work: string | undefined
  /** How loaded it is: as its thread last said; of a hung thread, what can be seen from outside. */
  usage(): Usage
  /**
   * Ends this worker, like `scale(-1)` aimed at it: the target goes down by one. Graceful: what runs on it ends first;
   * hot: that is interrupted and becomes 'discarded'.
   *
   * Resolves when the thread has exited, with the id of the work it saw out or interrupted; of several, the one that
   * began first.
   */
  stop(hot?: boolean): Promise<string | undefined>
}

/** Ends a worker on behalf of {@link WorkerInfo.stop}. */
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
