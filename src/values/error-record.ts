/**
 * How thrown values cross to another thread: as plain data that can always be cloned, from which the other side makes
 * an equal error. It does not know who threw the value or who gets it.
 */

import { types } from 'node:util'
import { InvariantError, ThreadcrewError } from '../errors/base.js'
import * as groupErrors from '../errors/groups.js'
import * as workErrors from '../errors/works.js'
import { isError } from '../errors/words.js'
import { type Content, contentOf, contentOfClone, MOST, ownValue, read, shown } from './error-contents.js'

/**
 * A thrown value as it crosses. Errors form a flat list and refer to each other by index, because causes may be cyclic.
 */
export type ErrorRecord =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'error'; readonly errors: readonly ErrorNode[] }

interface ErrorNode {
  /** The nearest class that both sides know. */
  readonly kind: string
  readonly properties: readonly PropertyRecord[]
}

interface PropertyRecord {
  readonly key: string
  /** 'inherited': it comes from a prototype, which the other side may have or not. */
  readonly place: 'enumerable' | 'hidden' | 'inherited'
  readonly content: Content
}

/** Kind -> prototype. The package's own classes go by the names of their exports, which a minifier leaves alone. */
const prototypes = new Map<string, object>([['DOMException', DOMException.prototype]])
const builtIns = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError]
for (const builtIn of builtIns) prototypes.set(builtIn.name, builtIn.prototype)

const ownErrors = { ThreadcrewError, InvariantError, ...workErrors, ...groupErrors }

for (const [name, ownError] of Object.entries(ownErrors)) prototypes.set(name, ownError.prototype)
const kinds = new Map<object, string>(Array.from(prototypes, ([kind, prototype]) => [prototype, kind]))

/**
 * Turns a thrown value into a record that can be posted. Never throws, whatever the value is, and reads each getter at
 * most once.
 *
 * The record of an error has its class, name, message, stack, cause and own properties, except those that cannot be
 * cloned. Any other value crosses as a clone. If it cannot be cloned, an error crosses instead that says so and shows
 * the value.
 */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  try {
    if (!isError(thrown)) return contentOfClone(thrown) ?? standIn(thrown)
    // The iterator of a Map also visits entries added on the way: the errors found inside errors.
    const found = new Map<object, number>([[thrown, 0]])
    const errors: ErrorNode[] = []
    for (const error of found.keys()) errors.push({ kind: kindOf(error), properties: propertiesOf(error, found) })
    return { type: 'error', errors }
  } catch {
    return standIn(thrown)
  }
}

/**
 * The value that was thrown, or an error equal to it. Runs no constructors except those of Error and DOMException, and
 * never throws: for a record that was made by a task and not by {@link toErrorRecord}, it may return an error that says
 * that the record cannot be read.
 */
export function fromErrorRecord(record: ErrorRecord): unknown {
  try {
    if (record.type === 'value') return record.value
    const errors = record.errors.map(blankError)
    for (const [index, { properties }] of record.errors.entries()) {
      const error = errors[index]
      if (error !== undefined) for (const property of properties) restore(error, property, errors)
    }
    return errors[0]
  } catch (cause) {
    return new Error('another thread sent an error that cannot be read', { cause })
  }
}

/** The nearest class in the prototype chain that both sides know. */
function kindOf(error: object): string {
  for (let each = prototypeOf(error); each !== null; each = prototypeOf(each)) {
    const kind = kinds.get(each)
    if (kind !== undefined) return kind
  }
  // Another realm has its own built-in classes, which are known only by their names.
  for (let each = prototypeOf(error); each !== null; each = prototypeOf(each)) {
    const name = ownValue(ownValue(each, 'constructor'), 'name')
    const known = builtIns.find(builtIn => builtIn.name === name)
    if (known !== undefined) return known.name
  }
  return 'Error'
}

function prototypeOf(value: object): object | null {
  // A Proxy in the prototype chain would run the user's traps.
  return types.isProxy(value) ? null : Object.getPrototypeOf(value)
}

function propertiesOf(error: object, found: Map<object, number>): PropertyRecord[] {
  const properties: PropertyRecord[] = []
  const own = Object.getOwnPropertyNames(error).slice(0, MOST)
  for (const key of new Set(['name', 'message', 'stack', 'code', ...own])) {
    try {
      const place = placeOf(error, key)
      const content = place && contentOf(read(error, key), found)
      if (place && content) properties.push({ key, place, content })
    } catch {
      // The stack is formatted when its descriptor is first read, and a formatter of the user may throw.
    }
  }
  return properties
}

function placeOf(error: object, key: string): PropertyRecord['place'] | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(error, key)
  if (descriptor !== undefined) return descriptor.enumerable === true ? 'enumerable' : 'hidden'
  for (let each = prototypeOf(error); each !== null; each = prototypeOf(each)) {
    // The last prototype, Object.prototype, does not count: what some code has put there is there for every object.
    if (prototypeOf(each) !== null && Object.hasOwn(each, key)) return 'inherited'
  }
  return undefined
}

/** The record of an error that takes the place of a value that cannot cross. */
function standIn(thrown: unknown): ErrorRecord {
  const what = types.isProxy(thrown) ? 'Proxy' : typeof thrown
  const message = `this error takes the place of ${what === 'object' ? 'an' : 'a'} ${what} that cannot be sent to another thread: ${shown(thrown)}`
  const properties: PropertyRecord[] = [
    { key: 'message', place: 'hidden', content: { type: 'value', value: message } },
    { key: 'stack', place: 'hidden', content: { type: 'value', value: `Error: ${message}` } },
  ]
  return { type: 'error', errors: [{ kind: 'Error', properties }] }
}

/** An error of this kind, without its properties. */
function blankError({ kind, properties }: ErrorNode): object {
  const text = (wanted: string): string => {
    const content = properties.find(({ key }) => key === wanted)?.content
    return content?.type === 'value' && typeof content.value === 'string' ? content.value : ''
  }
  const limit = Error.stackTraceLimit
  try {
    // No stack, because V8 would format the stack of this call only for it to be replaced. Reflect, because Error may
    // be frozen.
    Reflect.set(Error, 'stackTraceLimit', 0)
    // Only its constructor can set name and message of a DOMException.
    const error = kind === 'DOMException' ? new DOMException(text('message'), text('name')) : new Error()
    if (kind !== 'DOMException') Object.setPrototypeOf(error, prototypes.get(kind) ?? Error.prototype)
    // Replaced by the stack in the record, if it has one.
    define(error, 'stack', `${text('name')}: ${text('message')}`, false)
    return error
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}

function restore(error: object, { key, place, content }: PropertyRecord, errors: readonly object[]): void {
  const value = valueOf(content, errors)
  // If the prototype on this side gives the same value, as with built-in classes, an own property is not needed.
  if (place === 'inherited' && Reflect.get(error, key) === value) return
  define(error, key, value, place === 'enumerable')
}

function valueOf(content: Content, errors: readonly object[]): unknown {
  if (content.type === 'value') return content.value
  return content.type === 'error' ? errors[content.index] : content.items.map(item => valueOf(item, errors))
}

/** Defines, never assigns, so that a key like `__proto__` becomes an ordinary property. */
function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  // Without a prototype, because inherited properties of a descriptor count as well.
  const descriptor: PropertyDescriptor = Object.create(null)
  descriptor.value = value
  descriptor.enumerable = enumerable
  descriptor.writable = true
  descriptor.configurable = true
  Object.defineProperty(target, key, descriptor)
}
