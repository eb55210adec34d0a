/**
 * The AbortSignal that a task sees: an ordinary signal that also looks into shared memory when it is read, so that a
 * loop which never returns to the event loop sees an abort. It knows nothing about lanes; it looks through an
 * AbortSource.
 */

/** Where a live signal looks for an abort. */
export interface AbortSource {
  /** If the sender has asked for an abort that was not delivered yet, aborts the controller of the signal. */
  deliverAbort(): void
}

const sources = new WeakMap<AbortSignal, AbortSource>()

// Taken before any task runs: a task that gives its thread the globals of a browser must still get a signal that works.
const { AbortController } = globalThis

const nativeAborted = accessor('aborted')
const nativeReason = accessor('reason')

function accessor(name: 'aborted' | 'reason'): (this: AbortSignal) => unknown {
  const getter = Object.getOwnPropertyDescriptor(AbortSignal.prototype, name)?.get
  if (getter === undefined) throw new TypeError(`this Node's AbortSignal.prototype.${name} is not a getter`)
  return getter
}

/**
 * A prototype between the signal of a task and AbortSignal.prototype. If a read finds an abort, the listeners run
 * inside that read. A signal derived with `AbortSignal.any` does not look: it aborts at the next turn of the event
 * loop.
 */
const livePrototype = Object.create(AbortSignal.prototype, {
  aborted: {
    configurable: true,
    enumerable: true,
    get(this: AbortSignal) {
      sources.get(this)?.deliverAbort()
      return nativeAborted.call(this)
    },
  },
  reason: {
    configurable: true,
    enumerable: true,
    get(this: AbortSignal) {
      sources.get(this)?.deliverAbort()
      return nativeReason.call(this)
    },
  },
  throwIfAborted: {
    configurable: true,
    writable: true,
    value(this: AbortSignal) {
      if (this.aborted) throw this.reason
    },
  },
}) as AbortSignal

/** A controller whose signal reads `source` until {@link detach}. */
export function liveController(source: AbortSource): AbortController {
  const controller = new AbortController()
  Object.setPrototypeOf(controller.signal, livePrototype)
  sources.set(controller.signal, source)
  return controller
}

/** Call this when the work has ended: a signal that the task keeps must not look for the aborts of later works. */
export function detach(signal: AbortSignal): void {
  sources.delete(signal)
}
