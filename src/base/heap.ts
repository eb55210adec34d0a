/** A binary heap of items ordered by rank, from which any item can be removed. It does not know what the ranks mean. */

/** How a heap reads the rank of an item, and how the item keeps its position, so that it is found in O(1). */
export interface HeapKeys<T> {
  /**
   * The item with the smallest rank comes first. The rank must not change while the item is in the heap, except right
   * before `moved`.
   */
  rank(item: T): number
  /** The position that `place` wrote last; -1 if the item is in no heap. */
  position(item: T): number
  place(item: T, position: number): void
}

/** Adding, moving and removing are O(log n), reading the first is O(1). The order among equal ranks is not defined. */
export class Heap<T> {
  readonly #keys: HeapKeys<T>
  readonly #items: T[] = []

  constructor(keys: HeapKeys<T>) {
    this.#keys = keys
  }

  get size(): number {
    return this.#items.length
  }

  /** The item with the smallest rank. */
  get first(): T | undefined {
    return this.#at(0)
  }

  add(item: T): void {
    this.#items.push(item)
    this.#up(item, this.#items.length - 1)
  }

  /** Call this after the rank of an item in this heap has changed. */
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

  /** Moves the item up from `position` until no parent has a larger rank. Returns its position. */
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

  /** Moves the item down from `position` until no child has a smaller rank. */
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

  /**
   * Reading beyond the end of an array reads inherited properties, and some code may have put a `0` on
   * Object.prototype.
   */
  #at(position: number): T | undefined {
    return position < this.#items.length ? this.#items[position] : undefined
  }

  #put(item: T, position: number): void {
    this.#items[position] = item
    this.#keys.place(item, position)
  }
}
