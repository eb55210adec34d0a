/** Owns the order of one line of items, as links in the items themselves; must not know of priorities or works. */

import { InvariantError } from '../errors/base.js'

/** What an item carries to stand in a line: all the memory that a place in it costs. Written by {@link Fifo} alone. */
export interface FifoLinks<T extends FifoLinks<T>> {
  /** The line it stands in; undefined initially. */
  list: Fifo<T> | undefined
  /** Behind it in the line; undefined initially. */
  next: T | undefined
  /** Ahead of it in the line; undefined initially. */
  previous: T | undefined
}

/** First in, first out, and any item may leave: every operation takes the same short time, however long the line is. */
export class Fifo<T extends FifoLinks<T>> {
  #head: T | undefined
  #tail: T | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The first in the line, which stays there. */
  get head(): T | undefined {
    return this.#head
  }

  /** The last in the line, which stays there. */
  get tail(): T | undefined {
    return this.#tail
  }

  /** Adds the item behind all others. */
  push(item: T): void {
    this.#enter(item)
    const tail = this.#tail
    item.previous = tail
    if (tail === undefined) this.#head = item
    else tail.next = item
    this.#tail = item
  }

  /** Adds the item right ahead of `next`, which stands in this line. */
  insertBefore(item: T, next: T): void {
    this.#enter(item)
    const { previous } = next
    item.next = next
    item.previous = previous
    next.previous = item
    if (previous === undefined) this.#head = item
    else previous.next = item
  }

  /** Takes the first item out. */
  shift(): T | undefined {
    const head = this.#head
    if (head !== undefined) this.remove(head)
    return head
  }

  /** Takes the item out; false, and nothing happens, if it is not in this line. */
  remove(item: T): boolean {
    if (item.list !== this) return false
    const { next, previous } = item
    if (previous === undefined) this.#head = next
    else previous.next = next
    if (next === undefined) this.#tail = previous
    else next.previous = previous
    // A link left behind would keep every later item alive for as long as somebody holds this one.
    item.list = undefined
    item.next = undefined
    item.previous = undefined
    this.#size--
    return true
  }

  /** From the head to the tail. The item just yielded may be removed; after any other removal the rest may be left out. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    let item = this.#head
    while (item !== undefined) {
      const following: T | undefined = item.next
      yield item
      // What came in behind the last item meanwhile is part of the line too.
      item = item.list === this ? item.next : following?.list === this ? following : undefined
    }
  }

  #enter(item: T): void {
    assertFree(item)
    item.list = this
    this.#size++
  }
}

/** @throws {InvariantError} the item stands in a line, this or another */
export function assertFree<T extends FifoLinks<T>>(item: T): void {
  if (item.list !== undefined) throw new InvariantError('an item was put into a queue while it was in one')
}
