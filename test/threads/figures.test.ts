/** The figures of a pool: that they add up at every moment, that they are right, and that times are summed up truly. */

import { setImmediate as turn } from 'node:timers/promises'
import { type Percentiles, Pool, type PoolEvents, type Work } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { random } from '../support/random.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { scopedGates } from '../support/scoped-gates.js'
import { stand, standAsync } from '../support/tasks/gates.js'

const FINAL = ['done', 'failed', 'discarded']
const EVENTS: (keyof PoolEvents)[] = [
  'ready',
  'queued',
  'done',
  'failed',
  'discarded',
  'drain',
  'idle',
  'scaled',
  'workerOnline',
  'workerExit',
  'error',
  'stopped',
]

/** What does not add up in the figures of this moment; undefined if all does. */
function contradiction(pool: Pool): unknown {
  const stats = pool.stats()
  const { submitted, waiting, queued, running, done, failed, discarded, workers } = stats
  const all = { waiting, queued, running, done, failed, discarded }
  const inOrder = [submitted, ...Object.values(all)].every(count => Number.isInteger(count) && count >= 0)
  const adds = submitted === waiting + queued + running + done + failed + discarded
  const threads = workers.starting + workers.available + workers.busy + workers.stopping
  const crew = threads === pool.workers.length && (running === 0 || pool.active > 0)
  return inOrder && adds && crew
    ? undefined
    : { all, submitted, workers, active: pool.active, threads: pool.workers.map(worker => worker.status) }
}

describe('counts', () => {
  test('[48] are all 0 before the first work', async () => {
    await using pool = new Pool({ total: 0 })
    const none = { mean: 0, p50: 0, p90: 0, p99: 0, max: 0 }
    expect(pool.stats()).toEqual({
      submitted: 0,
      waiting: 0,
      queued: 0,
      running: 0,
      done: 0,
      failed: 0,
      discarded: 0,
      workers: { total: 0, starting: 0, available: 0, busy: 0, stopping: 0, stuck: [] },
      waitTime: none,
      runTime: none,
    })
    expect(pool.active).toBe(0)
  })

  test('[48] say where every work is', async () => {
    await using pool = new Pool({ total: 2, workBuffer: 3 })
    await pool.ready
    await pool.execute(() => {})
    await pool.execute(() => Promise.reject(new Error('no'))).catch(() => {})
    using gate = new ScopedGate()
    const works = Array.from({ length: 7 }, () => pool.execute(stand, [gate.buffer]))
    await gate.entered(2)
    expect(pool.stats()).toMatchObject({
      submitted: 9,
      waiting: 2,
      queued: 3,
      running: 2,
      done: 1,
      failed: 1,
      discarded: 0,
    })
    await pool.discard(works.slice(5)) // from the door
    expect(pool.stats()).toMatchObject({ submitted: 9, waiting: 0, queued: 3, running: 2, discarded: 2 })
    await pool.discard(works.slice(4, 5)) // from the buffer
    expect(pool.stats()).toMatchObject({ submitted: 9, waiting: 0, queued: 2, running: 2, discarded: 3 })
    await pool.discard(works.slice(0, 1)) // gracefully: its function goes on
    expect(pool.stats()).toMatchObject({ running: 1, discarded: 4, workers: { busy: 2, available: 0 } })
    expect(pool.active).toBe(2)
    gate.open()
    await Promise.all(works.slice(1, 4))
    await until(() => pool.active === 0)
    expect(pool.stats()).toMatchObject({
      submitted: 9,
      waiting: 0,
      queued: 0,
      running: 0,
      done: 4,
      failed: 1,
      discarded: 4,
    })
    const refused = pool.stop().then(() => pool.execute(() => {}))
    await expect(refused).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
    expect(pool.stats()).toMatchObject({ submitted: 10, failed: 2 })
  })

  test.each(['wait', 'reject'] as const)(
    "[48] add up at every event, and at every turn, whatever happens (whenFull: '%s')",
    async whenFull => {
      const chance = random()
      await using pool = new Pool({
        total: 2,
        workBuffer: 20,
        whenFull,
        autoScale: true,
        waitTime: 5,
        min: 1,
        max: 3,
        idleTime: 20,
      })
      const wrong: unknown[] = []
      const told = Object.fromEntries(EVENTS.map(event => [event, 0])) as Record<keyof PoolEvents, number>
      const look = (at: string): void => {
        const found = contradiction(pool)
        if (found !== undefined) wrong.push({ at, found })
      }
      for (const event of EVENTS) {
        pool.on(event, (...payload: unknown[]) => {
          told[event]++
          look(event)
          if (!FINAL.includes(event)) return
          // The work is in its final state, and counted there, when it is told of.
          const work = payload[0] as Work<unknown>
          const counted = pool.stats()[event as 'done' | 'failed' | 'discarded']
          if (work.status !== event || pool.jobs.get(work.id) !== event || counted !== told[event])
            wrong.push({ at: event, work: work.status, counted, told: told[event] })
        })
      }
      let watching = true
      using _ = { [Symbol.dispose]: () => void (watching = false) }
      const watch = (async () => {
        for (; watching; await turn()) look('a turn')
      })()

      const works: Work<unknown>[] = []
      const submit = (work: Work<unknown>): void => {
        look('execute()')
        works.push(work)
      }
      for (let step = 0; step < 400; step++) {
        const kind = chance.below(16)
        if (kind === 0) submit(pool.execute(() => Promise.reject(new Error('no'))))
        else if (kind === 1) submit(pool.execute(() => () => {}))
        else if (kind === 2) submit(pool.execute(value => value, [() => {}]))
        else if (kind === 3) submit(pool.execute(() => {}, [], { signal: AbortSignal.abort() }))
        else if (kind === 4) submit(pool.execute(() => {}, [], { queueTimeout: 1 }))
        else if (kind === 5 && step % 4 === 0)
          submit(
            pool.execute(
              () => {
                for (;;);
              },
              [],
              { timeout: 5 },
            ),
          )
        else if (kind === 6 && step % 8 === 0) submit(pool.execute(() => process.exit(1)))
        else if (kind === 7) void pool.discard(works.slice(-chance.below(5)), chance.below(4) === 0)
        else if (kind === 8 && step % 4 === 0) void pool.scale(chance.below(2) === 0 ? 1 : -1, chance.below(3) === 0)
        else if (kind === 9) pool.workBuffer = chance.below(40)
        else if (kind === 10) await turn()
        else if (kind === 11) void works.at(-1)?.stop()
        else if (kind === 12) submit(pool.execute(() => new Promise(resolve => setTimeout(resolve, 1))))
        else submit(pool.execute(i => i, [step], { priority: chance.below(3) }))
        for (const work of works.slice(-1)) work.catch(() => {})
        look('a step')
      }
      pool.workBuffer = 1
      if (pool.total === 0) pool.total = 1
      await pool.settled()
      works.push(...Array.from({ length: 10 }, () => pool.execute(() => {})))
      await pool.settled()
      await pool.ready
      await pool.stop(true)
      watching = false
      await watch
      expect(wrong.slice(0, 3), `seed ${chance.seed}`).toEqual([])
      const { submitted, done, failed, discarded } = pool.stats()
      expect([submitted, done, failed, discarded]).toEqual([works.length, told.done, told.failed, told.discarded])
      expect(done).toBeGreaterThan(0)
      for (const work of works) expect(FINAL).toContain(work.status)
      expect(told).toMatchObject({ ready: 1, stopped: 1 })
    },
  )
})

