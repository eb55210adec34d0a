/**
 * What each sender publishes about itself for the other senders that wait for places in the same group: whether it
 * waits, how many places it holds, how many jobs it has been given. Fair shares are decided from this, without a
 * message.
 */

// Three 32-bit words for each sender and group, written by that sender, and cleared by the Watcher once the sender is
// gone.
/** 1 while jobs for the group wait in it. */
const WAITS = 0
/** Places that it holds there. Like the next word, it is kept up to date only while the sender waits. */
const HELD = 1
/** Jobs of this sender that were given a place in the group; wraps around. */
const GIVEN = 2
const WORDS = 3

/** A sender's standing in a group: places held, jobs given. */
export interface Tally {
  readonly held: number
  readonly given: number
}

export class SenderTallies {
  /** What another thread needs to make its own view. */
  readonly buffer: SharedArrayBuffer
  /** How many senders there can be. */
  readonly senders: number
  readonly #words: Int32Array
  readonly #groups: number

  /** @param shared the buffer of another view; without it, a new one is made */
  constructor(groups: number, senders: number, shared?: SharedArrayBuffer) {
    this.senders = senders
    this.#groups = groups
    this.buffer = shared ?? new SharedArrayBuffer(4 * WORDS * groups * senders)
    this.#words = new Int32Array(this.buffer)
  }

  /** Sender: jobs for this group begin to wait in it, or none waits any longer. */
  setWaits(sender: number, group: number, waits: boolean): void {
    this.#words[this.#at(sender, group) + WAITS] = Number(waits)
  }

  waits(sender: number, group: number): boolean {
    return this.#words[this.#at(sender, group) + WAITS] === 1
  }

  /** Sender: its tally in this group. */
  set(sender: number, group: number, held: number, given: number): void {
    const at = this.#at(sender, group)
    this.#words[at + HELD] = held
    this.#words[at + GIVEN] = given
  }

  get(sender: number, group: number): Tally {
    const at = this.#at(sender, group)
    return { held: this.#words[at + HELD] ?? 0, given: this.#words[at + GIVEN] ?? 0 }
  }

  /** Watcher: this sender is gone. */
  abandon(sender: number): void {
    const from = this.#at(sender, 0)
    this.#words.fill(0, from, from + WORDS * this.#groups)
  }

  #at(sender: number, group: number): number {
    return WORDS * (sender * this.#groups + group)
  }
}

/**
 * By how many jobs one count is ahead of another. Counts are 32-bit words and wrap around; their difference is right as
 * long as it is below 2³¹.
 */
export function lead(count: number, other: number): number {
  return (count - other) | 0
}
