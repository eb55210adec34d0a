/** Watches many time limits with one timer. It does not know what happens when a limit passes. */

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
 * One time limit per item, for any number of items. `set` and `clear` cost O(log n). Exactly one timer is armed while
 * any item has a limit, none otherwise. A limit that is far away costs nothing until then.
 */
export class Deadlines<T extends object> {
  readonly #clock: Clock
  readonly #onDue: (item: T) => void
  // A Map, because few items have a limit, and the others should not carry fields for one.
  readonly #deadlines = new Map<T, Deadline<T>>()
  readonly #heap = new Heap<Deadline<T>>({
    rank: deadline => deadline.at,
    position: deadline => deadline.position,
    place: (deadline, position) => {
      deadline.position = position
    },
  })
  #timer: Timer | undefined
  /** When the timer fires; never later than the earliest limit, except while `#fire` runs. */
  #timerAt = Infinity
  #firing = false

  /**
   * @param onDue called once for each item whose limit has passed, earliest first (in any order among equals), after
   *   the item was cleared. It may set and clear any item, including the same one. It must not throw.
   */
  constructor(clock: Clock, onDue: (item: T) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** Gives the item a limit, in Clock ms, or changes the one it has. A limit in the past is due at the next turn. */
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

  /** Removes the limit of the item. Does nothing if it has none. */
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
      // If the earliest limit is later than the timer, the timer stays as it is. It may then fire before anything is
      // due, at most once per cleared limit, and is armed again. Otherwise every work that ends in time would re-arm
      // it.
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
      // Handles at most as many items as there were at the start. An item that is set to a past time again and again
      // then takes one turn each time, and does not block the event loop.
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
