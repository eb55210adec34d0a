import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Pool } from 'threadcrew'

test('a pool while node:test mocks the timers', { timeout: 20_000 }, async () => {
  const before = new Pool({ total: 1 })
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
  const during = new Pool({ total: 1 })
  for (const pool of [before, during]) {
    assert.equal(await pool.execute(() => 1, []), 1)
    await assert.rejects(
      pool.execute(
        () => {
          for (;;);
        },
        [],
        { timeout: 50 },
      ),
      { code: 'ERR_WORK_TIMEOUT' },
    )
    assert.equal(await pool.execute(() => 2, []), 2)
    await pool.stop()
  }
  mock.timers.reset()
})
