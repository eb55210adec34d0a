/**
 * An eye on lanes that are silent while they hold works: a thread that is busy can neither post the answers in its hand nor
 * begin what it was sent. It reads claim words and tells; it moves no work.
 */

import type { Clock, Timer } from '../base/clock.js'
import type { WorkRecord } from '../work/record.js'
import type { Worker } from '../worker/worker.js'

export interface LaneWatchHost {
  workers(): Iterable<Worker>
  /** The work's function has ended although its answer has not been posted. */
  endedEarly(work: WorkRecord, value: unknown): void
  /** Something that an earlier task left behind blocks this thread, and another one is idle. */
  heldUp(worker: Worker): void
  /** Works are queued, and places were free that nobody could use: that may have changed. */
  mayGoOn(): void
  /** Whether works wait that only this worker may run. */
  awaits(worker: Worker): boolean
}

/** Ms between two looks: a finished work may wait this long for the one behind it, which costs 200 looks a second. */
const INTERVAL_MS = 5

export class LaneWatch {
  readonly #clock: Clock
  readonly #host: LaneWatchHost
  #timer: Timer | undefined
  /** Works are queued although there are places: their threads are in functions that do not yield. */
  #isQueueHeldUp = false
  /** Per worker the serial of the work that was next to begin at the last look: still so now, its thread is held up. */
  readonly #waiting = new WeakMap<Worker, number>()

  constructor(clock: Clock, host: LaneWatchHost) {
    this.#clock = clock
    this.#host = host
  }

  /** Looks again and again as long as there is something to see. @param areQueued whether works are on no lane */
  keep(areQueued: boolean): void {
    this.#isQueueHeldUp = areQueued && this.#hasUnusedPlaces()
    this.#arm()
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #arm(): void {
    if (this.#timer !== undefined || !(this.#isQueueHeldUp || this.#isNeeded())) return
    this.#timer = this.#clock.after(INTERVAL_MS, () => {
      this.#timer = undefined
      this.#look()
      if (this.#isQueueHeldUp) this.#host.mayGoOn()
      this.#arm()
    })
  }

  #hasUnusedPlaces(): boolean {
    for (const { accepting, places } of this.#host.workers()) if (accepting && places.held < places.count) return true
    return false
  }

  /** A lane on which nothing waits can do no harm by being silent. */
  #isNeeded(): boolean {
    for (const { lane } of this.#host.workers()) {
      if (lane.outstanding > 1) return true
      for (const work of lane) if (!lane.hasStarted(work)) return true
    }
    return false
  }

  #look(): void {
    for (const worker of this.#host.workers()) {
      const { lane } = worker
      if (lane.outstanding === 0) continue
      // What has been posted is read here and now: a busy event loop would come to it later than to this timer.
      lane.drain()
      lane.collect((work, value) => this.#host.endedEarly(work, value))
      const next = nextToBegin(worker)
      // What is pinned to it can go nowhere else.
      if (next === undefined || next.pinnedTo !== undefined) {
        this.#waiting.delete(worker)
      } else if (this.#waiting.get(worker) !== next.serial) {
        this.#waiting.set(worker, next.serial)
      } else if (this.#someoneHasPlace(worker)) {
        this.#host.heldUp(worker)
        worker.places.holdUp()
      }
    }
  }

  #someoneHasPlace(except: Worker): boolean {
    for (const worker of this.#host.workers()) {
      if (worker !== except && worker.hasPlace && !worker.places.areHeldUp && !this.#host.awaits(worker)) return true
    }
    return false
  }
}

/** The oldest work that has a place on its thread, and has not begun. */
function nextToBegin(worker: Worker): WorkRecord | undefined {
  for (const work of worker.places.taken()) if (!worker.lane.hasStarted(work)) return work
  return undefined
}
