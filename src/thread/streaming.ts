/** Runs a task's generator as far as the reader has room for, and hands out what it yields. Knows no lane and no runner. */

import { WorkDiscardedError } from '../errors/works.js'

// Taken before any task runs: one that installs fake timers must not stop its own stream.
const clock = performance.now.bind(performance)
const later = setImmediate

/** Ms after which the event loop gets a turn although there is credit: what comes from the reader has to be heard. */
const SLICE_MS = 1

/** How many values the reader still has room for. */
export class Credit {
  #left: number
  #isClosed = false
  #wake: (() => void) | undefined

  constructor(window: number) {
    this.#left = window
  }

  /** The reader has taken so many values. */
  grant(count: number): void {
    this.#left += count
    this.#wake?.()
  }

  /** No more values are wanted. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The reader wants no more. */
  close(): void {
    this.#isClosed = true
    this.#wake?.()
  }

  /** Waits for room for one value, and takes it. False: no more values are wanted. */
  async take(): Promise<boolean> {
    while (this.#left <= 0 && !this.#isClosed) await new Promise<void>(resolve => (this.#wake = resolve))
    this.#left--
    return !this.#isClosed
  }
}

/**
 * Hands out all values of what a task returned, each when there is credit for it, and returns what the generator returned.
 * When no more are wanted, or one cannot be handed out, the generator ends by way of its `finally`.
 *
 * @param look finds what the reader has said, if it was not heard yet
 * @param failing called right before an error is thrown, unless the reader is known to have left
 * @throws {TypeError} it is not iterable; what the generator throws, and what `handOut` throws
 */
export async function handOutAll(
  returned: unknown,
  credit: Credit,
  handOut: (value: unknown) => void,
  look: () => void,
  failing: () => void,
): Promise<unknown> {
  const iterator = iteratorOf(await returned)
  let sliceEnd = clock() + SLICE_MS
  let isOver = false
  try {
    while (await credit.take()) {
      isOver = true // by itself, should next() throw
      const step: unknown = await iterator.next()
      if (!isStep(step)) throw new TypeError(`the iterator's next() gave ${String(step)}, which is no object`)
      if (step.done === true) return step.value
      isOver = false
      // As for await does: a generator that is not async may yield promises.
      handOut(await step.value)
      if (clock() < sliceEnd) continue
      await new Promise(resolve => later(resolve))
      sliceEnd = clock() + SLICE_MS
    }
  } catch (error) {
    const wasClosed = credit.isClosed
    // What it throws while it is closed on top of that is not what its reader has to see.
    if (!isOver) await close(iterator).catch(() => {})
    look()
    // What went wrong ahead of a reader who has left, or by giving up what it waited for there, is nobody's any more. What
    // else it throws as it is told to end is.
    if (credit.isClosed && !(wasClosed && isOver && !isAbort(error))) return undefined
    // What the reader has said may be on its way: who it is for is to be found out there.
    if (!credit.isClosed) failing()
    throw error
  }
  await close(iterator)
  return undefined
}

function isStep(value: unknown): value is IteratorResult<unknown> {
  return typeof value === 'object' && value !== null
}

/** What a signal threw: its reason, or what Node makes of one. */
function isAbort(error: unknown): boolean {
  return error instanceof WorkDiscardedError || (error instanceof Error && error.name === 'AbortError')
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>

async function close(iterator: AnyIterator): Promise<void> {
  await iterator.return?.()
}

function iteratorOf(value: unknown): AnyIterator {
  const source = Object(value) as Partial<AsyncIterable<unknown> & Iterable<unknown>>
  const iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]?.()
  if (iterator !== undefined) return iterator
  const what = value === null ? 'null' : `a value of type ${typeof value}`
  throw new TypeError(`stream() needs a generator, or a function that returns an iterable; this one returned ${what}`)
}
