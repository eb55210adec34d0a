/**
 * The free names that compilers, bundlers and test runners leave in the text of a function. It does not know how the
 * text is compiled in the thread.
 */

// Modules are fetched when needed: importing one costs every thread a third of a millisecond at its start.
const { getBuiltinModule } = process

/** Values for free names, so that the function runs as it would in its own file. */
export type StandIns = ReadonlyMap<string, unknown>

/**
 * The stand-ins that `text` needs. `require` is one of them, because it depends on the file.
 *
 * @param file absolute path from which `require`, and paths written by vite, are resolved
 * @param load `import()` as it works in that file
 */
export function standInsFor(text: string, file: string, load: (specifier: unknown) => unknown): StandIns {
  const found = new Map<string, unknown>()
  if (/\brequire\b/.test(text)) found.set('require', getBuiltinModule('node:module').createRequire(file))
  // esbuild with keepNames, which tsx always sets: gives a function the name that it has in the source.
  if (text.includes('__name')) {
    found.set('__name', (target: object, value: string) =>
      Object.defineProperty(target, 'name', { value, configurable: true }),
    )
  }
  // vite and vitest, instead of `import()`.
  if (text.includes('__vite_ssr_dynamic_import__')) {
    found.set('__vite_ssr_dynamic_import__', (specifier: unknown) =>
      load(typeof specifier === 'string' ? withoutVite(specifier, file) : specifier),
    )
  }
  // tsc, Babel and esbuild, around the `require` that they write instead of `import()` when they compile to CommonJS.
  for (const [name, standIn] of MODULE_HELPERS) if (text.includes(name)) found.set(name, standIn)
  // esbuild, instead of `require`, when it compiles to an ES module.
  if (text.includes('__require')) found.set('__require', getBuiltinModule('node:module').createRequire(file))
  // istanbul: counts in a thread are not collected.
  for (const [counter] of text.matchAll(/\bcov_\w+(?=\(\))/g)) found.set(counter, () => NO_COUNTERS)
  return found
}

/** Gives the exports of a CommonJS module the shape that `import()` gives them: each by its name, all as `default`. */
function namespaceOf(exports: unknown, isNode = false): unknown {
  const isObject = (typeof exports === 'object' && exports !== null) || typeof exports === 'function'
  // It was an ES module before it was compiled, and has a `default` of its own.
  if (isObject && '__esModule' in exports && exports.__esModule === true && !isNode) return exports
  const namespace: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  if (isObject) {
    for (const name of Object.getOwnPropertyNames(exports)) {
      Object.defineProperty(namespace, name, { get: () => Reflect.get(exports, name) as unknown, enumerable: true })
    }
  }
  return Object.defineProperty(namespace, 'default', { value: exports, enumerable: true })
}

function defaultOf(exports: unknown): unknown {
  const isCompiled = typeof exports === 'object' && exports !== null && '__esModule' in exports && exports.__esModule
  return isCompiled === true ? exports : { default: exports }
}

/** The helpers that compilers put at the top of a file, and what they do there. */
const MODULE_HELPERS: readonly (readonly [name: string, standIn: (exports: unknown, mode?: unknown) => unknown])[] = [
  ['__importStar', exports => namespaceOf(exports)], // tsc with esModuleInterop
  ['__importDefault', defaultOf],
  ['_interopRequireWildcard', exports => namespaceOf(exports)], // Babel
  ['_interopRequireDefault', defaultOf],
  ['__toESM', (exports, isNode) => namespaceOf(exports, isNode === 1 || isNode === true)], // esbuild
]

/** What webpack makes of `import()`, whatever it has called its own function: `__webpack_require__`, or one letter. */
const WEBPACK_IMPORT = /\.then\(\(?(?:\(\)\s*=>\s*)?\(?(\w+)\.(?:t|bind)\b|\b(\w+)\.e\(/

/**
 * What to do about a free name that has no stand-in, as a sentence.
 *
 * @param text of the function that lacks it
 */
export function hintFor(name: string, text: string): string {
  const [, first, second] = WEBPACK_IMPORT.exec(text) ?? []
  if (name === '__webpack_require__' || name === first || name === second) {
    return 'webpack wrote it for an import() inside the function: write import(/* webpackIgnore: true */ …), which it leaves alone.'
  }
  return (
    HINTS.find(([pattern]) => pattern.test(name))?.[1] ??
    'Pass it in args, or import it inside the function with await import().'
  )
}

const IMPORT_INSIDE = 'import it inside the function with await import(), or name a module export with task(url, name).'

/** The first match wins, so special cases come before the families that they belong to. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /^__vite_ssr_import_meta__$/,
    'It stands for import.meta, which only its own module has: pass import.meta.url in args.',
  ],
  [/^__(?:vite_ssr|vi)_/, `Vite, or vitest, wrote it for something the file imports or exports: ${IMPORT_INSIDE}`],
  [/_WEBPACK_|^__webpack_|_TURBOPACK_/i, `A bundler wrote it for an import at the top of the file: ${IMPORT_INSIDE}`],
  [/^__(?:dirname|filename)$/, 'Only its own file has it: pass it in args.'],
  [
    /^(?:exports|module)$/,
    `It stands for what the file exports, because the file was compiled to CommonJS: pass that in args, or ${IMPORT_INSIDE}`,
  ],
  [
    // tsc and esbuild; tsc with importHelpers; swc and Babel.
    /^__[a-z]\w*$|^tslib_\d+$|^_(?:async_?to_?generator|wrap_?async\w*|object_?spread\w*|class_?private\w+|define_?property|ts_\w+)$/i,
    'A compiler wrote it to replace newer syntax: raise its target to ES2022 or later.',
  ],
  [
    /^[a-z_$]\w*_\d+$/i,
    `If TypeScript wrote it for an import at the top of a file that it compiled to CommonJS, ${IMPORT_INSIDE} Otherwise pass it in args.`,
  ],
  [
    /^import_\w+$/,
    `If esbuild wrote it for an import at the top of a file that it compiled to CommonJS, ${IMPORT_INSIDE} Otherwise pass it in args.`,
  ],
]

/** Allows any path of reads, and `++` on any of them. */
const NO_COUNTERS: object = new Proxy(
  {},
  {
    get: (_target, key): unknown => (key === Symbol.toPrimitive ? () => 0 : NO_COUNTERS),
    set: () => true,
  },
)

/**
 * The specifier without what vite has changed: vite writes relative imports as paths from its root (`/src/x.js`), and
 * packages and other files as `/@fs/` and a path.
 */
function withoutVite(specifier: string, file: string): string {
  if (!specifier.startsWith('/')) return specifier
  const { existsSync } = getBuiltinModule('node:fs')
  const { dirname, join } = getBuiltinModule('node:path')
  const { pathToFileURL } = getBuiltinModule('node:url')
  const [path = specifier] = specifier.split('?')
  if (path.startsWith('/@fs/'))
    return pathToFileURL(path.slice((process.platform === 'win32' ? '/@fs/' : '/@fs').length)).href
  // The thread does not know the root of vite, but it is a folder above the file.
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const candidate = join(folder, path)
    if (existsSync(candidate)) return pathToFileURL(candidate).href
    if (folder === dirname(folder)) return specifier
  }
}
