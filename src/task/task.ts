/**
 * What a user wants to run, as named by the user and as it travels. This file has the name; `record.ts` has the form
 * that travels. The folder knows nothing about pools, threads or works.
 */

import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe } from '../errors/words.js'
import type { WorkContext } from './context.js'

declare const signature: unique symbol

/**
 * An export of a module that threads import. Made by {@link task}; an object that only looks like one is refused.
 *
 * @group Tasks
 */
export interface Task<A extends unknown[], R> {
  /** What each thread imports. */
  readonly url: string
  /** Which of its exports is called. */
  readonly exportName: string
  /** Carries the types of arguments and result for the compiler. No such property exists. */
  readonly [signature]: (...args: A) => R
}

/**
 * What a pool can run: an inline function, whose source travels, or a module export made by {@link task}.
 *
 * @group Tasks
 */
export type TaskLike<A extends unknown[], R> = ((this: WorkContext, ...args: A) => R) | Task<A, R>

/**
 * A task that each thread imports from its module. It keeps its imports and closures, unlike an inline function, whose
 * source travels.
 *
 * @typeParam F  the type of the function, or of a promise of it, which `import type` gives: `task<typeof fib>(url, 'fib')`
 * @param url  of the module: `new URL('./math.js', import.meta.url)`, a `file:`, `data:` or `node:` URL, or an absolute
 * path
 * @param exportName  which export to call; default `'default'`. It is a function, or a promise of one, which each thread
 * awaits before its first call
 * @throws {TypeError} for anything else. A module or export that does not exist shows when a thread imports it
 * @example
 * ```ts
 * import type { fib } from './math.js'
 * await pool.execute(task<typeof fib>(new URL('./math.js', import.meta.url), 'fib'), [40])
 * ```
 * @group Tasks
 */
export function task<F extends AnyFunction | PromiseLike<AnyFunction> = (...args: unknown[]) => unknown>(
  url: string | URL,
  exportName = 'default',
): Task<Parameters<FunctionOf<F>>, ReturnType<FunctionOf<F>>> {
  if (typeof exportName !== 'string' || exportName === '') {
    throw new TypeError(`exportName must be the name of an export, received ${describe(exportName)}`)
  }
  return new ModuleTask(moduleUrl(url), exportName)
}

type AnyFunction = (...args: never[]) => unknown

type FunctionOf<F> = F extends AnyFunction ? F : F extends PromiseLike<infer G extends AnyFunction> ? G : never

/**
 * Whether {@link task} made it. Checks a private brand, so an object that inherits from a task or looks like one does
 * not count.
 */
export function isTask(value: unknown): value is Task<unknown[], unknown> {
  return ModuleTask.is(value)
}

/**
 * The URL that a thread can import. Throws a TypeError that says how to get one; `name` is what the error calls the
 * value.
 */
export function moduleUrl(url: unknown, name = 'url'): string {
  // Checked before parsing as a URL, because the drive letter of a Windows path would pass for a scheme.
  if (typeof url === 'string' && isAbsolute(url)) return pathToFileURL(url).href
  if (typeof url === 'string' || isUrl(url)) {
    const parsed = parseUrl(typeof url === 'string' ? url : url.href)
    if (parsed !== undefined && IMPORTABLE.has(parsed.protocol)) return parsed.href
  }
  throw new TypeError(
    `${name} must be a file:, data: or node: URL, or an absolute path: ` +
      "use new URL('./x.js', import.meta.url) for a file beside this one, import.meta.resolve('name') for a package; " +
      `received ${describe(url)}`,
  )
}

/** By its parts, not by its class: a URL may be of another realm. */
export function isUrl(value: unknown): value is URL {
  return (
    typeof value === 'object' &&
    value !== null &&
    'href' in value &&
    typeof value.href === 'string' &&
    'protocol' in value &&
    typeof value.protocol === 'string'
  )
}

const IMPORTABLE: ReadonlySet<string> = new Set(['file:', 'data:', 'node:'])

function parseUrl(url: string): URL | undefined {
  try {
    return new URL(url)
  } catch {
    return undefined
  }
}

class ModuleTask<A extends unknown[], R> implements Task<A, R> {
  declare readonly [signature]: (...args: A) => R
  readonly #brand = true
  readonly url: string
  readonly exportName: string

  constructor(url: string, exportName: string) {
    this.url = url
    this.exportName = exportName
    Object.freeze(this)
  }

  static is(value: unknown): value is ModuleTask<unknown[], unknown> {
    return typeof value === 'object' && value !== null && #brand in value
  }
}
