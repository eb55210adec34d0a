/**
 * Runs a function once per turn of the event loop, or in a new turn if too many answers arrive within one. In urgent
 * cases the function runs at once.
 */

import type { Clock } from './clock.js'
import { microtask } from './real-time.js'

/**
 * After this many answers, which take a few milliseconds to read, the event loop gets a turn before more works are
 * sent. While messages keep arriving, Node reads up to 1000 from one port before it looks at anything else. If each
 * message leads to new works, and these to new answers, timers and sockets have to wait (70 ms in a measurement).
 */
const ANSWERS_A_TURN = 2048
/** Up to this many answers, nothing checks whether a new turn has begun, because each check costs a microsecond. */
const ANSWERS_UNWATCHED = 256

export class Turns {
  readonly #clock: Clock
  readonly #run: () => void
  #isScheduled = false
  #isRunning = false
  /** Answers read in this turn of the event loop, and up to {@link ANSWERS_UNWATCHED} from before. */
  #answers = 0
  /** Whether the clock will call back at the next turn. */
  #awaitsTurn = false

  /** @param run the function to run. It is never called while it runs. */
  constructor(clock: Clock, run: () => void) {
    this.#clock = clock
    this.#run = run
  }

  /** Makes the function run when the current code has ended, or at the next turn. */
  schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    if (this.#answers < ANSWERS_A_TURN) microtask(this.#ifScheduled)
    // Otherwise #turned runs it.
  }

  /**
   * Makes the function run now, in place of a run that was scheduled. It is only scheduled while it is running, or if
   * too many answers have arrived.
   */
  runNow(): void {
    if (this.#isRunning || this.#answers >= ANSWERS_A_TURN) this.schedule()
    else this.#due()
  }

  /** `count` answers have been read. */
  answered(count: number): void {
    this.#answers += count
    if (this.#answers <= ANSWERS_UNWATCHED || this.#awaitsTurn) return
    this.#awaitsTurn = true
    this.#clock.nextTurn(this.#turned)
  }

  readonly #turned = (): void => {
    this.#awaitsTurn = false
    this.#answers = 0
    this.#ifScheduled()
  }

  readonly #ifScheduled = (): void => {
    if (this.#isScheduled) this.#due()
  }

  #due(): void {
    this.#isScheduled = false
    this.#isRunning = true
    try {
      this.#run()
    } finally {
      this.#isRunning = false
    }
  }
}
