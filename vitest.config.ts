import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vitest/config'

const SOURCE = fileURLToPath(new URL('src/', import.meta.url))

/** What the bundler adds itself. */
const RUNTIME = '\0rolldown/runtime.js'

/** Modules that become one file, together with those that only they need: the first file that wants one has it. */
const FILES = {
  // The whole program of a thread but its beginning: each file more costs it half a millisecond.
  'thread/shared': [
    ...[
      RUNTIME,
      'lane/',
      'values/',
      'errors/',
      'base/clock',
      'base/real-time',
      'base/deferred',
      'base/throw-later',
      'base/fifo',
      'base/priority-queue',
    ],
    ...['thread/runner', 'thread/context'],
  ],
  sending: ['base/once-a-turn', 'base/deadlines', 'base/abort-listeners', 'base/checks', 'work/options'],
  threads: ['launch/', 'task/task', 'base/emitter', 'base/keep-alive', 'base/moves'],
  'groups/shared': ['groups/shared/records', 'groups/shared/reservations'],
  'groups/jobs': ['groups/jobs/', 'groups/strategies/pickup-rules'],
}

/** What is wrong where that file does not find the other. */
const BUNDLED =
  'threadcrew does not find its own files, because it is part of a bundle: mark threadcrew as external in your bundler, so that it stays in node_modules'

/**
 * Beside each entry in CommonJS a file by which ES modules get the same names, and of each class the same one. It requires
 * the other by itself: Node would first read all of a CommonJS file that is imported, to know its names.
 */
const forImport: Plugin = {
  name: 'for-import',
  generateBundle(_, files) {
    for (const entry of Object.values(files)) {
      if (entry.type !== 'chunk' || !entry.isEntry || !/(^|\/)index$/.test(entry.name)) continue
      const file = entry.fileName.replace(/^.*\//, '')
      const source = [
        "import { createRequire } from 'node:module'",
        // What a bundler makes of it that compiles to CommonJS.
        `if (import.meta.url === undefined) throw new Error('${BUNDLED}')`,
        'let entry',
        'try {',
        `  entry = createRequire(import.meta.url)('./${file}')`,
        '} catch (cause) {',
        `  if (cause?.code !== 'MODULE_NOT_FOUND' || !cause.message.includes('./${file}')) throw cause`,
        `  throw new Error('${BUNDLED}', { cause })`,
        '}',
        `export const { ${entry.exports.join(', ')} } = entry`,
        '',
      ].join('\n')
      this.emitFile({ type: 'asset', fileName: `${entry.name}.js`, source })
    }
  },
}

export default defineConfig({
  // `npm run build`: a few files of CommonJS, which a thread has loaded in 3 ms. As an ES module each file costs it half a
  // millisecond, and Node's loader of such modules 4 ms before the first. The types are tsc's affair.
  plugins: [forImport],
  build: {
    ssr: true, // a library for Node: what is not ours stays an import
    target: 'node20',
    // Without the comment by which Node finds them: --enable-source-maps would show our frames in files that are not shipped.
    sourcemap: 'hidden',
    minify: false,
    rolldownOptions: {
      input: {
        index: 'src/index.ts',
        'thread/index': 'src/thread/index.ts',
        'thread/main': 'src/thread/main.ts',
        'groups/index': 'src/groups/index.ts',
        'groups/thread/main': 'src/groups/thread/main.ts',
        'groups/thread/sender': 'src/groups/thread/sender.ts',
      },
      output: {
        format: 'cjs',
        entryFileNames: '[name].cjs',
        chunkFileNames: '[name].cjs',
        topLevelVar: false, // V8 folds what is const
        comments: false, // a thread reads them, too; they are in the source maps
        codeSplitting: {
          groups: Object.entries(FILES).map(([name, modules]) => ({
            name,
            test: (id: string) => modules.some(module => id === module || id.startsWith(`${SOURCE}${module}`)),
          })),
        },
      },
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: 'test/types/tsconfig.json' },
    setupFiles: ['test/support/expect-no-leaks.ts'],
    // Child processes, because a test may look at every handle, thread and listener of its process. Files take turns in
    // them: a process for each would cost a tenth of the time, and no test leaves anything for the next to find.
    pool: 'forks',
    isolate: false,
    // The default is one less than the processors; but the runner itself has little to do.
    maxWorkers: '100%',
    testTimeout: 20_000,
  },
})
