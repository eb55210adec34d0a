/** Which senders have jobs that wait for a place, by group, and whom to wake when one is free. Knows no jobs. */

import type { SharedState } from './shared-state.js'

/** How a sender is told what has become of the workers that it waits for. */
export interface Wakeable {
  /** One of them may have a place. */
  placeFree(): void
  /** There are none, and there will be none. */
  groupDead(): void
}

export class WaitingList {
  readonly #shared: SharedState
  /** In the order in which they are woken. */
  readonly #senders = new Map<number, Map<object, Wakeable>>()
  /** By group: how many have left alone the place that came free last. */
  readonly #declined = new Map<number, number>()

  constructor(shared: SharedState) {
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

  /** So many places are free: as many senders may try, those first that have not had one for longest. Each takes what it finds. */
  wakeNext(group: number, places = 1): void {
    this.#declined.set(group, 0)
    this.#wake(group, places)
  }

  /** Whoever was woken does not want the place, by its strategy: each of the others may look at it once. */
  passOn(group: number): void {
    const declined = (this.#declined.get(group) ?? 0) + 1
    this.#declined.set(group, declined)
    if (declined < (this.#senders.get(group)?.size ?? 0)) this.#wake(group, 1)
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
    if (senders === undefined) return
    for (const [sender, tell] of [...senders].slice(0, count)) {
      senders.delete(sender)
      senders.set(sender, tell)
      tell.placeFree()
    }
  }

  /** So that whoever frees a place anywhere knows whether to say so. */
  #publish(group: number, senders: ReadonlyMap<object, Wakeable>): void {
    this.#shared.setWaiting(group, senders.size)
  }
}
