/**
 * How the values inside an error cross: as clones, and part by part where a whole cannot be cloned. Reads each getter
 * at most once, and runs no other code of the user. It knows nothing about the classes or properties of errors.
 */

import { inspect, types } from 'node:util'
import { isError } from '../errors/words.js'
import { whyRefused } from './unclonable.js'
import { forEachChild, isContainer, isList, isObject } from './walk.js'

// Node's own function, saved before a task can replace it.
const { structuredClone } = globalThis

/** What is recorded for a value: its clone, or the index of the object in the record that takes it apart. */
export type Content =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'object'; readonly index: number }

/** An object that is no error, taken apart because it cannot be cloned as a whole or holds errors. */
export type Parts =
  | { readonly type: 'list'; readonly items: readonly Content[] }
  | { readonly type: 'set'; readonly items: readonly Content[] }
  | { readonly type: 'map'; readonly entries: readonly Entry[] }
  | { readonly type: 'plain'; readonly entries: readonly Entry[] }

type Entry = readonly [key: Content, value: Content]

/** The most errors in one record, the most other objects taken apart, and the most parts of each. The rest is left out. */
export const MOST = 1000

/**
 * The most levels of a clone. The thread that reads it may have a quarter of the stack of the thread that writes it: a
 * stack of 1 MB is enough for about 1500 levels.
 */
const DEEPEST = 500

/** Objects that are walked for one record. Parts are walked again by themselves, so their number alone is no bound. */
const MOST_WALKED = 1_000_000

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

/** The contents of one record. */
export class Contents {
  /** The objects that the record describes, with their indices. Those added during a walk are visited by it, too. */
  readonly found = new Map<object, number>()
  #errors = 0
  #walked = 0

  /**
   * The content to record for a value, or undefined if nothing of it can cross.
   *
   * @param ifDeep what to do with an object that is nested too deeply: 'apart' keeps what its first level holds
   */
  of(value: unknown, ifDeep: 'apart' | 'leave out'): Content | undefined {
    if (typeof value === 'function' || typeof value === 'symbol') return undefined
    if (!isObject(value)) return { type: 'value', value }
    if (isError(value)) return this.take(value)
    const fate = this.found.has(value) ? 'parts' : this.#fateOf(value)
    if (fate === 'too deep' && ifDeep === 'leave out') return leftOut('nested too deeply')
    if (fate === 'clone') {
      try {
        // The record holds the clone, because posting the value itself would run its code a second time.
        return { type: 'value', value: structuredClone(value) }
      } catch {
        // One of its parts is an object that only Node knows to be no data.
      }
    }
    return hasParts(value) ? this.take(value) : undefined
  }

  /** Enters an object in the record. */
  take(object: object): Content {
    let index = this.found.get(object)
    if (index === undefined) {
      const of = isError(object) ? 'errors' : 'objects'
      const taken = of === 'errors' ? this.#errors : this.found.size - this.#errors
      if (taken === MOST) return leftOut(`more than ${MOST} ${of}`)
      index = this.found.size
      this.found.set(object, index)
      if (of === 'errors') this.#errors++
    }
    return { type: 'object', index }
  }

  /** The parts of an object that was taken, those that can cross. In a list, text takes the place of the others. */
  partsOf(object: object): Parts {
    const items: Content[] = []
    const entries: Entry[] = []
    const part = (value: unknown): Content | undefined => this.of(value, 'leave out')
    const enter = (key: unknown, value: unknown): void => {
      const [left, right] = [part(key), part(value)]
      if (left !== undefined && right !== undefined) entries.push([left, right])
    }
    if (isList(object)) {
      for (let index = 0; index < Math.min(object.length, MOST); index++) {
        const item = read(object, String(index))
        items.push(part(item) ?? { type: 'value', value: shown(item) })
      }
      return { type: 'list', items }
    }
    if (types.isSet(object)) {
      for (const item of firstOf(Set.prototype.values.call(object))) {
        const content = part(item)
        if (content !== undefined) items.push(content)
      }
      return { type: 'set', items }
    }
    if (types.isMap(object)) {
      for (const [key, value] of firstOf(Map.prototype.entries.call(object))) enter(key, value)
      return { type: 'map', entries }
    }
    for (const key of Object.keys(object).slice(0, MOST)) enter(key, read(object, key))
    return { type: 'plain', entries }
  }

  /**
   * Whether a clone can be tried. Some objects must not be cloned although Node would not refuse them; errors would
   * lose their classes; and getters would run a second time if the clone failed. Walks in the order of a clone, whose
   * depth depends on it, but without recursion. Runs no getters.
   */
  #fateOf(value: object): 'clone' | 'parts' | 'too deep' {
    const seen = new Set<object>()
    /** For each level the objects that are still to be visited, the next one last. */
    const levels: object[][] = [[value]]
    for (let level = levels[0]; level !== undefined; level = levels.at(-1)) {
      const each = level.pop()
      if (each === undefined) {
        levels.pop()
        continue
      }
      if (seen.has(each)) continue
      seen.add(each)
      if (++this.#walked > MOST_WALKED || types.isProxy(each) || isError(each) || whyRefused(each) !== undefined)
        return 'parts'
      if (levels.length > DEEPEST) return 'too deep'
      const children = childrenOf(each)
      if (children === undefined) return 'parts'
      levels.push(children.reverse())
    }
    return 'clone'
  }
}

function leftOut(why: string): Content {
  return { type: 'value', value: `[left out: ${why}]` }
}

/** The objects that an object holds; undefined if it also holds a function, a symbol, or a getter. */
function childrenOf(holder: object): object[] | undefined {
  const children: object[] = []
  let isData = true
  forEachChild(
    holder,
    (child, relation, key) => {
      if (isObject(child)) children.push(child)
      else if (typeof child === 'function' || typeof child === 'symbol') isData = false
      else if (child === undefined && (relation === 'property' || relation === 'index'))
        isData = Object.getOwnPropertyDescriptor(holder, key as string | number)?.get === undefined
      return isData
    },
    'skip',
  )
  return isData ? children : undefined
}

/** Whether an object that cannot be cloned holds anything that may be worth keeping. Runs no getters. */
function hasParts(value: object): boolean {
  if (types.isProxy(value)) return false
  if (isList(value) || types.isMap(value) || types.isSet(value)) return true
  // Node and V8 keep the state of these elsewhere. What else they hold means nothing without it.
  if (isStateful(value)) return false
  return Object.keys(value).some(key => {
    const property = Object.getOwnPropertyDescriptor(value, key)
    const type = typeof property?.value
    return property?.get !== undefined || (type !== 'function' && type !== 'symbol')
  })
}

function isStateful(value: object): boolean {
  if (isContainer(value)) return types.isArgumentsObject(value) || types.isModuleNamespaceObject(value)
  return types.isPromise(value) || ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value) || types.isExternal(value)
}

function* firstOf<T>(values: Iterable<T>): Generator<T, void, undefined> {
  let left = MOST
  for (const value of values) {
    if (--left < 0) return
    yield value
  }
}

/** The value as text, for a message. */
export function shown(thrown: unknown): string {
  try {
    return inspect(thrown, { depth: 1, customInspect: false, maxArrayLength: 10, maxStringLength: 200 }).slice(0, 1000)
  } catch {
    return 'it cannot be shown either'
  }
}
