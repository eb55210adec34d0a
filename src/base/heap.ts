/** Owns the order of items by rank, in a binary heap that any item can leave; must not know what the ranks mean. */

/** How a heap reads the rank of an item, and where the item keeps its position, so that it can be found in O(1). */
export interface HeapKeys<T> {
  /** Smallest first. Must not change while the item is in the heap, except right before `moved`. */
  rank(item: T): number
  /** What `place` wrote last; -1 for an item that is in no heap. */
  position(item: T): number
  place(item: T, position: number): void
}

/** Add, move and remove in O(log n), the first in O(1). Order among equal ranks is not defined. */
export class Heap<T> {
  readonly #keys: HeapKeys<T>
  readonly #items: T[] = []

  constructor(keys: HeapKeys<T>) {
    this.#keys = keys
  }

  get size(): number {
    return this.#items.length
  }

  /** The item of the smallest rank. */
  get first(): T | undefined {
    return this.#at(0)
  }

  /** Whether the item is in this heap, and not in another one that uses the same keys. */
  has(item: T): boolean {
    const position = this.#keys.position(item)
    return position >= 0 && this.#items[position] === item
  }

  add(item: T): void {
    this.#items.push(item)
    this.#up(item, this.#items.length - 1)
  }

  /** To be called after the rank of an item in this heap has changed. */
  moved(item: T): void {
    this.#settle(item, this.#keys.position(item))
  }

  /** The item must be in this heap. */
  remove(item: T): void {
    const position = this.#keys.position(item)
    const last = this.#items.pop()
    this.#keys.place(item, -1)
    if (last !== undefined && last !== item) this.#settle(last, position)
  }

  #settle(item: T, position: number): void {
    this.#down(item, this.#up(item, position))
  }

  /** Lifts the item from `position` to where no parent ranks behind it; returns where that is. */
  #up(item: T, position: number): number {
    const rank = this.#keys.rank(item)
    while (position > 0) {
      const above = (position - 1) >> 1
      const parent = this.#items[above]
      if (parent === undefined || this.#keys.rank(parent) <= rank) break
      this.#put(parent, position)
      position = above
    }
    this.#put(item, position)
    return position
  }

  /** Lowers the item from `position` to where no child ranks before it. */
  #down(item: T, position: number): void {
    const rank = this.#keys.rank(item)
    for (;;) {
      let below = 2 * position + 1
      let child = this.#at(below)
      const sibling = this.#at(below + 1)
      if (child !== undefined && sibling !== undefined && this.#keys.rank(sibling) < this.#keys.rank(child)) {
        child = sibling
        below++
      }
      if (child === undefined || this.#keys.rank(child) >= rank) break
      this.#put(child, position)
      position = below
    }
    this.#put(item, position)
  }

  /** Behind its end an array reads what it inherits, and somebody may have put a `0` on Object.prototype. */
  #at(position: number): T | undefined {
    return position < this.#items.length ? this.#items[position] : undefined
  }

  #put(item: T, position: number): void {
    this.#items[position] = item
    this.#keys.place(item, position)
  }
}
