/** Faked timers are the test's affair: the pool lives in real time. */

const { Pool } = require('threadcrew')

afterEach(() => jest.useRealTimers())

async function use(pool) {
  await pool.ready
  expect(await pool.execute((a, b) => a + b, [2, 3])).toBe(5)
  await expect(
    pool.execute(
      () => {
        for (;;);
      },
      [],
      { timeout: 50 },
    ),
  ).rejects.toMatchObject({ code: 'ERR_WORK_TIMEOUT' })
  expect(await pool.execute(() => 'after', [])).toBe('after')
  await pool.stop()
}

test('a pool made before the timers are faked', async () => {
  const pool = new Pool({ total: 1 })
  jest.useFakeTimers()
  await use(pool)
})

test('a pool made while the timers are faked', async () => {
  jest.useFakeTimers()
  await use(new Pool({ total: 1 }))
})

test('a pool that is used after the real timers are back', async () => {
  jest.useFakeTimers()
  const pool = new Pool({ total: 1 })
  const work = pool.execute(() => 1, [])
  jest.useRealTimers()
  expect(await work).toBe(1)
  await use(pool)
})
