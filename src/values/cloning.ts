/**
 * Owns the look at values before they are posted, and the search for what was wrong with them after a post has failed; must
 * not know who posts them, or what becomes of the work.
 */

import { types } from 'node:util'
import { MessagePort } from 'node:worker_threads'
import { UncloneableValueError } from '../errors/works.js'
import { textOf } from '../errors/words.js'
import { compacted, isSmallView } from './small-views.js'
import { isDetached, nodeMoves } from './transfer.js'
import { holdsMore, nounFor, Refused, tried, UNLISTED_PORT, whyRefused } from './unclonable.js'
import {
  type Container,
  findFirst,
  type Finding,
  isContainer,
  isList,
  isObject,
  type Root,
  Unreadable,
} from './walk.js'

/** A look before every post must cost next to nothing, however big the value: a full walk can double the post's price. */
const VALUES_LOOKED_AT = 64

/**
 * What is to be posted for `values`, or the error to refuse them with.
 *
 * Looks at the first 64 values of arrays and plain objects, level by level. Refuses an object of which this Node would make
 * `{}` without a word (a URL on Node 20, an EventTarget on all), and a port that is not listed. Where a small Buffer would
 * drag along the whole memory pool below it, returns a copy of `values` with that Buffer in memory of its own; otherwise
 * `values` itself. Changes nothing that the caller can see. Reads getters, and leaves one that throws for the post to meet.
 *
 * @param values  the arguments, or the result as the only element
 * @param root  how the path in the error begins
 * @param except  what is listed for transfer: these things, and views of these ArrayBuffers, are left alone
 * @param look  a look at the same values, if there was one already
 * Cost: some 0.02 µs for two numbers, 0.1 µs for a small object.
 */
export function prepare(
  values: readonly unknown[],
  root: Root,
  except?: readonly unknown[],
  look = lookAt(values, except),
): readonly unknown[] | UncloneableValueError {
  if (look === undefined || look.seen === 'nothing special') return values
  try {
    if (look.seen === 'a small view') return compacted(values, except)
    const found = findFirst(values, root, except ?? [], value =>
      isObject(value) && !types.isProxy(value) ? whyRefused(value) : undefined,
    )
    return found === undefined ? values : new UncloneableValueError(found.path, found.what)
  } catch {
    return values
  }
}

/** What a look has seen; made only when there is more to see than primitives. */
class Look {
  seen: 'nothing special' | 'a small view' | 'what must not be posted' = 'nothing special'
  readonly inside: Container[] = []
  /** Other objects, and the memory of views, but for what is shared or copied anyway. */
  leaves: object[] | undefined
  /** These are all the objects that will be cloned; else there may be any. */
  isWhole = true

  /** Returns whether to look on. */
  at(value: object, except: readonly unknown[] | undefined): boolean {
    if (isContainer(value)) this.inside.push(value)
    else if (isSmallView(value, except)) this.seen = 'a small view'
    else if (except?.includes(value) !== true && whyRefused(value) !== undefined) {
      this.seen = 'what must not be posted'
      this.isWhole = false
      return false
    } else this.#leaf(value)
    return true
  }

  #leaf(value: object): void {
    const memory = ArrayBuffer.isView(value) ? value.buffer : value
    if (types.isSharedArrayBuffer(memory)) return
    ;(this.leaves ??= []).push(memory)
    // A Map, an error, an object of a class: they hold what we do not look at.
    this.isWhole &&= types.isArrayBuffer(memory) || types.isDate(memory) || types.isRegExp(memory)
  }
}

/** What one look saw; see {@link Belongings}. */
export type { Look }

// On the way of every work: no closures, and nothing is allocated for primitives.
export function lookAt(values: readonly unknown[], except: readonly unknown[] | undefined): Look | undefined {
  let look: Look | undefined
  let left = VALUES_LOOKED_AT
  let next = 0
  try {
    for (let holder: Container | undefined = values; holder !== undefined && left > 0; holder = look?.inside[next++]) {
      if (isList(holder)) {
        for (let index = 0; index < holder.length && left-- > 0; index++) {
          const value = holder[index]
          if (isObject(value) && !(look ??= new Look()).at(value, except)) return look
        }
        // Of the list around all values only the elements are sent.
        if (look !== undefined && holder !== values && left > 0) look.isWhole &&= !hasMoreThanElements(holder)
      } else {
        for (const key in holder) {
          // Not Object.hasOwn: only this form lets V8 see that the key comes from the loop, which halves the cost.
          if (!hasOwnProperty.call(holder, key)) continue
          if (left-- <= 0) break
          const value = holder[key]
          if (isObject(value) && !(look ??= new Look()).at(value, except)) return look
        }
      }
    }
  } catch {
    // The post will meet it, too.
    look = new Look()
    left = 0
  }
  // With the last of them it may have been the end, or not.
  if (left <= 0) (look ??= new Look()).isWhole = false
  return look
}

/** Whether an array has properties of its own besides its elements, which are cloned as well: they come last. */
function hasMoreThanElements(list: readonly unknown[]): boolean {
  let last = '0'
  for (const key in list) last = key
  return String(Number(last) >>> 0) !== last
}

/**
 * The objects that the works of one message refer to. Within a message a clone keeps identity: what two works were given
 * would be one object for both of them in the thread, so they must not travel together.
 */
