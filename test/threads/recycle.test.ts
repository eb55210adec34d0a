/** Workers that are replaced after some works, some time, or with a heap grown large. */

import { Pool } from 'threadcrew'
import { expect, test } from 'vitest'
import { until } from '../support/gate.js'

test('[47] by works: the successor comes first, no work is lost or run twice, and somebody serves all the time', async () => {
  await using pool = new Pool({ total: 1, recycle: { works: 100 } })
  await pool.ready
  const words = new Int32Array(new SharedArrayBuffer(4 * 1_000_000))
  const serving: number[] = []
  let exits = 0
  pool.on('workerExit', (_, code) => {
    exits++
    expect(code).toBe(0)
    serving.push(pool.workers.filter(({ status }) => status === 'available' || status === 'busy').length)
  })
  let submitted = 0
  // As long as it takes three successors to start: one takes its place some batches after it was called for.
  while (exits < 3 && submitted + 50 <= words.length) {
    const works = Array.from({ length: 50 }, () =>
      pool.execute((words: Int32Array, i: number) => void Atomics.add(words, i, 1), [words, submitted++]),
    )
    await Promise.all(works)
  }
  await until(() => pool.stats().workers.starting + pool.stats().workers.stopping === 0)
  expect([...words.subarray(0, submitted)]).toEqual(new Array(submitted).fill(1))
  expect(exits).toBeGreaterThanOrEqual(3)
  expect(Math.min(...serving)).toBeGreaterThan(0)
  expect(pool.total).toBe(1)
  expect(pool.stats().workers.available).toBe(1)
})

test('[47] by heap: a task that leaks', async () => {
  await using pool = new Pool({ total: 1, recycle: { heap: 60e6 } })
  const first = await pool.execute(() => 0).then(() => pool.workers[0]?.id)
  let replaced = false
  pool.on('workerExit', worker => (replaced ||= worker.id === first))
  const leak = (): void => {
    const kept = ((globalThis as { kept?: unknown[] }).kept ??= [])
    kept.push(Array.from({ length: 1e6 }, (_, i) => i + 0.5))
    // Long enough for the thread to say how large it is.
    const end = performance.now() + 30
    while (performance.now() < end);
  }
  for (let i = 0; i < 100 && !replaced; i++) await pool.execute(leak)
  expect(replaced).toBe(true)
})

test('[47] wrong limits are refused', () => {
  expect(() => new Pool({ recycle: { works: 0 } })).toThrow('recycle.works must be a whole number ≥ 1')
  expect(() => new Pool({ recycle: { age: -1 } })).toThrow('recycle.age must be a number > 0')
  expect(() => new Pool({ recycle: { hepa: 1 } as object })).toThrow('did you mean heap')
})
