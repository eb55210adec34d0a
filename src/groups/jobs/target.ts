/** The groups that a sender sends to, and their workers as a pickup strategy sees them. Reads shared memory, writes none. */

import type { GroupFacts } from '../shared/group-facts.js'
import type { SharedRecords } from '../shared/records.js'
import type { PickupView } from '../strategies/pickup-view.js'

/** A group to which jobs may be sent. */
export class Target implements PickupView {
  readonly facts: GroupFacts
  readonly #shared: SharedRecords
  /** Generations of threads that this sender knows to be gone, before shared memory says so. */
  readonly #gone: Int32Array

  constructor(facts: GroupFacts, shared: SharedRecords) {
    this.facts = facts
    this.#shared = shared
    this.#gone = new Int32Array(facts.records)
  }

  /** This thread, of those that have been in the record, takes nothing any more. */
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

  /** Whether any of its workers has a place at this instant. */
  get hasRoom(): boolean {
    for (let index = 0; index < this.length; index++) if (this.isReady(index)) return true
    return false
  }

  /** The id of the worker whose thread has this record. */
  workerId(record: number): string {
    return `${this.facts.name}-${this.#shared.slot(record)}`
  }
}
