/** Says why a single object cannot be cloned. It does not know what the object is part of or who posts it. */

import { types } from 'node:util'
import { MessagePort } from 'node:worker_threads'
import { textOf } from '../errors/words.js'
import { forEachChild, isContainer, isObject } from './walk.js'

// Node's own function, saved before a task can replace it.
const { structuredClone } = globalThis

/**
 * Classes of Node whose objects keep their state where a structured clone does not see it. Subclasses count as well.
 */
const platformClasses = new Set(
  (
    'URL URLSearchParams Headers Request Response FormData Event EventTarget AbortController TextEncoder TextDecoder ' +
    'DOMException Crypto SubtleCrypto CompressionStream DecompressionStream TextEncoderStream TextDecoderStream ' +
    'PerformanceEntry PerformanceObserver CountQueuingStrategy ByteLengthQueuingStrategy'
  ).split(' '),
)
/** Prototype -> whether it inherits from one of these classes. */
const platformPrototypes = new WeakMap<object, boolean>()

/**
 * Why `value` must not be posted, whatever it holds: this Node would silently turn it into `{}`, or crash. `undefined`
 * for all other values, about which Node decides.
 */
export function whyRefused(value: object): string | undefined {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return undefined
  let suspect = platformPrototypes.get(prototype)
  if (suspect === undefined) {
    suspect = inheritsFromPlatform(prototype)
    platformPrototypes.set(prototype, suspect)
  }
  if (!suspect) return undefined
  if (value instanceof MessagePort) return UNLISTED_PORT
  // Which classes arrive empty differs between versions of Node, so a clone is tried. If the object holds more values,
  // no clone is tried, because these would be cloned as well. Of all these classes, only a DOMException can then cross.
  const emptied = holdsMore(value) ? !(value instanceof DOMException) : isClonedToContainer(value)
  return emptied
    ? `it is ${nounFor(value)}, which would arrive as an empty object; send its text or its parts instead`
    : undefined
}

/** Node refuses such a port, or crashes if the port is closed (github.com/nodejs/node/issues/56362). */
export const UNLISTED_PORT = 'it is a MessagePort, which can only be moved: transfer(value, [it])'

function isClonedToContainer(value: object): boolean {
  const clone = tried(value)
  return isObject(clone) && isContainer(clone)
}

function inheritsFromPlatform(prototype: object): boolean {
  for (let each: object | null = prototype; each !== null; each = Object.getPrototypeOf(each)) {
    const maker: unknown = Object.getOwnPropertyDescriptor(each, 'constructor')?.value
    if (typeof maker !== 'function' || !platformClasses.has(maker.name)) continue
    // Some of these globals load a whole library when first read. Here an object of a class of that name already
    // exists.
    if (Reflect.get(globalThis, maker.name) === maker) return true
  }
  return false
}

/** Takes the place of a clone that Node refused to make. */
export class Refused {
  readonly message: string

  constructor(error: unknown) {
    this.message = textOf(error)
  }
}

/** The structured clone of `value`, or why there is none. */
export function tried(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch (error) {
    return new Refused(error)
  }
}

/** Whether `value` holds anything that may be the reason why it cannot be cloned. */
export function holdsMore(value: object): boolean {
  let more = false
  forEachChild(
    value,
    child => {
      more ||= isObject(child) || typeof child === 'function' || typeof child === 'symbol'
      return !more
    },
    'skip',
  )
  return more
}

/** The object as a noun, such as "a URL". */
export function nounFor(value: object): string {
  if (types.isGeneratorObject(value)) return 'a generator, whose values pool.stream() sends'
  let name: unknown
  try {
    name = value.constructor.name
  } catch {
    // It has no prototype, or a getter that throws.
  }
  const noun = typeof name === 'string' && name !== '' ? name : 'object'
  return `${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun}`
}
