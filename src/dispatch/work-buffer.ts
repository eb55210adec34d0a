/** The bounded buffer and the door before it: who gets in, who waits, and when there is room again. It moves no work further. */

import { PriorityQueue } from '../base/priority-queue.js'
import type { WorkRecord } from '../work/record.js'

export interface WorkBufferHost {
  /** Works accepted beyond the places of the workers; negative while places are free. */
  backlog(): number
  /** Upper bound of the same, for free. */
  accepted(): number
  /** The work is in. */
  accept(work: WorkRecord): void
  /** Tells whoever listens, who may do anything. */
  announce(work: WorkRecord): void
  /** It had been full and is at most half full now. */
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

  /** Accepts the work if there is room, with those before it at the door going first. */
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

  /** The work waits until there is room. */
  wait(work: WorkRecord): void {
    this.#door.push(work)
  }

  /** Takes a work away from the door. */
  leave(work: WorkRecord): boolean {
    return this.#door.remove(work)
  }

  /** Works have gone, workers have come: whoever waits may come in. */
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
    // Most of the time the buffer alone has room, and nobody needs to count the places.
    return this.#host.accepted() < this.#size || this.#host.backlog() < this.#size
  }
}
