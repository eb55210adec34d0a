/** Which senders have jobs that wait for a place, by group, and whom to wake when one is free. Knows no jobs. */

import type { SharedRecords } from '../shared/records.js'

/** How a sender is told what has become of the workers that it waits for. */
export interface Wakeable {
  /** Its number in shared memory. */
  readonly sender: number
  /** One of them may have a place. */
  placeFree(): void
  /** There are none, and there will be none. */
  groupDead(): void
}

export class WaitingList {
  readonly #shared: SharedRecords
  /** Those that were woken last stand last. */
  readonly #senders = new Map<number, Map<object, Wakeable>>()
  /** By group: whom the place that came free last was offered to. */
  readonly #asked = new Map<number, Set<object>>()

  constructor(shared: SharedRecords) {
    this.#shared = shared
  }

  /** True if it did not wait before. */
  enter(group: number, sender: object, tell: Wakeable): boolean {
    const senders = this.#senders.get(group) ?? new Map<object, Wakeable>()
    this.#senders.set(group, senders)
    if (senders.has(sender)) return false
    senders.set(sender, tell)
    this.#publish(group, senders)
    return true
  }

  leave(group: number, sender: object): void {
    const senders = this.#senders.get(group)
    if (senders?.delete(sender) === true) this.#publish(group, senders)
  }

  /** This sender is gone. */
  drop(sender: object): void {
    for (const group of this.#senders.keys()) this.leave(group, sender)
  }

  /** So many places are free: as many senders may try, those first that have been given fewest jobs. Each takes what it finds. */
  wakeNext(group: number, places = 1): void {
    this.#asked.set(group, new Set())
    this.#wake(group, places)
  }

  /** Whoever was woken does not want the place, by its strategy: each of the others may look at it once. */
  passOn(group: number): void {
    this.#wake(group, 1)
  }

  /** There may be several places. */
  wakeAll(group: number): void {
    for (const tell of [...(this.#senders.get(group)?.values() ?? [])]) tell.placeFree()
  }

  /** Nobody in this group will ever have a place. */
  tellDead(group: number): void {
    for (const tell of [...(this.#senders.get(group)?.values() ?? [])]) tell.groupDead()
  }

  #wake(group: number, count: number): void {
    const senders = this.#senders.get(group)
    const asked = this.#asked.get(group)
    if (senders === undefined || asked === undefined) return
    const given = ([, { sender }]: [object, Wakeable]): number => this.#shared.tallies.get(sender, group).given
    const others = [...senders].filter(([sender]) => !asked.has(sender))
    // Counts may run over; their difference does not.
    const next = others.sort((one, other) => (given(one) - given(other)) | 0).slice(0, count)
    for (const [sender, tell] of next) {
      asked.add(sender)
      senders.delete(sender)
      senders.set(sender, tell)
    }
    for (const [, tell] of next) tell.placeFree()
  }

  /** So that whoever frees a place anywhere knows whether to say so. */
  #publish(group: number, senders: ReadonlyMap<object, Wakeable>): void {
    this.#shared.setWaiting(group, senders.size)
  }
}
