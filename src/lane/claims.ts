/**
 * The shared memory of one lane: which side has which work, when works began and ended, and small answers that survive
 * their thread. Both sides hold a view of it. It knows nothing about ports, threads or works.
 */

/** Number of slots of a lane, and so of the works it can hold: enough to fill a millisecond with the shortest works. */
export const SLOTS = 512

/**
 * How many works may run on a lane at a time. The other half of the slots is for works whose answers have not been
 * read.
 */
export const MOST_CONCURRENCY = SLOTS / 2

/**
 * A claim word is `ticket << 2 | state`, or 0 if the slot is FREE. The ticket is the number of the offer, counted by
 * the lane.
 *
 *     FREE -> OFFERED              sender: the work is in the batch that is posted next
 *     OFFERED -> STARTED -> DONE   thread: claims the work right before the call, and marks its end
 *     OFFERED -> REVOKED           sender: takes the work back; the slot may be used again at once
 *     DONE -> FREE                 sender: has read the answer
 *     OFFERED -> FREE              sender: the work could not be posted
 *     REVOKED -> OFFERED           sender: the slot is used again
 *
 * Exactly one of STARTED and REVOKED wins, because both are compare-and-exchange from the same word. The README says
 * why the ticket must be part of the word.
 */
export const OFFERED = 0
export const STARTED = 1
export const DONE = 2
export const REVOKED = 3
export type ClaimState = typeof OFFERED | typeof STARTED | typeof DONE | typeof REVOKED

const FREE_WORD = 0
/**
 * A ticket and a state fit in 32 bits. Tickets repeat after 10^9 offers; by then no entry that old can still be in the
 * port.
 */
const NUMBER_MASK = 0x3fff_ffff

// What kind of small answer a slot keeps. TEXT + n is a string of n UTF-16 units.
const NOT_KEPT = 0
const UNDEFINED = 1
const NULL = 2
const FALSE = 3
const TRUE = 4
const NUMBER = 5
const BIGINT = 6
/** None: the result travels in the message whose number stands here. */
const POSTED = 7
const TEXT = 16
/** The longest string that is kept, in UTF-16 units: enough for an id, a short hash in hex, a short message. */
const TEXT_UNITS = 32
const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n

const FLOAT_BYTES = 8 * SLOTS
const WORD_BYTES = 4 * SLOTS
const TEXT_BYTES = 2 * TEXT_UNITS * SLOTS
const TOTAL_BYTES = 3 * FLOAT_BYTES + 8 + 2 * WORD_BYTES + TEXT_BYTES + SLOTS

export class Claims {
  /** The memory itself, from which the other side makes its own view. */
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #aborts: Int32Array
  readonly #started: Float64Array
  readonly #ended: Float64Array
  readonly #calledSince: Float64Array
  readonly #values: Float64Array
  readonly #bigints: BigInt64Array
  readonly #texts: Uint16Array
  readonly #kinds: Uint8Array

  constructor(buffer = new SharedArrayBuffer(TOTAL_BYTES)) {
    this.buffer = buffer
    let at = 0
    const take = (bytes: number): number => (at += bytes) - bytes
    this.#started = new Float64Array(buffer, take(FLOAT_BYTES), SLOTS)
    this.#ended = new Float64Array(buffer, take(FLOAT_BYTES), SLOTS)
    this.#values = new Float64Array(buffer, take(FLOAT_BYTES), SLOTS)
    this.#bigints = new BigInt64Array(buffer, this.#values.byteOffset, SLOTS)
    this.#calledSince = new Float64Array(buffer, take(8), 1)
    this.#words = new Int32Array(buffer, take(WORD_BYTES), SLOTS)
    this.#aborts = new Int32Array(buffer, take(WORD_BYTES), SLOTS)
    this.#texts = new Uint16Array(buffer, take(TEXT_BYTES), TEXT_UNITS * SLOTS)
    this.#kinds = new Uint8Array(buffer, take(SLOTS), SLOTS)
  }

