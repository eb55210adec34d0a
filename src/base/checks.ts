/** Owns the kinds of values that options can have, and the words that refuse others; must not know which options there are. */

import { misfit, unknownOption } from '../errors/words.js'

/** Returns the value if it is right, throws otherwise. */
export type Check<T> = (value: unknown) => T

/** One check for each property of `T`. */
export type Checks<T> = { readonly [K in keyof T]-?: Check<T[K]> }

/** Which numbers are right: finite ones, save for what is said here. */
export interface NumberRange {
  readonly whole?: boolean
  readonly least?: number
  readonly most?: number
  /** Like `least`, itself excluded. */
  readonly above?: number
  readonly infinity?: boolean
  /** Why not others, for the message. */
  readonly because?: string
  /** What the message calls these numbers; default is words made of the above. */
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
 * By what it can do, not by its class: a signal may come from another realm, or from a library of its own.
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

export function hasMethod<S extends object>(value: unknown, method: keyof S & string): value is S {
  // Its class may have it; but what everything has since somebody changed Object.prototype is not its own.
  return (
    isRecord(value) && typeof value[method] === 'function' && value[method] !== Reflect.get(Object.prototype, method)
  )
}

/** An object to read options from. Whoever reads it has to leave out what is not its own. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An empty object without prototype, so that nothing can be inherited later either. All properties of `T` must be optional. */
export function bare<T extends object>(): T {
  return Object.create(null)
}

/**
 * Own properties only, each checked, in a frozen object without prototype. Undefined counts as not given.
 *
 * @param refusal what is thrown instead of an error that follows; `key` is the option that is wrong, if a single one is
 * @throws {TypeError} not an object, an unknown option. Throws what the checks throw, too
 */
export function checkedCopy<T extends object>(
  name: string,
  options: unknown,
  checks: Checks<T>,
  refusal: (error: unknown, key?: string) => unknown = error => error,
): Readonly<T> {
  if (!isRecord(options)) throw refusal(misfit(TypeError, name, 'an object', options))
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
