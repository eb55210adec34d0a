/**
 * Who has how many places where: the part of the shared memory by which senders in any thread agree on the load of each
 * worker, without a message. Knows records by number, and neither threads nor jobs.
 */

// Every word is `tag << 24 | amount`. The tag stands for the generation, which tells which of the threads that have been in a
// record is meant: a late release by somebody who had reserved with a dead one takes nothing from its successor. Tags go from
// 1 to 255 and round again; a release is late by as long as a port takes to say that it is closed.
const AMOUNT_MASK = 0xff_ffff
const TAGS = 255

/** Of each record: places taken, and the sum of what the jobs there weigh. */
const TAKEN = 0
const WEIGHT = 1
const WORDS = 2

/**
 * In front the totals of each record, changed by all senders through compare-and-exchange. Behind them, for each sender, what
 * of these totals is its own: written by that sender alone, and given back by the Watcher when the sender is gone.
 */
export class Reservations {
  /** What another thread needs to make its own view. */
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #records: number

  /** @param shared the buffer of another view; without it there is none yet */
  constructor(records: number, shared?: SharedArrayBuffer) {
    this.#records = records
    // The main thread sends, too.
    this.buffer = shared ?? new SharedArrayBuffer(4 * WORDS * records * (1 + records + 1))
    this.#words = new Int32Array(this.buffer)
  }

  /** Number of the main thread among the senders; a thread's is that of its record. */
  get main(): number {
    return this.#records
  }

  /** Watcher: another thread is about to start in this record. Nothing is reserved with it yet. */
  begin(record: number, generation: number): void {
    for (const own of [TAKEN, WEIGHT]) Atomics.store(this.#words, this.#total(record, own), tagOf(generation) << 24)
  }

  /** Jobs given to the thread of this record that have not ended. A plain read: good for a choice, not for a claim. */
  taken(record: number): number {
    return (this.#words[this.#total(record, TAKEN)] ?? 0) & AMOUNT_MASK
  }

  /** The sum of the weights of these. */
  weight(record: number): number {
    return (this.#words[this.#total(record, WEIGHT)] ?? 0) & AMOUNT_MASK
  }

  /** Sender: takes a place, if fewer than `most` are taken. False if the last one was just taken, or another thread is there. */
  reserve(sender: number, record: number, generation: number, weight: number, most: number): boolean {
    // Its own part first: a sender that ends between the two leaves nothing taken that nobody would give back.
    this.#changeOwn(sender, record, TAKEN, generation, 1)
    const at = this.#total(record, TAKEN)
    for (;;) {
      const before = Atomics.load(this.#words, at)
      if (before >>> 24 !== tagOf(generation) || (before & AMOUNT_MASK) >= most) break
      if (Atomics.compareExchange(this.#words, at, before, before + 1) !== before) continue
      if (weight > 0) {
        this.#changeOwn(sender, record, WEIGHT, generation, weight)
        this.#changeTotal(record, WEIGHT, generation, weight)
      }
      return true
    }
    this.#changeOwn(sender, record, TAKEN, generation, -1)
    return false
  }

  /** Sender: the job has ended, or was taken back. Nothing happens if its thread has been replaced since. */
  release(sender: number, record: number, generation: number, weight: number): void {
    this.#changeTotal(record, TAKEN, generation, -1)
    this.#changeOwn(sender, record, TAKEN, generation, -1)
    if (weight === 0) return
    this.#changeTotal(record, WEIGHT, generation, -weight)
    this.#changeOwn(sender, record, WEIGHT, generation, -weight)
  }

  /** Watcher: the thread of this sender is gone. What it had reserved is free again. */
  abandon(sender: number): void {
    for (let record = 0; record < this.#records; record++) {
      for (const own of [TAKEN, WEIGHT]) {
        const at = this.#own(sender, record, own)
        const left = this.#words[at] ?? 0
        this.#words[at] = 0
        // A tag is the generation of that number, as far as tags go.
        if ((left & AMOUNT_MASK) > 0) this.#changeTotal(record, own, left >>> 24, -(left & AMOUNT_MASK))
      }
    }
  }

  #changeTotal(record: number, own: number, generation: number, by: number): void {
    const at = this.#total(record, own)
    for (;;) {
      const before = Atomics.load(this.#words, at)
      if (before >>> 24 !== tagOf(generation)) return
      const after = (tagOf(generation) << 24) | within((before & AMOUNT_MASK) + by)
      if (Atomics.compareExchange(this.#words, at, before, after) === before) return
    }
  }

  #changeOwn(sender: number, record: number, own: number, generation: number, by: number): void {
    const at = this.#own(sender, record, own)
    const before = this.#words[at] ?? 0
    const isOfOther = before >>> 24 !== tagOf(generation)
    // A late release: what this sender has with the successor stays.
    if (isOfOther && by < 0) return
    const had = isOfOther ? 0 : before & AMOUNT_MASK
    this.#words[at] = (tagOf(generation) << 24) | within(had + by)
  }

  #total(record: number, own: number): number {
    return WORDS * record + own
  }

  #own(sender: number, record: number, own: number): number {
    return WORDS * ((1 + sender) * this.#records + record) + own
  }
}

/** A sum that is too large to be told stays as large as can be told: it is a figure to choose by. */
function within(amount: number): number {
  return Math.min(AMOUNT_MASK, Math.max(0, amount))
}

function tagOf(generation: number): number {
  return ((generation - 1) % TAGS) + 1
}
