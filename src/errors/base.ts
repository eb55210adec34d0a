/**
 * Every way in which a pool can refuse, end or lose a work, and in which groups of workers can fail, as a class with a stable
 * `code`. Knows no other file, so that both sides of a lane can use it; what it exports crosses lanes as its own class.
 */

/** The common ancestor: `error instanceof ThreadcrewError` tells the pool's own errors from what tasks throw. */
export class ThreadcrewError extends Error {
  /** Stable for ever; match on it rather than on the text, which may improve. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  static {
    // On the prototype and not an own field: own fields of an error show up in every console.log of it.
    Object.defineProperty(this.prototype, 'name', { value: 'ThreadcrewError', configurable: true, writable: true })
  }
}

export function named(constructor: { prototype: object; name: string }): void {
  Object.defineProperty(constructor.prototype, 'name', { value: constructor.name, configurable: true, writable: true })
}

/** A rule of the pool itself was broken. Always a bug in threadcrew: please report it with this text. */
export class InvariantError extends ThreadcrewError {
  declare readonly code: 'ERR_INVARIANT'

  constructor(message: string) {
    super('ERR_INVARIANT', `broken invariant (a bug in threadcrew): ${message}`)
  }

  static {
    named(this)
  }
}
