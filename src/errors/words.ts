/** The words in which error messages describe values and options. */

import { inspect, types } from 'node:util'

/**
 * Whether the value is an error, of this realm or of another one; false for a Proxy of one, whose traps are not run. Two
 * tests, because errors of other realms are not `instanceof Error`, and on Node 20 a DOMException is no native error.
 */
export function isError(value: unknown): value is Error {
  if (types.isProxy(value)) return false
  try {
    return types.isNativeError(value) || value instanceof Error
  } catch {
    return false
  }
}

/** The `code` of an error; undefined if it has none. */
export function codeOf(error: unknown): unknown {
  return isError(error) && 'code' in error ? error.code : undefined
}

/** The message of an error, or the text of any other value. Never throws. */
export function textOf(thrown: unknown): string {
  try {
    return String(isError(thrown) ? thrown.message : thrown)
  } catch {
    return 'a value that cannot be shown as text'
  }
}

/**
 * What to throw where a module could not be loaded. A SyntaxError of Node says neither in message nor in stack where it
 * is, so this one names the module; the original is its cause. It may be about a module that this one imports. Every
 * other error stays as it is.
 */
export function loadFailure(url: string, error: unknown): unknown {
  const isUnnamed = error instanceof SyntaxError && !error.message.includes(url) && !url.startsWith('data:')
  return isUnnamed ? new SyntaxError(`${url} could not be loaded: ${error.message}`, { cause: error }) : error
}

/** The error for a wrong value, such as `total must be a whole number ≥ 0, got -1 (number)`. */
export function misfit(kind: ErrorConstructor, name: string, wanted: string, value: unknown): Error {
  return new kind(`${name} must be ${wanted}, got ${describe(value)}`)
}

/** The error for an option that does not exist. */
export function unknownOption(of: string, key: string, known: readonly string[]): TypeError {
  return new TypeError(`${of} has no '${key}'; ${hint(key, known)}`)
}

/** The error for a name that does not exist, such as an event's. */
export function unknownName(what: string, name: unknown, known: readonly string[]): TypeError {
  return new TypeError(`${what} ${describe(name)} does not exist; ${hint(String(name), known)}`)
}

function hint(key: string, known: readonly string[]): string {
  const near = known.filter(name => isNear(name.toLowerCase(), key.toLowerCase()))
  const names = known.join(', ')
  return near.length === 0 ? `known names: ${names}` : `did you mean ${near.join(' or ')}? Known names: ${names}`
}

/**
 * Whether one could be a typo of the other: two letters swapped, or up to a third of them changed, missing or added.
 */
function isNear(a: string, b: string): boolean {
  const length = Math.max(a.length, b.length)
  const limit = Math.max(length > 3 ? 2 : 1, Math.floor(length / 3))
  return Math.abs(a.length - b.length) <= limit && distance(a, b) <= limit
}

/** The Levenshtein distance, computed row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** A value and its type, for an error message. Never throws, and runs none of the value's own code. */
export function describe(value: unknown): string {
  let type: string = value === null ? 'null' : typeof value
  if (typeof value === 'object' && value !== null) type = Array.isArray(value) ? 'array' : 'object'
  let shown: string
  try {
    shown = inspect(value, { depth: 0, breakLength: Infinity, customInspect: false, maxStringLength: 80 })
  } catch {
    return `a value of type ${type}`
  }
  return `${shown.length > 120 ? `${shown.slice(0, 120)}…` : shown} (${type})`
}
