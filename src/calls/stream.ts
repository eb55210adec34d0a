/**
 * `pool.stream`: the values that a generator yields in a thread, as they come. Credit ties the two sides together: the
 * thread runs the generator only as far ahead as the reader has room for values. It knows nothing about the pool or
 * lanes.
 */

import { bare, checkedCopy, number, requireOptions } from '../base/checks.js'
import { WorkerLostError, WorkTimeoutError } from '../errors/works.js'
import type { ExecuteOptions } from '../work/options.js'
import type { StreamSink, WorkRecord } from '../work/record.js'

/**
 * What `pool.stream` takes in addition to the options of its work. `retries` is not allowed.
 *
 * @group Options
 */
export interface StreamOptions extends ExecuteOptions {
  /**
   * How many values the thread may be ahead of the reader. Whole number from 1, or Infinity.
   *
   * @defaultValue `16`
   */
  highWaterMark?: number | undefined
}

/**
 * What a task must return for its values to be streamed.
 *
 * @group Tasks
 */
export type Streamable<Y> = Iterable<Y> | AsyncIterable<Y> | PromiseLike<Iterable<Y> | AsyncIterable<Y>>

const HIGH_WATER_MARK = 16

const streamChecks = { highWaterMark: number('highWaterMark', { whole: true, least: 1, infinity: true }) }

/**
 * Separates the option of the stream from those of its work.
 * @throws {TypeError} no plain object, or a value of the wrong type
 */
export function splitStreamOptions(options: unknown): { window: number; rest: ExecuteOptions } {
  requireOptions('options', options)
  const { highWaterMark, ...rest } = Object.assign(bare<Record<string, unknown>>(), options)
  const own = checkedCopy<Pick<StreamOptions, 'highWaterMark'>>('options', { highWaterMark }, streamChecks)
  return { window: own.highWaterMark ?? HIGH_WATER_MARK, rest }
}

/** What a stream needs of the pool. */
export interface StreamPlan {
  readonly window: number
  readonly submit: (sink: StreamSink) => WorkRecord
  /** Lets the generator yield `count` more values. */
  readonly grant: (work: WorkRecord, count: number) => void
  /** The reader has left. Returns true if the generator was running; it then ends. */
  readonly close: (work: WorkRecord) => boolean
}

type Step<Y> = IteratorResult<Y, unknown>

interface Request<Y> {
  readonly resolve: (step: Step<Y>) => void
  readonly reject: (error: unknown) => void
}

const DONE: Step<never> = { done: true, value: undefined }

/**
 * A stream rests until the first `next()` submits its work. It is over when the reader has received the end, or has
 * left.
 */
type Stage<Y> =
  | { readonly name: 'resting'; readonly plan: StreamPlan }
  /** The work is being submitted, and listeners of the pool are notified. */
  | { readonly name: 'beginning' }
  | { readonly name: 'reading'; readonly plan: StreamPlan; readonly work: WorkRecord; readonly values: Line<Y> }
  /** The work has ended: the reader still gets the last values, and then, once, how it ended. */
  | { readonly name: 'ended'; readonly values: Line<Y>; readonly end: Promise<Step<Y>> }
  | { readonly name: 'over' }

/**
 * The reader's end of a stream. It is not an async generator, because there `return()` would wait for an outstanding
 * `next()`, and so for a value that may never come.
 */
export class StreamReader<Y> implements AsyncIterableIterator<Y> {
  #stage: Stage<Y>
  /** Calls of `next()` that wait for a value. */
  #requests: Request<Y>[] = []
  /** Values read since the last grant. */
  #read = 0
  #left: Promise<void> | undefined
  /**
   * Whether the generator failed before it knew that the reader had left. A reader that has left does not get such an
   * error.
   */
  #isFailing = false

