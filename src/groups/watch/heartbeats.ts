/** Whether the event loop of each thread turns, and how busy it has been: from looks taken about once a second. Ends nothing. */

/** What is known of one thread's event loop. */
interface Pulse {
  /** How often it had turned when it was last seen to have. */
  beats: number
  /** Clock ms of that. */
  at: number
  isReported: boolean
  /**
   * Average of its utilization, in which a look counts for a sixtieth: one a second makes it that of a minute or so. From 0, so
   * that nobody is judged by his first seconds.
   */
  load: number
}
const LOOKS = 60

export class Heartbeats {
  readonly #patience: number
  readonly #heartbeats = new WeakMap<object, Pulse>()

  /** @param patience ms after which an event loop that does not turn is told of, once */
  constructor(patience: number) {
    this.#patience = patience
  }

  /**
   * A look at a thread.
   *
   * @param beats how often it has said that it turns
   * @param utilization share of the last moment in which it was not idle
   * @returns how busy it has been, and if that is to be told now, for how many ms it has not turned
   */
  take(
    thread: object,
    beats: number,
    utilization: number,
    now: number,
  ): { load: number; stillFor: number | undefined } {
    const pulse = this.#heartbeats.get(thread) ?? { beats, at: now, isReported: false, load: 0 }
    this.#heartbeats.set(thread, pulse)
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
