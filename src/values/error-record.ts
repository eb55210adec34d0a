/**
 * How thrown values cross to another thread: as plain data that can always be cloned, from which the other side makes
 * an equal error. It does not know who threw the value or who gets it.
 */

import { types } from 'node:util'
import { InvariantError, ThreadcrewError } from '../errors/base.js'
import * as groupErrors from '../errors/groups.js'
import * as workErrors from '../errors/works.js'
import { isError } from '../errors/words.js'
import { type Content, Contents, MOST, ownValue, type Parts, read, shown } from './error-contents.js'
import { isObject } from './walk.js'

// Taken before any task runs: some tasks replace `process` by that of a browser.
const { getBuiltinModule } = process

/**
 * A thrown value as it crosses. Errors, and objects that cannot be cloned as a whole, form a flat list and refer to each
 * other by index, because causes may be cyclic, and nested more deeply than a clone can be. The first one was thrown.
 */
export type ErrorRecord =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'objects'; readonly objects: readonly (ErrorParts | Parts)[] }

interface ErrorParts {
  readonly type: 'error'
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

/** The error classes that this Node has built in. Which these are differs between versions. */
const builtIns = new Map<string, object>()
for (const [holder, names] of [
  [
    globalThis,
    'Error TypeError RangeError SyntaxError ReferenceError EvalError URIError AggregateError SuppressedError DOMException',
  ],
  // V8 leaves it out if it may not write code, as with --jitless.
  [ownValue(globalThis, 'WebAssembly'), 'CompileError LinkError RuntimeError SuspendError'],
] as const) {
  for (const name of names.split(' ')) {
    const prototype = isObject(holder) ? prototypeBelow(Reflect.get(holder, name)) : undefined
    if (prototype !== undefined) builtIns.set(name, prototype)
  }
}

function prototypeBelow(constructor: unknown): object | undefined {
  return typeof constructor === 'function' && isObject(constructor.prototype) ? constructor.prototype : undefined
}

/** Kind -> prototype. The package's own classes go by the names of their exports, which a minifier leaves alone. */
const prototypes = new Map<string, object>(builtIns)
const ownErrors = { ThreadcrewError, InvariantError, ...workErrors, ...groupErrors }
for (const [name, ownError] of Object.entries(ownErrors)) prototypes.set(name, ownError.prototype)
const kinds = new Map<object, string>(Array.from(prototypes, ([kind, prototype]) => [prototype, kind]))

/**
 * Turns a thrown value into a record that can be posted. Never throws, whatever the value is, and reads each getter at
 * most once.
 *
 * The record of an error has its class, name, message, stack, cause and own properties. Any other value crosses as a
 * clone. Parts that cannot be cloned are left out. If nothing remains, an {@link workErrors.UncloneableValueError}
 * crosses instead that shows the value.
 */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  try {
    const contents = new Contents()
    const content = contents.of(thrown, 'apart')
    if (content === undefined) return standIn(thrown)
    if (content.type === 'value') return content
    const objects: (ErrorParts | Parts)[] = []
    for (const object of contents.found.keys())
      objects.push(isError(object) ? partsOfError(object, contents) : contents.partsOf(object))
    return isEmpty(objects[0]) ? standIn(thrown) : { type: 'objects', objects }
  } catch {
    return standIn(thrown)
  }
}

/**
 * The value that was thrown, or one equal to it. Runs no constructors except those of Error and DOMException, and
 * never throws: for a record that was made by a task and not by {@link toErrorRecord}, it may return an error that says
 * that the record cannot be read.
 */
export function fromErrorRecord(record: ErrorRecord): unknown {
  try {
    if (record.type === 'value') return record.value
    const objects = record.objects.map(blank)
    for (const [index, parts] of record.objects.entries()) fill(objects[index], parts, objects)
    return objects[0]
  } catch (cause) {
    return new Error('another thread sent an error that cannot be read', { cause })
  }
}

/** The nearest class in the prototype chain that both sides know. */
function kindOf(error: object): string {
  for (let each = prototypeOf(error); each !== null; each = prototypeOf(each)) {
    const kind = kinds.get(each) ?? (each === loadedPrototype(nameOf(each)) ? nameOf(each) : undefined)
    if (kind !== undefined) return kind
  }
  // Another realm has its own built-in classes, which are known only by their names.
  for (let each = prototypeOf(error); each !== null; each = prototypeOf(each)) {
    const name = nameOf(each)
    if (name !== undefined && builtIns.has(name)) return name
  }
  return 'Error'
}

