import { describe, expect, it } from 'vitest'
import { heapFlag } from '../../src/launch/heap-flag.js'
import { runInChild } from '../support/run-in-child.js'

describe('a flag of the process that cancels the heap limit of threads', () => {
  it.each<[string[], string | undefined, string | undefined]>([
    [[], undefined, undefined],
    [['--max-old-space-size=300'], undefined, '--max-old-space-size=300'],
    [['--enable-source-maps', '--max_old_space_size=300'], '', '--max_old_space_size=300'],
    [[], '--max-old-space-size=300 --no-warnings', '--max-old-space-size=300'],
    [[], '--no-warnings "--max-heap-size=300"', '--max-heap-size=300'],
    [['--max-old-space-size-percentage=50'], undefined, '--max-old-space-size-percentage=50'],
    [['--max-old-space-size=1'], '--max-old-space-size=2', '--max-old-space-size=1'],
    [['--max-semi-space-size=8', '--stack-size=900'], '--max-http-header-size=9', undefined],
  ])('is found: %o and NODE_OPTIONS=%s', (execArgv, nodeOptions, flag) => {
    expect(heapFlag(execArgv, nodeOptions)).toBe(flag)
  })

  /** Makes pools with a heap limit of 64 MB, and prints the limit that their threads have, and what the process was warned of. */
  const program = `
    import { Pool } from 'threadcrew'
    process.on('warning', ({ name, message }) => console.log(name + ': ' + message))
    const limit = async () => Math.round((await import('node:v8')).getHeapStatistics().heap_size_limit / 2 ** 20)
    for (const maxOldGenerationSizeMb of [64, 65, undefined]) {
      // The figure below counts the young generation as well, whose default differs from version to version.
      const resourceLimits = { maxOldGenerationSizeMb, maxYoungGenerationSizeMb: 16 }
      const pool = new Pool({ total: 2, thread: { resourceLimits } })
      const mb = await pool.execute(limit)
      console.log(mb < 200 ? 'small' : 'large')
      await pool.stop()
    }
  `

  it('is warned of once, when a pool is made whose threads are to have a limit', async () => {
    const { code, stdout } = await runInChild(program, ['--max-old-space-size=300'])
    const [warning, ...limits] = stdout.trim().split('\n')
    expect(warning).toBe(
      'ThreadcrewWarning: resourceLimits.maxOldGenerationSizeMb: 64 has no effect, because this process was started with ' +
        '--max-old-space-size=300, which is the limit of every thread then: start it without that flag (see also NODE_OPTIONS)',
    )
    expect({ code, limits }).toEqual({ code: 0, limits: ['large', 'large', 'large'] })
  })

  it('is not warned of where there is none, or none that cancels the limit', async () => {
    for (const flags of [[], ['--max-semi-space-size=8']]) {
      const { code, stdout } = await runInChild(program, flags)
      expect({ code, lines: stdout.trim().split('\n') }).toEqual({ code: 0, lines: ['small', 'small', 'large'] })
    }
  })
})
