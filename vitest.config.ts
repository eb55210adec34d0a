import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: 'test/tsconfig.json' },
    // Child processes, because a test may look at every handle, thread and listener of its process.
    pool: 'forks',
    testTimeout: 20_000,
  },
})
