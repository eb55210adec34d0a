/** Workers that are replaced after some works, some time, or with a heap grown large. */

import { Pool } from 'threadcrew'
import { expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { ScopedGate } from '../support/scoped-gate.js'

test('[47] by works: no thread runs more, no work is lost or run twice, and the pool keeps its size', async () => {
  await using pool = new Pool({ total: 2, recycle: { works: 100 } })
  await pool.ready
  const runs = new Int32Array(new SharedArrayBuffer(4 * 1000))
  const perWorker = new Map<string, number>()
  const works = Array.from({ length: 1000 }, (_, i) =>
    pool.execute((runs: Int32Array, i: number) => void Atomics.add(runs, i, 1), [runs, i]),
  )
  for (const work of works) {
    await work
    const id = work.workerId ?? ''
    perWorker.set(id, (perWorker.get(id) ?? 0) + 1)
  }
  expect([...runs]).toEqual(new Array(1000).fill(1))
  expect(Math.max(...perWorker.values())).toBeLessThanOrEqual(100)
  expect(perWorker.size).toBeGreaterThanOrEqual(10)
  await until(() => pool.stats().workers.starting + pool.stats().workers.stopping === 0)
  expect(pool.total).toBe(2)
  expect(pool.stats().workers.available).toBe(2)
})

test('[47] with works: 1, each work has a thread of its own', async () => {
  await using pool = new Pool({ total: 2, recycle: { works: 1 } })
  const count = (): number => {
    const scope = globalThis as { works?: number }
    return (scope.works = (scope.works ?? 0) + 1)
  }
  const works = Array.from({ length: 12 }, () => pool.execute(count))
  expect(await Promise.all(works)).toEqual(new Array(12).fill(1))
  expect(new Set(works.map(work => work.workerId)).size).toBe(12)
})

test('restart() replaces every thread, and works go on meanwhile', async () => {
  await using pool = new Pool({ total: 2 })
  await pool.ready
  const before = pool.workers.map(({ id }) => id)
  const works = Array.from({ length: 500 }, (_, i) => pool.execute(i => i, [i]))
  const { added, removed } = await pool.restart()
  expect([...removed].sort()).toEqual([...before].sort())
  expect(pool.workers.map(({ id }) => id).sort()).toEqual([...added].sort())
  expect(await Promise.all(works)).toEqual(Array.from({ length: 500 }, (_, i) => i))
  expect(pool.total).toBe(2)
})

test('restart(true) does not wait for a work that never ends', async () => {
  await using pool = new Pool({ total: 1 })
  using gate = new ScopedGate()
  const work = pool.execute(
    (gate: SharedArrayBuffer) => {
      const words = new Int32Array(gate)
      Atomics.add(words, 1, 1)
      for (;;);
    },
    [gate.buffer],
  )
  await gate.entered()
  const restarted = pool.restart(true)
  await expect(work).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED', message: expect.stringContaining('restart') })
  expect((await restarted).removed).toHaveLength(1)
  expect(await pool.execute(() => 'served')).toBe('served')
})

test('restart() rejects after stop()', async () => {
  const pool = new Pool({ total: 1 })
  await pool.stop()
  await expect(pool.restart()).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
  await expect(pool.restart('yes' as unknown as boolean)).rejects.toThrow('hot must be true or false')
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
