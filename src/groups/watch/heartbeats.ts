/** Finds out from regular checks whether a thread's event loop responds, and how busy it is. It never ends a thread. */

/** What is known about one thread's event loop. */
interface Pulse {
  /** The count of beats when it last changed. */
  beats: number
  /** Clock ms of that moment. */
  at: number
  isReported: boolean
  /**
   * Moving average of the utilization, in which each check counts for a sixtieth. With one check a second, that is an
   * average over about a minute. It begins at 0, so that the first seconds of a thread carry little weight.
   */
  load: number
}
const LOOKS = 60

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
    const pulse = this.#pulses.get(thread) ?? { beats, at: now, isReported: false, load: 0 }
    this.#pulses.set(thread, pulse)
    pulse.load += (utilization - pulse.load) / LOOKS
    if (pulse.beats !== beats) {
      pulse.beats = beats
      pulse.at = now
      pulse.isReported = false
    }
    const still = now - pulse.at
    if (still < this.#patience || pulse.isReported) return { load: pulse.load, stillFor: undefined }
    pulse.isReported = true
    return { load: pulse.load, stillFor: still }
  }
}
