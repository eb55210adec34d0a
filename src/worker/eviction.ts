/** Ends running works of one thread: asks each to stop, gives it its grace, and then ends the thread. */

import type { Clock, Timer } from '../base/clock.js'
import { type Deferred, deferred } from '../base/deferred.js'
import { patience } from '../base/patience.js'
import type { LaneSender } from '../lane/sender.js'
import type { WorkRecord } from '../work/record.js'
import type { Places } from './places.js'

/** What an eviction needs of the worker. */
export interface EvictionHost {
  /** Ends the thread. */
  kill(): void
  /** No work is being evicted any longer, and perhaps no answer will come that would trigger the next dispatch. */
  freed(): void
}

interface Eviction {
  readonly reason: unknown
  readonly timer: Timer | undefined
  readonly over: Deferred<void>
}

/**
 * Ms of grace when only works that must end are left on a thread that can run several works: there, the grace is mainly
 * for the other works. A function that listens to its signal has ended by then. One that does not listen would only
 * hold on to a thread that takes no new works.
 */
const ALONE_MS = 100

export class Evictor {
  readonly #clock: Clock
  readonly #lane: LaneSender<WorkRecord>
  readonly #places: Places
  readonly #host: EvictionHost
  readonly #evictions = new Map<WorkRecord, Eviction>()
  /** Works that were asked to stop and may run as long as they like. Resolved when their functions have ended. */
  readonly #spared = new Map<WorkRecord, Deferred<void>>()
  #aloneTimer: Timer | undefined
  #killedFor: { readonly reason: unknown } | undefined

  constructor(clock: Clock, lane: LaneSender<WorkRecord>, places: Places, host: EvictionHost) {
    this.#clock = clock
    this.#lane = lane
    this.#places = places
    this.#host = host
  }

  /** Whether any work is being evicted for which the thread may have to end. */
  get isBusy(): boolean {
    return this.#evictions.size > 0
  }

  /** If the thread was ended for a work that did not stop: why that work had to end. */
  get killedFor(): { readonly reason: unknown } | undefined {
    return this.#killedFor
  }

  /**
   * Asks the work to stop, and ends the thread if the work is still running after `graceMs`. With Infinity, the thread
   * stays, and takes other works if it has places. Resolves when the function or the thread has ended.
   */
  evict(victim: WorkRecord, reason: unknown, graceMs: number): Promise<void> {
    if (graceMs === Infinity) return this.#spare(victim, reason)
    const known = this.#evictions.get(victim)
    if (known !== undefined) return known.over.promise
    const over = deferred()
    if (graceMs > 0) this.#lane.abort(victim, reason)
    const timer = graceMs > 0 ? patience(this.#clock, graceMs, () => this.#strike(victim)) : undefined
    this.#evictions.set(victim, { reason, timer, over })
    if (graceMs === 0) this.#strike(victim)
    else this.#lookWhetherAlone()
    return over.promise
  }

  /** The function of this work has ended, whether it was being evicted or not. */
  ended(work: WorkRecord): void {
    if (this.#spared.size > 0) {
      this.#spared.get(work)?.resolve()
      this.#spared.delete(work)
    }
    if (this.#evictions.size === 0) return
    const eviction = this.#evictions.get(work)
    if (eviction !== undefined) {
      eviction.timer?.cancel()
      eviction.over.resolve()
      this.#evictions.delete(work)
    }
    if (this.#evictions.size > 0) return this.#lookWhetherAlone()
    this.#aloneTimer?.cancel()
    this.#aloneTimer = undefined
  }

  /** The thread has ended, and all functions with it. */
  allEnded(): void {
    for (const victim of [...this.#spared.keys(), ...this.#evictions.keys()]) this.ended(victim)
  }

  #spare(work: WorkRecord, reason: unknown): Promise<void> {
    let over = this.#spared.get(work)
    if (over === undefined) {
      over = deferred()
      this.#spared.set(work, over)
      this.#lane.abort(work, reason)
    }
    return over.promise
  }

  #strike(victim: WorkRecord): void {
    const eviction = this.#evictions.get(victim)
    if (eviction === undefined) return
    // Not if it has just ended: then its answer is on the way, and the thread can continue.
    if (this.#lane.isRunning(victim)) return this.#kill(eviction.reason)
    this.ended(victim)
    if (!this.isBusy) this.#host.freed()
  }

  #kill(reason: unknown): void {
    this.#killedFor ??= { reason }
    this.#host.kill()
  }

  #lookWhetherAlone(): void {
    if (this.#places.count === 1 || this.#aloneTimer !== undefined) return
    for (const work of this.#places.occupants()) if (!this.#evictions.has(work)) return
    this.#aloneTimer = patience(this.#clock, ALONE_MS, () => {
      this.#aloneTimer = undefined
      for (const victim of [...this.#evictions.keys()]) this.#strike(victim)
    })
  }
}
