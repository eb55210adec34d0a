/** Runs a function once per turn of the event loop, or in a new turn if too many answers arrive within one. */

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
  /** Answers read in this turn of the event loop, and up to {@link ANSWERS_UNWATCHED} from before. */
  #answers = 0
  /** Whether the clock will call back at the next turn. */
  #awaitsTurn = false

  /** @param run the function to run; called when no code of the pool is on the stack */
  constructor(clock: Clock, run: () => void) {
    this.#clock = clock
    this.#run = run
  }

  /** Makes the function run when the current code has ended, or at the next turn. */
  schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    if (this.#answers < ANSWERS_A_TURN) microtask(this.#due)
    // Otherwise #turned runs it.
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
    if (this.#isScheduled) this.#due()
  }

  readonly #due = (): void => {
    this.#isScheduled = false
    this.#run()
  }
}
