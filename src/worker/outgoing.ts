/**
 * The workers that are being replaced, and why: each serves until its successor does. It starts and ends nothing.
 */

import type { Worker } from './worker.js'

interface Reason {
  /** The worker has reached a limit of `recycle`. */
  readonly isDue: boolean
  /** A restart of all workers asked for it. A hot one ends the worker as soon as its successor serves. */
  readonly restart: 'none' | 'soft' | 'hot'
}

const NO_REASON: Reason = { isDue: false, restart: 'none' }

export class Outgoing {
  readonly #reasons = new Map<Worker, Reason>()

  get size(): number {
    return this.#reasons.size
  }

  has(worker: Worker): boolean {
    return this.#reasons.has(worker)
  }

  /** In the order in which they were entered. The current one may leave during the walk. */
  [Symbol.iterator](): IterableIterator<Worker> {
    return this.#reasons.keys()
  }

  /** The worker has reached a limit. */
  due(worker: Worker): void {
    this.#reasons.set(worker, { ...this.#reasonOf(worker), isDue: true })
  }

  /** A restart asks for the worker to be replaced. A hot one prevails over a soft one. */
  restart(worker: Worker, hot: boolean): void {
    const reason = this.#reasonOf(worker)
    this.#reasons.set(worker, { ...reason, restart: hot || reason.restart === 'hot' ? 'hot' : 'soft' })
  }

  /** The restart of these workers has failed: those that are not due otherwise stay. */
  restartFailed(workers: Iterable<Worker>): void {
    for (const worker of workers) {
      if (this.#reasonOf(worker).isDue) this.#reasons.set(worker, { isDue: true, restart: 'none' })
      else this.#reasons.delete(worker)
    }
  }

  /** Whether this worker is to be ended, with what runs on it, as soon as its successor serves. */
  endsAtOnce(worker: Worker): boolean {
    return this.#reasonOf(worker).restart === 'hot'
  }

  delete(worker: Worker): void {
    this.#reasons.delete(worker)
  }

  #reasonOf(worker: Worker): Reason {
    return this.#reasons.get(worker) ?? NO_REASON
  }
}
