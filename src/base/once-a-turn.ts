/** When the pump runs: once for all that one turn brings, and in a new turn of the event loop where one brings too much. */

import type { Clock } from './clock.js'

/**
 * Answers after which the event loop gets its turn before more works are sent. Node reads up to 1000 messages of a port
 * without looking at anything else, as long as they come: with each bringing forth new works and these new answers, timers
 * and sockets have been seen to wait for 70 ms. So many take some milliseconds.
 */
const ANSWERS_A_TURN = 2048
/** From so many on we look whether it has its turn anyway: asking at each answer would cost a microsecond. */
const ANSWERS_UNWATCHED = 256

export class Turns {
  readonly #clock: Clock
  readonly #run: () => void
  #isScheduled = false
  /** Answers read in this turn of the event loop, and some from before. */
  #answers = 0
  /** We are to be told of the next turn. */
  #awaitsTurn = false

  /** @param run what is to be run; called with nothing of ours on the stack */
  constructor(clock: Clock, run: () => void) {
    this.#clock = clock
    this.#run = run
  }

  /** Sees to a run when the code that runs now has ended, or with the next turn. */
  schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    if (this.#answers < ANSWERS_A_TURN) queueMicrotask(this.#due)
    // Else the turn that was asked for does it.
  }

  /** So many answers have been read. */
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
