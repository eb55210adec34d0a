/**
 * How many places are taken with each thread, and by which senders. The senders, in any thread, agree on that through
 * shared memory, without messages. Records and senders are numbers here. The README of groups/jobs has the protocol, an
 * example, and the reason why it is correct.
 */

// A word is a tag in the upper 8 bits and an amount in the lower 24. The tag stands for the generation: it says which
// of the threads that were started in a record is meant. A change whose tag differs from that of the word comes too
// late and has no effect. Tags wrap around after 255 generations, but a release is late by no more than the time that a
// port takes to report that it is closed. A word that was never written has tag 0.
const TAG_SHIFT = 24
const MOST_AMOUNT = 0xff_ffff
const TAGS = 255

/** The two words of each record: places taken, and the sum of the weights of the jobs in them. */
const TAKEN = 0
const WEIGHT = 1
const WORDS = 2
type Field = typeof TAKEN | typeof WEIGHT

/**
 * First come the totals of each record, which all senders change by compare-and-exchange. After them come, for each
 * sender, its own parts of these totals. Only that sender writes them, and the Watcher gives them back when the sender
 * is gone.
 */
export class Reservations {
  /** What another thread needs to make its own view. */
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #records: number

  /** @param shared the buffer of another view; without it, a new one is made */
  constructor(records: number, shared?: SharedArrayBuffer) {
    this.#records = records
    // One sender for each record, plus the main thread.
    this.buffer = shared ?? new SharedArrayBuffer(4 * WORDS * records * (1 + records + 1))
    this.#words = new Int32Array(this.buffer)
  }

  /** Number of the main thread among the senders; that of a thread is the number of its record. */
  get main(): number {
    return this.#records
  }

  /** Watcher: another thread is about to start in this record. All its places are free. */
  begin(record: number, generation: number): void {
    const empty = tagOf(generation) << TAG_SHIFT
    Atomics.store(this.#words, this.#total(record, TAKEN), empty)
    Atomics.store(this.#words, this.#total(record, WEIGHT), empty)
  }

  /**
   * Places taken with the thread of this record. A plain read, which is good enough for choosing a worker but not for
   * claiming a place.
   */
  taken(record: number): number {
    return amountIn(this.#words[this.#total(record, TAKEN)] ?? 0)
  }

  /** The sum of the weights of the jobs in these places. Also a plain read. */
  weight(record: number): number {
    return amountIn(this.#words[this.#total(record, WEIGHT)] ?? 0)
  }

  /** Sender: takes a place if fewer than `most` are taken. False if none is left, or if the thread was replaced. */
  reserve(sender: number, record: number, generation: number, weight: number, most: number): boolean {
    const tag = tagOf(generation)
    // The sender's own part is changed first. If its thread is ended in between, one place too few counts as taken
    // until that worker next has no jobs. In the other order, a place would stay taken and never be given back.
    this.#changeOwn(sender, record, TAKEN, tag, 1)
    const at = this.#total(record, TAKEN)
    for (;;) {
      const before = Atomics.load(this.#words, at)
      if (tagIn(before) !== tag || amountIn(before) >= most) break
      if (Atomics.compareExchange(this.#words, at, before, before + 1) !== before) continue
      if (weight > 0) {
        this.#changeOwn(sender, record, WEIGHT, tag, weight)
        this.#changeTotal(record, WEIGHT, tag, weight)
      }
      return true
    }
    this.#changeOwn(sender, record, TAKEN, tag, -1)
    return false
  }

  /** Sender: gives a place back. Has no effect if the thread has been replaced since. */
  release(sender: number, record: number, generation: number, weight: number): void {
    const tag = tagOf(generation)
    this.#changeTotal(record, TAKEN, tag, -1)
    this.#changeOwn(sender, record, TAKEN, tag, -1)
    if (weight === 0) return
    this.#changeTotal(record, WEIGHT, tag, -weight)
    this.#changeOwn(sender, record, WEIGHT, tag, -weight)
  }

  /** Watcher: the thread of this sender is gone. The places that it had taken are free again. */
  abandon(sender: number): void {
    for (let record = 0; record < this.#records; record++) {
      for (const field of [TAKEN, WEIGHT] as const) {
        const at = this.#own(sender, record, field)
        const own = this.#words[at] ?? 0
        this.#words[at] = 0
        if (amountIn(own) > 0) this.#changeTotal(record, field, tagIn(own), -amountIn(own))
      }
    }
  }

  #changeTotal(record: number, field: Field, tag: number, by: number): void {
    const at = this.#total(record, field)
    for (;;) {
      const before = Atomics.load(this.#words, at)
      if (tagIn(before) !== tag) return
      const after = wordOf(tag, amountIn(before) + by)
      if (Atomics.compareExchange(this.#words, at, before, after) === before) return
    }
  }

  #changeOwn(sender: number, record: number, field: Field, tag: number, by: number): void {
    const at = this.#own(sender, record, field)
    const before = this.#words[at] ?? 0
    if (tagIn(before) === tag) this.#words[at] = wordOf(tag, amountIn(before) + by)
    // The first place with this thread; what is left from its predecessor no longer counts.
    else if (by > 0) this.#words[at] = wordOf(tag, by)
    // Otherwise this is a late release: the places that this sender has with the successor stay.
  }

  #total(record: number, field: Field): number {
    return WORDS * record + field
  }

  #own(sender: number, record: number, field: Field): number {
    return WORDS * ((1 + sender) * this.#records + record) + field
  }
}

function tagOf(generation: number): number {
  return ((generation - 1) % TAGS) + 1
}

/** The shift is unsigned, because a word with a tag from 128 on is negative. */
function tagIn(word: number): number {
  return word >>> TAG_SHIFT
}

function amountIn(word: number): number {
  return word & MOST_AMOUNT
}

/** A sum of weights that does not fit stays at the largest amount, which is good enough for choosing a worker. */
function wordOf(tag: number, amount: number): number {
  return (tag << TAG_SHIFT) | Math.min(MOST_AMOUNT, Math.max(0, amount))
}
