/** Puts the marks of `transfer` on values, and finds them again. It does not know when or where values are posted. */

import { inspect, types } from 'node:util'
import { isError } from '../errors/words.js'
import type { Transferable as NodeTransferable } from 'node:worker_threads'
import { forEachChild, isObject } from './walk.js'

/**
 * The most arguments of a work. A function call takes about 100,000; and with an array of 2^32 holes the process would
 * die before Node could refuse it.
 */
export const MOST_ARGUMENTS = 1_000_000

// Node's own function, saved before a task can replace it.
const { structuredClone } = globalThis

/**
 * What can be moved to another thread: whatever `postMessage` of this Node takes in its transfer list, such as an
 * `ArrayBuffer`, a `MessagePort`, a `FileHandle` or a web stream. A typed array, a `DataView` or a `Buffer` stands for
 * the `ArrayBuffer` below it.
 *
 * @group Moving values
 */
export type Transferable = NodeTransferable | ArrayBufferView

const marks = new WeakMap<object, readonly NodeTransferable[]>()
/** How many marked values are alive. While it is 0, no value is searched. */
let liveMarks = 0
const collectedMarks = new FinalizationRegistry<undefined>(() => {
  liveMarks--
})

/**
 * Returns `value` itself, marked. When it is sent to or from a thread, by itself or anywhere inside arguments or a
 * result, the things in `list` are moved instead of copied.
 *
 * The sender loses what is moved: an `ArrayBuffer` is detached as soon as the value is posted, and stays whole if the
 * work is refused or discarded before that. A mark serves one post. Marking a value again replaces its list. Marks are
 * found in arrays, objects, `Map`s and `Set`s at any depth, but not in extra properties of arrays and not in thrown
 * errors.
 *
 * The memory pool that Node shares between small `Buffer`s never moves, because that would empty unrelated `Buffer`s. A
 * small `Buffer` in the list is copied. A `SharedArrayBuffer` is shared anyway and cannot be listed.
 *
 * @param value  an object; it need not be one of the things that move
 * @param list  what moves, each thing once; an empty list removes an earlier mark
 * @throws {TypeError} if `value` is not an object, if `list` is not an array, or if an entry of `list` cannot be moved,
 *   was moved before, or appears twice
 * @example
 * ```ts
 * const pixels = new Uint8Array(1_000_000)
 * const image = transfer({ width: 1000, pixels }, [pixels.buffer])
 * await pool.execute(blur, [image])      // not copied; `pixels` is empty from here on
 * ```
 * @group Moving values
 */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
  if (!isObject(value)) throw new TypeError(`transfer(value, list): value must be an object, but it is ${shown(value)}`)
  if (!Array.isArray(list)) {
    throw new TypeError(`transfer(value, list): list must be an array, but it is ${shown(list)}`)
  }
  const moved = new Map<NodeTransferable, number>()
  for (const [index, entry] of list.entries()) {
    const thing = whatMoves(entry, index)
    if (thing === undefined) continue
    const first = moved.get(thing)
    if (first !== undefined) {
      throw new TypeError(`transfer(value, list): list[${index}] names the same ${nameOf(thing)} as list[${first}]`)
    }
    moved.set(thing, index)
  }
  removeMark(value)
  if (moved.size > 0) {
    marks.set(value, [...moved.keys()])
    collectedMarks.register(value, undefined, value)
    liveMarks++
  }
  return value
}

/**
 * What the marked values inside `values` want moved, each thing once; `undefined` if there is nothing to move.
 *
 * Cost: next to nothing while no marked value is alive in this thread, otherwise a full walk.
 */
export function markedIn(values: readonly unknown[]): NodeTransferable[] | undefined {
  // A list that is too long will be refused by the batch. It must not be searched before.
  if (liveMarks === 0 || !(values.length <= MOST_ARGUMENTS)) return undefined
  const moved = new Set<NodeTransferable>()
  for (const value of markedValues(values)) for (const thing of marks.get(value) ?? []) moved.add(thing)
  return moved.size === 0 ? undefined : [...moved]
}

/** Removes the marks. Call this only after `values` were posted: a refused work keeps its marks. */
export function unmark(values: readonly unknown[]): void {
  if (liveMarks === 0) return
  for (const value of markedValues(values)) removeMark(value)
}

function removeMark(value: object): void {
  if (!marks.delete(value)) return
  collectedMarks.unregister(value)
  liveMarks--
}

function markedValues(values: readonly unknown[]): object[] {
  const found: object[] = []
  const seen = new Set<object>([values])
  // The iterator of a Set also visits entries added on the way, so `seen` is the queue as well.
  for (const holder of seen) {
    if (marks.has(holder) && found.push(holder) === liveMarks) break
    forEachChild(holder, child => {
      if (isObject(child)) seen.add(child)
      return true
    })
  }
  return found
}

/**
 * What moves for this entry; `undefined` for a Buffer in the shared pool, which Node would refuse and a copy serves as
 * well.
 */
function whatMoves(entry: Transferable, index: number): NodeTransferable | undefined {
  const thing = ArrayBuffer.isView(entry) ? entry.buffer : entry
  if (types.isArrayBuffer(thing)) {
    if (isDetached(thing)) throw refusedEntry(entry, index, 'it is detached, because it was moved before')
    return isPoolSized(thing) && !nodeMoves(thing) ? undefined : thing
  }
  if (types.isSharedArrayBuffer(thing))
    throw refusedEntry(entry, index, 'shared memory is not moved; leave it out of the list')
  if (nodeMoves(thing)) return thing
  throw refusedEntry(entry, index, 'this Node cannot move it to another thread, or it was moved or closed before')
}

/** Node 26 makes its pool larger by this many bytes, to align it. */
const POOL_PADDING = 64

function isPoolSized({ byteLength }: ArrayBuffer): boolean {
  return byteLength === Buffer.poolSize || byteLength === Buffer.poolSize + POOL_PADDING
}

function refusedEntry(entry: unknown, index: number, why: string): TypeError {
  return new TypeError(`transfer(value, list): list[${index}] is ${shown(entry)}: ${why}`)
}

/**
 * Whether this Node can move the thing. The answer differs between versions, so Node itself is asked: it refuses a list
 * with a duplicate before it moves anything, and the message of the refusal shows whether it would move the thing.
 */
export function nodeMoves(thing: unknown): thing is NodeTransferable {
  try {
    structuredClone(undefined, { transfer: [thing, thing] as NodeTransferable[] })
    return false
  } catch (error) {
    return isError(error) && error.message.includes('duplicate')
  }
}

/**
 * Throws if an ArrayBuffer in the list was moved away since it was listed, as newer versions of Node do. Node 20 would
 * post a message that cannot be read.
 */
export function requireAttached(list: readonly unknown[] | undefined): void {
  if (list?.some(thing => types.isArrayBuffer(thing) && isDetached(thing)) !== true) return
  throw new TypeError('an ArrayBuffer of the transfer list is detached: it was moved before')
}

/** Whether the memory was moved away. (Node 20 has no `ArrayBuffer.prototype.detached`.) */
export function isDetached(buffer: ArrayBuffer | SharedArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false
  try {
    void new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

function shown(value: unknown): string {
  try {
    return inspect(value, { depth: 0, customInspect: false, maxStringLength: 100 })
  } catch {
    return `some ${typeof value}`
  }
}

function nameOf(thing: object): string {
  return thing.constructor.name
}
