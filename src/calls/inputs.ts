/** The inputs of `pool.map`, taken from any kind of iterable the way `for await` takes them. */

/** Whether `pool.map` can take the value. */
export function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  if (Object(value) !== value && typeof value !== 'string') return false
  return Symbol.iterator in Object(value) || Symbol.asyncIterator in Object(value)
}

type Pulled<T> =
  | { readonly ok: true; readonly step: IteratorResult<T, unknown> }
  | { readonly ok: false; readonly error: unknown }

/**
 * The inputs, pulled one at a time. Pulling never waits, so that results which are ready need not wait for the next
 * input.
 */
export class Inputs<T> {
  readonly #iterator: Iterator<T, unknown> | AsyncIterator<T, unknown>
  readonly #isAsync: boolean
  readonly #arrived: () => void
  readonly #closeFailed: (error: unknown) => void
  #pulled: Pulled<T> | undefined
  #pulling = false
  #exhausted = false

  /**
   * @param arrived called when an input that {@link pull} has asked for has arrived
   * @param closeFailed gets the error if closing the iterator fails and nothing waits for it any more
   */
  constructor(inputs: Iterable<T> | AsyncIterable<T>, arrived: () => void, closeFailed: (error: unknown) => void) {
    this.#arrived = arrived
    this.#closeFailed = closeFailed
    this.#isAsync = isAsync(inputs)
    this.#iterator = isAsync(inputs) ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]()
  }

  get exhausted(): boolean {
    return this.#exhausted
  }

  /**
   * True if an input is ready to take. Otherwise the next one has been asked for, and `arrived` is called when it
   * comes.
   */
  pull(): boolean {
    if (this.#pulled === undefined && !this.#pulling && !this.#exhausted) this.#ask()
    if (this.#pulled === undefined) return false
    if (!this.#pulled.ok) {
      this.#exhausted = true // An iterator that has thrown is closed.
      throw this.#pulled.error
    }
    if (this.#pulled.step.done !== true) return true
    this.#exhausted = true
    this.#pulled = undefined
    return false
  }

  take(): T {
    const pulled = this.#pulled
    this.#pulled = undefined
    if (pulled?.ok !== true || pulled.step.done === true) throw new TypeError('no input was pulled')
    return pulled.step.value
  }

  /** Tells the iterator that no more inputs are wanted. */
  async close(): Promise<void> {
    if (this.#exhausted) return
    this.#exhausted = true
    const closing = this.#iterator.return?.()
    // While next() is outstanding, a generator's return() waits for it. Leaving the loop does not wait.
    if (this.#pulling) Promise.resolve(closing).catch(this.#closeFailed)
    else await closing
  }

  #ask(): void {
    // An iterator whose next() throws is closed already, so return() must not be called.
    this.#exhausted = true
    const step = this.#iterator.next()
    this.#exhausted = false
    if (!this.#isAsync) {
      this.#pulled = { ok: true, step: step as IteratorResult<T, unknown> }
      return
    }
    this.#pulling = true
    const arrived = (pulled: Pulled<T>): void => {
      this.#pulling = false
      this.#pulled = pulled
      this.#arrived()
    }
    Promise.resolve(step).then(
      result => arrived({ ok: true, step: result }),
      (error: unknown) => arrived({ ok: false, error }),
    )
  }
}

/** Looks at the method itself, as `for await` does: a string is not an object, and the method may be undefined. */
function isAsync<T>(inputs: Iterable<T> | AsyncIterable<T>): inputs is AsyncIterable<T> {
  return typeof (inputs as Partial<AsyncIterable<T>>)[Symbol.asyncIterator] === 'function'
}
