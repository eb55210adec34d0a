/** Checks values: one check for each kind of value that an option can have. It does not know which options exist. */

import { misfit, unknownOption } from '../errors/words.js'

/** Returns the value if it is valid; throws otherwise. */
export type Check<T> = (value: unknown) => T

/** One check for each property of `T`. */
export type Checks<T> = { readonly [K in keyof T]-?: Check<T[K]> }

/** Which numbers are valid: finite ones, within these limits. */
export interface NumberRange {
  readonly whole?: boolean
  readonly least?: number
  readonly most?: number
  /** Numbers must be above this one. */
  readonly above?: number
  /** Whether Infinity is valid as well. */
  readonly infinity?: boolean
  /** Why other numbers are not valid, for the message. */
  readonly because?: string
  /** What the message calls these numbers; by default, words made from the limits. */
  readonly called?: string
}

/** @throws {TypeError} not a number. @throws {RangeError} not in the range */
export function number(name: string, range: NumberRange = {}): Check<number> {
  const { whole = false, least = -Infinity, most = Infinity, above = -Infinity, infinity = false } = range
  const wanted = range.called ?? words(range)
  return value => {
    if (typeof value !== 'number') throw misfit(TypeError, name, wanted, value)
    const fits = value === Infinity ? infinity : whole ? Number.isSafeInteger(value) : Number.isFinite(value)
    if (!fits || value < least || value > most || value <= above) throw misfit(RangeError, name, wanted, value)
    return value
  }
}

/** @throws {TypeError} not a boolean */
export function boolean(name: string): Check<boolean> {
  return value => {
    if (typeof value !== 'boolean') throw misfit(TypeError, name, 'true or false', value)
    return value
  }
}

/** @throws {TypeError} not a string */
export function string(name: string): Check<string> {
  return value => {
    if (typeof value !== 'string') throw misfit(TypeError, name, 'a string', value)
    return value
  }
}

/** Copies and freezes the array. @throws {TypeError} not an array, or not of strings only */
export function strings(name: string): Check<string[]> {
  return value => {
    if (!Array.isArray(value)) throw misfit(TypeError, name, 'an array of strings', value)
    const copy = Array.from<unknown, string>(value, (item, index) => string(`${name}[${index}]`)(item))
    Object.freeze(copy)
    return copy
  }
}

/** @throws {TypeError} not one of the words */
export function oneOf<const W extends string>(name: string, words: readonly W[]): Check<W> {
  return value => {
    const word = words.find(known => known === value)
    if (word === undefined) throw misfit(TypeError, name, words.map(known => `'${known}'`).join(' or '), value)
    return word
  }
}

/**
 * Checks what the value can do, not its class: a signal may come from another realm or from a library.
 *
 * @throws {TypeError} not an AbortSignal
 */
export function abortSignal(name: string): Check<AbortSignal> {
  return value => {
    if (!isAbortSignal(value)) throw misfit(TypeError, name, 'an AbortSignal', value)
    return value
  }
}

function isAbortSignal(value: unknown): value is AbortSignal {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.aborted === 'boolean' &&
    'addEventListener' in value &&
    typeof value.addEventListener === 'function' &&
    'removeEventListener' in value &&
    typeof value.removeEventListener === 'function'
  )
}

/** Whether the object or its class has this method. */
export function hasMethod<S extends object>(value: unknown, method: keyof S & string): value is S {
  // A method that some code has put on Object.prototype, so that every object has it, does not count.
  return (
    isRecord(value) && typeof value[method] === 'function' && value[method] !== Reflect.get(Object.prototype, method)
  )
}

/** Whether this is an object and no array. A reader of options must ignore properties that are not its own. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Requires an object that somebody wrote to hold options: a literal, of any realm, or an object without a prototype. An
 * instance of a class would be an empty set of options, because its accessors are not its own properties. So
 * `execute(fn, args, controller)`, where `{ signal }` was meant, would run a work that nothing can cancel.
 *
 * @throws {TypeError} not such an object
 */
export function requireOptions(name: string, value: unknown): asserts value is Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw misfit(TypeError, name, 'an object', value)
  if (!isInstance(value)) return
  const { message } = misfit(TypeError, name, 'a plain object, not an instance of a class', value)
  const meant = isAbortSignal(value)
    ? 'signal'
    : isAbortSignal(value['signal'])
      ? 'signal: controller.signal'
      : undefined
  throw new TypeError(meant === undefined ? message : `${message}; did you mean { ${meant} }?`)
}

/** Whether the object inherits from the prototype of a class, that of `Object` in whichever realm excepted. */
function isInstance(value: object): boolean {
  let prototype: unknown = Object.getPrototypeOf(value)
  while (prototype !== Object.prototype && typeof prototype === 'object' && prototype !== null) {
    const next: unknown = Object.getPrototypeOf(prototype)
    if (next !== null && Object.hasOwn(prototype, 'constructor')) return true
    prototype = next
  }
  return false
}

/**
 * An empty object without a prototype, so that it can never inherit anything. All properties of `T` must be optional.
 */
export function bare<T extends object>(): T {
  return Object.create(null)
}

/**
 * Checks each own property of `options`, and returns them in a frozen object without a prototype. A property that is
 * undefined counts as not given.
 *
 * @param refusal turns an error into the one to throw; `key` is the option that is wrong, if it is a single one
 * @throws {TypeError} no plain object, or an unknown option. Also throws what the checks throw
 */
export function checkedCopy<T extends object>(
  name: string,
  options: unknown,
  checks: Checks<T>,
  refusal: (error: unknown, key?: string) => unknown = error => error,
): Readonly<T> {
  try {
    requireOptions(name, options)
  } catch (error) {
    throw refusal(error)
  }
  const copy = bare<T>()
  for (const key of Object.keys(options)) {
    if (!isKeyOf(checks, key)) throw refusal(unknownOption(name, key, Object.keys(checks)), key)
    const value = options[key]
    try {
      if (value !== undefined) copy[key] = checks[key](value)
    } catch (error) {
      throw refusal(error, key)
    }
  }
  return Object.freeze(copy)
}

function isKeyOf<T extends object>(object: T, key: string): key is keyof T & string {
  return Object.hasOwn(object, key)
}

function words({ whole, least, most, above, infinity, because }: NumberRange): string {
  const kind = whole ? 'a whole number' : infinity ? 'a number' : 'a finite number'
  const from = least !== undefined ? ` ≥ ${least}` : above !== undefined ? ` > ${above}` : ''
  const to = most === undefined ? '' : ` and ≤ ${most}`
  return `${kind}${from}${to}${infinity ? ' or Infinity' : ''}${because === undefined ? '' : ` (${because})`}`
}
