/**
 * Which work is in which slot of a lane, in what order they were sent, and which slots are free. It knows nothing about
 * claim words.
 */

import { InvariantError } from '../errors/base.js'
import { SLOTS } from './claims.js'

const NONE = -1

/** A list linked by slot numbers in typed arrays: a work leaves without a search, and nothing is allocated per work. */
export class Slots<W> {
  readonly #works: (W | undefined)[] = new Array<W | undefined>(SLOTS).fill(undefined)
  readonly #free = Int16Array.from({ length: SLOTS }, (_, i) => SLOTS - 1 - i)
  #freeCount = SLOTS
  readonly #older = new Int16Array(SLOTS).fill(NONE)
  readonly #newer = new Int16Array(SLOTS).fill(NONE)
  #oldest = NONE
  #newest = NONE

  /** How many slots are taken. */
  get taken(): number {
    return SLOTS - this.#freeCount
  }

  /** Gives a slot to a work, which is then the newest. */
  take(work: W): number {
    const slot = this.#freeCount > 0 ? this.#free[--this.#freeCount] : undefined
    if (slot === undefined) throw new InvariantError('a work was offered to a full lane')
    this.#works[slot] = work
    this.#older[slot] = this.#newest
    this.#newer[slot] = NONE
    if (this.#newest === NONE) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
    return slot
  }

  /** Frees a slot, wherever its work is in the order. */
  leave(slot: number): void {
    if (this.#works[slot] === undefined) throw new InvariantError(`slot ${slot} was freed twice`)
    const older = this.#older[slot] ?? NONE
    const newer = this.#newer[slot] ?? NONE
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
    this.#works[slot] = undefined
    this.#free[this.#freeCount++] = slot
  }

  /** The work in this slot. */
  at(slot: number): W | undefined {
    return this.#works[slot]
  }

  /** Oldest first. The work just yielded may leave. */
  *oldestFirst(): Generator<W, void, undefined> {
    for (let slot = this.#oldest; slot !== NONE; ) {
      const next = this.#newer[slot] ?? NONE
      const work = this.#works[slot]
      if (work !== undefined) yield work
      slot = next
    }
  }

  /** Newest first. The work just yielded may leave. */
  *newestFirst(): Generator<W, void, undefined> {
    for (let slot = this.#newest; slot !== NONE; ) {
      const next = this.#older[slot] ?? NONE
      const work = this.#works[slot]
      if (work !== undefined) yield work
      slot = next
    }
  }
}
