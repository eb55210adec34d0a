/**
 * A group that a sender may send to, and the group's workers as a pickup strategy sees them. It reads shared memory but
 * never writes it.
 */

import type { GroupFacts } from '../shared/group-facts.js'
import type { SharedRecords } from '../shared/records.js'
import type { PickupView } from '../strategies/pickup-view.js'

export class Target implements PickupView {
  readonly facts: GroupFacts
  readonly #shared: SharedRecords
  /** By index: the generation of the thread that this sender knows to be gone, perhaps before shared memory says so. */
  readonly #gone: Int32Array

  constructor(facts: GroupFacts, shared: SharedRecords) {
    this.facts = facts
    this.#shared = shared
    this.#gone = new Int32Array(facts.records)
  }

  /** The thread of this generation in this record takes no more jobs. */
  setGone(record: number, generation: number): void {
    this.#gone[record - this.facts.firstRecord] = generation
  }

  get length(): number {
    return this.facts.records
  }

  isReady(index: number): boolean {
    const record = this.facts.firstRecord + index
    return this.#shared.hasRoom(record, this.facts.maxJobs) && this.#gone[index] !== this.#shared.generation(record)
  }

  jobs(index: number): number {
    return this.#shared.reservations.taken(this.facts.firstRecord + index)
  }

  weight(index: number): number {
    return this.#shared.reservations.weight(this.facts.firstRecord + index)
  }

  isBusy(index: number): boolean {
    return this.#shared.isBusy(this.facts.firstRecord + index)
  }

  /** Whether any of its workers has a free place at this instant. */
  get hasRoom(): boolean {
    for (let index = 0; index < this.length; index++) if (this.isReady(index)) return true
    return false
  }

  /** The id of the worker, as users see it, whose thread has this record. */
  workerId(record: number): string {
    return `${this.facts.name}-${this.#shared.slot(record)}`
  }
}
