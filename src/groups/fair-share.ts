/**
 * Whose a place is that comes free while several senders wait for one in that group: each is to have as many as the others.
 * Reads shared memory, and tells nobody.
 *
 * A sender that waits keeps the place for its own jobs, unless another one that waits has two fewer, or none at all. So
 * senders with equal shares go on without a word to each other, which would cost as much as some jobs; and where there are
 * fewer places than senders, these go round.
 */

import type { SharedState } from './shared-state.js'
import type { Target } from './targets.js'

export class FairShare {
  readonly #shared: SharedState
  readonly #self: number
  readonly #target: Target
  /** Places that this sender has. */
  #held = 0
  /** The fewest that one of the others has that wait, as far as is known in this turn. */
  #fewest: number | undefined

  /** @param self  number of the sender in the reservations */
  constructor(shared: SharedState, self: number, target: Target) {
    this.#shared = shared
    this.#self = self
    this.#target = target
  }

  /** A place was taken. */
  take(): void {
    this.#held++
  }

  /** A place was given back by a sender that waits for others. True: it is for somebody else. */
  giveBack(waits: boolean): boolean {
    const held = this.#held--
    const { index } = this.#target.facts
    if (this.#shared.waiting(index) <= Number(waits)) return false
    if (!waits) return true
    const fewest = (this.#fewest ??= this.#look())
    if (fewest > 0 && fewest + 1 + (held >> 3) >= held) return false
    this.#fewest = fewest + 1
    return true
  }

  /** What was seen in the last turn may be true no longer. */
  turned(): void {
    this.#fewest = undefined
  }

  #look(): number {
    const { index, firstRecord, records } = this.#target.facts
    const { reservations } = this.#shared
    let fewest = Infinity
    for (let sender = 0; sender <= reservations.main; sender++) {
      if (sender === this.#self || !this.#shared.waits(sender, index)) continue
      let held = 0
      for (let record = firstRecord; record < firstRecord + records; record++) held += reservations.held(sender, record)
      fewest = Math.min(fewest, held)
    }
    return fewest
  }
}
