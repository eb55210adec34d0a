/** autoScale: a pool that changes its own size, up when works wait, down when workers idle. */

import { availableParallelism } from 'node:os'
import { Pool } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { aWhile } from '../support/a-while.js'
import { until } from '../support/gate.js'
import { random } from '../support/random.js'
import { runInChild } from '../support/run-in-child.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { StepLog, steps, warmUp } from '../support/steps.js'

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

interface Change {
  readonly from: number
  readonly to: number
  readonly reason: string
  readonly at: number
}

function changesOf(pool: Pool): Change[] {
  const changes: Change[] = []
  pool.on('scaled', change => changes.push({ ...change, at: performance.now() }))
  return changes
}

describe('up', () => {
  test('[46] a burst within one turn counts, also where threads are shared', async () => {
    await using pool = new Pool({ autoScale: true, min: 1, max: 3, concurrency: 2, waitTime: 5 })
    await pool.ready
    let most = 1
    pool.on('scaled', ({ to }) => (most = Math.max(most, to)))
    const busy = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    await Promise.all(Array.from({ length: 30 }, () => pool.execute(busy, [40])))
    expect(most).toBe(3)
  })

  test('[46] workers are added after waitTime and not before, scalingFactor at a time, up to max', async () => {
    await using pool = new Pool({ total: 1, waitTime: 600_000, scalingFactor: 2, max: 4 })
    await pool.ready
    expect([pool.autoScale, pool.min, pool.max]).toEqual([true, 1, 4])
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const { step: stand } = steps()
    await warmUp(pool, step)
    // Not before: on a busy machine the works of the warm-up may wait for as long.
    pool.waitTime = 60
    const changes = changesOf(pool)
    const submitted = performance.now()
    const works = range(0, 9).map(i =>
      pool.execute(i < 4 ? stand : step, [log.buffer, i, i < 4 ? gate.buffer : undefined]),
    )
    await gate.entered(4)
    expect(changes.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      [1, 3, 'autoScale'],
      [3, 4, 'autoScale'],
    ])
    const [first, second] = changes as [Change, Change]
    expect(first.at - submitted).toBeGreaterThanOrEqual(60)
    expect(second.at - first.at).toBeGreaterThanOrEqual(60)
    // All four are busy and works wait: it goes no higher.
    await aWhile(150)
    expect(changes).toHaveLength(2)
    expect(pool.total).toBe(4)
    expect(pool.workers).toHaveLength(4)
    gate.open()
    expect(await Promise.all(works)).toEqual(range(0, 9))
    expect(log.begun.toSorted((a, b) => a - b)).toEqual(range(0, 9))
  })

  test('[46] works that wait for less than waitTime add nobody', async () => {
    await using pool = new Pool({ total: 1, waitTime: 600_000, max: 8 })
    await pool.ready
    const changes = changesOf(pool)
    const { busyStep } = steps()
    const log = new StepLog()
    await Promise.all(range(0, 499).map(i => pool.execute(busyStep, [log.buffer, i, 0.2])))
    expect(changes).toEqual([])
    expect(pool.workers).toHaveLength(1)
  })

  test('[46] works sent ahead to a busy thread count as waiting, and the added worker does them', async () => {
    await using pool = new Pool({ total: 1, waitTime: 40, max: 2 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const busy = pool.execute(step, [log.buffer, 0, gate.buffer])
    const works = range(1, 20).map(i => pool.execute(step, [log.buffer, i]))
    expect(await Promise.all(works)).toEqual(range(1, 20))
    expect(busy.status).toBe('running')
    expect(pool.total).toBe(2)
    gate.open()
    expect(await busy).toBe(0)
  })

  test('[46] works at the door of a pool that buffers nothing count as waiting', async () => {
    await using pool = new Pool({ total: 1, waitTime: 40, max: 2, workBuffer: 0 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const busy = pool.execute(step, [log.buffer, 0, gate.buffer])
    const work = pool.execute(step, [log.buffer, 1])
    expect(work.status).toBe('waiting')
    expect(await work).toBe(1)
    gate.open()
    expect(await busy).toBe(0)
  })

  test('[46] neither total nor min given: it starts at 1 and may grow to what the machine can do at once', async () => {
    await using pool = new Pool({ autoScale: true })
    await pool.ready
    expect([pool.total, pool.min, pool.max, pool.workers.length]).toEqual([1, 1, availableParallelism(), 1])
  })

  test('[46] with a total of 0 it starts a worker for the first work, at once', async () => {
    await using pool = new Pool({ total: 0, autoScale: true, waitTime: 600_000 })
    expect(pool.workers).toEqual([])
    const changes = changesOf(pool)
    expect(await pool.execute(() => 'served')).toBe('served')
    expect(changes.map(({ from, to, reason }) => [from, to, reason])).toEqual([[0, 1, 'autoScale']])
  })

  test('[46] total = 0 does not pause it', async () => {
    await using pool = new Pool({ total: 1, min: 0, autoScale: true, waitTime: 600_000 })
    await pool.ready
    pool.total = 0
    await until(() => pool.workers.length === 0)
    expect(await pool.execute(() => 'served')).toBe('served')
    expect(pool.total).toBe(1)
  })
})

describe('down', () => {
  test('[46] back to min after idleTime and not before, scalingFactor at a time', async () => {
    await using pool = new Pool({
      total: 2,
      autoScale: true,
      waitTime: 600_000,
      idleTime: 80,
      scalingFactor: 2,
      max: 8,
    })
    await pool.ready
    const idleSince = performance.now()
    expect(pool.min).toBe(2)
    const changes = changesOf(pool)
    await pool.scale(3)
    await until(() => pool.total === 2)
    expect(changes.map(({ from, to, reason }) => [from, to, reason])).toEqual([
      [2, 5, 'scale'],
      [5, 3, 'autoScale'],
      [3, 2, 'autoScale'],
    ])
    // The first two have idled since a moment before they were said to be ready.
    expect((changes[1] as Change).at - idleSince).toBeGreaterThanOrEqual(60)
    await until(() => pool.workers.length === 2)
    await aWhile(200)
    expect(pool.total).toBe(2)
  })

  test('[46] a worker that has just done something is kept for idleTime', async () => {
    await using pool = new Pool({ total: 0, min: 0, autoScale: true, idleTime: 120 })
    const changes = changesOf(pool)
    for (let i = 0; i < 3; i++) {
      await pool.execute(() => 'served')
      const done = performance.now()
      await until(() => pool.total === 0)
      expect((changes.at(-1) as Change).at - done).toBeGreaterThanOrEqual(100)
    }
    expect(changes.map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
      [1, 0],
    ])
  })

  test('[46] an idleTime of Infinity keeps workers for good, autoScale = false as well', async () => {
    await using kept = new Pool({ total: 1, autoScale: true, idleTime: Infinity, max: 4 })
    await using off = new Pool({ total: 1, autoScale: true, idleTime: 30, max: 4 })
    off.autoScale = false
    await Promise.all([kept.scale(1), off.scale(1)])
    await aWhile(150)
    expect([kept.total, off.total]).toEqual([2, 2])
    // Turned on again, it does what is due.
    off.autoScale = true
    await until(() => off.total === 1)
    expect(kept.total).toBe(2)
  })

  test('[46] busy workers are not retired, however long they run', async () => {
    await using pool = new Pool({ total: 1, autoScale: true, idleTime: 30, waitTime: 600_000, max: 4 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const works = [0, 1].map(i => pool.execute(step, [log.buffer, i, gate.buffer]))
    await pool.scale(2)
    await gate.entered(2)
    await until(() => pool.workers.length === 2)
    await aWhile(100)
    // One of the three was idle; the two busy ones go on, although min is 1.
    expect(pool.total).toBe(2)
    gate.open()
    expect(await Promise.all(works)).toEqual([0, 1])
    await until(() => pool.workers.length === 1)
  })

  test('[46] steady low load keeps no more workers than it needs, and nothing flaps', async () => {
    await using pool = new Pool({ total: 1, autoScale: true, waitTime: 10_000, idleTime: 60, max: 4 })
    const { step } = steps()
    const { buffer } = new StepLog(200_000)
    await pool.scale(3)
    const changes = changesOf(pool)
    const work = async (): Promise<unknown> => pool.execute(step, [buffer, 1])
    // One at a time: only one worker is ever needed, and it should always be the same.
    while (pool.total > 1) await work()
    for (let i = 0; i < 200; i++) await work()
    for (const { from, to, reason } of changes) expect([to < from, reason]).toEqual([true, 'autoScale'])
    expect(changes.length).toBeLessThanOrEqual(3)
    expect(pool.total).toBe(1)
  })

  test('[46] it never ends a worker that was just chosen: works run exactly once at any moment of retirement', async () => {
    await using pool = new Pool({ total: 1, min: 0, max: 3, autoScale: true, waitTime: 0, idleTime: 3 })
    const { busyStep } = steps()
    const log = new StepLog(5000)
    const { below, seed } = random()
    const failed: unknown[] = []
    pool.on('failed', (_, error) => failed.push(error))
    let submitted = 0
    for (let round = 0; round < 60; round++) {
      const works = range(0, below(6)).map(() => pool.execute(busyStep, [log.buffer, submitted++, below(3) * 0.3]))
      await Promise.all(works)
      // Around the moment at which the idle ones are retired.
      const moment = performance.now() + below(70) / 10
      while (performance.now() < moment) await new Promise(resolve => setImmediate(resolve))
    }
    expect(failed, `seed ${seed}`).toEqual([])
    expect(
      log.begun.toSorted((a, b) => a - b),
      `seed ${seed}`,
    ).toEqual(range(0, submitted - 1))
  })
})

describe('settings', () => {
  test('[46] min and max are obeyed as soon as they are set; total and scale() may go beyond', async () => {
    await using pool = new Pool({ total: 1, autoScale: true, waitTime: 30, idleTime: 30, max: 4 })
    const changes = changesOf(pool)
    pool.min = 3
    await until(() => pool.stats().workers.available === 3)
    expect(pool.total).toBe(3)
    pool.min = 1
    await until(() => pool.total === 1)
    pool.max = 2
    using gate = new ScopedGate()
    const { step } = steps()
    const log = new StepLog()
    const works = range(0, 4).map(i => pool.execute(step, [log.buffer, i, gate.buffer]))
    await gate.entered(2)
    await aWhile(100)
    expect(pool.total).toBe(2)
    await pool.scale(1)
    await gate.entered(3)
    expect(pool.total).toBe(3)
    pool.total = 4
    await gate.entered(4)
    gate.open()
    expect(await Promise.all(works)).toEqual(range(0, 4))
    await until(() => pool.total === 1)
    expect(() => (pool.min = 3)).toThrow(RangeError)
    expect(() => (pool.max = 0)).toThrow(RangeError)
    expect([pool.min, pool.max]).toEqual([1, 2])
    for (const { to } of changes) expect(to).toBeGreaterThanOrEqual(1)
  })

  test('[46] giving waitTime turns it on, unless autoScale is given as false; assigning waitTime turns it on in any case', async () => {
    await using off = new Pool({ total: 1, waitTime: 20, autoScale: false, max: 2 })
    await using on = new Pool({ total: 1, waitTime: 20, max: 2 })
    await using none = new Pool({ total: 1, max: 2 })
    expect([off.autoScale, on.autoScale, none.autoScale]).toEqual([false, true, false])
    using gate = new ScopedGate()
    const { step } = steps()
    const log = new StepLog()
    const works = [off, on, none].flatMap(pool => [0, 1].map(i => pool.execute(step, [log.buffer, i, gate.buffer])))
    await gate.entered(4)
    await aWhile(60)
    expect([off.total, on.total, none.total]).toEqual([1, 2, 1])
    off.waitTime = 10
    none.waitTime = 10
    expect([off.autoScale, none.autoScale]).toEqual([true, true])
    await gate.entered(6)
    expect([off.total, on.total, none.total]).toEqual([2, 2, 2])
    gate.open()
    await Promise.all(works)
  })

  test('[46] scalingFactor may be changed meanwhile', async () => {
    await using pool = new Pool({ total: 1, waitTime: 20, max: 8 })
    await pool.ready
    const changes = changesOf(pool)
    pool.scalingFactor = 3
    using gate = new ScopedGate()
    const { asyncStep } = steps()
    const log = new StepLog()
    const works = range(0, 3).map(i => pool.execute(asyncStep, [log.buffer, i, gate.buffer]))
    await gate.entered(4)
    expect(changes.map(({ from, to }) => [from, to])).toEqual([[1, 4]])
    gate.open()
    await Promise.all(works)
  })
})

describe('the end', () => {
  test.each([false, true])('[46] stop(%s) of a pool that scales itself starts no further worker', async hot => {
    for (const options of [
      { total: 2, min: 2 },
      { total: 1, waitTime: 0 },
    ]) {
      const pool = new Pool({ autoScale: true, max: 3, ...options })
      await pool.ready
      const { step } = steps()
      const log = new StepLog()
      const ends = Promise.allSettled(range(0, 9).map(i => pool.execute(step, [log.buffer, i])))
      await pool.stop(hot)
      const started: string[] = []
      pool.on('scaled', ({ to }) => started.push(`to ${to}`))
      pool.on('workerOnline', worker => started.push(worker.id))
      await ends
      expect(pool.workers).toEqual([])
      await aWhile()
      expect(started).toEqual([])
      expect(pool.workers).toEqual([])
    }
  })

  test('[46] an idle pool that would retire workers later does not keep the process alive', async () => {
    const { code, signal, stdout, stderr } = await runInChild(`
      import { Pool } from 'threadcrew'
      const pool = new Pool({ total: 1, max: 2, autoScale: true, waitTime: 10, idleTime: 3_600_000 })
      const block = words => { Atomics.add(words, 0, 1); while (Atomics.load(words, 0) < 2); return 'together' }
      const words = new Int32Array(new SharedArrayBuffer(4))
      console.log(...(await Promise.all([pool.execute(block, [words]), pool.execute(block, [words])])), pool.total)
    `)
    expect({ code, signal, stdout, stderr }).toEqual({
      code: 0,
      signal: null,
      stdout: 'together together 2\n',
      stderr: '',
    })
  })
})
