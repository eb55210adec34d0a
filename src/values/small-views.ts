/**
 * Copies small Buffers out of the memory pool below them before a post. It knows nothing about transfer marks or
 * refusals.
 */

import { types } from 'node:util'
import { type Container, forEachChild, isContainer, isList, isObject } from './walk.js'

/** How many values are walked. In something larger, one more memory pool makes no difference, but the walk would. */
const VALUES_WALKED = 4096

/**
 * Whether this is a Buffer that uses less than half of the memory below it. Only Buffers, because they share memory
 * without being asked to; two views of one ArrayBuffer may be meant to stay together.
 */
export function isSmallView(value: object, except: readonly unknown[] | undefined): value is Uint8Array {
  if (Object.getPrototypeOf(value) !== Buffer.prototype || !types.isUint8Array(value)) return false
  const memory = value.buffer
  return (
    value.byteLength * 2 < memory.byteLength && !types.isSharedArrayBuffer(memory) && except?.includes(memory) !== true
  )
}

/**
 * A copy of `values` in which small Buffers have their own memory. Arrays and plain objects that hold such Buffers are
 * copied too.
 */
export function compacted(values: readonly unknown[], except: readonly unknown[] | undefined): readonly unknown[] {
  const copies = new Map<unknown, object>()
  /** For each object, the objects that hold it. */
  const holders = new Map<object, object[]>([[values, []]])
  let walked = 0
  // The iterator of a Map also visits entries added on the way, so both Maps are queues as well.
  for (const holder of holders.keys()) {
    forEachChild(holder, child => {
      if (isObject(child)) {
        const others = holders.get(child)
        if (others === undefined) holders.set(child, [holder])
        else others.push(holder)
        if (isContainer(holder) && isSmallView(child, except)) copies.set(child, new Uint8Array(child))
      }
      return ++walked <= VALUES_WALKED
    })
    // A Buffer that is also somewhere in the unwalked rest will arrive twice.
    if (walked > VALUES_WALKED) return shallowlyCompacted(values, except, () => true)
  }
  const emptyCopies = new Map<Container, object>()
  for (const original of copies.keys()) {
    for (const holder of (isObject(original) && holders.get(original)) || []) {
      // An object of another kind cannot be copied here, so it would still refer to the originals of what it holds.
      if (!isContainer(holder)) {
        return shallowlyCompacted(values, except, view => holders.get(view)?.every(each => each === values) === true)
      }
      if (copies.has(holder)) continue
      const copy: object = isList(holder) ? new Array<unknown>(holder.length) : Object.create(null)
      // Not even an array gets a prototype, so that a key like `__proto__` becomes an ordinary property.
      Object.setPrototypeOf(copy, null)
      copies.set(holder, copy)
      emptyCopies.set(holder, copy)
    }
  }
  for (const [original, copy] of emptyCopies) {
    // Entries, not indices, because holes and extra properties of arrays cross as well.
    for (const [key, value] of Object.entries(original)) Reflect.set(copy, key, copies.get(value) ?? value)
  }
  const copy = copies.get(values)
  return isList(copy) ? copy : values
}

/** Replaces only direct elements. Other references to one of these Buffers keep the original. */
function shallowlyCompacted(
  values: readonly unknown[],
  except: readonly unknown[] | undefined,
  isOnlyHere: (view: object) => boolean,
): readonly unknown[] {
  const copies = new Map<unknown, Uint8Array>()
  for (const value of values) {
    if (isObject(value) && isSmallView(value, except) && isOnlyHere(value)) copies.set(value, new Uint8Array(value))
  }
  return copies.size === 0 ? values : values.map(value => copies.get(value) ?? value)
}
