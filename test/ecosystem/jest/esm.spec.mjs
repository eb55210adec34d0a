import { Pool } from 'threadcrew'

test('a pool under jest with ES modules', async () => {
  const pool = new Pool({ total: 2 })
  const sums = await Promise.all(Array.from({ length: 500 }, (_, n) => pool.execute(a => a + 1, [n])))
  expect(sums.at(-1)).toBe(500)
  expect(await pool.execute(async () => (await import('node:path')).basename('/a/b'), [])).toBe('b')
  await pool.stop()
})
