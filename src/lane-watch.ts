/**
 * An eye on lanes that are silent while they hold works: a thread that is busy can neither post the answers in its hand nor
 * begin what it was sent. It reads claim words and tells; it moves no work.
 */

import type { Clock, Timer } from './clock.js'
import type { WorkRecord } from './work.js'
import type { Worker } from './worker.js'

export interface LaneWatchHost {
  workers(): Iterable<Worker>
  /** The work's function has ended although its answer has not been posted. */
  endedEarly(work: WorkRecord, value: unknown): void
  /** Something that an earlier task left behind blocks this thread, and another one is idle. */
  heldUp(worker: Worker): void
  /** A thread that was in a function which did not yield has left it: its places can be used again. */
  unblocked(): void
}

/** Ms between two looks: a finished work may wait this long for the one behind it, which costs 200 looks a second. */
const INTERVAL_MS = 5

export class LaneWatch {
  readonly #clock: Clock
  readonly #host: LaneWatchHost
  #timer: Timer | undefined
  /** Those that were in a function that does not yield at the last look. */
  readonly #blocked = new WeakSet<Worker>()
  /** Per worker the serial of the work that was next to begin at the last look: still so now, its thread is held up. */
  readonly #waiting = new WeakMap<Worker, number>()

  constructor(clock: Clock, host: LaneWatchHost) {
    this.#clock = clock
    this.#host = host
  }

  /** Looks again and again as long as there is something to see. */
  keep(): void {
    if (this.#timer !== undefined || !this.#isNeeded()) return
    this.#timer = this.#clock.after(INTERVAL_MS, () => {
      this.#timer = undefined
      this.#look()
      this.keep()
    })
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** A lane on which nothing waits can do no harm by being silent. */
  #isNeeded(): boolean {
    for (const worker of this.#host.workers()) {
      const { lane } = worker
      if (lane.outstanding > 1 || worker.places.areBlocked) return true
      for (const work of lane) if (!lane.hasStarted(work)) return true
    }
    return false
  }

  #look(): void {
    for (const worker of this.#host.workers()) {
      const { lane } = worker
      if (worker.places.areBlocked) this.#blocked.add(worker)
      else if (this.#blocked.delete(worker)) this.#host.unblocked()
      if (lane.outstanding === 0) continue
      // What has been posted is read here and now: a busy event loop would come to it later than to this timer.
      lane.drain()
      lane.collect((work, value) => this.#host.endedEarly(work, value))
      const next = nextToBegin(worker)
      if (next === undefined) {
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
    for (const worker of this.#host.workers()) if (worker !== except && worker.hasPlace) return true
    return false
  }
}

/** The oldest work that has a place on its thread, and has not begun. */
function nextToBegin(worker: Worker): WorkRecord | undefined {
  for (const work of worker.places.taken()) if (!worker.lane.hasStarted(work)) return work
  return undefined
}
