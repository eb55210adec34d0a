/**
 * Finds out, after a post has thrown, which value could not be cloned and why. It does not know who posted the values
 * or what happens to the work.
 */

import { types } from 'node:util'
import { MessagePort } from 'node:worker_threads'
import { textOf } from '../errors/words.js'
import { UncloneableValueError } from '../errors/works.js'
import { prepare } from './cloning.js'
import { isDetached, nodeMoves } from './transfer.js'
import { holdsMore, nounFor, Refused, tried, UNLISTED_PORT } from './unclonable.js'
import { findFirst, type Finding, isContainer, isObject, type Root, Unreadable } from './walk.js'

// Node's own function, saved before a task can replace it.
const { structuredClone } = globalThis

/** Maximum number of classes that are tried by cloning one object of each. */
const CLASSES_TRIED = 1000

/**
 * The error for a post that threw. It says where the culprit is, as far as that can be found out.
 *
 * Cost: up to about 0.2 s, as it searches everything. Reads getters once more.
 *
 * @param transfer the list that was given with the post
 * @param cause what the post threw
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
    // Where it is nested that deeply, a path would say little and be very long.
    if (!isOverflow(cause)) found = culpritIn(values, root, listed) ?? faultOfList(values, root, listed)
  } catch {
    // A Proxy among the prototypes has a trap that throws.
  }
  found ??= roughly(values, root, listed, cause)
  return new UncloneableValueError(found.path, found.what, { cause })
}

/**
 * The error for a value that cannot be cloned, before it is posted; undefined for all others. It costs a clone, and it
 * reads getters.
 */
export function whyUncloneable(value: unknown, root: Root): UncloneableValueError | undefined {
  const prepared = prepare([value], root)
  if (prepared instanceof UncloneableValueError) return prepared
  try {
    structuredClone(value)
    return undefined
  } catch (cause) {
    return uncloneable([value], root, undefined, cause)
  }
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
    // Trying one object of each class is enough, and avoids cloning 10⁵ objects one by one.
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
  // Nothing is wrong with what these objects hold, so they themselves may be the culprits. With a transfer list,
  // cloning one of them alone proves nothing, because the list was for all values together.
  if (found !== undefined || listed.length > 0) return found
  for (const value of doubtful.reverse()) {
    const what = whatTryingSays(value)
    if (what !== undefined) return findFirst(values, root, [], each => (each === value ? what : undefined))
  }
  return undefined
}

/** Whether an object of this kind always crosses if everything that it holds does. */
function isTransparent(value: object): boolean {
  if (isContainer(value)) return !types.isArgumentsObject(value) && !types.isModuleNamespaceObject(value)
  return types.isMap(value) || types.isSet(value) || types.isNativeError(value)
}

function whatTryingSays(value: object): string | undefined {
  const clone = tried(value)
  return clone instanceof Refused ? `it is ${nounFor(value)} (${clone.message})` : undefined
}

/** What is wrong with the transfer list itself. */
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

/** Used when no place was found: the first argument that cannot be cloned on its own, with the message of Node. */
function roughly(values: readonly unknown[], root: Root, listed: readonly unknown[], cause: unknown): Finding {
  let index = -1
  try {
    index =
      values.length === 1 ? 0 : listed.length > 0 ? -1 : values.findIndex(value => tried(value) instanceof Refused)
  } catch {
    // The list of arguments is itself a Proxy, or has its own findIndex.
  }
  return {
    path: root !== 'args' || index < 0 ? root : `args[${index}]`,
    what: isOverflow(cause) ? TOO_DEEP : textOf(cause),
  }
}

/** The error for a value that was cloned and posted, but cannot be read. `cause` is what reading it threw. */
export function unreadable(root: 'result' | 'yielded', cause: Error): UncloneableValueError {
  const what = isOverflow(cause) ? TOO_DEEP : `it cannot be read here (${textOf(cause)})`
  return new UncloneableValueError(root, what, { cause })
}

/** Node clones by recursion, on the stack of the thread that sends and then on that of the thread that reads. */
const TOO_DEEP =
  'it is nested too deeply, which takes more levels than the stack of a thread has room for; send it as a flat list'

/** Whether V8 had no stack left. Never throws: a getter of the user may have thrown any value. */
function isOverflow(error: unknown): boolean {
  try {
    return error instanceof RangeError && /call stack/i.test(error.message)
  } catch {
    return false
  }
}
