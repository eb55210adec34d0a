import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Modules that become one file; those behind them that are not in another come along. */
function file(name: string, ...modules: string[]) {
  const test = (id: string) => modules.some(module => id.startsWith(`${SOURCE}${module}`))
  return { name, test }
}
const SOURCE = fileURLToPath(new URL('src/', import.meta.url))

export default defineConfig({
  // `npm run build`. A thread loads each file of its program in half a millisecond, so they are few; types are tsc's affair.
  build: {
    ssr: true, // a library for Node: what is not ours stays an import
    target: 'node20',
    sourcemap: true,
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
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        topLevelVar: false, // V8 folds what is const
        codeSplitting: {
          groups: [
            file('shared', 'lane/', 'errors', 'usage', 'work-id', 'clock', 'throw-later', 'queue/'),
            file('thread/runner', 'thread/runner', 'thread/context'),
            file('sending', 'turns', 'deadlines', 'signals', 'option-values', 'execute-options'),
            file('threads', 'thread-life', 'launch', 'emitter', 'keep-alive', 'options-check', 'lifecycle/moves'),
            file('groups/shared', 'groups/shared-state'),
            file('groups/jobs', 'groups/jobs', 'groups/targets', 'groups/strategies/shipped-pickups'),
          ],
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
