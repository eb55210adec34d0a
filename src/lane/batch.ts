/**
 * How works and answers are laid out in a message: numbers in one list, values in another, because a list of numbers
 * alone crosses at a fifth of the cost of a mixed list. It writes and reads both, and knows nothing about ports or
 * claim words.
 */

import { UncloneableValueError } from '../errors/works.js'
import { MOST_ARGUMENTS } from '../values/transfer.js'
import { KEPT, type LaneDown, type LaneUp } from './messages.js'

/** One work as it arrives in the thread. */
export interface Delivery {
  readonly slot: number
  /** The number of the offer: it tells this use of the slot from all others. */
  readonly ticket: number
  readonly serial: number
  readonly task: number
  readonly label: string | undefined
  /** Whether its progress has a listener. */
  readonly isWatched: boolean
  /** Whether the output of its task has a listener. */
  readonly isCaptured: boolean
  /** For a stream: how many values it may yield before it learns that some were read. */
  readonly window: number | undefined
  /** Replaced when the work ends, so that nothing keeps them alive. */
  args: readonly unknown[]
}

type WorksMessage = Extract<LaneDown, { type: 'works' }>
type AnswersMessage = Extract<LaneUp, { type: 'answers' }>

/**
 * This many numbers or more cross as a typed array, fewer as a plain array. A typed array costs a microsecond for its
 * memory, but saves 30 ns per number.
 */
const MANY = 32

/** Numbers for the next message, in memory that is reused. */
class Numbers {
  #list = new Float64Array(256)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(number: number): void {
    if (this.#length === this.#list.length) {
      const longer = new Float64Array(2 * this.#length)
      longer.set(this.#list)
      this.#list = longer
    }
    this.#list[this.#length++] = number
  }

  /** Returns all numbers for a message, and empties the list. */
  take(): ArrayLike<number> {
    const length = this.#length
    this.#length = 0
    // A copy, not a view: with a view, the whole memory would be cloned.
    if (length >= MANY) return this.#list.slice(0, length)
    const few: number[] = []
    for (let i = 0; i < length; i++) few.push(this.#list[i] ?? 0)
    return few
  }
}

// The first number of a work holds the slot (16 bits), four flags (has a label, is watched, is a stream, is
// captured), and the number of arguments. A label and the window of a stream follow the arguments among the values.
const LABELLED = 1 << 16
const WATCHED = 1 << 17
const STREAMED = 1 << 18
const CAPTURED = 1 << 19
const ARGUMENT = 1 << 20
/** How many numbers a work has: the one above, ticket, serial, task. */
const WIDTH = 4

/** Collects works for a message. */
export class WorkBatch {
  readonly #numbers = new Numbers()
  #values: unknown[] = []

  /** Throws what reading the arguments throws; the batch is then as it was before. */
  add(work: Omit<Delivery, 'args' | 'task'>, task: number, args: readonly unknown[]): void {
    const values = this.#values
    const before = values.length
    try {
      if (args.length > MOST_ARGUMENTS) {
        throw new UncloneableValueError(
          'args',
          `there are ${args.length}, more than the ${MOST_ARGUMENTS} that can be passed; pass them as one array`,
        )
      }
      for (let i = 0; i < args.length; i++) values.push(args[i])
    } catch (error) {
      values.length = before
      throw error
    }
    const count = values.length - before
    if (work.label !== undefined) values.push(work.label)
    if (work.window !== undefined) values.push(work.window)
    const numbers = this.#numbers
    const flags =
      (work.label === undefined ? 0 : LABELLED) +
      (work.window === undefined ? 0 : STREAMED) +
      (work.isWatched ? WATCHED : 0) +
      (work.isCaptured ? CAPTURED : 0)
    numbers.push(work.slot + flags + count * ARGUMENT)
    numbers.push(work.ticket)
    numbers.push(work.serial)
    numbers.push(task)
  }

  take(): WorksMessage {
    const values = this.#values
    this.#values = []
    return { type: 'works', numbers: this.#numbers.take(), values }
  }
}

const NOTHING: WorksMessage = { type: 'works', numbers: [], values: [] }

/** Takes works out of messages, one by one. */
export class WorkReader {
  #message = NOTHING
  #number = 0
  #value = 0

  open(message: WorksMessage): void {
    this.#message = message
    this.#number = this.#value = 0
  }

  /** The next work of the message, or undefined at its end. */
  next(): Delivery | undefined {
    const { numbers, values } = this.#message
    const at = this.#number
    if (at >= numbers.length) {
      // Otherwise an idle thread would keep the arguments of the last message alive.
      this.#message = NOTHING
      this.#number = 0
      return undefined
    }
    this.#number = at + WIDTH
    const head = numbers[at] ?? 0
    const from = this.#value
    const to = from + Math.floor(head / ARGUMENT)
    const isLabelled = (head & LABELLED) !== 0
    const isStreamed = (head & STREAMED) !== 0
    this.#value = to + Number(isLabelled) + Number(isStreamed)
    return {
      slot: head & (LABELLED - 1),
      ticket: numbers[at + 1] ?? 0,
      serial: numbers[at + 2] ?? 0,
      task: numbers[at + 3] ?? 0,
      label: isLabelled ? (values[to] as string) : undefined,
      isWatched: (head & WATCHED) !== 0,
      isCaptured: (head & CAPTURED) !== 0,
      window: isStreamed ? (values[this.#value - 1] as number) : undefined,
      args: values.slice(from, to),
    }
  }
}

/** Collects answers for a message. */
export class AnswerBatch {
  readonly #numbers = new Numbers()
  #values: unknown[] = []

  get length(): number {
    return this.#numbers.length
  }

  /** Adds an answer whose value lies in shared memory. */
  addKept(slot: number): void {
    this.#numbers.push((slot << 2) | KEPT)
  }

  /** Adds an answer with its value. */
  addWith(slot: number, kind: number, value: unknown): void {
    this.#numbers.push((slot << 2) | kind)
    this.#values.push(value)
  }

  take(): AnswersMessage {
    const values = this.#values
    this.#values = []
    return { type: 'answers', numbers: this.#numbers.take(), values }
  }
}
