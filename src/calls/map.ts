/** `pool.map`: one work per input, a bounded number of inputs under way, results in order or as they come. Knows no pool. */

import { bare, boolean, checkedCopy, isRecord, number } from '../base/checks.js'
import { misfit } from '../errors/words.js'
import type { ExecuteOptions } from '../work/options.js'
import type { Work } from '../work/work.js'

/** What `pool.map` takes beside the options of each work. */
export interface MapOptions extends ExecuteOptions {
  /** Results in the order of their inputs, the default; false yields each as soon as it is there. */
  ordered?: boolean | undefined
  /** Inputs pulled and not yet yielded, at most. Whole number from 1; default twice the pool's `total`, times its `concurrency`. */
  limit?: number | undefined
}

/** Separates the options of the loop from those of its works. @throws {TypeError} not an object, an unknown or unfit option */
export function splitMapOptions(options: unknown): {
  ordered: boolean
  limit: number | undefined
  rest: ExecuteOptions
} {
  if (!isRecord(options)) throw misfit(TypeError, 'options', 'an object', options)
  const own = { ...options }
  const loop = bare<Record<string, unknown>>()
  const rest = bare<Record<string, unknown>>()
  for (const key of Object.keys(own)) (Object.hasOwn(loopChecks, key) ? loop : rest)[key] = own[key]
  const { ordered = true, limit } = checkedCopy<Pick<MapOptions, 'ordered' | 'limit'>>('options', loop, loopChecks)
  return { ordered, limit, rest }
}

const loopChecks = {
  ordered: boolean('ordered'),
  limit: number('limit', { whole: true, least: 1 }),
}

/** What map needs of the pool. */
export interface MapPlan<T, R> {
  readonly inputs: Iterable<T> | AsyncIterable<T>
  /** Submits the work for one input. It waits at the door, whatever the pool does with others. */
  readonly submit: (input: T, index: number) => Work<R>
  /** Drops a work whose result nobody will read. */
  readonly discard: (work: Work<R>) => void
  readonly ordered: boolean
  /** Inputs pulled and not yet yielded, at most. Asked anew each time: the size of the pool may change. */
  readonly limit: () => number
  /** Closing the input threw when nobody waits for that any longer. */
  readonly closeFailed: (error: unknown) => void
  /** Why no further work can be submitted, if so: then nobody waits for another input. */
  readonly over: () => Error | undefined
  /** Calls `tell` when that may have changed, until the returned function is called. */
  readonly whenOver: (tell: () => void) => () => void
}

type Outcome<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown }

/**
 * Yields the results. The first failure, when its turn comes, ends it, and so do `break`, an error of the input, and the
 * end of the pool or an abort while it has nothing but an input to wait for: what is outstanding is discarded and the input
 * closed.
 */
export async function* mapWorks<T, R>(plan: MapPlan<T, R>): AsyncGenerator<R, void, undefined> {
  const inputs = new Inputs(plan.inputs, plan.closeFailed)
  /** Works not yet yielded in the order of their inputs, each with its outcome once it has one. */
  const works = new Map<Work<R>, Outcome<R> | undefined>()
  const finished: Work<R>[] = []
  const signal = new Signal()
  let index = 0
  const unwatch = plan.whenOver(() => signal.raise())
  const leave = (): Promise<void> => {
    unwatch()
    for (const work of works.keys()) plan.discard(work)
    works.clear()
    return inputs.close()
  }
  const goOn = (): void => {
    const error = plan.over()
    if (error !== undefined) throw error
  }
  try {
    goOn()
    for (;;) {
      while (works.size < plan.limit() && inputs.pull(signal)) {
        const work = plan.submit(inputs.take(), index++)
        works.set(work, undefined)
        const finish = (outcome: Outcome<R>): void => {
          if (!works.has(work)) return
          works.set(work, outcome)
          finished.push(work)
          signal.raise()
        }
        work.then(
          value => finish({ ok: true, value }),
          (error: unknown) => finish({ ok: false, error }),
        )
      }
      const [next] = plan.ordered ? works.keys() : finished
      const outcome = next && works.get(next)
      if (next !== undefined && outcome !== undefined) {
        works.delete(next)
        finished.splice(finished.indexOf(next), 1)
        if (!outcome.ok) throw outcome.error
        yield outcome.value
      } else if (works.size === 0 && inputs.exhausted) {
        return
      } else {
        if (works.size === 0) goOn()
        await signal.raised()
      }
    }
  } catch (error) {
    // What ended the loop is what its user must see, as in `for await`: not what closing the input throws on top of it.
    await leave().catch(plan.closeFailed)
    throw error
  } finally {
    await leave()
  }
}

/** Says once that something has changed. Raised in between, it does not wait. */
class Signal {
  #isRaised = false
  #wake: (() => void) | undefined

  raise(): void {
    this.#isRaised = true
    this.#wake?.()
  }

  async raised(): Promise<void> {
    if (!this.#isRaised) await new Promise<void>(resolve => (this.#wake = resolve))
    this.#isRaised = false
    this.#wake = undefined
  }
}

type Pulled<T> =
  | { readonly ok: true; readonly step: IteratorResult<T, unknown> }
  | { readonly ok: false; readonly error: unknown }

/** The inputs, one at a time, never waiting for one: results that are there must not wait for an input that is not. */
class Inputs<T> {
  readonly #iterator: Iterator<T, unknown> | AsyncIterator<T, unknown>
  readonly #isAsync: boolean
  readonly #closeFailed: (error: unknown) => void
  #pulled: Pulled<T> | undefined
  #pulling = false
  #exhausted = false

  constructor(inputs: Iterable<T> | AsyncIterable<T>, closeFailed: (error: unknown) => void) {
    this.#closeFailed = closeFailed
    this.#isAsync = isAsync(inputs)
    this.#iterator = isAsync(inputs) ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]()
  }

  get exhausted(): boolean {
    return this.#exhausted
  }

  /** True if an input is there to take; else it has been asked for, and the signal tells when to look again. */
  pull(signal: Signal): boolean {
    if (this.#pulled === undefined && !this.#pulling && !this.#exhausted) this.#ask(signal)
    if (this.#pulled === undefined) return false
    if (!this.#pulled.ok) {
      this.#exhausted = true // an iterator that has thrown is closed
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

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    if (this.#exhausted) return
    this.#exhausted = true
    const closing = this.#iterator.return?.()
    // Behind an outstanding next() a generator's return() waits as long as that does: whoever leaves the loop need not.
    if (this.#pulling) Promise.resolve(closing).catch(this.#closeFailed)
    else await closing
  }

  #ask(signal: Signal): void {
    // One that throws is closed by it, and has no use for return().
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
      signal.raise()
    }
    Promise.resolve(step).then(
      result => arrived({ ok: true, step: result }),
      (error: unknown) => arrived({ ok: false, error }),
    )
  }
}

/** By the method, as `for await` does: a string is no object, and an undefined method is none. */
function isAsync<T>(inputs: Iterable<T> | AsyncIterable<T>): inputs is AsyncIterable<T> {
  return typeof (inputs as Partial<AsyncIterable<T>>)[Symbol.asyncIterator] === 'function'
}
