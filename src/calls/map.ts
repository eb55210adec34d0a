/**
 * map, stream, broadcast and module: ways to call that are built on execute. They know nothing about the pool or its
 * workers: the pool passes in what they need. This file is `pool.map`: one work for each input, a bounded number of
 * inputs at a time, results in order or as they come.
 */

import { reasonOf, Signals } from '../base/abort-listeners.js'
import { bare, boolean, checkedCopy, type Checks, number, requireOptions } from '../base/checks.js'
import { misfit } from '../errors/words.js'
import { PoolStoppedError, WorkDiscardedError } from '../errors/works.js'
import type { ExecuteOptions } from '../work/options.js'
import type { WorkRecord } from '../work/record.js'
import { Inputs } from './inputs.js'

/**
 * What `pool.map` takes in addition to the options of each work.
 *
 * @group Options
 */
export interface MapOptions extends ExecuteOptions {
  /**
   * Whether results come in the order of their inputs. With false, each comes as soon as it is ready.
   *
   * @defaultValue `true`
   */
  ordered?: boolean | undefined
  /**
   * Maximum number of inputs that are pulled but not yet yielded. Whole number from 1.
   *
   * @defaultValue `2 * pool.total * concurrency`, at least `1`
   */
  limit?: number | undefined
}

/**
 * The option of `pool.map` for a function that takes more than an input and its index.
 *
 * @group Options
 */
export interface MapArgs<A extends unknown[]> {
  /**
   * Further arguments of each call, after the input and its index: `fn(input, index, ...args)`. They are cloned for each
   * work, so share large ones in a `SharedArrayBuffer`, or set them up once for each thread in `setup`. `transfer()`
   * cannot be used in them, because only one work could get what it moves.
   */
  args: readonly [...A]
}

/**
 * Separates the options of the loop from those of its works.
 * @throws {TypeError} no plain object, an unknown option, or a value of the wrong type
 */
export function splitMapOptions(options: unknown): {
  ordered: boolean
  limit: number | undefined
  args: readonly unknown[]
  rest: ExecuteOptions
} {
  requireOptions('options', options)
  const own = { ...options }
  const loop = bare<Record<string, unknown>>()
  const rest = bare<Record<string, unknown>>()
  for (const key of Object.keys(own)) (Object.hasOwn(loopChecks, key) ? loop : rest)[key] = own[key]
  const { ordered = true, limit, args = [] } = checkedCopy<LoopOptions>('options', loop, loopChecks)
  return { ordered, limit, args, rest }
}

type LoopOptions = Pick<MapOptions, 'ordered' | 'limit'> & { args?: readonly unknown[] }

const loopChecks: Checks<LoopOptions> = {
  ordered: boolean('ordered'),
  limit: number('limit', { whole: true, least: 1 }),
  args: value => {
    if (!Array.isArray(value)) throw misfit(TypeError, 'args', 'an array', value)
    return [...(value as unknown[])]
  },
}

/** What ends a map from outside. */
interface MapEnds {
  /** The signal of its works. */
  readonly signal: AbortSignal | undefined
  /** Aborts when the pool begins to stop. */
  readonly stopping: AbortSignal
}

/** What map needs of the pool. */
export interface MapPlan<T> extends MapEnds {
  readonly inputs: Iterable<T> | AsyncIterable<T>
  readonly ordered: boolean
  /**
   * Maximum number of inputs that are pulled but not yet yielded. Read each time, since the size of the pool may
   * change.
   */
  readonly limit: () => number
  /** Submits the work for one input. If the buffer is full, the work waits at the door. */
  readonly submit: (input: T, index: number) => WorkRecord
  /** Discards a work gracefully, because its result will not be read. */
  readonly discard: (work: WorkRecord, error: WorkDiscardedError) => void
  /** Gets the error if closing the input fails and nothing waits for it any more. */
  readonly closeFailed: (error: unknown) => void
}

type Outcome<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown }

/**
 * Yields the results. It ends when the input is exhausted, at `break`, when the input throws, and when the turn of the
 * first failed work comes. It also ends when the signal aborts or the pool stops. It checks for that only while it
 * waits for an input and has no works, because works react to both by themselves. When it ends, it discards the
 * remaining works and closes the input.
 *
 * It listens to the two signals only while it waits for an input. So a map that is abandoned between two results has no
 * listener and can be garbage-collected.
 */
export async function* mapWorks<T, R>(plan: MapPlan<T>): AsyncGenerator<R, void, undefined> {
  const changed = new Flag()
  const inputs = new Inputs(plan.inputs, () => changed.raise(), plan.closeFailed)
  /** Works not yet yielded, in the order of their inputs, each with its outcome once it has one. */
  const works = new Map<WorkRecord, Outcome<R> | undefined>()
  const finished: WorkRecord[] = []
  let index = 0
  const leave = (): Promise<void> => {
    for (const work of works.keys()) plan.discard(work, new WorkDiscardedError('the end of its map()'))
    works.clear()
    return inputs.close()
  }
  try {
    throwIfOver(plan)
    for (;;) {
      while (works.size < plan.limit() && inputs.pull()) {
        const work = plan.submit(inputs.take(), index++)
        works.set(work, undefined)
        const finish = (outcome: Outcome<R>): void => {
          if (!works.has(work)) return
          works.set(work, outcome)
          finished.push(work)
          changed.raise()
        }
        work.handle.then(
          value => finish({ ok: true, value: value as R }),
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
      } else if (works.size > 0) {
        await changed.raised()
      } else if (inputs.exhausted) {
        return
      } else {
        throwIfOver(plan)
        await raisedOrAborted(changed, plan)
      }
    }
  } catch (error) {
    // As in `for await`, the caller gets the error that ended the loop, not one that closing the input throws after it.
    await leave().catch(plan.closeFailed)
    throw error
  } finally {
    await leave()
  }
}

function throwIfOver({ signal, stopping }: MapEnds): void {
  if (signal?.aborted === true) throw WorkDiscardedError.bySignal(reasonOf(signal))
  if (stopping.aborted) throw new PoolStoppedError('map()')
}

/** The maps that wait for an input: one listener for each signal, however many maps wait. */
const waiting = new Signals<Flag>(changed => changed.raise())

/** Resolves when the flag is raised or one of the signals aborts. */
async function raisedOrAborted(changed: Flag, { signal, stopping }: MapEnds): Promise<void> {
  const signals = signal === undefined ? [stopping] : [stopping, signal]
  try {
    for (const each of signals) waiting.watch(each, changed)
    await changed.raised()
  } finally {
    for (const each of signals) waiting.unwatch(each, changed)
  }
}

/** Wakes one waiting loop. If it is raised while no loop waits, the next wait returns at once. */
class Flag {
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
