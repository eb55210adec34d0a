/**
 * Every failure as a class, and the words in which messages describe values. The room imports no other, so that both
 * sides of a lane can use it. Each error class that `base`, `works` or `groups` exports crosses a lane as that same
 * class.
 */

/**
 * Every `code` of the pool's own errors, so that the compiler can check a `switch` over them.
 *
 * @group Errors
 */
export type ThreadcrewErrorCode =
  | 'ERR_INVARIANT'
  // works.ts
  | 'ERR_POOL_STOPPED'
  | 'ERR_WORK_BUFFER_FULL'
  | 'ERR_WORK_DISCARDED'
  | 'ERR_WORK_TIMEOUT'
  | 'ERR_WORKER_LOST'
  | 'ERR_WORKER_START'
  | 'ERR_WORKER_STOPPED'
  | 'ERR_FUNCTION_NOT_SHIPPABLE'
  | 'ERR_VALUE_NOT_CLONEABLE'
  // groups.ts
  | 'ERR_GROUP_CONFIG'
  | 'ERR_NO_WORKERS_AVAILABLE'
  | 'ERR_RESTART_BUDGET_EXCEEDED'
  | 'ERR_RESTART_FAILED'
  | 'ERR_FATAL_WORKER'
  | 'ERR_TERMINATE_WORKER'

/**
 * The base class: `error instanceof ThreadcrewError` tells the pool's own errors from what tasks throw.
 *
 * @group Errors
 */
export class ThreadcrewError extends Error {
  /** Never changes: match on it rather than on the message, which may be improved. */
  readonly code: ThreadcrewErrorCode

  constructor(code: ThreadcrewErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  static {
    // On the prototype, not an own field: console.log shows every own field of an error.
    Object.defineProperty(this.prototype, 'name', { value: 'ThreadcrewError', configurable: true, writable: true })
  }
}

/** Puts the name of an error class on its prototype. */
export function named(constructor: { prototype: object; name: string }): void {
  Object.defineProperty(constructor.prototype, 'name', { value: constructor.name, configurable: true, writable: true })
}

/**
 * The pool broke one of its own rules. This is always a bug in threadcrew: please report it with this text.
 *
 * @group Errors
 */
export class InvariantError extends ThreadcrewError {
  declare readonly code: 'ERR_INVARIANT'

  constructor(message: string) {
    super('ERR_INVARIANT', `broken invariant: ${message}. This is a bug in threadcrew; please report it with this text`)
  }

  static {
    named(this)
  }
}
