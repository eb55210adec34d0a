/**
 * Listens to abort signals. Each signal gets one listener, however many works share it. The listener is removed with
 * the last of these works.
 */

import { throwLater } from './throw-later.js'

export class Signals<W> {
  readonly #works = new Map<AbortSignal, Set<W>>()
  readonly #listeners = new Map<AbortSignal, () => void>()
  readonly #onAbort: (work: W, reason: unknown) => void

  /** @param onAbort called for each work whose signal aborts, in the order of {@link watch} */
  constructor(onAbort: (work: W, reason: unknown) => void) {
    this.#onAbort = onAbort
  }

  /**
   * Calls back if the signal aborts before {@link unwatch}. The signal must not be aborted yet. Throws what the
   * signal's methods throw.
   */
  watch(signal: AbortSignal, work: W): void {
    const works = this.#works.get(signal)
    if (works !== undefined) {
      works.add(work)
      return
    }
    const listener = (): void => this.#aborted(signal)
    // Without `once`: Node would read the options from a polluted prototype as well, where a `signal` could stop it
    // from listening. #drop removes the listener anyway.
    signal.addEventListener('abort', listener)
    this.#works.set(signal, new Set([work]))
    this.#listeners.set(signal, listener)
  }

  /** The work no longer needs its signal. */
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
      // The signal is not Node's own, and its method throws.
      throwLater(error)
    }
  }
}

/** The reason of an aborted signal, or the error if reading the reason throws. */
export function reasonOf(signal: AbortSignal): unknown {
  try {
    return signal.reason
  } catch (error) {
    return error
  }
}
