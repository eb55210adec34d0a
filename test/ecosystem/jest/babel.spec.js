import { basename } from 'node:path'
import { Pool } from 'threadcrew'

test('import() in an inline function, as babel-jest writes it', async () => {
  const pool = new Pool({ total: 1 })
  expect(await pool.execute(async path => (await import('node:path')).basename(path), ['/a/b'])).toBe('b')
  expect(await pool.execute(async () => typeof (await import('node:fs')).default.readFileSync, [])).toBe('function')
  expect(
    await pool.execute(
      async n => {
        const { helper } = await import('./helper.cjs')
        return helper(n)
      },
      [1],
    ),
  ).toBe(2)
  await pool.stop()
})

test('what a function closes over is named, with what to do', async () => {
  const pool = new Pool({ total: 1 })
  await expect(pool.execute(path => basename(path), ['/a/b'])).rejects.toThrow(/import\('node:path'\)|await import/)
  await pool.stop()
})