describe('rest', () => {
  test('[48] is told by an event, and by settled(), when nothing waits, is queued or runs', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 1 })
    let idle = 0
    pool.on('idle', () => idle++)
    await pool.settled() // nothing to wait for
    await pool.ready
    expect(idle).toBe(0)
    using gate = new ScopedGate()
    const works = Array.from({ length: 4 }, () => pool.execute(stand, [gate.buffer]))
    let settled = 0
    const both = [pool.settled().then(() => settled++), pool.settled().then(() => settled++)]
    await gate.entered()
    await turn()
    expect([idle, settled]).toEqual([0, 0])
    gate.open()
    await Promise.all(works)
    await Promise.all(both)
    expect([idle, settled]).toEqual([1, 2])
    await expect(pool.execute(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(idle).toBe(2)
    await pool.settled()
    expect(pool.state).toBe('running')
    expect(await pool.execute(() => 'goes on')).toBe('goes on')
  })
})

describe('times', () => {
  test('[48] of a work grow while it waits and while it runs, and stand when it has ended', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    using gates = scopedGates(2)
    const beforeSubmit = performance.now()
    const first = pool.execute(stand, [gates[0].buffer])
    const second = pool.execute(stand, [gates[1].buffer])
    const afterSubmit = performance.now()
    await gates[0].entered()
    const firstRuns = performance.now()
    const some = [second.waitTime, first.runTime]
    await until(() => performance.now() > firstRuns + 5)
    const more = [second.waitTime, first.runTime]
    expect(more[0]).toBeGreaterThan(some[0] as number)
    expect(more[1]).toBeGreaterThan(some[1] as number)
    expect(second.runTime).toBe(0)
    const firstWaited = first.waitTime
    expect(firstWaited).toBeLessThanOrEqual(firstRuns - beforeSubmit)
    const opened = performance.now()
    gates[0].open()
    await first
    const ended = performance.now()
    expect(first.waitTime).toBe(firstWaited)
    expect(first.runTime).toBeGreaterThanOrEqual(opened - firstRuns)
    expect(first.waitTime + first.runTime).toBeLessThanOrEqual(ended - beforeSubmit)
    await gates[1].entered()
    const secondRuns = performance.now()
    expect(second.waitTime).toBeGreaterThanOrEqual(opened - afterSubmit)
    expect(second.waitTime).toBeLessThanOrEqual(secondRuns - beforeSubmit)
    gates[1].open()
    await second
    const final = [first.waitTime, first.runTime, second.waitTime, second.runTime]
    await pool.execute(() => {})
    expect([first.waitTime, first.runTime, second.waitTime, second.runTime]).toEqual(final)
    expect(pool.stats().waitTime.max).toBe(Math.max(final[0] as number, final[2] as number, pool.stats().waitTime.max))
    expect(pool.stats().runTime.max).toBe(Math.max(final[1] as number, final[3] as number))
  })

  test('[48] of a work that never ran: it waited until it ended, the door included, and ran for 0 ms', async () => {
    await using pool = new Pool({ total: 0, workBuffer: 1 })
    const works = [pool.execute(() => {}), pool.execute(() => {})]
    const start = performance.now()
    await until(() => performance.now() > start + 5)
    await pool.discard(works)
    const waited = works.map(work => work.waitTime)
    await until(() => performance.now() > start + 10)
    for (const [i, work] of works.entries()) {
      expect(work.waitTime).toBeGreaterThanOrEqual(5)
      expect(work.waitTime).toBe(waited[i])
      expect(work.runTime).toBe(0)
      expect(work.workerId).toBeUndefined()
    }
    // What did not start has no time from submission to start.
    expect(pool.stats().waitTime).toMatchObject({ mean: 0, max: 0 })
    expect(pool.stats().runTime).toMatchObject({ mean: 0, max: 0 })
  })

  test('[48] of a work at the door count from its submission', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 0 })
    await pool.ready
    using gate = new ScopedGate()
    const busy = pool.execute(stand, [gate.buffer])
    const waiting = pool.execute(() => {})
    expect(waiting.status).toBe('waiting')
    const start = performance.now()
    await until(() => performance.now() > start + 5)
    gate.open()
    await Promise.all([busy, waiting])
    expect(waiting.waitTime).toBeGreaterThanOrEqual(5)
    expect(pool.stats().waitTime.max).toBe(waiting.waitTime)
  })

  test('[48] of a work that was called off while it ran stand at that moment', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const left = pool.execute(standAsync, [gate.buffer])
    await gate.entered()
    await pool.discard(left)
    const { runTime, waitTime } = left
    const start = performance.now()
    await until(() => performance.now() > start + 5)
    expect([left.runTime, left.waitTime]).toEqual([runTime, waitTime])
    gate.open()
    await pool.execute(() => {})
    expect([left.runTime, left.waitTime]).toEqual([runTime, waitTime])
  })

  /** Nearest rank, over all. */
  const reference = (times: number[]): Percentiles => {
    const sorted = times.toSorted((a, b) => a - b)
    const rank = (percent: number) => sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0
    return {
      mean: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
      p50: rank(50),
      p90: rank(90),
      p99: rank(99),
      max: rank(100),
    }
  }
  const expectAgreement = (figures: Percentiles, times: number[]): void => {
    const right = reference(times)
    expect(figures.max).toBe(right.max)
    expect(figures.mean).toBeCloseTo(right.mean, 9)
    for (const p of ['p50', 'p90', 'p99'] as const) {
      // Within 5 % or 0.1 µs.
      expect(Math.abs(figures[p] - right[p]), `${p}: ${figures[p]}, right: ${right[p]}`).toBeLessThanOrEqual(
        Math.max(0.05 * right[p], 0.0001),
      )
    }
  }

  test('[48] are summed up: mean and max exactly, percentiles within 5 %, over every work that started', async () => {
    await using pool = new Pool({ total: 2 })
    const chance = random()
    const works: Work<unknown>[] = []
    const spin = (ms: number) => {
      const end = performance.now() + ms
      while (performance.now() < end);
    }
    for (let i = 0; i < 400; i++) {
      // From microseconds to some milliseconds, few of them long.
      const work = pool.execute(spin, [i % 40 === 0 ? 4 : chance.next() ** 4])
      works.push(work)
      if (chance.below(10) === 0) await work
    }
    works.push(pool.execute(() => Promise.reject(new Error('no'))))
    works.push(pool.execute(spin, [60_000], { timeout: 5 }))
    await Promise.allSettled(works)
    const crashed = pool.execute(() => process.exit(1))
    const aborted = new AbortController()
    const endless = pool.execute(spin, [60_000], { signal: aborted.signal })
    works.push(crashed, endless)
    await crashed.catch(() => {})
    await until(() => endless.status === 'running')
    aborted.abort()
    await Promise.allSettled(works)
    // These do not count.
    const unstarted = [
      pool.execute(value => value, [() => {}]),
      pool.execute(() => {}, [], { signal: AbortSignal.abort() }),
    ]
    await Promise.allSettled(unstarted)
    const { waitTime, runTime } = pool.stats()
    expectAgreement(
      waitTime,
      works.map(work => work.waitTime),
    )
    expectAgreement(
      runTime,
      works.map(work => work.runTime),
    )
    expect(runTime.p50).toBeLessThan(runTime.max)
  })
})
