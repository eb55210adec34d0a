/** Ending a running work: it is asked to stop, has its grace, and then the thread under it is ended. Knows one thread only. */

import type { Clock, Timer } from './clock.js'
import type { WorkRecord } from './work.js'

/** What an eviction needs of the worker. */
export interface EvictionHost {
  isRunning(work: WorkRecord): boolean
  askToStop(work: WorkRecord, reason: unknown): void
  kill(): void
}

interface Eviction {
  readonly victim: WorkRecord
  readonly timer: Timer | undefined
  readonly over: Promise<void>
  readonly end: () => void
}

/** One at a time: what runs on a thread is one work. */
export class Evictor {
  readonly #clock: Clock
  readonly #host: EvictionHost
  #current: Eviction | undefined

  constructor(clock: Clock, host: EvictionHost) {
    this.#clock = clock
    this.#host = host
  }

  /** The work that is being ended. */
  get victim(): WorkRecord | undefined {
    return this.#current?.victim
  }

  /** Asks the work to stop, and ends the thread if it is still running after `graceMs`. Resolves when one of both has ended. */
  evict(victim: WorkRecord, reason: unknown, graceMs: number): Promise<void> {
    if (this.#current?.victim === victim) return this.#current.over
    this.end()
    let end!: () => void
    const over = new Promise<void>(resolve => (end = resolve))
    const strike = (): void => {
      // Not if it has just ended: then its answer is on the way, and this thread is as good as any.
      if (this.#host.isRunning(victim)) this.#host.kill()
      else this.end()
    }
    if (graceMs > 0) this.#host.askToStop(victim, reason)
    const timer = graceMs > 0 ? this.#clock.after(graceMs, strike) : undefined
    this.#current = { victim, timer, over, end }
    if (graceMs === 0) strike()
    return over
  }

  /** There is nothing left to end: the function has ended, or its thread has. */
  end(): void {
    this.#current?.timer?.cancel()
    this.#current?.end()
    this.#current = undefined
  }
}
