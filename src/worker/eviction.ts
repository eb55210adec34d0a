/** Ending running works: each is asked to stop, has its grace, and then the thread under it is ended. Knows one thread only. */

import type { Clock, Timer } from '../base/clock.js'
import type { WorkRecord } from '../work/record.js'

/** What an eviction needs of the worker. */
export interface EvictionHost {
  isRunning(work: WorkRecord): boolean
  /** The works whose functions have not ended, these and others: they run, or cannot be taken back. */
  occupants(): Iterable<WorkRecord>
  askToStop(work: WorkRecord, reason: unknown): void
  /** @param reason why a work had to end: to others that run there, it is the cause of their loss */
  kill(reason: unknown): void
  /** No work is being ended any longer, and no answer may come to tell. */
  freed(): void
}

interface Eviction {
  readonly reason: unknown
  readonly timer: Timer | undefined
  readonly over: Promise<void>
  readonly end: () => void
}

/**
 * Where works share a thread, the grace is for the others above all: victims that are alone there get no more than this. A
 * function that listens to its signal is done by then; one that does not would keep the thread, which takes nothing new.
 */
const ALONE_MS = 100

export class Evictor {
  readonly #clock: Clock
  readonly #host: EvictionHost
  readonly #isShared: boolean
  readonly #evictions = new Map<WorkRecord, Eviction>()
  #aloneTimer: Timer | undefined

  /** @param isShared whether several works run on the thread at a time */
  constructor(clock: Clock, isShared: boolean, host: EvictionHost) {
    this.#clock = clock
    this.#isShared = isShared
    this.#host = host
  }

  /** Whether works are being ended here. */
  get isBusy(): boolean {
    return this.#evictions.size > 0
  }

  /** Asks the work to stop, and ends the thread if it is still running after `graceMs`. Resolves when one of both has ended. */
  evict(victim: WorkRecord, reason: unknown, graceMs: number): Promise<void> {
    const known = this.#evictions.get(victim)
    if (known !== undefined) return known.over
    let end!: () => void
    const over = new Promise<void>(resolve => (end = resolve))
    if (graceMs > 0) this.#host.askToStop(victim, reason)
    const timer = graceMs > 0 ? this.#clock.after(graceMs, () => this.#strike(victim)) : undefined
    this.#evictions.set(victim, { reason, timer, over, end })
    if (graceMs === 0) this.#strike(victim)
    else this.#lookWhetherAlone()
    return over
  }

  /** The function of this work has ended, whether it was to or not. */
  ended(work: WorkRecord): void {
    if (this.#evictions.size === 0) return
    const eviction = this.#evictions.get(work)
    if (eviction !== undefined) {
      eviction.timer?.cancel()
      eviction.end()
      this.#evictions.delete(work)
    }
    if (this.#evictions.size > 0) return this.#lookWhetherAlone()
    this.#aloneTimer?.cancel()
    this.#aloneTimer = undefined
  }

  /** The thread has ended, and all functions with it. */
  allEnded(): void {
    for (const victim of [...this.#evictions.keys()]) this.ended(victim)
  }

  #strike(victim: WorkRecord): void {
    const eviction = this.#evictions.get(victim)
    if (eviction === undefined) return
    // Not if it has just ended: then its answer is on the way, and this thread is as good as any.
    if (this.#host.isRunning(victim)) return this.#host.kill(eviction.reason)
    this.ended(victim)
    if (!this.isBusy) this.#host.freed()
  }

  #lookWhetherAlone(): void {
    if (!this.#isShared || this.#aloneTimer !== undefined) return
    for (const work of this.#host.occupants()) if (!this.#evictions.has(work)) return
    this.#aloneTimer = this.#clock.after(ALONE_MS, () => {
      this.#aloneTimer = undefined
      for (const victim of [...this.#evictions.keys()]) this.#strike(victim)
    })
  }
}