  /** Sender: the slot now belongs to this work. */
  offer(slot: number, ticket: number): void {
    Atomics.store(this.#words, slot, wordOf(ticket, OFFERED))
  }

  /** Sender: takes the work back. True if it will never start here. */
  revoke(slot: number, ticket: number): boolean {
    const offered = wordOf(ticket, OFFERED)
    return Atomics.compareExchange(this.#words, slot, offered, wordOf(ticket, REVOKED)) === offered
  }

  /** Sender: the answer was read, the slot may serve another work. */
  free(slot: number): void {
    Atomics.store(this.#words, slot, FREE_WORD)
  }

  /** Either side: how far the work in this slot has come; undefined if the slot holds another work, or none. */
  state(slot: number, ticket: number): ClaimState | undefined {
    const word = Atomics.load(this.#words, slot)
    if (((word ^ wordOf(ticket, 0)) & ~3) !== 0) return undefined
    return (word & 3) as ClaimState
  }

  /**
   * Thread: claims the work, right before the call. False if the sender took it back. The time is written first, so
   * that it is there once STARTED can be seen; if the claim fails, the next start in this slot overwrites it.
   */
  start(slot: number, ticket: number, now: number): boolean {
    this.#started[slot] = now
    const offered = wordOf(ticket, OFFERED)
    return Atomics.compareExchange(this.#words, slot, offered, wordOf(ticket, STARTED)) === offered
  }

  /**
   * Thread: the function has ended. Call this after {@link keep}, so that a kept answer is there once DONE can be seen.
   */
  finish(slot: number, ticket: number, now: number): void {
    this.#ended[slot] = now
    Atomics.store(this.#words, slot, wordOf(ticket, DONE))
  }

  /** Thread: a function is being called. Nothing else can begin before it returns or waits. */
  enterCall(now: number): void {
    this.#calledSince[0] = now
  }

  /** Thread: the function has returned, or waits. */
  leaveCall(): void {
    this.#calledSince[0] = 0
  }

  /**
   * Sender: Clock ms at which the thread entered the call it is in; 0 if it is in none, or if it runs one work at a
   * time.
   */
  get calledSince(): number {
    return this.#calledSince[0] ?? 0
  }

  /** Clock ms at which the function began; meaningful once the state is STARTED or DONE. */
  startedAt(slot: number): number {
    return this.#started[slot] ?? 0
  }

  /** Clock ms at which the function ended; meaningful once the state is DONE. */
  endedAt(slot: number): number {
    return this.#ended[slot] ?? 0
  }

  /** Sender: asks the work in this slot to end. Call this after posting the message that says why. */
  requestAbort(slot: number, ticket: number): void {
    Atomics.store(this.#aborts, slot, numberOf(ticket))
  }

  /** Thread: whether the sender has asked this work, not an earlier one in its slot, to end. */
  abortRequested(slot: number, ticket: number): boolean {
    return Atomics.load(this.#aborts, slot) === numberOf(ticket)
  }

  /** Thread: keeps a small answer beside its claim word until it is posted. False if the value is not small. */
  keep(slot: number, value: unknown): boolean {
    const kind = this.#write(slot, value)
    this.#kinds[slot] = kind
    return kind !== NOT_KEPT
  }

  /** Thread: the work threw, or its result was refused, so there is no answer to keep. */
  keepNothing(slot: number): void {
    this.#kinds[slot] = NOT_KEPT
  }

  /** Thread: the result will be in this message alone. Call this before it is posted. */
  posting(slot: number, message: number): void {
    this.#values[slot] = message
    this.#kinds[slot] = POSTED
  }

  /** Sender: whether the result of the DONE work in this slot is in this message. */
  isPostedIn(slot: number, message: number): boolean {
    return this.#kinds[slot] === POSTED && this.#values[slot] === message
  }

  /** Sender: whether the answer of the DONE work in this slot is kept here. */
  isKept(slot: number): boolean {
    // Read once: the thread may refuse a result that it was about to post.
    const kind = this.#kinds[slot]
    return kind !== NOT_KEPT && kind !== POSTED
  }

  /** Sender: the kept answer of the DONE work in this slot. */
  kept(slot: number): unknown {
    const kind = this.#kinds[slot] ?? NOT_KEPT
    switch (kind) {
      case NULL:
        return null
      case FALSE:
        return false
      case TRUE:
        return true
      case NUMBER:
        return this.#values[slot]
      case BIGINT:
        return this.#bigints[slot]
      default:
        return kind < TEXT ? undefined : this.#readText(slot, kind - TEXT)
    }
  }

  #write(slot: number, value: unknown): number {
    switch (typeof value) {
      case 'undefined':
        return UNDEFINED
      case 'boolean':
        return value ? TRUE : FALSE
      case 'number':
        this.#values[slot] = value
        return NUMBER
      case 'bigint':
        if (value < MIN_INT64 || value > MAX_INT64) return NOT_KEPT
        this.#bigints[slot] = value
        return BIGINT
      case 'string': {
        if (value.length > TEXT_UNITS) return NOT_KEPT
        const at = slot * TEXT_UNITS
        for (let i = 0; i < value.length; i++) this.#texts[at + i] = value.charCodeAt(i)
        return TEXT + value.length
      }
      default:
        return value === null ? NULL : NOT_KEPT
    }
  }

  #readText(slot: number, length: number): string {
    const at = slot * TEXT_UNITS
    return String.fromCharCode(...this.#texts.subarray(at, at + length))
  }
}

function numberOf(ticket: number): number {
  // Not `&`, which would take the wrong bits of tickets above 2^31. Plus 1, because 0 means "none".
  return (ticket % NUMBER_MASK) + 1
}

function wordOf(ticket: number, state: ClaimState): number {
  return (numberOf(ticket) << 2) | state
}
