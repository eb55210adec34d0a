/** Values made to throw when the pool itself looks at them. */

import { Pool } from 'threadcrew'
import { expect, test } from 'vitest'
import { heardByProcess } from '../support/process-events.js'

test('[31] a list of arguments that throws when it is read fails its own work, and no other in the same batch', async () => {
  await using pool = new Pool({ total: 1 })
  await pool.ready
  const hostile = Object.defineProperty([0], 0, {
    get: () => {
      throw new Error('boo')
    },
  }) as number[]
  const { proxy, revoke } = Proxy.revocable(['mine'], {})
  const first = pool.execute((x: number) => x, hostile as [number])
  const good = pool.execute(() => 'good')
  const second = pool.execute((x: string) => x, proxy as [string])
  revoke()
  const last = pool.execute((a: number, b: number) => a + b, [2, 3])
  await expect(first).rejects.toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE', path: 'args' })
  await expect(second).rejects.toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE', path: 'args' })
  expect([await good, await last]).toEqual(['good', 5])
})

test('[37] a thread that dies of a value without a text is reported once, and replaced', async () => {
  await using pool = new Pool({ total: 1 })
  const warnings = await heardByProcess('warning', async () => {
    const gone = new Promise(resolve => pool.once('workerExit', resolve))
    await pool.execute(() => {
      setImmediate(() => {
        throw { toString: 1 }
      })
    })
    await gone
  })
  expect(warnings).toMatchObject([{ name: 'ThreadcrewWarning', message: expect.stringContaining('has no text') }])
  expect(await pool.execute(() => 'served')).toBe('served')
})
