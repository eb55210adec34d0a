/**
 * Which senders have jobs that wait for a place in a group, and which of them to wake when one is free. It knows
 * nothing about jobs.
 */

import type { SharedRecords } from '../shared/records.js'

/** How to notify a sender whose jobs wait for workers of a group. */
export interface Wakeable {
  /** Its number in shared memory. */
  readonly sender: number
  /** A worker of the group may have a free place. */
  placeFree(): void
  /** The group has no workers, and none is due to start. */
  groupDead(): void
}

export class WaitingSenders {
  readonly #shared: SharedRecords
  /** By group. A sender moves to the end when it is woken. */
  readonly #senders = new Map<number, Map<object, Wakeable>>()
  /** By group: the senders to which the latest free place was offered. */
  readonly #asked = new Map<number, Set<object>>()

  constructor(shared: SharedRecords) {
    this.#shared = shared
  }

  /** Returns true if the sender was not waiting before. */
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

  /** Removes a sender that is gone from all groups. */
  drop(sender: object): void {
    for (const group of this.#senders.keys()) this.leave(group, sender)
  }

  /**
   * This many places have become free. Wakes as many senders, starting with those that have been given the fewest jobs.
   * A woken sender takes a place if it still finds one.
   */
  wakeNext(group: number, places = 1): void {
    this.#asked.set(group, new Set())
    this.#wake(group, places)
  }

  /**
   * The pickup strategy of a woken sender does not want the free place. Wakes the next sender that was not asked yet.
   */
  passOn(group: number): void {
    this.#wake(group, 1)
  }

  /** Wakes all senders, because several places may be free. */
  wakeAll(group: number): void {
    for (const tell of [...(this.#senders.get(group)?.values() ?? [])]) tell.placeFree()
  }

  /** Tells all senders that the group has no workers, and that none is due to start. */
  tellDead(group: number): void {
    for (const tell of [...(this.#senders.get(group)?.values() ?? [])]) tell.groupDead()
  }

  #wake(group: number, count: number): void {
    const senders = this.#senders.get(group)
    const asked = this.#asked.get(group)
    if (senders === undefined || asked === undefined) return
    const given = ([, { sender }]: [object, Wakeable]): number => this.#shared.tallies.get(sender, group).given
    const others = [...senders].filter(([sender]) => !asked.has(sender))
    // Counts may wrap around; as 32-bit numbers, their difference is still right.
    const next = others.sort((one, other) => (given(one) - given(other)) | 0).slice(0, count)
    for (const [sender, tell] of next) {
      asked.add(sender)
      senders.delete(sender)
      senders.set(sender, tell)
    }
    for (const [, tell] of next) tell.placeFree()
  }

  /** Writes the count to shared memory: threads report a free place only if a sender waits for one. */
  #publish(group: number, senders: ReadonlyMap<object, Wakeable>): void {
    this.#shared.setWaiting(group, senders.size)
  }
}
