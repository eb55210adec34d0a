/** Promises that resolve when a condition holds. Their owner says when to check, and may end them early. */

interface Waiter {
  readonly isMet: () => boolean
  readonly resolve: (isMet: boolean) => void
  readonly reject: (error: Error) => void
}

export class Waiters {
  #waiters: Waiter[] = []

  /** Resolves with true when the condition holds at a check, with false after {@link giveUp}. */
  when(isMet: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => this.#waiters.push({ isMet, resolve, reject }))
  }

  /** @param failure why no condition will be met; all promises then reject */
  check(failure: Error | undefined): void {
    if (this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) {
      if (failure !== undefined) waiter.reject(failure)
      else if (waiter.isMet()) waiter.resolve(true)
      else this.#waiters.push(waiter)
    }
  }

  giveUp(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.resolve(false)
  }
}
