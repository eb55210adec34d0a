/**
 * Copies small plain results, so that an answer can wait for its batch while the task continues. It knows nothing about
 * lanes.
 */

import { types } from 'node:util'

/** A result of more values counts as large: copying it would cost as much as sending it in a separate message. */
const CAP = 64

/** What {@link snapshot} returns if it did not copy. */
export const NOT_SMALL = Symbol('not small')

/**
 * A copy of a value that is a tree of plain objects, arrays and primitives with at most {@link CAP} values; otherwise
 * {@link NOT_SMALL}. The copy equals a structured clone.
 *
 * An answer that is held back must not change when the next call of the function changes what it returned, such as a
 * counter object or a reused array. What cannot be copied cheaply is posted at once instead.
 */
export function snapshot(value: unknown): unknown {
  budget = CAP
  seen.length = 0
  const copied = copy(value)
  seen.length = 0
  return copied
}

// Shared by all calls: a snapshot runs to its end without interruption, and runs no code of the user.
let budget = 0
const seen: object[] = []

function copy(value: unknown): unknown {
  if (--budget < 0) return NOT_SMALL
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'function' || typeof value === 'symbol' ? NOT_SMALL : value
  }
  // The test for a Proxy comes first, because reading a Proxy's prototype would run its traps.
  if (types.isProxy(value) || seen.includes(value)) return NOT_SMALL
  seen.push(value)
  if (Array.isArray(value)) return Object.getPrototypeOf(value) === Array.prototype ? copyArray(value) : NOT_SMALL
  return Object.getPrototypeOf(value) === Object.prototype ? copyObject(value) : NOT_SMALL
}

function copyArray(array: readonly unknown[]): unknown {
  const keys = Object.keys(array)
  const { length } = array
  // Holes and extra properties are rare and left to the real clone. Checking the last key is enough, because indices
  // come first.
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
    // An assignment would be caught by `__proto__`, and by setters or read-only properties that some code has put on
    // Object.prototype.
    if (key in Object.prototype) return NOT_SMALL
    const item = copy(property.value)
    if (item === NOT_SMALL) return NOT_SMALL
    copied[key] = item
  }
  return copied
}
