/** Copies of small plain results, so that an answer can wait for its batch while the task goes on. Knows no lane. */

import { types } from 'node:util'

/** Values looked at before a result counts as large: copying more costs as much as a message of its own. */
const CAP = 64

/** What {@link snapshot} returns where it did not copy. */
export const NOT_SMALL = Symbol('not small')

/**
 * A copy of a value that is a tree of plain objects, arrays and primitives, of {@link CAP} values at most; else
 * {@link NOT_SMALL}. The copy is what a structured clone would be.
 *
 * An answer that is held back must not change when the function's next call changes what it returned (a counter object, a
 * reused array). What cannot be copied cheaply is posted at once instead.
 */
export function snapshot(value: unknown): unknown {
  budget = CAP
  seen.length = 0
  const copied = copy(value)
  seen.length = 0
  return copied
}

// Shared by all calls: a snapshot runs to its end in one go, and no user code runs inside it.
let budget = 0
const seen: object[] = []

function copy(value: unknown): unknown {
  if (--budget < 0) return NOT_SMALL
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'function' || typeof value === 'symbol' ? NOT_SMALL : value
  }
  // Told by the prototype: a proxy has none that can be asked for without running its traps, hence the order of tests.
  if (types.isProxy(value) || seen.includes(value)) return NOT_SMALL
  seen.push(value)
  if (Array.isArray(value)) return Object.getPrototypeOf(value) === Array.prototype ? copyArray(value) : NOT_SMALL
  return Object.getPrototypeOf(value) === Object.prototype ? copyObject(value) : NOT_SMALL
}

function copyArray(array: readonly unknown[]): unknown {
  const keys = Object.keys(array)
  const { length } = array
  // Holes, extra properties: rare, left to the real clone. Indices come first among the keys, hence the look at the last.
  if (length > CAP || keys.length !== length || (length > 0 && keys[length - 1] !== String(length - 1)))
    return NOT_SMALL
  const copied: unknown[] = []
  for (let i = 0; i < length; i++) {
    if (Object.getOwnPropertyDescriptor(array, i)?.get !== undefined) return NOT_SMALL
    const item = copy(array[i])
    if (item === NOT_SMALL) return NOT_SMALL
    copied.push(item)
  }
  return copied
}

function copyObject(object: object): unknown {
  const copied: Record<string, unknown> = {}
  for (const key of Object.keys(object)) {
    const property = Object.getOwnPropertyDescriptor(object, key)
    if (property === undefined || property.get !== undefined || property.set !== undefined) return NOT_SMALL
    // `__proto__`, and whatever else somebody has put there or frozen: an assignment would run into it.
    if (key in Object.prototype) return NOT_SMALL
    const item = copy(property.value)
    if (item === NOT_SMALL) return NOT_SMALL
    copied[key] = item
  }
  return copied
}
