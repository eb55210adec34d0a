/**
 * The shared memory of one lane: who may run which work, since when, and small answers that survive their thread. Both
 * sides hold a view of it; it knows nothing of ports, threads or works.
 */

/** Slots of a lane, so works it can hold at once: a millisecond of the shortest works, "a few hundred". */
export const SLOTS = 512

/** Works that may run on a lane at a time: the other half of its slots is for those whose answers have not been read. */
export const MOST_CONCURRENCY = SLOTS / 2

/**
 * A claim word is `ticket << 2 | state`, and 0 where the slot is FREE. Each offer has a ticket of its own, counted by the lane.
 *
 *     FREE -> OFFERED              sender: the work is in the batch about to be posted
 *     OFFERED -> STARTED -> DONE   thread: takes it right before the call, marks its end
 *     OFFERED -> REVOKED           sender: takes it back; the slot counts as free at once
 *     DONE, REVOKED -> FREE        sender only, on reading the answer
 *
 * Exactly one of STARTED and REVOKED wins, because both are a compare-and-exchange from the same word. The ticket must be
 * part of what is compared, and be the offer's and not the work's: the entry of a work that was taken back still lies in the
 * thread's port when its slot serves another, or the same work once more, which must not start before its turn.
 */
export const OFFERED = 0
export const STARTED = 1
export const DONE = 2
export const REVOKED = 3
export type ClaimState = typeof OFFERED | typeof STARTED | typeof DONE | typeof REVOKED

const FREE_WORD = 0
/** Tickets fit beside the state in 32 bits. They repeat after 10^9 offers, when no entry that old can be in the port. */
const NUMBER_MASK = 0x3fff_ffff

// How a small answer is kept. TEXT + n is a string of n UTF-16 units.
const NOT_KEPT = 0
const UNDEFINED = 1
const NULL = 2
const FALSE = 3
const TRUE = 4
const NUMBER = 5
const BIGINT = 6
const TEXT = 16
/** Longest string kept in shared memory, in UTF-16 units: an id, a hash in hex without its tail, a short message. */
const TEXT_UNITS = 32
const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n

const FLOAT_BYTES = 8 * SLOTS
const WORD_BYTES = 4 * SLOTS
const TEXT_BYTES = 2 * TEXT_UNITS * SLOTS
const TOTAL_BYTES = 3 * FLOAT_BYTES + 8 + 2 * WORD_BYTES + TEXT_BYTES + SLOTS

export class Claims {
  /** What the other side needs to make its own view. */
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

  /** Sender: true if the work will never start here. */
  revoke(slot: number, ticket: number): boolean {
    const offered = wordOf(ticket, OFFERED)
    return Atomics.compareExchange(this.#words, slot, offered, wordOf(ticket, REVOKED)) === offered
  }

  /** Sender: the answer was read, the slot may serve another work. */
  free(slot: number): void {
    Atomics.store(this.#words, slot, FREE_WORD)
  }

  /** Either side: how far the work in this slot has come; undefined where the slot holds another work, or none. */
  state(slot: number, ticket: number): ClaimState | undefined {
    const word = Atomics.load(this.#words, slot)
    if (((word ^ wordOf(ticket, 0)) & ~3) !== 0) return undefined
    return (word & 3) as ClaimState
  }

  /**
   * Thread: takes the work, right before the call. False if the sender took it back.
   * The time is written first, so that whoever sees STARTED sees it too; where the claim fails the next start overwrites it.
   */
  start(slot: number, ticket: number, now: number): boolean {
    this.#started[slot] = now
    const offered = wordOf(ticket, OFFERED)
    return Atomics.compareExchange(this.#words, slot, offered, wordOf(ticket, STARTED)) === offered
  }

  /** Thread: the function has ended. A small answer was kept before, so that DONE vouches for it. */
  finish(slot: number, ticket: number, now: number): void {
    this.#ended[slot] = now
    Atomics.store(this.#words, slot, wordOf(ticket, DONE))
  }

  /** Thread: a function has been called, and nothing else can begin before it returns or waits. */
  enterCall(now: number): void {
    this.#calledSince[0] = now
  }

  /** Thread: it has returned, or waits. */
  leaveCall(): void {
    this.#calledSince[0] = 0
  }

  /** Sender: clock ms since when the thread has been in a call; 0 where it is in none, or runs one work at a time. */
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

  /** Sender: asks the work in this slot to end. Whoever sees the request finds its message in the port. */
  requestAbort(slot: number, ticket: number): void {
    Atomics.store(this.#aborts, slot, numberOf(ticket))
  }

  /** Thread: whether the sender has asked this very work to end. */
  abortRequested(slot: number, ticket: number): boolean {
    return Atomics.load(this.#aborts, slot) === numberOf(ticket)
  }

  /** Thread: keeps a small answer beside its claim word until it is posted. False if the value is not small. */
  keep(slot: number, value: unknown): boolean {
    const kind = this.#write(slot, value)
    this.#kinds[slot] = kind
    return kind !== NOT_KEPT
  }

  /** Thread: what ended is not a small answer, or it is an error. */
  keepNothing(slot: number): void {
    this.#kinds[slot] = NOT_KEPT
  }

  /** Sender: whether the DONE work in this slot left its answer here. */
  isKept(slot: number): boolean {
    return this.#kinds[slot] !== NOT_KEPT
  }

  /** Sender: the small answer of the DONE work in this slot. */
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
  // Tickets pass 2^31, where `&` alone would take the wrong bits; 0 is kept for "none".
  return (ticket % NUMBER_MASK) + 1
}

function wordOf(ticket: number, state: ClaimState): number {
  return (numberOf(ticket) << 2) | state
}
