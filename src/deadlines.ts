/** Owns when the next of many time limits passes, with one timer for all; must not know what passing one means. */

import type { Clock, Timer } from './clock.js'
import { Heap } from './heap.js'

/** What an item with a time limit carries. Written by {@link Deadlines} alone, once the owner has set the index to -1. */
export interface Deadline {
  /** Clock ms; meaningless while the index is -1. */
  deadlineAt: number
  /** Position in the heap, -1 while no limit is set. */
  deadlineIndex: number
}

/**
 * One time limit per item, any number of items. `set` and `clear` cost O(log n); exactly one timer is armed while there
 * is an item, none otherwise, and a limit that is far away costs nothing while it is.
 */
export class Deadlines<T extends Deadline> {
  readonly #clock: Clock
  readonly #onDue: (item: T) => void
  readonly #heap = new Heap<T>({
    rank: item => item.deadlineAt,
    position: item => item.deadlineIndex,
    place: (item, position) => {
      item.deadlineIndex = position
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
    item.deadlineAt = at
    if (this.#heap.has(item)) this.#heap.moved(item)
    else this.#heap.add(item)
    if (!this.#firing) this.#arm()
  }

  /** Takes the limit away; nothing happens if there is none. */
  clear(item: T): void {
    if (!this.#heap.has(item)) return
    this.#heap.remove(item)
    if (!this.#firing) this.#arm()
  }

  #arm(): void {
    const first = this.#heap.first
    if (first === undefined) {
      this.#disarm()
    } else if (this.#timer === undefined || first.deadlineAt < this.#timerAt) {
      // A later limit leaves the timer alone: works that end in time would else re-arm it once per work. It then fires
      // for nothing, at most once per such limit, and is armed anew.
      this.#disarm()
      this.#timerAt = first.deadlineAt
      this.#timer = this.#clock.after(first.deadlineAt - this.#clock.now(), this.#fire)
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
        if (first === undefined || first.deadlineAt > now) break
        this.#heap.remove(first)
        this.#onDue(first)
      }
    } finally {
      this.#firing = false
      this.#arm()
    }
  }
}
