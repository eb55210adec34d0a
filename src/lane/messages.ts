/**
 * The messages between a sender and a thread, as discriminated unions. Both sides import these; neither adds to them.
 */

import { types } from 'node:util'
import type { MessagePort } from 'node:worker_threads'
import type { ErrorRecord } from '../values/error-record.js'

/**
 * A task as it crosses to a thread, once per thread. From then on works refer to it by its number.
 *
 * For a `function`, `line` and `column` (both from 1) say where `text` begins in `file`, if that is known. Without
 * them, stack lines count from the first line of the text.
 */
export type TaskDefinition =
  | {
      readonly type: 'function'
      readonly number: number
      readonly text: string
      readonly name: string
      /** Absolute path of the file that submitted the function: `import()` and `require` resolve from there. */
      readonly file: string
      readonly line?: number | undefined
      readonly column?: number | undefined
    }
  | { readonly type: 'module'; readonly number: number; readonly url: string; readonly exportName: string }
  /** The function that the receiving thread has set up for jobs. */
  | { readonly type: 'handler'; readonly number: number }

/** A task as a lane needs it: the number by which works refer to it, and the definition that a thread gets once. */
export interface Introduced {
  readonly number: number
  readonly definition: TaskDefinition
}

/**
 * From the sender to the thread, over the lane's port. The thread reads these strictly in order; only `abort`, `credit`
 * and `close` take effect on arrival.
 */
export type LaneDown =
  /** Written and read by `batch.ts`. */
  | { readonly type: 'works'; readonly numbers: ArrayLike<number>; readonly values: readonly unknown[] }
  | { readonly type: 'task'; readonly definition: TaskDefinition }
  /**
   * This number will not be used again before its definition is sent again. A thread keeps a limited number of tasks.
   */
  | { readonly type: 'forget'; readonly number: number }
  /** Asks a started work to end. Posted before the slot's abort word is set. */
  | { readonly type: 'abort'; readonly slot: number; readonly ticket: number; readonly reason: ErrorRecord }
  /** The generator that runs in this slot may yield `count` more values. */
  | { readonly type: 'credit'; readonly slot: number; readonly ticket: number; readonly count: number }
  /** The reader has left. The generator that runs in this slot should end and run its `finally`. */
  | { readonly type: 'close'; readonly slot: number; readonly ticket: number }

/** Where a task writes: standard output, and standard error. */
export const OUTPUT_NAMES = ['stdout', 'stderr'] as const
export type OutputName = (typeof OUTPUT_NAMES)[number]

/** From the thread to the sender. */
export type LaneUp =
  /** For each answer the number `slot << 2 | kind`, and a value if the kind has one. Written by `batch.ts`. */
  | { readonly type: 'answers'; readonly numbers: ArrayLike<number>; readonly values: readonly unknown[] }
  /** The running work in this slot has called `progress(value)`. */
  | { readonly type: 'progress'; readonly slot: number; readonly ticket: number; readonly value: unknown }
  /** The task of the running work in this slot has written this text. */
  | {
      readonly type: 'output'
      readonly slot: number
      readonly ticket: number
      readonly name: OutputName
      readonly text: string
    }
  /** The generator that runs in this slot has yielded this value. */
  | { readonly type: 'item'; readonly slot: number; readonly ticket: number; readonly value: unknown }
  /**
   * The answer for this slot will be an error: the generator failed. If its reader has left, the generator did not know
   * that yet.
   */
  | { readonly type: 'failing'; readonly slot: number; readonly ticket: number }
  /** The message with this number, counted from 1, could not be read, for this reason. */
  | { readonly type: 'unread'; readonly message: number; readonly error: ErrorRecord }

/**
 * Whether the thread's end of the lane can have sent this message. Other messages do arrive: a task can get hold of the
 * port, like everything else in its thread, and post anything. The message has been cloned, so reading it runs no code.
 */
export function isLaneUp(message: unknown): message is LaneUp {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  if (message.type === 'progress' || message.type === 'item')
    return 'slot' in message && typeof message.slot === 'number' && 'ticket' in message && 'value' in message
  if (message.type === 'output') {
    const { slot, ticket, name, text } = message as Readonly<Record<string, unknown>>
    const isNamed = OUTPUT_NAMES.some(known => known === name)
    return typeof slot === 'number' && ticket !== undefined && isNamed && typeof text === 'string'
  }
  if (message.type === 'failing') return 'slot' in message && typeof message.slot === 'number' && 'ticket' in message
  if (message.type === 'unread') return 'message' in message && 'error' in message
  if (message.type !== 'answers' || !('numbers' in message) || !('values' in message)) return false
  return Array.isArray(message.values) && areNumbers(message.numbers)
}

function areNumbers(list: unknown): boolean {
  return types.isFloat64Array(list) || (Array.isArray(list) && list.every(item => typeof item === 'number'))
}

/** The answer lies in shared memory. */
export const KEPT = 0
/** The answer is the next of the values. */
export const RESULT = 1
/** The function threw; the next of the values is an {@link ErrorRecord}. */
export const THROWN = 2

/** A thread's end of a lane. */
export interface LaneEnd {
  readonly port: MessagePort
  readonly claims: SharedArrayBuffer
  /** The ids of the sender's works begin with it. */
  readonly idPrefix: string
}