function nameOf(prototype: object): string | undefined {
  const name = ownValue(ownValue(prototype, 'constructor'), 'name')
  return typeof name === 'string' ? name : undefined
}

/** The prototype of an error class that Node keeps in a module, which is loaded only if such an error crosses. */
function loadedPrototype(kind: string | undefined): object | undefined {
  return kind === 'AssertionError' ? getBuiltinModule('node:assert').AssertionError.prototype : undefined
}

function prototypeOf(value: object): object | null {
  // A Proxy in the prototype chain would run the user's traps.
  return types.isProxy(value) ? null : Object.getPrototypeOf(value)
}

function partsOfError(error: object, contents: Contents): ErrorParts {
  const properties: PropertyRecord[] = []
  const own = Object.getOwnPropertyNames(error).slice(0, MOST)
  for (const key of new Set(['name', 'message', 'stack', 'code', ...own])) {
    try {
      const place = placeOf(error, key)
      const content = place && contents.of(read(error, key), 'apart')
      if (place && content) properties.push({ key, place, content })
    } catch {
      // The stack is formatted when its descriptor is first read, and a formatter of the user may throw.
    }
  }
  return { type: 'error', kind: kindOf(error), properties }
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

function isEmpty(parts: ErrorParts | Parts | undefined): boolean {
  return (parts?.type === 'plain' || parts?.type === 'map') && parts.entries.length === 0
}

/** The record of an error that takes the place of a value that cannot cross. */
function standIn(thrown: unknown): ErrorRecord {
  const what = types.isProxy(thrown) ? 'Proxy' : typeof thrown
  const message = `this error takes the place of ${what === 'object' ? 'an' : 'a'} ${what} that cannot be sent to another thread: ${shown(thrown)}`
  const hidden = { message, stack: `UncloneableValueError: ${message}` }
  const enumerable = { code: 'ERR_VALUE_NOT_CLONEABLE', path: 'thrown' }
  const properties = Object.entries({ hidden, enumerable }).flatMap(([place, values]) =>
    Object.entries(values).map(([key, value]) => ({ key, place, content: { type: 'value', value } })),
  ) as PropertyRecord[]
  return { type: 'objects', objects: [{ type: 'error', kind: 'UncloneableValueError', properties }] }
}

/** An object as the record describes it, but without its contents. */
function blank(parts: ErrorParts | Parts): object {
  switch (parts.type) {
    case 'error':
      return blankError(parts)
    case 'list':
      return []
    case 'plain':
      return {}
    case 'map':
      return new Map()
    case 'set':
      return new Set()
  }
}

/** An error of this kind, without its properties. */
function blankError({ kind, properties }: ErrorParts): object {
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
    if (kind !== 'DOMException')
      Object.setPrototypeOf(error, prototypes.get(kind) ?? loadedPrototype(kind) ?? Error.prototype)
    // Replaced by the stack in the record, if it has one.
    define(error, 'stack', `${text('name')}: ${text('message')}`, false)
    return error
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}

/** Gives the object the contents that the record describes. */
function fill(object: object | undefined, parts: ErrorParts | Parts, objects: readonly object[]): void {
  const valueOf = (content: Content): unknown => (content.type === 'value' ? content.value : objects[content.index])
  if (object === undefined) return
  if (parts.type === 'error') {
    for (const { key, place, content } of parts.properties) {
      const value = valueOf(content)
      // If the prototype on this side gives the same value, as with built-in classes, an own property is not needed.
      if (place !== 'inherited' || Reflect.get(object, key) !== value)
        define(object, key, value, place === 'enumerable')
    }
  } else if (parts.type === 'list') {
    for (const [index, item] of parts.items.entries()) define(object, index, valueOf(item), true)
  } else if (parts.type === 'set') {
    for (const item of parts.items) Set.prototype.add.call(object, valueOf(item))
  } else if (parts.type === 'map') {
    for (const [key, value] of parts.entries) Map.prototype.set.call(object, valueOf(key), valueOf(value))
  } else {
    for (const [key, value] of parts.entries) define(object, String(valueOf(key)), valueOf(value), true)
  }
}

/** Defines, never assigns, so that a key like `__proto__` becomes an ordinary property. */
function define(target: object, key: string | number, value: unknown, enumerable: boolean): void {
  // Without a prototype, because inherited properties of a descriptor count as well.
  const descriptor: PropertyDescriptor = Object.create(null)
  descriptor.value = value
  descriptor.enumerable = enumerable
  descriptor.writable = true
  descriptor.configurable = true
  Object.defineProperty(target, key, descriptor)
}
