/**
 * Emits events: each listener runs in its own context, and none can disturb the pool. It does not know which events
 * exist.
 */

import { EventEmitter } from 'eventemitter3'
import { AsyncLocalStorage } from 'node:async_hooks'
import { isError, misfit, textOf, unknownName } from '../errors/words.js'
import { throwLater } from './throw-later.js'

/** Event names, and what their listeners get. `error` gets every error that no other event or promise reports. */
export type EventMap<E> = { readonly [K in keyof E]: unknown[] } & { readonly error: [error: unknown] }

type Wrapper = (...payload: unknown[]) => void

/** Called with the payload of the event. */
export type Listener<E extends EventMap<E>, K extends keyof E> = (...payload: E[K]) => void

export class Emitter<E extends EventMap<E>> {
  readonly #names: Readonly<Record<keyof E & string, true>>
  readonly #emitter = new EventEmitter<string>()
  /** The wrappers that the emitter holds for each listener, in the order of on(). */
  readonly #wrappers = new WeakMap<object, { readonly event: string; readonly call: Wrapper }[]>()

  /** @param names all event names, to check names that the compiler did not check */
  constructor(names: Readonly<Record<keyof E & string, true>>) {
    this.#names = names
  }

  on<K extends keyof E & string>(event: K, listener: Listener<E, K>, once: boolean): void {
    this.#require(event, listener)
    // A listener sees the AsyncLocalStorage store of its on() call, whichever work or message causes the event.
    const inContext = AsyncLocalStorage.snapshot()
    const wrapper = (...payload: unknown[]): void => {
      if (once) this.#drop(event, listener, wrapper)
      try {
        inContext(() => listener(...(payload as E[K])))
      } catch (error) {
        throwLater(error)
      }
    }
    this.#wrappers.set(listener, [...(this.#wrappers.get(listener) ?? []), { event, call: wrapper }])
    this.#emitter.on(event, wrapper)
  }

  /** Removes the listener. If it was added several times, removes the one added last. */
  off<K extends keyof E & string>(event: K, listener: Listener<E, K>): void {
    this.#require(event, listener)
    const wrapper = this.#wrappers.get(listener)?.findLast(other => other.event === event)
    if (wrapper !== undefined) this.#drop(event, listener, wrapper.call)
  }

  /** Whether the event has a listener. */
  has(event: keyof E & string): boolean {
    return this.#emitter.listenerCount(event) > 0
  }

  emit<K extends keyof E & string>(event: K, ...payload: E[K]): void {
    this.#emitter.emit(event, ...payload)
  }

  /** Emits `error`; without a listener, prints a warning, so that no error is lost. */
  report(error: unknown): void {
    if (this.has('error')) this.#emitter.emit('error', error)
    else warn(error)
  }

  #require(event: unknown, listener: unknown): void {
    if (typeof event !== 'string' || !Object.hasOwn(this.#names, event))
      throw unknownName('event', event, Object.keys(this.#names))
    if (typeof listener !== 'function') throw misfit(TypeError, 'listener', 'a function', listener)
  }

  #drop(event: string, listener: object, wrapper: Wrapper): void {
    const left = this.#wrappers.get(listener)?.filter(other => other.call !== wrapper) ?? []
    this.#wrappers.set(listener, left)
    this.#emitter.off(event, wrapper)
  }
}

/** Prints the error as a process warning, whose `cause` is the error. */
function warn(error: unknown): void {
  const message = `a pool of worker threads reported: ${textOf(error)} (listen to its 'error' event to handle this)`
  const warning = new Error(message, { cause: error })
  warning.name = 'ThreadcrewWarning'
  try {
    process.emitWarning(warning)
  } catch {
    // Node accepts no error of another realm, and in jest all errors are. As text the warning is printed everywhere.
    process.emitWarning(message, { type: warning.name, ...detailOf(error) })
  }
}

function detailOf(error: unknown): { detail?: string } {
  try {
    return isError(error) && typeof error.stack === 'string' ? { detail: error.stack } : {}
  } catch {
    return {} // its stack is a getter that throws
  }
}
