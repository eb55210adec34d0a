/**
 * Runs the generator of a task as far as the reader has room, and hands out what it yields. It knows nothing about
 * lanes or the runner.
 */

import { WorkDiscardedError } from '../errors/works.js'
import { isRevoked } from '../values/walk.js'

// Taken before any task runs: a task that installs fake timers must not stop its own stream.
const clock = performance.now.bind(performance)
const later = setImmediate

/** Ms after which the event loop gets a turn although there is credit, so that messages of the reader arrive. */
const SLICE_MS = 1

/** How many more values the reader has room for. */
export class Credit {
  #left: number
  #isClosed = false
  #wake: (() => void) | undefined

  constructor(window: number) {
    this.#left = window
  }

  /** The reader has taken `count` values. */
  grant(count: number): void {
    this.#left += count
    this.#wake?.()
  }

  /** Whether the reader wants no more values. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** The reader wants no more. */
  close(): void {
    this.#isClosed = true
    this.#wake?.()
  }

  /** Waits until there is room for one value, and takes it. False if the reader wants no more values. */
  async take(): Promise<boolean> {
    while (this.#left <= 0 && !this.#isClosed) await new Promise<void>(resolve => (this.#wake = resolve))
    this.#left--
    return !this.#isClosed
  }
}

/**
 * Hands out all values of the generator that a task returned, each when there is credit for it. Returns what the
 * generator returned. If the reader wants no more values, or a value cannot be handed out, ends the generator, which
 * runs its `finally`.
 *
 * @param look reads what the reader has sent, if it has not been read yet
 * @param failing called right before an error is thrown, unless the reader is known to have left
 * @throws {TypeError} what the task returned is not iterable. Also throws what the generator and what `handOut` throw
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
      isOver = true // if next() throws, the generator has ended
      const step: unknown = await iterator.next()
      if (!isStep(step))
        throw new TypeError(`the iterator's next() must return an object, but it returned ${String(step)}`)
      if (step.done === true) return step.value
      isOver = false
      // Awaited, as `for await` does, because a generator that is not async may yield promises.
      handOut(isRevoked(step.value) ? step.value : await step.value)
      if (clock() < sliceEnd) continue
      await new Promise(resolve => later(resolve))
      sliceEnd = clock() + SLICE_MS
    }
  } catch (error) {
    const wasClosed = credit.isClosed
    // If closing it throws as well, the reader sees the first error.
    if (!isOver) await close(iterator).catch(() => {})
    look()
    // The reader has left. It does not get an error from before the generator knew that, nor the AbortError of
    // something that the generator gave up. It does get any other error that the generator throws while it ends.
    if (credit.isClosed && !(wasClosed && isOver && !isAbort(error))) return undefined
    // The reader may have left already, with the message still on its way. Then the reader's side drops the error.
    if (!credit.isClosed) failing()
    throw error
  }
  await close(iterator)
  return undefined
}

function isStep(value: unknown): value is IteratorResult<unknown> {
  return typeof value === 'object' && value !== null
}

/** Whether a signal caused this error: its reason, or an AbortError of Node. */
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
  throw new TypeError(
    `stream() needs a generator function, or a function that returns an iterable; this one returned ${what}`,
  )
}
