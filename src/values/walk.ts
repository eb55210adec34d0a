/**
 * Walks through everything that a structured clone reads, and writes the path of a place in it. It does not know what
 * is searched for, or why.
 */

import { types } from 'node:util'

export type Container = readonly unknown[] | Readonly<Record<string, unknown>>

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/** An array or a plain object, of any realm. */
export function isContainer(value: object): value is Container {
  const prototype: object | null = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null || Array.isArray(value)) return true
  return Object.getPrototypeOf(prototype) === null
}

/** How an object holds a child. This says what the key that is given with the child means. */
export type Relation = 'index' | 'property' | 'map key' | 'map value' | 'set value'

/** Takes the place of a child that could not be read because its getter throws. */
export class Unreadable {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Whether the value is a Proxy that was revoked, which throws whatever is asked of it. Runs no traps. */
export function isRevoked(value: unknown): boolean {
  if (!types.isProxy(value)) return false
  try {
    // Called in this way because a bundler drops a plain call of Array.isArray whose result is not used.
    Reflect.apply(Array.isArray, undefined, [value])
    return false
  } catch {
    return true
  }
}

type Visit = (child: unknown, relation: Relation, key: unknown) => boolean

/**
 * Calls `visit` with each value that a structured clone of `holder` would read from it, until `visit` returns false.
 * The key is an index, the name of a property, the key of a `Map` value, or the position of a `Map` key or a `Set`
 * value. Never throws, unless `visit` does. Skips extra properties of arrays, because looking for them would double the
 * cost of every array.
 *
 * @param getters 'skip' runs no getters, so that no code of the user runs; their values are then undefined
 */
export function forEachChild(holder: object, visit: Visit, getters: 'read' | 'skip' = 'read'): void {
  // A Proxy does not cross, and walking it would run the user's traps.
  if (types.isProxy(holder)) return
  const read = getters === 'read' ? readAny : readData
  // The usual kinds first, because each further test is a call out of JavaScript.
  if (isList(holder)) {
    forEachElement(holder, visit, read)
  } else if (Object.getPrototypeOf(holder) === Object.prototype) {
    forEachProperty(holder, visit, read)
  } else if (types.isMap(holder)) {
    let position = 0
    // Not the object's own iterator, which a subclass may have replaced: a clone does not use that one either.
    for (const [key, value] of Map.prototype.entries.call(holder)) {
      if (!visit(key, 'map key', position++) || !visit(value, 'map value', key)) return
    }
  } else if (types.isSet(holder)) {
    let position = 0
    for (const value of Set.prototype.values.call(holder)) if (!visit(value, 'set value', position++)) return
  } else if (types.isNativeError(holder)) {
    if (Object.hasOwn(holder, 'cause')) visit(read(holder, 'cause'), 'property', 'cause')
  } else if (!ArrayBuffer.isView(holder)) {
    // Views are skipped: they hold nothing but numbers, perhaps millions of them.
    forEachProperty(holder, visit, read)
  }
}

/** After this many holes an array counts as sparse. From there on only its elements are visited, not every index. */
const MOST_HOLES = 1000

function forEachElement(list: readonly unknown[], visit: Visit, read: typeof readAny): void {
  let holes = 0
  for (let index = 0; index < list.length; index++) {
    const child = read(list, index)
    if (child === undefined && !Object.hasOwn(list, index) && ++holes > MOST_HOLES)
      return forEachElementFrom(index, list, visit, read)
    if (!visit(child, 'index', index)) return
  }
}

function forEachElementFrom(start: number, list: readonly unknown[], visit: Visit, read: typeof readAny): void {
  // Indices come first among the keys, in rising order.
  for (const key of Object.keys(list)) {
    const index = Number(key)
    if (String(index >>> 0) !== key) return
    if (index >= start && !visit(read(list, index), 'index', index)) return
  }
}

function forEachProperty(holder: object, visit: Visit, read: typeof readAny): void {
  for (const key of Object.keys(holder)) if (!visit(read(holder, key), 'property', key)) return
}

// The cast is safe for any object, and such a read is several times faster than Reflect.get.
function readAny(holder: object, key: string | number): unknown {
  try {
    return (holder as Readonly<Record<string | number, unknown>>)[key]
  } catch (error) {
    return new Unreadable(error)
  }
}

function readData(holder: object, key: string | number): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value
}

export interface Finding {
  /** Such as `args[1].x.get("k").cb`. */
  readonly path: string
  /** What is wrong with the value, as `judge` returned it. */
  readonly what: string
}

/** A search happens only after a failure, but must end within about 0.2 s: 2·10⁶ primitives, or 2·10⁵ objects. */
const STEPS_SEARCHED = 2_000_000
const STEPS_PER_OBJECT = 10

/** How the path in an error begins. */
export type Root = 'args' | 'result' | 'progress' | 'yielded' | 'data' | 'pickup.options' | 'thread.workerData'

/**
 * The first value, level by level, for which `judge` returns a text. Functions and symbols are judged as well, other
 * primitives are not.
 *
 * @param values the arguments, or any other value that is sent as the only element
 * @param skipped values that are neither judged nor searched
 */
export function findFirst(
  values: readonly unknown[],
  root: Root,
  skipped: Iterable<unknown>,
  judge: (value: unknown) => string | undefined,
): Finding | undefined {
  const queue: Place[] = []
  const seen = new Set<unknown>(skipped)
  let above: Place | undefined
  let steps = STEPS_SEARCHED
  let finding: Finding | undefined
  const visit = (value: unknown, relation: Relation, key: unknown): boolean => {
    if (--steps < 0) return false
    if (!isObject(value) && typeof value !== 'function' && typeof value !== 'symbol') return true
    steps -= STEPS_PER_OBJECT
    if (seen.has(value)) return true
    seen.add(value)
    const what = judge(value)
    if (what !== undefined) {
      finding = { path: pathOf({ value, above, relation, key }, root), what }
      return false
    }
    queue.push({ value, above, relation, key })
    return true
  }
  forEachChild(values, visit)
  for (above of queue) {
    if (finding !== undefined || steps < 0) break
    if (isObject(above.value)) forEachChild(above.value, visit)
  }
  return finding
}

interface Place {
  readonly value: unknown
  readonly above: Place | undefined
  readonly relation: Relation
  readonly key: unknown
}

function pathOf(place: Place, root: Root): string {
  const steps: string[] = []
  let each = place
  for (; each.above !== undefined; each = each.above) steps.push(stepTo(each))
  // The list of arguments is the user's own. The list around a result is not, so it has no step.
  steps.push(root === 'args' ? `args${stepTo(each)}` : root)
  return steps.reverse().join('')
}

function stepTo({ relation, key }: Place): string {
  switch (relation) {
    case 'index':
      return `[${String(key)}]`
    case 'property':
      return typeof key === 'string' && /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key)
        ? `.${key}`
        : `[${JSON.stringify(key)}]`
    case 'map key':
      return `.keys()[${String(key)}]`
    case 'set value':
      return `.values()[${String(key)}]`
    case 'map value':
      return `.get(${typeof key === 'string' ? JSON.stringify(key) : isObject(key) ? '…' : String(key)})`
  }
}
