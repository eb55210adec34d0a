/** What keeps the process alive while the pool has something to do. Threads and ports never do: this one handle does. */

// Imported, not global: test tools replace the globals, and a stand-in does not hold the process.
import { clearInterval, setInterval } from 'node:timers'
import { inRootContext } from './async-context.js'

/** The longest that setInterval can do; its callback does nothing. */
const RARELY_MS = 2 ** 31 - 1

export class KeepAlive {
  #holds = 0
  readonly #handle = inRootContext(() => setInterval(() => {}, RARELY_MS).unref())

  /** Until as many {@link release} calls, the process stays. */
  hold(): void {
    if (this.#holds++ === 0) this.#handle.ref()
  }

  release(): void {
    if (--this.#holds === 0) this.#handle.unref()
  }

  /** Holds until the promise settles, and passes it on. */
  async during<T>(promise: Promise<T>): Promise<T> {
    this.hold()
    try {
      return await promise
    } finally {
      this.release()
    }
  }

  /** Frees the handle; nothing holds from here on. */
  close(): void {
    clearInterval(this.#handle)
  }
}
