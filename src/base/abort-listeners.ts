/** The abort signals of works: one listener per signal, however many works share it, and none left behind. */

import { throwLater } from './throw-later.js'

export class Signals<W> {
  readonly #works = new Map<AbortSignal, Set<W>>()
  readonly #listeners = new Map<AbortSignal, () => void>()
  readonly #onAbort: (work: W, reason: unknown) => void

  /** @param onAbort called for each work that waits for this signal, in the order of {@link watch} */
  constructor(onAbort: (work: W, reason: unknown) => void) {
    this.#onAbort = onAbort
  }

  /** Calls back if the signal aborts before {@link unwatch}. It must not be aborted already. Throws what the signal throws. */
  watch(signal: AbortSignal, work: W): void {
    const works = this.#works.get(signal)
    if (works !== undefined) {
      works.add(work)
      return
    }
    const listener = (): void => this.#aborted(signal)
    // Without options: Node would read a `signal` among them from a polluted prototype, and not listen. It is taken off anyway.
    signal.addEventListener('abort', listener)
    this.#works.set(signal, new Set([work]))
    this.#listeners.set(signal, listener)
  }

  /** The work no longer cares. */
  unwatch(signal: AbortSignal, work: W): void {
    const works = this.#works.get(signal)
    if (works === undefined || !works.delete(work) || works.size > 0) return
    this.#drop(signal)
  }

  #aborted(signal: AbortSignal): void {
    const works = this.#works.get(signal) ?? []
    this.#drop(signal)
    const reason = reasonOf(signal)
    for (const work of works) this.#onAbort(work, reason)
  }

  #drop(signal: AbortSignal): void {
    const listener = this.#listeners.get(signal)
    this.#works.delete(signal)
    this.#listeners.delete(signal)
    try {
      if (listener !== undefined) signal.removeEventListener('abort', listener)
    } catch (error) {
      // A signal of somebody's own making.
      throwLater(error)
    }
  }
}

/** Why it was aborted; what reading that throws, if it throws. */
export function reasonOf(signal: AbortSignal): unknown {
  try {
    return signal.reason
  } catch (error) {
    return error
  }
}
