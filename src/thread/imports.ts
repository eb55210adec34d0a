/** Imports the modules that threads are told to run, and says what to do if they cannot be loaded as the main thread's can. */

import { codeOf, isError, textOf } from '../errors/words.js'

// Taken before any task runs: some tasks replace `process` by that of a browser.
const { getBuiltinModule, versions } = process

/** How the threads of a pool get a compiler. */
const BY_SETUP =
  "let tsx compile it in each thread, with the pool's option setup: async () => { const { register } = await import('tsx/esm/api'); register() }"

/** How the threads of a group get one: they have no `setup`. */
export const BY_ENTRY_POINT =
  "make the entry point a .js file that calls register() of 'tsx/esm/api' and then imports this file with await import()"

/**
 * Imports a module. If that fails because of TypeScript, or because there is no such file, the error says what to do.
 *
 * @param remedy how this thread would get a compiler, as an imperative
 */
export async function importModule(url: string, remedy = BY_SETUP): Promise<object> {
  try {
    return (await import(url)) as object
  } catch (error) {
    const explained = explainImport(error, url, remedy)
    throw explained === error ? named(error, url) : explained
  }
}

/**
 * A SyntaxError of Node does not say which module cannot be parsed. This one names the module that the thread was told
 * to run, which may have imported the broken one; the original is its cause. Every other error stays as it is.
 */
function named(error: unknown, url: string): unknown {
  if (!(error instanceof SyntaxError) || error.message.includes(url) || url.startsWith('data:')) return error
  return new SyntaxError(`${url} could not be loaded: ${error.message}`, { cause: error })
}

/** Of the errors that are explained; all others of Node's loader are plain errors. */
const CLASSES = [SyntaxError, TypeError]

/**
 * For an error of Node about a file that it cannot load: an error of the same class and `code` that says what to do,
 * with the original as cause. Returns any other value unchanged. Never throws.
 *
 * @param url of the module that the thread was told to run, if it was a module
 */
export function explainImport(error: unknown, url?: string, remedy = BY_SETUP): unknown {
  try {
    const advice = adviceFor(error, url, remedy)
    if (advice === undefined) return error
    const Class = CLASSES.find(known => error instanceof known) ?? Error
    const explained = new Class(`${textOf(error).replace(/[.?]$/, '')}. ${advice}`, { cause: error })
    return Object.assign(explained, { code: codeOf(error) })
  } catch {
    return error // it has getters that throw
  }
}

function adviceFor(error: unknown, url: string | undefined, remedy: string): string | undefined {
  if (!isError(error)) return undefined
  switch (codeOf(error)) {
    case 'ERR_UNKNOWN_FILE_EXTENSION': {
      const extension = /"(\.[cm]?tsx?)"/.exec(error.message)?.[1]
      if (extension === undefined) return undefined
      return (
        `Node ${versions.node} does not run ${extension} files in this thread, even if your main thread does: ` +
        `give the compiled .js file, or ${remedy}`
      )
    }
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return `Node itself only removes types: give the compiled .js file, or ${remedy}`
    case 'ERR_MODULE_NOT_FOUND':
      return adviceForMissing(missingFile(error), url, remedy)
    default:
      return undefined
  }
}

function adviceForMissing(file: string | undefined, url: string | undefined, remedy: string): string | undefined {
  if (file === undefined) return undefined
  const source = sourceOf(file)
  if (source !== undefined) return `There is ${source}: give that file, compile it, or ${remedy}`
  if (url === undefined || !url.startsWith('file:') || pathOf(url) !== file) return undefined
  return (
    'A thread loads this module by itself, so the file has to exist when the program runs: ' +
    'if you use a bundler, add the module to its entry points, so that it is built under this name'
  )
}

/** The path that Node looked for; undefined for a package. */
function missingFile(error: Error): string | undefined {
  const url: unknown = Reflect.get(error, 'url')
  if (typeof url === 'string') return url.startsWith('file:') ? pathOf(url) : undefined
  return /'(\/[^']+|[a-z]:[^']+)'/i.exec(error.message)?.[1]
}

/** The TypeScript file from which a compiler would make this one, if there is one. */
function sourceOf(file: string): string | undefined {
  const [, stem, kind = ''] = /^(.+\.[cm]?)js(x?)$/.exec(file) ?? []
  if (stem === undefined) return undefined
  return [`${stem}ts${kind}`, `${stem}tsx`].find(getBuiltinModule('node:fs').existsSync)
}

function pathOf(url: string): string {
  return getBuiltinModule('node:url').fileURLToPath(url)
}
