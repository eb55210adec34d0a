/**
 * `pool.stream`: the values that a generator yields in a thread, as they come. Credit keeps the two together: the thread
 * runs the generator only as far as the reader has room for. Knows no pool and no lane.
 */

import { bare, checkedCopy, isRecord, number } from '../base/checks.js'
import { misfit } from '../errors/words.js'
import { WorkerLostError, WorkTimeoutError } from '../errors/works.js'
import type { ExecuteOptions } from '../work/options.js'
import type { StreamSink } from '../work/record.js'
import type { Work } from '../work/work.js'

/** What `pool.stream` takes beside the options of its work, which may not have `retries`. */
export interface StreamOptions extends ExecuteOptions {
  /** Values that the thread may be ahead of the reader. Whole number from 1, or Infinity; default 16. */
  highWaterMark?: number | undefined
}

/** What a task returns whose values can be streamed. */
export type Streamable<Y> = Iterable<Y> | AsyncIterable<Y> | PromiseLike<Iterable<Y> | AsyncIterable<Y>>

const HIGH_WATER_MARK = 16

const streamChecks = { highWaterMark: number('highWaterMark', { whole: true, least: 1, infinity: true }) }

/**
 * Separates the option of the stream from those of its work.
 * @throws {TypeError} not an object, an unfit option
 */
export function splitStreamOptions(options: unknown): { window: number; rest: ExecuteOptions } {
  if (!isRecord(options)) throw misfit(TypeError, 'options', 'an object', options)
  const { highWaterMark, ...rest } = Object.assign(bare<Record<string, unknown>>(), options)
  const own = checkedCopy<Pick<StreamOptions, 'highWaterMark'>>('options', { highWaterMark }, streamChecks)
  return { window: own.highWaterMark ?? HIGH_WATER_MARK, rest }
}

/** What a stream needs of the pool. */
export interface StreamPlan {
  readonly window: number
  readonly submit: (sink: StreamSink) => Work<unknown>
  /** So many more values may come. */
  readonly grant: (work: Work<unknown>, count: number) => void
  /** No more values are wanted. True if the generator runs, and ends now. */
  readonly close: (work: Work<unknown>) => boolean
}

type Step<Y> = IteratorResult<Y, unknown>

interface Request<Y> {
  readonly resolve: (step: Step<Y>) => void
  readonly reject: (error: unknown) => void
}

const DONE: Step<never> = { done: true, value: undefined }

/** Rests until the first `next()`, which submits the work; then reads; and is over when the work is, or its reader has left. */
type Stage<Y> =
  | { readonly name: 'resting'; readonly plan: StreamPlan }
  /** Listeners of the pool hear of the work. */
  | { readonly name: 'beginning' }
  | { readonly name: 'reading'; readonly plan: StreamPlan; readonly work: Work<unknown>; readonly values: Line<Y> }
  /** The last values, and then how it ended: told once. */
  | { readonly name: 'ended'; readonly values: Line<Y>; readonly end: Promise<Step<Y>> }
  | { readonly name: 'over' }

/**
 * Not an async generator: its `return()` would wait for a `next()` that waits for a value which may never come.
 */
export class StreamReader<Y> implements AsyncIterableIterator<Y> {
  #stage: Stage<Y>
  /** Who waits for a value, while there is none. */
  #requests: Request<Y>[] = []
  /** Values read since the thread heard of any. */
  #read = 0
  #left: Promise<void> | undefined
  /** What the work fails with, if it does, is not for a reader who has left. */
  #failsAhead = false

  constructor(plan: StreamPlan) {
    this.#stage = { name: 'resting', plan }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The next value; then what the generator returned, or threw. */
  next(): Promise<Step<Y>> {
    if (this.#stage.name === 'resting') this.#begin(this.#stage.plan)
    const stage = this.#stage
    if (stage.name === 'over') return Promise.resolve(DONE)
    if ('values' in stage && stage.values.size > 0) return Promise.resolve({ done: false, value: this.#take(stage) })
    if (stage.name !== 'ended') return new Promise((resolve, reject) => this.#requests.push({ resolve, reject }))
    this.#stage = { name: 'over' }
    return stage.end
  }

  /** Ends the generator by way of its `finally`, and resolves when that has ended. */
  async return(value?: unknown): Promise<Step<Y>> {
    await (this.#left ??= this.#leave())
    return { done: true, value: await value }
  }

  /** As {@link return}, and then rejects with `error`: the generator is in another thread, and cannot catch it. */
  async throw(error?: unknown): Promise<Step<Y>> {
    await (this.#left ??= this.#leave())
    throw error
  }

  #begin(plan: StreamPlan): void {
    this.#stage = { name: 'beginning' }
    const work = plan.submit({
      window: plan.window,
      push: value => this.#push(value as Y),
      failsAhead: () => (this.#failsAhead = true),
    })
    // Such a listener may have left the stream.
    if (this.#isOver()) return void plan.close(work)
    this.#stage = { name: 'reading', plan, work, values: new Line() }
    const end = work.then((value): Step<Y> => ({ done: true, value }))
    // What it failed with is thrown when the reader comes to it.
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

  /** The thread hears of it when half of what it may be ahead is read: then it need not wait for the other half. */
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
      const isToEnd = stage.plan.close(stage.work)
      // The word to end and an error on the way may cross: then the thread says which of them came first.
      if (isToEnd) await stage.work.catch(error => (this.#failsAhead ? unlessLost(stage.work) : Promise.reject(error)))
      else await unlessLost(stage.work)
    } else if (stage.name === 'ended') {
      await unlessLost(stage.end)
    }
  }
}

/** First in, first out. With a window without bound it may be long, and an array's own shift() moves all of it. */
class Line<Y> {
  #in: Y[] = []
  /** The last is the next. */
  #out: Y[] = []

  get size(): number {
    return this.#in.length + this.#out.length
  }

  push(value: Y): void {
    this.#in.push(value)
  }

  /** There must be one. */
  shift(): Y {
    if (this.#out.length === 0) {
      this.#out = this.#in.reverse()
      this.#in = []
    }
    return this.#out.pop() as Y
  }
}

/**
 * Waits for a work that ended before its reader left. An error of the generator lies behind values that nobody wants; but
 * that it had no chance to clean up, because its thread was lost or ended, is to be known.
 */
async function unlessLost(end: Promise<unknown>): Promise<void> {
  await end.catch((error: unknown) => {
    if (error instanceof WorkerLostError || error instanceof WorkTimeoutError) throw error
  })
}
