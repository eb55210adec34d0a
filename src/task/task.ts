/** How users name what shall run in a thread. Must not know how a task travels, nor what runs it. */

import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe } from '../errors/words.js'
import type { WorkContext } from './context.js'

declare const signature: unique symbol

/** An export of a module, named for threads to import. Made by {@link task}; any look-alike is refused. */
export interface Task<A extends unknown[], R> {
  /** What each thread imports. */
  readonly url: string
  /** Which of its exports is called. */
  readonly exportName: string
  /** Carries the types of arguments and result for the compiler; there is no such property. */
  readonly [signature]: (...args: A) => R
}

/** What a pool can run: an inline function, whose source travels, or a module export made by {@link task}. */
export type TaskLike<A extends unknown[], R> = ((this: WorkContext, ...args: A) => R) | Task<A, R>

/**
 * A task that each thread imports, instead of a function whose source travels: it keeps its own imports and closures.
 *
 * @typeParam F  the type of the function, which `import type` gives: `task<typeof fib>(url, 'fib')`
 * @param url  of the module: `new URL('./math.js', import.meta.url)`, a `file:`, `data:` or `node:` URL, or an absolute path
 * @param exportName  which export to call; default `'default'`
 * @throws {TypeError} for anything else. Whether module and export exist shows when a thread imports them.
 * @example
 * import type { fib } from './math.js'
 * await pool.execute(task<typeof fib>(new URL('./math.js', import.meta.url), 'fib'), [40])
 */
export function task<F extends (...args: never[]) => unknown = (...args: unknown[]) => unknown>(
  url: string | URL,
  exportName = 'default',
): Task<Parameters<F>, ReturnType<F>> {
  if (typeof exportName !== 'string' || exportName === '') {
    throw new TypeError(`exportName must be the name of an export, received ${describe(exportName)}`)
  }
  return new ModuleTask(moduleUrl(url), exportName)
}

/** Whether {@link task} made it. Looks for a private brand: what is inherited or merely looks alike is not a task. */
export function isTask(value: unknown): value is Task<unknown[], unknown> {
  return ModuleTask.is(value)
}

/** The URL that a thread can import, or a TypeError that says how to get one. `name` is what it calls the value. */
export function moduleUrl(url: unknown, name = 'url'): string {
  // Before parsing it as a URL: the drive letter of a Windows path would pass for a scheme.
  if (typeof url === 'string' && isAbsolute(url)) return pathToFileURL(url).href
  if (typeof url === 'string' || url instanceof URL) {
    const parsed = parseUrl(url)
    if (parsed !== undefined && IMPORTABLE.has(parsed.protocol)) return parsed.href
  }
  throw new TypeError(
    `${name} must be a file:, data: or node: URL, or an absolute path: ` +
      "use new URL('./x.js', import.meta.url) for a file beside this one, import.meta.resolve('name') for a package; " +
      `received ${describe(url)}`,
  )
}

const IMPORTABLE: ReadonlySet<string> = new Set(['file:', 'data:', 'node:'])

function parseUrl(url: string | URL): URL | undefined {
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
