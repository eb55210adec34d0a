/** The package as a whole: one instance of everything in each thread, however it is loaded there. */

import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Pool, WorkDiscardedError } from 'threadcrew'
import { describe, expect, test } from 'vitest'

const ENTRIES = ['threadcrew', 'threadcrew/thread', 'threadcrew/groups']

describe('the package', () => {
  test.each(ENTRIES)('gives ES modules and CommonJS the same names and classes: %s', async name => {
    const imported: object = await import(/* @vite-ignore */ name)
    expect({ ...imported }).toEqual({ ...createRequire(import.meta.url)(name) })
    expect(Object.keys(imported)).not.toEqual([])
  })

  test('is the same for a task that imports it and for the thread that runs the task', async () => {
    const seen = new Int32Array(new SharedArrayBuffer(8))
    await using pool = new Pool({ total: 1, grace: 5000 })
    const work = pool.execute(
      async (seen: Int32Array) => {
        const { context } = await import('threadcrew/thread')
        const { WorkDiscardedError } = await import('threadcrew')
        const { signal } = context()
        const aborted = new Promise(resolve => signal.addEventListener('abort', resolve))
        Atomics.store(seen, 0, 1)
        await aborted
        const { reason } = signal
        const isSame = [WorkDiscardedError, require('threadcrew').WorkDiscardedError].every(
          one => reason instanceof one,
        )
        Atomics.store(seen, 1, isSame ? 1 : 2)
      },
      [seen],
    )
    while (Atomics.load(seen, 0) === 0) await new Promise(setImmediate)
    work.stop()
    await expect(work).rejects.toBeInstanceOf(WorkDiscardedError)
    await pool.stop()
    expect(Atomics.load(seen, 1)).toBe(1)
  })

  // If it did, a thread that is ended meanwhile would take the process with it on Node 20.
  test.each(['thread/main.cjs', 'groups/thread/main.cjs', 'groups/thread/sender.cjs'])(
    'has a thread require no ES module: %s',
    program => {
      const files = new Set([fileURLToPath(new URL(`../../dist/${program}`, import.meta.url))])
      for (const file of files) {
        const { resolve } = createRequire(file)
        for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/\brequire\("([^"]+)"\)/g)) {
          if (!isBuiltin(name)) files.add(resolve(name))
        }
      }
      expect([...files].filter(file => !file.endsWith('.cjs'))).toEqual([])
      expect(files.size).toBeGreaterThan(1)
    },
  )
})
