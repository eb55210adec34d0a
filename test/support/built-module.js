/** Modules of the source that the package keeps to itself, as JavaScript for threads and processes that cannot load TypeScript. */

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

// Of vitest's own, which the build uses, too.
const vitest = createRequire(import.meta.url).resolve('vitest/package.json')
const { build } = await import(createRequire(vitest).resolve('vite'))

/**
 * A `data:` URL with all that the module needs.
 *
 * @param {string} path  of the module, in `src/`
 * @returns {Promise<string>}
 */
export async function builtModule(path) {
  const { output } = await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: { ssr: fileURLToPath(new URL(`../../src/${path}`, import.meta.url)), minify: false, write: false },
  })
  const [{ code }] = output
  return `data:text/javascript,${encodeURIComponent(code)}`
}
