/**
 * `pool.stream`: the values that a generator yields in a thread, as they come. Credit keeps the two together: the thread
 * runs the generator only as far as the reader has room for. Knows no pool and no lane.
 */

import { checkedCopy, isRecord, misfit, number } from './option-values.js'
import type { ExecuteOptions } from './options.js'
import type { Work } from './work.js'

/** What `pool.stream` takes beside the options of its work. */
export interface StreamOptions extends Omit<ExecuteOptions, 'retries'> {
  /** Values that the thread may be ahead of the reader. Whole number from 1, or Infinity; default 16. */
  highWaterMark?: number | undefined
}

/** What a task returns whose values can be streamed. */
export type Streamable<Y> = Iterable<Y> | AsyncIterable<Y> | PromiseLike<Iterable<Y> | AsyncIterable<Y>>

/** What the pool hands the values to. */
export interface StreamSink {
  /** Values that may be under way or unread. */
  readonly window: number
  push(value: unknown): void
}

const HIGH_WATER_MARK = 16

const streamChecks = { highWaterMark: number('highWaterMark', { whole: true, least: 1, infinity: true }) }

/**
 * Separates the option of the stream from those of its work.
 * @throws {TypeError} not an object, an unfit option, or `retries`
 */
export function splitStreamOptions(options: unknown): { window: number; rest: ExecuteOptions } {
  if (!isRecord(options)) throw misfit(TypeError, 'options', 'an object', options)
  const { highWaterMark, ...rest } = { ...options }
  if (Object.hasOwn(rest, 'retries') && rest['retries'] !== undefined)
    throw new TypeError('stream() cannot be retried: values of the first attempt have been read already')
  const own = checkedCopy<Pick<StreamOptions, 'highWaterMark'>>('options', { highWaterMark }, streamChecks)
  return { window: own.highWaterMark ?? HIGH_WATER_MARK, rest }
}

/** What a stream needs of the pool. */
export interface StreamPlan {
  readonly window: number
  readonly submit: (sink: StreamSink) => Work<unknown>
  /** So many more values may come. */
  readonly grant: (work: Work<unknown>, count: number) => void
  /** No more values are wanted. Resolves when the generator has ended; rejects with what its `finally` threw. */
  readonly close: (work: Work<unknown>) => Promise<void>
}

/**
 * Submits the work at the first `next()` and yields what arrives; then returns what the generator returned, or throws what
 * it threw. `return()` runs the generator's `finally` in the thread and resolves when that has ended.
 */
export async function* readStream<Y>({
  window,
  submit,
  grant,
  close,
}: StreamPlan): AsyncGenerator<Y, unknown, undefined> {
  let arrived: Y[] = []
  let isOver = false
  let wake = (): void => {}
  const work = submit({
    window,
    push: value => {
      arrived.push(value as Y)
      wake()
    },
  })
  const over = (): void => {
    isOver = true
    wake()
  }
  // What it failed with is thrown when the reader comes to it.
  work.then(over, over)
  // The thread hears of it when half of what it may be ahead is read: then it need not wait for the other half.
  const step = Math.max(1, Math.floor(window / 2))
  let read = 0
  try {
    for (;;) {
      const values = arrived
      arrived = []
      for (const value of values) {
        if (++read === step) {
          read = 0
          grant(work, step)
        }
        yield value
      }
      if (arrived.length > 0) continue
      if (isOver) return await work
      await new Promise<void>(resolve => (wake = resolve))
    }
  } finally {
    if (!isOver) await close(work)
  }
}
