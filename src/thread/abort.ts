/**
 * The AbortSignal that a task sees: an ordinary one that also looks into shared memory when it is read, so that a loop
 * which never returns to the event loop learns of an abort. Knows no lane; it is told where to look.
 */

/** Where a live signal looks. */
export interface AbortSource {
  /** Delivers an abort that has been asked for and not been delivered yet, by calling the signal's controller. */
  deliverAbort(): void
}

const sources = new WeakMap<AbortSignal, AbortSource>()

// Taken before any task runs: one that gives its thread the globals of a browser must still get a signal that works.
const { AbortController } = globalThis

const nativeAborted = accessor('aborted')
const nativeReason = accessor('reason')

function accessor(name: 'aborted' | 'reason'): (this: AbortSignal) => unknown {
  const getter = Object.getOwnPropertyDescriptor(AbortSignal.prototype, name)?.get
  if (getter === undefined) throw new TypeError(`this Node's AbortSignal.prototype.${name} is not a getter`)
  return getter
}

/**
 * The prototype put between a task's signal and AbortSignal.prototype. Listeners run inside the read that finds the abort.
 * A signal derived with `AbortSignal.any` does not pass here: it learns of the abort in the next turn of the event loop.
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

/** The work has ended: a signal that outlives it must not show the abort of the next work in its slot. */
export function detach(signal: AbortSignal): void {
  sources.delete(signal)
}