export class Belongings {
  readonly #objects = new Set<object>()
  #isWhole = true

  /** Whether something that was looked at may be here already. */
  overlaps({ inside, leaves, isWhole }: Look): boolean {
    if (!this.#isWhole || (!isWhole && this.#objects.size > 0)) return true
    return (
      inside.some(object => this.#objects.has(object)) || leaves?.some(object => this.#objects.has(object)) === true
    )
  }

  add({ inside, leaves, isWhole }: Look): void {
    for (const object of inside) this.#objects.add(object)
    if (leaves !== undefined) for (const object of leaves) this.#objects.add(object)
    this.#isWhole &&= isWhole
  }

  clear(): void {
    if (this.#objects.size > 0) this.#objects.clear()
    this.#isWhole = true
  }
}

const hasOwnProperty = Object.prototype.hasOwnProperty

const CLASSES_TRIED = 1000

/**
 * The error for a post that threw: says where the culprit is, as far as can be found out.
 * @param transfer  the list that was given with the post
 * @param cause  what the post threw
 * Cost: up to some 0.2 s, as it searches everything. It reads getters once more.
 */
export function uncloneable(
  values: readonly unknown[],
  root: Root,
  transfer: readonly unknown[] | undefined,
  cause: unknown,
): UncloneableValueError {
  const listed = transfer ?? []
  let found: Finding | undefined
  try {
    found = culpritIn(values, root, listed) ?? faultOfList(values, root, listed)
  } catch {
    // A trap of a Proxy among the prototypes threw.
  }
  found ??= roughly(values, root, listed, cause)
  return new UncloneableValueError(found.path, found.what, { cause })
}

function culpritIn(values: readonly unknown[], root: Root, listed: readonly unknown[]): Finding | undefined {
  const examined = new Set<unknown>()
  const doubtful: object[] = []
  const found = findFirst(values, root, listed, value => {
    if (typeof value === 'function') return 'it is a function'
    if (typeof value === 'symbol') return 'it is a symbol'
    if (!isObject(value)) return undefined
    if (types.isProxy(value)) return 'it is a Proxy'
    if (Array.isArray(value)) return undefined
    if (value instanceof Unreadable) return `its getter throws: ${textOf(value.error)}`
    if (isTransparent(value)) return undefined
    if (types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) {
      return isDetached('buffer' in value ? value.buffer : value) ? 'its memory was moved to another thread' : undefined
    }
    if (value instanceof MessagePort) return UNLISTED_PORT
    // One of each class is enough, and keeps 10⁵ objects from being cloned one by one.
    const prototype: unknown = Object.getPrototypeOf(value)
    if (examined.has(prototype) || examined.size >= CLASSES_TRIED) return undefined
    examined.add(prototype)
    if (nodeMoves(value)) {
      const refused = tried(value) instanceof Refused
      return refused ? `it is ${nounFor(value)}, which can only be moved: transfer(value, [it])` : undefined
    }
    if (holdsMore(value)) doubtful.push(value)
    else return whatTryingSays(value)
    return undefined
  })
  // Now that nothing is wrong with what they hold, it may be themselves. With a list that proves nothing: the list was for all.
  if (found !== undefined || listed.length > 0) return found
  for (const value of doubtful.reverse()) {
    const what = whatTryingSays(value)
    if (what !== undefined) return findFirst(values, root, [], each => (each === value ? what : undefined))
  }
  return undefined
}

/** Whether such an object always crosses, if only all that it holds does. */
function isTransparent(value: object): boolean {
  if (isContainer(value)) return !types.isArgumentsObject(value) && !types.isModuleNamespaceObject(value)
  return types.isMap(value) || types.isSet(value) || types.isNativeError(value)
}

function whatTryingSays(value: object): string | undefined {
  const clone = tried(value)
  return clone instanceof Refused ? `it is ${nounFor(value)} (${clone.message})` : undefined
}

function faultOfList(values: readonly unknown[], root: Root, listed: readonly unknown[]): Finding | undefined {
  for (const [index, thing] of listed.entries()) {
    const fault =
      listed.indexOf(thing) < index
        ? 'twice'
        : types.isArrayBuffer(thing) && isDetached(thing)
          ? 'but it was moved to another thread before'
          : nodeMoves(thing)
            ? undefined
            : 'but this Node cannot move it'
    if (fault === undefined) continue
    const what = `the transfer list names it, ${fault}`
    const isIt = (value: unknown): boolean => value === thing || (ArrayBuffer.isView(value) && value.buffer === thing)
    return findFirst(values, root, [], value => (isIt(value) ? what : undefined)) ?? { path: root, what }
  }
  return undefined
}

/** No place found: the first argument that does not cross on its own, with Node's words. */
function roughly(values: readonly unknown[], root: Root, listed: readonly unknown[], cause: unknown): Finding {
  let index = -1
  try {
    index =
      values.length === 1 ? 0 : listed.length > 0 ? -1 : values.findIndex(value => tried(value) instanceof Refused)
  } catch {
    // The list of arguments is itself a Proxy, or has a findIndex of its own.
  }
  return { path: root !== 'args' || index < 0 ? root : `args[${index}]`, what: textOf(cause) }
}
