import { defineConfig } from 'vitest/config'

export default defineConfig({
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
