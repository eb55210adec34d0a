/**
 * Finds out from regular checks whether a thread's event loop responds, and how busy it is. It counts only time in which
 * the checks themselves took place. It never ends a thread.
 */

/** What is known about one thread's event loop. */
interface Pulse {
  /** The count of beats at the last check. */
  beats: number
  /** Clock ms of the last check. */
  checkedAt: number
  /** Ms without a beat. */
  still: number
  isReported: boolean
  /**
   * Moving average of the utilization, in which each check counts for a sixtieth. With one check a second, that is an
   * average over about a minute. It begins at 0, so that the first seconds of a thread carry little weight.
   */
  load: number
}
const LOOKS = 60

/** Ms between two checks. */
export const CHECK_MS = 1000
/**
 * A check that comes later than this after the one before was held up: the event loop of the main thread was blocked, or
 * the whole process was suspended, and then the other thread could not beat either.
 */
const LATE_MS = 1.5 * CHECK_MS

export class Heartbeats {
  readonly #patience: number
  readonly #pulses = new WeakMap<object, Pulse>()

  /** @param patience ms without a beat after which a thread is reported, once */
  constructor(patience: number) {
    this.#patience = patience
  }

  /**
   * Checks a thread.
   *
   * @param beats the thread's own count of its heartbeats
   * @param utilization share of the last quarter of a second in which the event loop was not idle
   * @returns the average utilization; and the ms without a beat, if they should be reported now
   */
  take(
    thread: object,
    beats: number,
    utilization: number,
    now: number,
  ): { load: number; stillFor: number | undefined } {
    const pulse = this.#pulses.get(thread) ?? { beats, checkedAt: now, still: 0, isReported: false, load: 0 }
    this.#pulses.set(thread, pulse)
    const sinceLast = now - pulse.checkedAt
    pulse.checkedAt = now
    pulse.load += (utilization - pulse.load) / LOOKS
    if (pulse.beats !== beats) {
      pulse.beats = beats
      pulse.still = 0
      pulse.isReported = false
    } else {
      pulse.still += Math.min(sinceLast, CHECK_MS)
    }
    // After a late check, the thread gets until the next one to beat.
    const judged = sinceLast > LATE_MS ? pulse.still - CHECK_MS : pulse.still
    if (judged < this.#patience || pulse.isReported) return { load: pulse.load, stillFor: undefined }
    pulse.isReported = true
    return { load: pulse.load, stillFor: pulse.still }
  }
}
