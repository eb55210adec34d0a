import { afterEach, expect, test, vi } from 'vitest'
import { Pool } from 'threadcrew'

afterEach(() => void vi.useRealTimers())

test('hundreds of works in one go', async () => {
  const pool = new Pool({ total: 2 })
  const sums = await Promise.all(Array.from({ length: 500 }, (_, n) => pool.execute((a: number) => a + 1, [n])))
  expect(sums.at(-1)).toBe(500)
  expect(await pool.execute(async (path: string) => (await import('node:path')).basename(path), ['/a/b'])).toBe('b')
  await pool.stop()
})

test('with everything faked that can be', async () => {
  const pool = new Pool({ total: 1 })
  vi.useFakeTimers({
    toFake: [
      'setTimeout',
      'clearTimeout',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'Date',
      'performance',
      'queueMicrotask',
      'hrtime',
    ],
  })
  expect(await pool.execute(() => 1, [])).toBe(1)
  await expect(
    pool.execute(
      () => {
        for (;;);
      },
      [],
      { timeout: 50 },
    ),
  ).rejects.toMatchObject({ code: 'ERR_WORK_TIMEOUT' })
  await pool.stop()
})
