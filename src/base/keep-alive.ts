/**
 * Keeps the process alive while the pool has something to do, with one timer. Threads and ports never keep it alive.
 */

// Imported, not global: test tools replace the globals, and their timers do not keep the process alive.
import { clearInterval, setInterval } from 'node:timers'
import { inRootContext } from './async-context.js'

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
