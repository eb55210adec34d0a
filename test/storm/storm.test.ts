/** The storm in short; `npm run storm` repeats a seed, `npm run storm:full` takes some twenty minutes. */

import { expect, test } from 'vitest'
import { runInChild } from '../support/run-in-child.js'

const PATIENCE_MS = 170_000

test.each([1, 2, 3])(
  'every work of a storm (seed %i) ends once, begins no more often than it may, and leaves nothing behind',
  async seed => {
    const script = `process.argv.push('${seed}', '20000'); await import('./test/storm/storm.js')`
    const { code, stdout, stderr } = await runInChild(script, [], PATIENCE_MS)
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('20000 works')
    expect(stdout).toContain(' 0 complaints')
  },
  PATIENCE_MS + 10_000,
)
