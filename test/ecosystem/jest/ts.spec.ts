import { Pool } from 'threadcrew'

test('import() in an inline function, as ts-jest writes it', async () => {
  const pool = new Pool({ total: 1 })
  expect(await pool.execute(async (path: string) => (await import('node:path')).basename(path), ['/a/b'])).toBe('b')
  expect(await pool.execute(async () => typeof (await import('node:fs')).default.readFileSync, [])).toBe('function')
  await pool.stop()
})
