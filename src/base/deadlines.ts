/** Owns when the next of many time limits passes, with one timer for all; must not know what passing one means. */

import type { Clock, Timer } from './clock.js'
import { Heap } from './heap.js'

/** The time limit of one item. */
interface Deadline<T> {
  readonly item: T
  /** Clock ms. */
  at: number
  /** Position in the heap. */
  position: number
}

/**
 * One time limit per item, any number of items. `set` and `clear` cost O(log n); exactly one timer is armed while there
 * is an item, none otherwise, and a limit that is far away costs nothing while it is.
 */
export class Deadlines<T extends object> {
  readonly #clock: Clock
  readonly #onDue: (item: T) => void
  // Few items have a limit: none should carry the fields for one.
  readonly #deadlines = new Map<T, Deadline<T>>()
  readonly #heap = new Heap<Deadline<T>>({
    rank: deadline => deadline.at,
    position: deadline => deadline.position,
    place: (deadline, position) => {
      deadline.position = position
    },
  })
  #timer: Timer | undefined
  /** When the timer fires; never later than the earliest limit, except while `#fire` is at work. */
  #timerAt = Infinity
  #firing = false

  /**
   * @param onDue called once per item whose limit has passed, in order of time (not defined among equals), after the
   * item has been cleared. It may set and clear any item, the same one too. It must not throw.
   */
  constructor(clock: Clock, onDue: (item: T) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** How many items have a limit. */
  get size(): number {
    return this.#heap.size
  }

  /** Gives the item a limit, in Clock ms, or moves the one it has. One in the past is due at the next turn. */
  set(item: T, at: number): void {
    const deadline = this.#deadlines.get(item)
    if (deadline === undefined) {
      const added = { item, at, position: -1 }
      this.#deadlines.set(item, added)
      this.#heap.add(added)
    } else {
      deadline.at = at
      this.#heap.moved(deadline)
    }
    if (!this.#firing) this.#arm()
  }

  /** Takes the limit away; nothing happens if there is none. */
  clear(item: T): void {
    const deadline = this.#deadlines.get(item)
    if (deadline === undefined) return
    this.#remove(deadline)
    if (!this.#firing) this.#arm()
  }

  #remove(deadline: Deadline<T>): void {
    this.#deadlines.delete(deadline.item)
    this.#heap.remove(deadline)
  }

  #arm(): void {
    const first = this.#heap.first
    if (first === undefined) {
      this.#disarm()
    } else if (this.#timer === undefined || first.at < this.#timerAt) {
      // A later limit leaves the timer alone: works that end in time would else re-arm it once per work. It then fires
      // for nothing, at most once per such limit, and is armed anew.
      this.#disarm()
      this.#timerAt = first.at
      this.#timer = this.#clock.after(first.at - this.#clock.now(), this.#fire)
    }
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerAt = Infinity
  }

  readonly #fire = (): void => {
    this.#timer = undefined
    this.#timerAt = Infinity
    this.#firing = true
    try {
      const now = this.#clock.now()
      // No more than were there at the start: an item that is set to a past time again and again cannot hold the event
      // loop, it takes a turn for each.
      for (let left = this.#heap.size; left > 0; left--) {
        const first = this.#heap.first
        if (first === undefined || first.at > now) break
        this.#remove(first)
        this.#onDue(first.item)
      }
    } finally {
      this.#firing = false
      this.#arm()
    }
  }
}
