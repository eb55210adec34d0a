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
    const senders = this.#senders.get(group)
    if (senders === undefined) return
    for (const [sender, tell] of [...senders].slice(0, places)) {
      senders.delete(sender)
      senders.set(sender, tell)
      tell.placeFree()
    }
  }

  /** There may be several places. */
  wakeAll(group: number): void {
    for (const tell of [...(this.#senders.get(group)?.values() ?? [])]) tell.placeFree()
  }

  /** Nobody in this group will ever have a place. */
  tellDead(group: number): void {
    for (const tell of [...(this.#senders.get(group)?.values() ?? [])]) tell.groupDead()
  }

  /** So that whoever frees a place anywhere knows whether to say so. */
  #publish(group: number, senders: ReadonlyMap<object, Wakeable>): void {
    this.#shared.setWaiting(group, senders.size)
  }
}
