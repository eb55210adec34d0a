/**
 * Keeps the process alive while the pool has something to do, with one timer. Threads and ports never keep it alive.
 */

import { inRootContext } from './async-context.js'
import { clearInterval, setInterval } from './real-time.js'

/** The longest delay that setInterval accepts. The callback does nothing. */
const RARELY_MS = 2 ** 31 - 1

export class KeepAlive {
  #holds = 0
  readonly #handle = inRootContext(() => setInterval(() => {}, RARELY_MS).unref())

  /** Keeps the process alive until {@link release} has been called as many times as this method. */
  hold(): void {
    if (this.#holds++ === 0) this.#handle.ref()
  }

  release(): void {
    if (--this.#holds === 0) this.#handle.unref()
  }

  /** Keeps the process alive until the promise settles. Returns what the promise resolves to. */
  async during<T>(promise: Promise<T>): Promise<T> {
    this.hold()
    try {
      return await promise
    } finally {
      this.release()
    }
  }

  /** Removes the timer. From here on nothing keeps the process alive. */
  close(): void {
    clearInterval(this.#handle)
  }
}
