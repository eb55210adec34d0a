/**
 * How a value inside an error crosses: as another error, as a clone, or as a list, item by item. Reads each getter at
 * most once, and runs no other code of the user. It knows nothing about the classes or properties of errors.
 */

import { inspect, types } from 'node:util'
import { isError } from '../errors/words.js'
import { whyRefused } from './unclonable.js'
import { forEachChild, isObject } from './walk.js'

// Node's own function, saved before a task can replace it.
const { structuredClone } = globalThis

/** The content of a property, or of an item of a list. An error is an index into the list of errors of the record. */
export type Content =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'error'; readonly index: number }
  | { readonly type: 'list'; readonly items: readonly Content[] }

/** The most errors in one record, and the most properties or list items of one error. The rest is left out. */
export const MOST = 1000

/** The value of an own data property of an object or function. Runs no getter. */
export function ownValue(holder: unknown, key: string | number): unknown {
  if ((!isObject(holder) && typeof holder !== 'function') || types.isProxy(holder)) return undefined
  return Object.getOwnPropertyDescriptor(holder, key)?.value
}

/** The value of a property; if its getter throws, a symbol, which cannot cross. */
export function read(holder: object, key: string): unknown {
  try {
    return Reflect.get(holder, key)
  } catch {
    return unreadable
  }
}

const unreadable = Symbol('a getter that throws')

/**
 * The content to record for a value, or undefined if it cannot cross.
 *
 * @param found the errors of the record, each with its index; errors found in the value are added
 */
export function contentOf(value: unknown, found: Map<object, number>): Content | undefined {
  if (isError(value)) return contentOfError(value, found)
  const whole = holdsErrors(value) ? undefined : contentOfClone(value)
  if (whole !== undefined || !isList(value)) return whole
  // Item by item, so that one item that cannot cross does not take the others with it.
  const items: Content[] = []
  for (let index = 0; index < Math.min(value.length, MOST); index++) {
    const item = read(value, String(index))
    const content = isError(item) ? contentOfError(item, found) : contentOfClone(item)
    items.push(content ?? { type: 'value', value: shown(item) })
  }
  return { type: 'list', items }
}

function contentOfError(error: object, found: Map<object, number>): Content {
  let index = found.get(error)
  if (index === undefined) {
    index = found.size
    if (index === MOST) return { type: 'value', value: `[left out: more than ${MOST} errors]` }
    found.set(error, index)
  }
  return { type: 'error', index }
}

function isList(value: unknown): value is readonly unknown[] {
  return !types.isProxy(value) && Array.isArray(value)
}

/**
 * Whether this is a list of errors, such as `errors` of an AggregateError. Runs no getters, because each may run only
 * once.
 */
function holdsErrors(value: unknown): boolean {
  if (!isList(value)) return false
  for (let index = 0; index < Math.min(value.length, MOST); index++) {
    if (isError(ownValue(value, index))) return true
  }
  return false
}

/**
 * A clone of the value, or undefined if there is none. The record holds the clone, because posting the value itself
 * would run its getters a second time.
 */
export function contentOfClone(value: unknown): { readonly type: 'value'; readonly value: unknown } | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (!isObject(value)) return { type: 'value', value }
  try {
    return mayBeTried(value) ? { type: 'value', value: structuredClone(value) } : undefined
  } catch {
    return undefined
  }
}

/**
 * Whether a structured clone can be tried: some objects must not be cloned although Node would not refuse them. Runs no
 * getters.
 */
function mayBeTried(value: object): boolean {
  const seen = new Set<object>([value])
  for (const each of seen) {
    if (types.isProxy(each) || whyRefused(each) !== undefined) return false
    forEachChild(
      each,
      child => {
        if (isObject(child)) seen.add(child)
        return true
      },
      'skip',
    )
  }
  return true
}

/** The value as text, for a message. */
export function shown(thrown: unknown): string {
  try {
    return inspect(thrown, { depth: 1, customInspect: false, maxArrayLength: 10, maxStringLength: 200 }).slice(0, 1000)
  } catch {
    return 'it cannot be shown either'
  }
}
