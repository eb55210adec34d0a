/** The bounded buffer and the door in front of it: which works get in, which wait, and when there is room again. */

import { PriorityQueue } from '../base/priority-queue.js'
import type { WorkRecord } from '../work/record.js'

export interface WorkBufferHost {
  /** Works accepted beyond the places of the workers; negative while places are free. */
  backlog(): number
  /** A cheap upper bound of `backlog()`. */
  accepted(): number
  /** The work is in the buffer. */
  accept(work: WorkRecord): void
  /** Tells listeners that the work is in. They may do anything, such as submit or discard works. */
  announce(work: WorkRecord): void
  /** The buffer had been full and is at most half full now. */
  drained(): void
}

export class WorkBuffer {
  readonly #host: WorkBufferHost
  readonly #door = new PriorityQueue<WorkRecord>()
  #size: number
  #hasBeenFull = false

  constructor(size: number, host: WorkBufferHost) {
    this.#size = size
    this.#host = host
  }

  get size(): number {
    return this.#size
  }

  /** Lowering it evicts nothing, raising it opens the door at once. */
  set size(size: number) {
    this.#size = size
    this.changed()
  }

  /** Works that wait for room, the next first. */
  get door(): PriorityQueue<WorkRecord> {
    return this.#door
  }

  /** Accepts the work if there is room after the works that wait at the door. */
  tryAccept(work: WorkRecord): boolean {
    this.#admit()
    if (!this.#hasRoom()) {
      this.#hasBeenFull = true
      return false
    }
    this.#host.accept(work)
    this.#hasBeenFull ||= !this.#hasRoom()
    this.#host.announce(work)
    return true
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
    if (!this.#hasBeenFull || this.#host.backlog() > this.#size / 2 || !this.#hasRoom()) return
    this.#hasBeenFull = false
    this.#host.drained()
  }

  #admit(): void {
    while (this.#door.size > 0 && this.#hasRoom()) {
      const work = this.#door.shift()
      if (work === undefined) return
      this.#host.accept(work)
      this.#host.announce(work)
    }
  }

  #hasRoom(): boolean {
    // Mostly the cheap bound is enough, and the places need not be counted.
    return this.#host.accepted() < this.#size || this.#host.backlog() < this.#size
  }
}
