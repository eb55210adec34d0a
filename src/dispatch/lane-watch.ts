/**
 * Polls lanes that hold works but have sent nothing: a busy thread can neither post the answers that it holds nor begin
 * the works that it was sent. The watch reads claim words and reports; it moves no work.
 */

import type { Clock, Timer } from '../base/clock.js'
import type { WorkRecord } from '../work/record.js'
import type { Worker } from '../worker/worker.js'

export interface LaneWatchHost {
  workers(): Iterable<Worker>
  /** The work's function has ended although its answer has not been posted. */
  endedEarly(work: WorkRecord, value: unknown): void
  /** Something blocks this thread, such as a timer that an earlier task left behind, and another thread has a place. */
  heldUp(worker: Worker): void
  /** Works wait although there were free places that could not be used. They may be usable now. */
  mayGoOn(): void
  /** Whether works are waiting that only this worker may run. */
  awaits(worker: Worker): boolean
}

/** Ms between two polls. A finished work waits at most this long behind a long one. Costs 200 polls a second. */
const INTERVAL_MS = 5

export class LaneWatch {
  readonly #clock: Clock
  readonly #host: LaneWatchHost
  #timer: Timer | undefined
  /** Works wait although there are places: the threads of these places are in functions that do not yield. */
  #arePlacesHeldUp = false
  /**
   * For each worker, the serial of the work that was next to begin at the last poll. If the same work is still next,
   * the thread is held up.
   */
  readonly #waiting = new WeakMap<Worker, number>()

  constructor(clock: Clock, host: LaneWatchHost) {
    this.#clock = clock
    this.#host = host
  }

  /** Polls every `INTERVAL_MS` for as long as there is a reason to. @param areQueued whether works are on no lane */
  keep(areQueued: boolean): void {
    this.#arePlacesHeldUp = this.#hasUnusedPlaces() && (areQueued || this.#isAnyAhead())
    this.#arm()
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #arm(): void {
    if (this.#timer !== undefined || !(this.#arePlacesHeldUp || this.#isNeeded())) return
    this.#timer = this.#clock.after(INTERVAL_MS, () => {
      this.#timer = undefined
      this.#look()
      if (this.#arePlacesHeldUp) this.#host.mayGoOn()
      this.#arm()
    })
  }

  #hasUnusedPlaces(): boolean {
    for (const { accepting, places } of this.#host.workers()) {
      if (accepting && places.areOpen && places.held < places.count) return true
    }
    return false
  }

  /** Works that were sent ahead wait for a place, too: a place that is free again may steal them. */
  #isAnyAhead(): boolean {
    for (const { places } of this.#host.workers()) if (places.ahead > 0) return true
    return false
  }

  /** Whether a work waits on any lane. The silence of the other lanes does no harm. */
  #isNeeded(): boolean {
    for (const { lane, places } of this.#host.workers()) {
      // Works may lie on the lane of a thread that is starting. Its news comes as a message.
      if (!places.areOpen) continue
      if (lane.outstanding > 1) return true
      for (const work of lane) if (!lane.hasStarted(work)) return true
    }
    return false
  }

  #look(): void {
    for (const worker of this.#host.workers()) {
      const { lane } = worker
      if (lane.outstanding === 0) continue
      // Messages that have arrived are read now: a busy event loop would get to them later than to this timer.
      lane.drain()
      lane.collect((work, value) => this.#host.endedEarly(work, value))
      const next = nextToBegin(worker)
      // A work that is pinned here can go nowhere else.
      if (next === undefined || next.pinnedTo !== undefined) {
        this.#waiting.delete(worker)
      } else if (this.#waiting.get(worker) !== next.serial) {
        this.#waiting.set(worker, next.serial)
      } else if (this.#anotherHasPlace(worker)) {
        this.#host.heldUp(worker)
        worker.places.holdUp()
      }
    }
  }

  #anotherHasPlace(than: Worker): boolean {
    for (const worker of this.#host.workers()) {
      const { places } = worker
      if (worker === than || !worker.hasPlace || !places.areOpen || places.areHeldUp) continue
      if (!this.#host.awaits(worker)) return true
    }
    return false
  }
}

/** The oldest work that has a place on its thread and has not begun. */
function nextToBegin(worker: Worker): WorkRecord | undefined {
  for (const work of worker.places.taken()) if (!worker.lane.hasStarted(work)) return work
  return undefined
}
