/**
 * Owns how thrown values cross between threads: as plain data that always can be cloned, from which the other side makes
 * an equal error. Must not know who threw or who listens.
 */

import { inspect, types } from 'node:util'
import { InvariantError, ThreadcrewError } from '../errors/base.js'
import * as groupErrors from '../errors/groups.js'
import * as workErrors from '../errors/works.js'
import { whyRefused } from './unclonable.js'
import { forEachChild, isObject } from './walk.js'

// Node's own, taken before a task can put another in its place.
const { structuredClone } = globalThis

/** A thrown value as it crosses. Errors are a flat list, in which they refer to each other by index: causes may be cyclic. */
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
  /** 'inherited' is what a prototype gave it: the other side may have that prototype, or not. */
  readonly place: 'enumerable' | 'hidden' | 'inherited'
  readonly content: Content
}

type Content =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'error'; readonly index: number }
  | { readonly type: 'list'; readonly items: readonly Content[] }

/** Errors in one record, and properties or list elements per error. What goes beyond is left out. */
const MOST = 1000

/** Kind -> prototype. Our own classes go by the names of their exports, which survive a minifier. */
const prototypes = new Map<string, object>([['DOMException', DOMException.prototype]])
const builtIns = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError]
for (const builtIn of builtIns) prototypes.set(builtIn.name, builtIn.prototype)

const ownErrors = { ThreadcrewError, InvariantError, ...workErrors, ...groupErrors }

for (const [name, ownError] of Object.entries(ownErrors)) prototypes.set(name, ownError.prototype)
const kinds = new Map<object, string>(Array.from(prototypes, ([kind, prototype]) => [prototype, kind]))

/**
 * Makes a thrown value ready to be posted. Never throws, whatever it is, and reads each getter once at most.
 *
 * Of an error: its class, name, message, stack, cause and own properties; what among these cannot be cloned is left out.
 * Other values cross as clones; where there is no clone, an error crosses that says so and shows the value.
 */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  try {
    if (!isError(thrown)) return contentOfClone(thrown) ?? standIn(thrown)
    // A Map's iterator also visits what is added on the way: the errors found inside errors.
    const found = new Map<object, number>([[thrown, 0]])
    const errors: ErrorNode[] = []
    for (const error of found.keys()) errors.push({ kind: kindOf(error), properties: propertiesOf(error, found) })
    return { type: 'error', errors }
  } catch {
    return standIn(thrown)
  }
}

/**
 * The value that was thrown, or an error like it. Runs no constructor but those of Error and DOMException, and never throws:
 * a record that {@link toErrorRecord} did not make, but a task, gives an error that says so.
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
    return new Error('an error came from another thread that cannot be read', { cause })
  }
}

/** Errors of other realms are not `instanceof Error` here, and a DOMException is no native error on Node 20. */
function isError(value: unknown): value is object {
  if (!isObject(value) || types.isProxy(value)) return false
  try {
    return types.isNativeError(value) || value instanceof Error
  } catch {
    return false
  }
}

function kindOf(error: object): string {
  for (let each = prototypeOf(error); each !== null; each = prototypeOf(each)) {
    const kind = kinds.get(each)
    if (kind !== undefined) return kind
  }
  // Another realm has classes of its own, which only their names tell.
  for (let each = prototypeOf(error); each !== null; each = prototypeOf(each)) {
    const name = ownValue(ownValue(each, 'constructor'), 'name')
    const known = builtIns.find(builtIn => builtIn.name === name)
    if (known !== undefined) return known.name
  }
  return 'Error'
}

function prototypeOf(value: object): object | null {
  // A Proxy among the prototypes would run the user's traps.
  return types.isProxy(value) ? null : Object.getPrototypeOf(value)
}

/** Of a data property of an object or function; reads no getter. */
function ownValue(holder: unknown, key: string | number): unknown {
  if ((!isObject(holder) && typeof holder !== 'function') || types.isProxy(holder)) return undefined
  return Object.getOwnPropertyDescriptor(holder, key)?.value
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
      // The stack is formatted when its descriptor is first asked for, and a formatter of the user's may throw.
    }
  }
  return properties
}

