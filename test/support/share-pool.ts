/** One pool for many tests: a thread takes longer to start than most tests to run. */

import { Pool, type PoolOptions } from 'threadcrew'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { until } from './gate.js'

/**
 * Hands a pool to all tests of a file that leave its threads as they were, and that mind neither what the pool counts nor
 * who listens to it. Each finds it idle; a test that costs it a thread leaks the new one.
 */
export function sharePool(options: PoolOptions, use: (pool: Pool) => void): void {
  let pool: Pool
  beforeAll(async () => {
    pool = new Pool(options)
    use(pool)
    await pool.ready
  })
  beforeEach(() => until(() => pool.active === 0))
  afterAll(() => pool.stop(true).then(() => {}))
}
