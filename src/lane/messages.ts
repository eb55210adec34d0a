/** What crosses between a sender and a thread, as discriminated unions. Both sides import these; neither adds to them. */

import type { MessagePort } from 'node:worker_threads'
import type { ErrorRecord } from '../values/error-record.js'

/**
 * A task as it crosses to a thread: once per thread. From then on works name it by its number.
 *
 * `function`: `line` and `column` (both from 1) tell where `text` begins in `file` if that is known; without them stack
 * lines count from the first line of the text.
 */
export type TaskDefinition =
  | {
      readonly type: 'function'
      readonly number: number
      readonly text: string
      readonly name: string
      /** Absolute path of the file that submitted it: `import()` and `require` resolve from there. */
      readonly file: string
      readonly line?: number | undefined
      readonly column?: number | undefined
    }
  | { readonly type: 'module'; readonly number: number; readonly url: string; readonly exportName: string }
  /** Whatever function the receiving thread has set up for this. */
  | { readonly type: 'handler'; readonly number: number }

/** A task as a lane needs it: the number by which works name it, and the definition that a thread gets once. */
export interface Introduced {
  readonly number: number
  readonly definition: TaskDefinition
}

/** From the sender to the thread, over the lane's port, read strictly in order; only `abort`, `credit` and `close` take effect on arrival. */
export type LaneDown =
  /** Written and read by `batch.ts`. */
  | { readonly type: 'works'; readonly numbers: ArrayLike<number>; readonly values: readonly unknown[] }
  | { readonly type: 'task'; readonly definition: TaskDefinition }
  /** The sender's list of known tasks is full: this number is not used again before its definition comes again. */
  | { readonly type: 'forget'; readonly number: number }
  /** Asks a started work to end. Posted before the slot's abort word is set. */
  | { readonly type: 'abort'; readonly slot: number; readonly ticket: number; readonly reason: ErrorRecord }
  /** The generator that runs in this slot may yield so many values more. */
  | { readonly type: 'credit'; readonly slot: number; readonly ticket: number; readonly count: number }
  /** Nobody wants more of its values: it is to end, by way of its `finally`. */
  | { readonly type: 'close'; readonly slot: number; readonly ticket: number }

/** From the thread to the sender. */
export type LaneUp =
  /** For each answer the number `slot << 2 | kind`, and where the kind says so a value. */
  | { readonly type: 'answers'; readonly numbers: ArrayLike<number>; readonly values: readonly unknown[] }
  /** What the running work in this slot says of itself. */
  | { readonly type: 'progress'; readonly slot: number; readonly ticket: number; readonly value: unknown }
  /** What the generator that runs in this slot has yielded. */
  | { readonly type: 'item'; readonly slot: number; readonly ticket: number; readonly value: unknown }
  /** The generator in this slot is about to fail, and has not heard that its reader has left, should that be so. */
  | { readonly type: 'ahead'; readonly slot: number; readonly ticket: number }

/**
 * Whether a message can be read as one from the thread. Not every one need be: a task can get hold of its thread's end of
 * the lane, as of everything in its thread, and post there what it likes. It has been cloned, so nothing in it can trap us.
 */
export function isLaneUp(message: unknown): message is LaneUp {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false
  if (message.type === 'progress' || message.type === 'item')
    return 'slot' in message && typeof message.slot === 'number' && 'ticket' in message && 'value' in message
  if (message.type === 'ahead') return 'slot' in message && typeof message.slot === 'number' && 'ticket' in message
  if (message.type !== 'answers' || !('numbers' in message) || !('values' in message)) return false
  return Array.isArray(message.values) && areNumbers(message.numbers)
}

function areNumbers(list: unknown): boolean {
  return list instanceof Float64Array || (Array.isArray(list) && list.every(item => typeof item === 'number'))
}

/** The answer lies in shared memory. */
export const KEPT = 0
/** The result is the next of the values. */
export const RESULT = 1
/** The next of the values is an {@link ErrorRecord}. */
export const THROWN = 2

/** A thread's end of a lane. */
export interface LaneEnd {
  readonly port: MessagePort
  readonly claims: SharedArrayBuffer
  /** The ids of the lane's works begin with it. */
  readonly idPrefix: string
}
