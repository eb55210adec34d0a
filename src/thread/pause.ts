/**
 * Waits for a promise while nothing else can begin, without making finished answers wait for it as well. It knows
 * nothing about lanes or works.
 */

// Taken before any task runs: a task that replaces it must not stop its own runner.
const soon = process.nextTick

export class Pause {
  readonly #flush: () => void
  #isWaiting = false
  #tickIsDue = false

  /** @param flush posts the answers in hand */
  constructor(flush: () => void) {
    this.#flush = flush
  }

  /**
   * Waits for the promise. The answers in hand are posted meanwhile, unless the promise needs nothing but microtasks.
   */
  async until(promise: unknown): Promise<unknown> {
    this.#isWaiting = true
    // A tick comes when all microtasks have run, and before the event loop continues.
    if (!this.#tickIsDue) soon(this.#afterMicrotasks)
    this.#tickIsDue = true
    try {
      return await promise
    } finally {
      this.#isWaiting = false
    }
  }

  readonly #afterMicrotasks = (): void => {
    this.#tickIsDue = false
    if (this.#isWaiting) this.#flush()
  }
}
