/** Imports the modules that threads are told to run, and says what to do if Node cannot load TypeScript. */

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
 * Imports a module. If that fails because Node cannot load TypeScript, the error says what to do.
 *
 * @param remedy how this thread would get a compiler, as an imperative
 */
export async function importModule(url: string, remedy = BY_SETUP): Promise<object> {
  try {
    return (await import(url)) as object
  } catch (error) {
    throw explainImport(error, remedy)
  }
}

/**
 * For an error of Node about TypeScript that it cannot load: an error of the same class and `code` that says what to
 * do, with the original as cause. Returns any other value unchanged. Never throws.
 */
export function explainImport(error: unknown, remedy = BY_SETUP): unknown {
  try {
    const problem = problemOf(error, remedy)
    if (problem === undefined) return error
    const message = `${textOf(error)}. ${problem}`
    const explained = new (error instanceof SyntaxError ? SyntaxError : TypeError)(message, { cause: error })
    return Object.assign(explained, { code: codeOf(error) })
  } catch {
    return error // it has getters that throw
  }
}

function problemOf(error: unknown, remedy: string): string | undefined {
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
    case 'ERR_MODULE_NOT_FOUND': {
      const source = sourceOf(error)
      return source === undefined ? undefined : `There is ${source}: give that file, compile it, or ${remedy}`
    }
    default:
      return undefined
  }
}

/** The TypeScript file from which a compiler would make the file that is missing, if there is one. */
function sourceOf(error: Error): string | undefined {
  const url: unknown = Reflect.get(error, 'url')
  const missing =
    typeof url === 'string' && url.startsWith('file:')
      ? getBuiltinModule('node:url').fileURLToPath(url)
      : /'(\/[^']+|[a-z]:[^']+)'/i.exec(error.message)?.[1]
  const [, stem = '', kind = ''] = /^(.+\.[cm]?)js(x?)$/.exec(missing ?? '') ?? []
  const { existsSync } = getBuiltinModule('node:fs')
  return [`${stem}ts${kind}`, `${stem}tsx`].find(path => stem !== '' && existsSync(path))
}
