/**
 * Senders that were left a place and have not been given a job since, because they are computing or do not want the
 * free places. They are passed over for a while, longer each time.
 */

/**
 * Ms for which a sender is passed over: the first time, the maximum, and the factor by which it grows each time. At a
 * constant 4 ms, one sender that never takes a place costs another a fifth of its jobs; with growing times, next to
 * none. The maximum of 500 ms limits how long a sender is ignored that has just stopped computing.
 */
const FIRST_MS = 4
const MOST_MS = 500
const FACTOR = 4

interface Pass {
  /** Jobs that the sender had been given when a place was left to it. */
  readonly given: number
  /** Clock ms. */
  readonly at: number
  readonly ms: number
}

export class PassedOver {
  readonly #passes = new Map<number, Pass>()

  /** A place was left to this sender, which has been given this many jobs so far. */
  add(sender: number, given: number, now: number): void {
    const before = this.#passes.get(sender)
    const ms = before?.given === given ? Math.min(MOST_MS, before.ms * FACTOR) : FIRST_MS
    this.#passes.set(sender, { given, at: now, ms })
  }

  /** Whether to pass over this sender, which has been given this many jobs so far. */
  has(sender: number, given: number, now: number): boolean {
    const pass = this.#passes.get(sender)
    return pass?.given === given && now - pass.at < pass.ms
  }
}
