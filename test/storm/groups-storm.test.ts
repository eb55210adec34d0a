/** The storm of groups in short; `npm run storm:groups` repeats a seed, with more jobs. */

import { expect, test } from 'vitest'
import { runInChild } from '../support/run-in-child.js'

const PATIENCE_MS = 60_000

test.each([1, 2])(
  'every job of a storm of groups (seed %i) ends once, begins no more often than it may, and leaves nothing behind',
  async seed => {
    const script = `process.argv.push('${seed}', '--jobs', '2000'); await import('./test/storm/groups/storm.js')`
    const { code, stdout, stderr } = await runInChild(script, [], PATIENCE_MS)
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(' 0 complaints')
  },
  PATIENCE_MS + 10_000,
)
