/** A queue as a linked list whose links are in the items. It knows nothing about priorities or works. */

import { InvariantError } from '../errors/base.js'

/**
 * The fields of an item that can be queued. They are all the memory that queueing costs. Only {@link Fifo} writes them.
 */
export interface FifoLinks<T extends FifoLinks<T>> {
  /** The queue that the item is in; undefined initially. */
  list: Fifo<T> | undefined
  /** The item behind it; undefined initially. */
  next: T | undefined
  /** The item ahead of it; undefined initially. */
  previous: T | undefined
}

/** First in, first out; any item may leave. Every operation is O(1). */
export class Fifo<T extends FifoLinks<T>> {
  #head: T | undefined
  #tail: T | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The first item, which stays in the queue. */
  get head(): T | undefined {
    return this.#head
  }

  /** The last item, which stays in the queue. */
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

  /** Adds the item right ahead of `next`, which is in this queue. */
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

  /** Takes the item out. False, with no effect, if the item is not in this queue. */
  remove(item: T): boolean {
    if (item.list !== this) return false
    const { next, previous } = item
    if (previous === undefined) this.#head = next
    else previous.next = next
    if (next === undefined) this.#tail = previous
    else next.previous = previous
    // A remaining link would keep all later items alive for as long as this one is held.
    item.list = undefined
    item.next = undefined
    item.previous = undefined
    this.#size--
    return true
  }

  /** From head to tail. The item just yielded may be removed; after any other removal, later items may be skipped. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    let item = this.#head
    while (item !== undefined) {
      const following: T | undefined = item.next
      yield item
      // Items that were pushed meanwhile are included.
      item = item.list === this ? item.next : following?.list === this ? following : undefined
    }
  }

  #enter(item: T): void {
    assertFree(item)
    item.list = this
    this.#size++
  }
}

/** @throws {InvariantError} the item is in a queue, this one or another */
export function assertFree<T extends FifoLinks<T>>(item: T): void {
  if (item.list !== undefined) throw new InvariantError('an item was put into a queue while it was in one')
}
