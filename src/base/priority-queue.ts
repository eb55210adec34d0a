/** A queue ordered by priority, then by age. It does not know what the items are. */

import { assertFree, Fifo, type FifoLinks } from './fifo.js'
import { Heap } from './heap.js'

/**
 * The fields of an item that can be queued: links, age, and a finite priority that does not change while it is queued.
 */
export interface QueueLinks<T extends QueueLinks<T>> extends FifoLinks<T> {
  readonly priority: number
  /** Larger for each new item: of two items, the older has the lower serial. */
  readonly serial: number
}

/** The items of one priority. */
class Level<T extends QueueLinks<T>> extends Fifo<T> {
  readonly priority: number
  heapPosition = -1

  constructor(priority: number) {
    super()
    this.priority = priority
  }
}

/**
 * Highest priority first; first in, first out within a priority. All operations are O(1) as long as there are few
 * priorities, which is usual. With L distinct priorities among the queued items, adding the first item of a priority
 * and removing its last one cost O(log L).
 */
export class PriorityQueue<T extends QueueLinks<T>> {
  readonly #levels = new Map<number, Level<T>>()
  /**
   * The same levels, by priority. None is empty, except possibly the only one: it stays, so that a queue that
   * alternates between 0 and 1 item allocates nothing.
   */
  readonly #order = new Heap<Level<T>>({
    rank: level => -level.priority,
    position: level => level.heapPosition,
    place: (level, position) => {
      level.heapPosition = position
    },
  })
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The priority of the next item. */
  get topPriority(): number | undefined {
    return this.peek()?.priority
  }

  /** The next item, which stays in the queue. */
  peek(): T | undefined {
    return this.#order.first?.head
  }

  /** The oldest item of each priority, in no particular order. They stay in the queue. */
  *heads(): Generator<T, void, undefined> {
    for (const { head } of this.#levels.values()) if (head !== undefined) yield head
  }

  /** Adds the item behind all others of its priority. */
  push(item: T): void {
    this.#levelFor(item).push(item)
    this.#size++
  }

  /**
   * Puts an item that was taken out back in its old place: ahead of the first younger item of its priority. Looks at
   * each older item that was put back before this one; all items that never left are younger. O(1) if the item is
   * younger than all others of its priority.
   */
  putBack(item: T): void {
    const level = this.#levelFor(item)
    const youngest = level.tail
    let next = youngest === undefined || youngest.serial < item.serial ? undefined : level.head
    while (next !== undefined && next.serial < item.serial) next = next.next
    if (next === undefined) level.push(item)
    else level.insertBefore(item, next)
    this.#size++
  }

  /** Takes out the next item. */
  shift(): T | undefined {
    const level = this.#order.first
    const item = level?.shift()
    if (level !== undefined && item !== undefined) this.#left(level)
    return item
  }

  /** Takes the item out. False, with no effect, if the item is not in this queue. */
  remove(item: T): boolean {
    const level = this.#find(item.priority)
    if (level === undefined || !level.remove(item)) return false
    this.#left(level)
    return true
  }

  /**
   * In the order in which `shift` would return the items. The item just yielded may be removed; after any other change,
   * later items may be skipped. With L priorities, the start costs O(L log L).
   */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    // Sorted as doubles, which takes milliseconds for 10⁵ of them, without a call for each comparison.
    const priorities = Float64Array.from(this.#levels.keys()).sort().reverse()
    for (const priority of priorities) {
      const level = this.#levels.get(priority)
      if (level !== undefined) yield* level
    }
  }

  #find(priority: number): Level<T> | undefined {
    const top = this.#order.first
    return top?.priority === priority ? top : this.#levels.get(priority)
  }

  #levelFor(item: T): Level<T> {
    const known = this.#find(item.priority)
    if (known !== undefined) return known
    // Checked first, so that no new, empty level is left behind if it throws.
    assertFree(item)
    const only = this.#order.first
    if (only?.size === 0) this.#drop(only)
    const level = new Level<T>(item.priority)
    this.#levels.set(item.priority, level)
    this.#order.add(level)
    return level
  }

  /** Called after an item has left the level. */
  #left(level: Level<T>): void {
    this.#size--
    if (level.size === 0 && this.#order.size > 1) this.#drop(level)
  }

  #drop(level: Level<T>): void {
    this.#order.remove(level)
    this.#levels.delete(level.priority)
  }
}
