import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: 'test/types/tsconfig.json' },
    // Child processes, because a test may look at every handle, thread and listener of its process.
    pool: 'forks',
    // More than Node's default of one less than the processors: the tests wait more than they compute.
    maxWorkers: 3,
    testTimeout: 20_000,
  },
})
