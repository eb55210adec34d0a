/** Owns which waiting item comes next, by priority and then by age; must not know what the items are. */

import { assertFree, Fifo, type FifoLinks } from './fifo.js'
import { Heap } from './heap.js'

/** What an item carries to be queued: its links, its age, and a finite priority that stays the same while it is in the queue. */
export interface QueueLinks<T extends QueueLinks<T>> extends FifoLinks<T> {
  readonly priority: number
  /** Grows with each item: of two, the older has the lower one. */
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
 * Highest priority first, first in first out within. All operations are O(1) while priorities are few, as they usually
 * are; with L distinct priorities among the queued items, the first and the last item of a priority cost O(log L).
 */
export class PriorityQueue<T extends QueueLinks<T>> {
  readonly #levels = new Map<number, Level<T>>()
  /** The same levels. None of them is empty, except the only one: a queue that swings between 0 and 1 allocates nothing. */
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

  /** The priority of the item that comes next. */
  get topPriority(): number | undefined {
    return this.peek()?.priority
  }

  /** The item that comes next, which stays where it is. */
  peek(): T | undefined {
    return this.#order.first?.head
  }

  /** Adds the item behind all others of its priority. */
  push(item: T): void {
    this.#levelFor(item).push(item)
    this.#size++
  }

  /**
   * Gives an item that was taken out the place it had: ahead of the first younger one of its priority. Costs a look at each
   * older one that came back before it; what never left is younger. The youngest of all has its place at once.
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

  /** Takes out the item that comes next. */
  shift(): T | undefined {
    const level = this.#order.first
    const item = level?.shift()
    if (level !== undefined && item !== undefined) this.#left(level)
    return item
  }

  /** Takes the item out; false, and nothing happens, if it is not in this queue. */
  remove(item: T): boolean {
    const level = this.#find(item.priority)
    if (level === undefined || !level.remove(item)) return false
    this.#left(level)
    return true
  }

  /**
   * In the order in which `shift` would deliver. The item just yielded may be removed; after any other change the rest
   * may be left out. With L priorities the start costs O(L log L).
   */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    // As doubles, 10⁵ of them are sorted in some ms, and without a call for each comparison.
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
    // Before there is a level that would stay empty.
    assertFree(item)
    const only = this.#order.first
    if (only?.size === 0) this.#drop(only)
    const level = new Level<T>(item.priority)
    this.#levels.set(item.priority, level)
    this.#order.add(level)
    return level
  }

  /** After an item has left the level. */
  #left(level: Level<T>): void {
    this.#size--
    if (level.size === 0 && this.#order.size > 1) this.#drop(level)
  }

  #drop(level: Level<T>): void {
    this.#order.remove(level)
    this.#levels.delete(level.priority)
  }
}
