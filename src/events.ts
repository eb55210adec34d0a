/** What the pool tells, by name, and how it is told: to each listener in its own context, and no listener can disturb it. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'eventemitter3'
import { textOf } from './lane/suspects.js'
import { misfit, unknownName } from './option-values.js'
import type { Work } from './work.js'
import type { WorkerInfo } from './worker-info.js'
import { throwLater } from './throw-later.js'

/** Why the target of the pool changed. */
export type ScaleReason = 'scale' | 'total' | 'autoScale'

/** Event name and what its listeners get. Without listeners an event costs nothing. */
export interface PoolEvents {
  /** The initial workers are all available. */
  ready: []
  /** The work entered the buffer. */
  queued: [work: Work<unknown>]
  /** The work has its result. Told after its promise is resolved and before reactions run; so are the next two. */
  done: [work: Work<unknown>]
  /** The work failed. With a listener here, a failure that nobody awaits is no `unhandledRejection`. */
  failed: [work: Work<unknown>, error: unknown]
  /** The work was discarded. */
  discarded: [work: Work<unknown>, error: unknown]
  /** A buffer that had been full is at most half full. */
  drain: []
  /** Nothing waits, is queued or runs. */
  idle: []
  /** The target changed. */
  scaled: [change: { readonly from: number; readonly to: number; readonly reason: ScaleReason }]
  /** A worker is available for the first time. */
  workerOnline: [worker: WorkerInfo]
  /** A thread has exited. `error` is the uncaught one that ended it, if one did. */
  workerExit: [worker: WorkerInfo, exitCode: number, error: unknown]
  /**
   * What no work owns: a thread that died idle, a failed `teardown`, an input of `map` that failed as it was closed. With no
   * listener it is a process warning.
   */
  error: [error: unknown]
  /** No thread, port or timer is left. */
  stopped: []
}

type Wrapper = (...payload: unknown[]) => void

/** Called with what the event carries. */
export type PoolListener<E extends keyof PoolEvents> = (...payload: PoolEvents[E]) => void

export class Events {
  readonly #emitter = new EventEmitter<{ [E in keyof PoolEvents]: Wrapper }>()
  /** What the emitter holds on behalf of each listener, in the order of on(). */
  readonly #wrappers = new WeakMap<object, { readonly event: keyof PoolEvents; readonly call: Wrapper }[]>()

  on<E extends keyof PoolEvents>(event: E, listener: PoolListener<E>, once: boolean): void {
    requireEvent(event)
    requireListener(listener)
    // Listeners see the AsyncLocalStorage store of on(), whatever work or message happens to cause the event.
    const inContext = AsyncLocalStorage.snapshot()
    const wrapper = (...payload: unknown[]): void => {
      if (once) this.#drop(event, listener, wrapper)
      try {
        inContext(() => listener(...(payload as PoolEvents[E])))
      } catch (error) {
        throwLater(error)
      }
    }
    this.#wrappers.set(listener, [...(this.#wrappers.get(listener) ?? []), { event, call: wrapper }])
    this.#emitter.on(event, wrapper)
  }

  /** Takes off the listener that was put on last, as often as it is called. */
  off<E extends keyof PoolEvents>(event: E, listener: PoolListener<E>): void {
    requireEvent(event)
    requireListener(listener)
    const wrapper = this.#wrappers.get(listener)?.findLast(other => other.event === event)
    if (wrapper !== undefined) this.#drop(event, listener, wrapper.call)
  }

  /** Whether anybody listens. */
  has(event: keyof PoolEvents): boolean {
    return this.#emitter.listenerCount(event) > 0
  }

  emit<E extends keyof PoolEvents>(event: E, ...payload: PoolEvents[E]): void {
    this.#emitter.emit(event, ...payload)
  }

  /** An error that no work owns: somebody must hear of it. */
  report(error: unknown): void {
    if (this.has('error')) this.emit('error', error)
    else process.emitWarning(warningOf(error))
  }

  #drop(event: keyof PoolEvents, listener: object, wrapper: Wrapper): void {
    const left = this.#wrappers.get(listener)?.filter(other => other.call !== wrapper) ?? []
    this.#wrappers.set(listener, left)
    this.#emitter.off(event, wrapper)
  }
}

/** The names, for those who cannot read the types. */
const EVENTS: Readonly<Record<keyof PoolEvents, true>> = {
  ready: true,
  queued: true,
  done: true,
  failed: true,
  discarded: true,
  drain: true,
  idle: true,
  scaled: true,
  workerOnline: true,
  workerExit: true,
  error: true,
  stopped: true,
}

function requireEvent(event: unknown): void {
  if (typeof event !== 'string' || !Object.hasOwn(EVENTS, event)) throw unknownName('event', event, Object.keys(EVENTS))
}

function requireListener(listener: unknown): void {
  if (typeof listener !== 'function') throw misfit(TypeError, 'listener', 'a function', listener)
}

function warningOf(error: unknown): Error {
  const warning = new Error(
    `a pool of worker threads reported: ${textOf(error)} (listen to its 'error' event to handle this)`,
    {
      cause: error,
    },
  )
  warning.name = 'ThreadcrewWarning'
  return warning
}
