/**
 * What each sender says of itself to those that wait for places in the same group: the part of the shared memory by which they
 * come by their shares without a message. Knows senders by number, and neither threads nor jobs.
 */

// Of each sender and group: words of 32 bits, written by that sender, and by the Watcher once it is gone.
/** Whether jobs for the group wait in it. */
const WAITS = 0
/** Places that it has there. */
const HELD = 1
/** Jobs that it has given to it; runs over. */
const GIVEN = 2
const WORDS = 3

/** How a sender gets on with a group. */
export interface Share {
  readonly held: number
  readonly given: number
}

export class Shares {
  /** What another thread needs to make its own view. */
  readonly buffer: SharedArrayBuffer
  /** How many senders there can be. */
  readonly senders: number
  readonly #words: Int32Array
  readonly #groups: number

  /** @param shared the buffer of another view; without it there is none yet */
  constructor(groups: number, senders: number, shared?: SharedArrayBuffer) {
    this.senders = senders
    this.#groups = groups
    this.buffer = shared ?? new SharedArrayBuffer(4 * WORDS * groups * senders)
    this.#words = new Int32Array(this.buffer)
  }

  /** Sender: jobs for this group wait in it, or no longer do. */
  setWaits(sender: number, group: number, waits: boolean): void {
    this.#words[this.#at(sender, group) + WAITS] = Number(waits)
  }

  waits(sender: number, group: number): boolean {
    return this.#words[this.#at(sender, group) + WAITS] === 1
  }

  /** Sender: how it gets on. */
  set(sender: number, group: number, held: number, given: number): void {
    const at = this.#at(sender, group)
    this.#words[at + HELD] = held
    this.#words[at + GIVEN] = given
  }

  get(sender: number, group: number): Share {
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