function placeOf(error: object, key: string): PropertyRecord['place'] | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(error, key)
  if (descriptor !== undefined) return descriptor.enumerable === true ? 'enumerable' : 'hidden'
  for (let each = prototypeOf(error); each !== null; each = prototypeOf(each)) {
    // The last prototype is Object's: what is found only there, somebody put there for everything.
    if (prototypeOf(each) !== null && Object.hasOwn(each, key)) return 'inherited'
  }
  return undefined
}

/** What cannot be read becomes something that cannot cross. */
function read(holder: object, key: string): unknown {
  try {
    return Reflect.get(holder, key)
  } catch {
    return unreadable
  }
}

const unreadable = Symbol('a getter that throws')

function contentOf(value: unknown, found: Map<object, number>): Content | undefined {
  if (isError(value)) return contentOfError(value, found)
  const whole = holdsErrors(value) ? undefined : contentOfClone(value)
  if (whole !== undefined || !isList(value)) return whole
  // Item by item, so that one that cannot cross does not take the others with it.
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

/** Such as `errors` of an AggregateError. Looks without running getters, as each of them may run only once. */
function holdsErrors(value: unknown): boolean {
  if (!isList(value)) return false
  for (let index = 0; index < Math.min(value.length, MOST); index++) {
    if (isError(ownValue(value, index))) return true
  }
  return false
}

/** The clone is what goes into the record: posting the value itself would run its getters a second time. */
function contentOfClone(value: unknown): { readonly type: 'value'; readonly value: unknown } | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return undefined
  if (!isObject(value)) return { type: 'value', value }
  try {
    return mayBeTried(value) ? { type: 'value', value: structuredClone(value) } : undefined
  } catch {
    return undefined
  }
}

/** Some things must be kept from a structured clone, as it would not refuse them. Runs no getters, as above. */
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

/** An error in the place of what cannot cross. */
function standIn(thrown: unknown): ErrorRecord {
  const what = types.isProxy(thrown) ? 'Proxy' : typeof thrown
  const message = `this stands for ${what === 'object' ? 'an' : 'a'} ${what} that cannot be sent to another thread: ${shown(thrown)}`
  const properties: PropertyRecord[] = [
    { key: 'message', place: 'hidden', content: { type: 'value', value: message } },
    { key: 'stack', place: 'hidden', content: { type: 'value', value: `Error: ${message}` } },
  ]
  return { type: 'error', errors: [{ kind: 'Error', properties }] }
}

function shown(thrown: unknown): string {
  try {
    return inspect(thrown, { depth: 1, customInspect: false, maxArrayLength: 10, maxStringLength: 200 }).slice(0, 1000)
  } catch {
    return 'showing it fails as well'
  }
}

function blankError({ kind, properties }: ErrorNode): object {
  const text = (wanted: string): string => {
    const content = properties.find(({ key }) => key === wanted)?.content
    return content?.type === 'value' && typeof content.value === 'string' ? content.value : ''
  }
  const limit = Error.stackTraceLimit
  try {
    // The stack of this very call would be thrown away, after V8 had made a text of it. (Reflect, as it may be frozen.)
    Reflect.set(Error, 'stackTraceLimit', 0)
    // Name and message of a DOMException lie where only its constructor can put them.
    const error = kind === 'DOMException' ? new DOMException(text('message'), text('name')) : new Error()
    if (kind !== 'DOMException') Object.setPrototypeOf(error, prototypes.get(kind) ?? Error.prototype)
    // To be replaced by that of the record, if it has one.
    define(error, 'stack', `${text('name')}: ${text('message')}`, false)
    return error
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}

function restore(error: object, { key, place, content }: PropertyRecord, errors: readonly object[]): void {
  const value = valueOf(content, errors)
  // Where this side's prototype gives the same, as it does for built-in classes, an own property would only be in the way.
  if (place === 'inherited' && Reflect.get(error, key) === value) return
  define(error, key, value, place === 'enumerable')
}

function valueOf(content: Content, errors: readonly object[]): unknown {
  if (content.type === 'value') return content.value
  return content.type === 'error' ? errors[content.index] : content.items.map(item => valueOf(item, errors))
}

/** Defines and never assigns, so that a key like `__proto__` is a property and nothing more. */
function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  // Without a prototype, because descriptors are read with what they inherit.
  const descriptor: PropertyDescriptor = Object.create(null)
  descriptor.value = value
  descriptor.enumerable = enumerable
  descriptor.writable = true
  descriptor.configurable = true
  Object.defineProperty(target, key, descriptor)
}
