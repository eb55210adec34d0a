/** The bounded buffer and the door in front of it: which works get in, which wait, and when there is room again. */

import { PriorityQueue } from '../base/priority-queue.js'
import type { WorkRecord } from '../work/record.js'

/** The part that gets the works once the buffer has let them in: the dispatcher. */
export interface WorkQueue {
  /**
   * Works accepted beyond the places of the workers; negative while places are free. Reading it examines each worker.
   */
  readonly backlog: number
  /** Adds a work. One of the next two calls must follow. */
  enqueue(work: WorkRecord): void
  /** Makes the works that were added move on at the end of this turn. */
  schedule(): void
  /** Makes them move on at once if a worker is idle, otherwise at the end of this turn. Cheap while all are busy. */
  moveOn(): void
}

export interface WorkBufferObserver {
  /** The work is in the buffer. Listeners may do anything. */
  queued(work: WorkRecord): void
  /** The buffer was full and is at most half full now. */
  drained(): void
}

export class WorkBuffer {
  readonly #works: { readonly unfinished: number }
  readonly #queue: WorkQueue
  readonly #observer: WorkBufferObserver
  readonly #door = new PriorityQueue<WorkRecord>()
  #size: number
  #hasBeenFull = false

  /** @param works all works of the pool, those at the door included */
  constructor(size: number, works: { readonly unfinished: number }, queue: WorkQueue, observer: WorkBufferObserver) {
    this.#size = size
    this.#works = works
    this.#queue = queue
    this.#observer = observer
  }

  get size(): number {
    return this.#size
  }

  /** Lowering it evicts nothing, raising it opens the door at once. */
  set size(size: number) {
    this.#size = size
    this.changed()
  }

  /** Works that wait for room, the next one first. */
  get door(): PriorityQueue<WorkRecord> {
    return this.#door
  }

  /** Accepts the work if there is room after the works that wait at the door. It may begin at once. */
  tryAccept(work: WorkRecord): boolean {
    this.#admit()
    if (!this.#hasRoom()) {
      this.#hasBeenFull = true
      return false
    }
    this.#accept(work)
    this.#hasBeenFull ||= !this.#hasRoom()
    this.#observer.queued(work)
    this.#queue.moveOn()
    return true
  }

  /** Lets the work in, whether or not there is room. */
  letIn(work: WorkRecord): void {
    this.#accept(work)
    this.#observer.queued(work)
    this.#queue.schedule()
  }

  /** Lets the work wait at the door until there is room. */
  wait(work: WorkRecord): void {
    this.#door.push(work)
  }

  /** Takes a work away from the door. False if it is not there. */
  leave(work: WorkRecord): boolean {
    return this.#door.remove(work)
  }

  /** Works have gone or workers have come: works at the door may come in. */
  changed(): void {
    this.#admit()
    if (!this.#hasBeenFull || this.#queue.backlog > this.#size / 2 || !this.#hasRoom()) return
    this.#hasBeenFull = false
    this.#observer.drained()
  }

  #admit(): void {
    while (this.#door.size > 0 && this.#hasRoom()) {
      const work = this.#door.shift()
      if (work === undefined) return
      this.letIn(work)
    }
  }

  #accept(work: WorkRecord): void {
    work.accept()
    this.#queue.enqueue(work)
  }

  #hasRoom(): boolean {
    // Usually the cheap bound is enough, and the places need not be counted.
    return this.#works.unfinished - this.#door.size < this.#size || this.#queue.backlog < this.#size
  }
}