  constructor(plan: StreamPlan) {
    this.#stage = { name: 'resting', plan }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The next value; after the last one, what the generator returned or threw. */
  next(): Promise<Step<Y>> {
    if (this.#stage.name === 'resting') this.#begin(this.#stage.plan)
    const stage = this.#stage
    if (stage.name === 'over') return Promise.resolve(DONE)
    if ('values' in stage && stage.values.size > 0) return Promise.resolve({ done: false, value: this.#take(stage) })
    if (stage.name !== 'ended') return new Promise((resolve, reject) => this.#requests.push({ resolve, reject }))
    this.#stage = { name: 'over' }
    return stage.end
  }

  /** Ends the generator, and resolves when its `finally` has run. */
  async return(value?: unknown): Promise<Step<Y>> {
    await (this.#left ??= this.#leave())
    return { done: true, value: await value }
  }

  /**
   * Like {@link return}, but rejects with `error` in the end: the generator is in another thread and cannot catch it.
   */
  async throw(error?: unknown): Promise<Step<Y>> {
    await (this.#left ??= this.#leave())
    throw error
  }

  #begin(plan: StreamPlan): void {
    this.#stage = { name: 'beginning' }
    const work = plan.submit({
      window: plan.window,
      push: value => this.#push(value as Y),
      failing: () => (this.#isFailing = true),
    })
    // A listener may have left the stream meanwhile.
    if (this.#isOver()) return void plan.close(work)
    this.#stage = { name: 'reading', plan, work, values: new Line() }
    const end = work.handle.then((value): Step<Y> => ({ done: true, value }))
    // An error is thrown when the reader gets to it.
    const over = (): void => this.#end(end)
    end.then(over, over)
  }

  #isOver(): boolean {
    return this.#stage.name === 'over'
  }

  #push(value: Y): void {
    const stage = this.#stage
    if (stage.name !== 'reading') return
    stage.values.push(value)
    this.#requests.shift()?.resolve({ done: false, value: this.#take(stage) })
  }

  /**
   * Takes a value. Once half the window has been read, it grants that half, so that the thread need not stop and wait.
   */
  #take(stage: Extract<Stage<Y>, { values: Line<Y> }>): Y {
    const value = stage.values.shift()
    if (stage.name === 'reading') {
      const half = Math.max(1, Math.floor(stage.plan.window / 2))
      if (++this.#read === half) {
        this.#read = 0
        stage.plan.grant(stage.work, half)
      }
    }
    return value
  }

  #end(end: Promise<Step<Y>>): void {
    if (this.#stage.name !== 'reading') return
    const [first, ...others] = this.#requests.splice(0)
    this.#stage = first === undefined ? { name: 'ended', values: this.#stage.values, end } : { name: 'over' }
    if (first !== undefined) end.then(first.resolve, first.reject)
    for (const request of others) request.resolve(DONE)
  }

  async #leave(): Promise<void> {
    const stage = this.#stage
    this.#stage = { name: 'over' }
    for (const request of this.#requests.splice(0)) request.resolve(DONE)
    if (stage.name === 'reading') {
      const { handle } = stage.work
      const isToEnd = stage.plan.close(stage.work)
      // The request to end may cross with an error that is on its way. If the error came first, the thread has reported
      // that as well.
      if (isToEnd) await handle.catch(error => (this.#isFailing ? unlessLost(handle) : Promise.reject(error)))
      else await unlessLost(handle)
    } else if (stage.name === 'ended') {
      await unlessLost(stage.end)
    }
  }
}

/** First in, first out. It may be long if the window is unbounded, and an array's own shift() moves every element. */
class Line<Y> {
  #in: Y[] = []
  /** In reverse order: the last one is the next. */
  #out: Y[] = []

  get size(): number {
    return this.#in.length + this.#out.length
  }

  push(value: Y): void {
    this.#in.push(value)
  }

  /** Takes the next value. There must be one. */
  shift(): Y {
    if (this.#out.length === 0) {
      this.#out = this.#in.reverse()
      this.#in = []
    }
    return this.#out.pop() as Y
  }
}

/**
 * Waits for a work that ended before its reader left. An error of the generator comes after values that the reader no
 * longer wants, so it is dropped. But the reader must learn of it if the generator could not clean up because its
 * thread was lost or ended.
 */
async function unlessLost(end: Promise<unknown>): Promise<void> {
  await end.catch((error: unknown) => {
    if (error instanceof WorkerLostError || error instanceof WorkTimeoutError) throw error
  })
}
