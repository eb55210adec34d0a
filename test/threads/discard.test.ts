/** What discard() and work.stop() promise: exactly the works named, at once, and nothing else harmed. */

import { Pool, type Task, task, transfer, WorkDiscardedError, type Work, type WorkContext } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { aWhile } from '../support/a-while.js'
import { until } from '../support/gate.js'
import { random } from '../support/random.js'
import { runInChild } from '../support/run-in-child.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { sharePool } from '../support/share-pool.js'
import { blockUntil, endOf, StepLog, steps, warmUp } from '../support/steps.js'
import type { loop as loopTask } from '../support/tasks/gates.js'

const loop = task<typeof loopTask>(new URL('../support/tasks/gates.js', import.meta.url), 'loop')
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

describe('a work that has not started', () => {
  test('[18] a queued work that is discarded is settled at once, rejects and never starts', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const first = pool.execute(step, [log.buffer, 0, gate.buffer])
    const works = range(1, 4).map(i => pool.execute(step, [log.buffer, i]))
    await gate.entered()

    const victim = works[2] as Work<number>
    const result = pool.discard(victim.id)
    expect(victim.status).toBe('discarded')
    expect(pool.jobs.get(victim.id)).toBe('discarded')
    const error = await victim.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(WorkDiscardedError)
    expect(error).toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    expect(await result).toEqual(new Map([[victim.id, 'discarded']]))
    expect(victim.workerId).toBeUndefined()
    expect(victim.runTime).toBe(0)

    gate.open()
    expect(await Promise.all([first, works[0], works[1], works[3]])).toEqual([0, 1, 2, 4])
    await pool.execute(step, [log.buffer, 5])
    expect(log.begun).toEqual([0, 1, 2, 4, 5])
  })

  test('[18] of a hundred works sent ahead to a thread, exactly those not discarded start, in their order', async () => {
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const first = pool.execute(step, [log.buffer, 0, gate.buffer])
    const works = range(1, 100).map(i => pool.execute(step, [log.buffer, i]))
    await gate.entered()

    const victims = works.filter((_, i) => i % 2 === 0)
    const report = await pool.discard(victims)
    expect([...report.values()]).toEqual(victims.map(() => 'discarded'))
    const ends = Promise.all(works.map(endOf))
    gate.open()
    // They lie in the thread's port: it goes on although this side does not turn.
    blockUntil(() => log.begun.length > 5)

    expect(await first).toBe(0)
    expect(await ends).toEqual(range(1, 100).map(i => (i % 2 === 1 ? 'ERR_WORK_DISCARDED' : i)))
    await pool.execute(step, [log.buffer, 101])
    expect(log.begun).toEqual([0, ...range(1, 100).filter(i => i % 2 === 0), 101])
  })

  test('[18] discarded again it is still discarded, finished works have their own status, unknown ids are unknown', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const { step } = steps()
    const log = new StepLog()
    const done = pool.execute(step, [log.buffer, 1])
    const failed = pool.execute(() => {
      throw new Error('meant')
    })
    await done
    await expect(failed).rejects.toThrow('meant')
    const running = pool.execute(step, [log.buffer, 2, gate.buffer])
    const victim = pool.execute(step, [log.buffer, 3])
    const discarded: unknown[] = []
    pool.on('discarded', work => discarded.push(work.id))
    await pool.discard(victim)
    await expect(victim).rejects.toThrow(WorkDiscardedError)

    expect(await pool.discard([victim.id, done.id, failed.id, 'no such id'])).toEqual(
      new Map([
        [victim.id, 'discarded'],
        [done.id, 'done'],
        [failed.id, 'failed'],
        ['no such id', 'unknown'],
      ]),
    )
    expect(await pool.discard([victim, done, failed], true)).toEqual(
      new Map([
        [victim.id, 'discarded'],
        [done.id, 'done'],
        [failed.id, 'failed'],
      ]),
    )
    expect(discarded).toEqual([victim.id])
    expect(pool.stats()).toMatchObject({ discarded: 1, failed: 1 })
    gate.open()
    expect(await running).toBe(2)
  })

  test('[18] a finished work beyond `retain` is unknown by its id, and final by its handle', async () => {
    await using pool = new Pool({ total: 1, retain: 1 })
    const first = pool.execute(() => 1)
    const second = pool.execute(() => 2)
    await Promise.all([first, second])
    expect([...(await pool.discard([first.id, second.id])).values()]).toEqual(['unknown', 'done'])
    expect([...(await pool.discard(first)).values()]).toEqual(['done'])
  })

  test('[18] a work of another pool is unknown, by id and by handle, and nothing happens to it', async () => {
    await using pool = new Pool({ total: 1 })
    await using other = new Pool({ total: 1 })
    await other.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const works = range(0, 2).map(i => pool.execute(step, [log.buffer, i, gate.buffer]))
    await gate.entered()
    for (const hot of [false, true]) {
      const report = await other.discard([...works, works[1]?.id as string], hot)
      expect([...report]).toEqual(works.map(work => [work.id, 'unknown']))
    }
    expect(works.map(work => work.status)).toEqual(['running', 'queued', 'queued'])
    gate.open()
    expect(await Promise.all(works)).toEqual([0, 1, 2])
    expect(other.stats()).toMatchObject({ submitted: 0, queued: 0, discarded: 0 })
  })

  test('[18] listeners may discard, submit and abort in the middle of a discard', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const controller = new AbortController()
    const works = range(1, 30).map(i =>
      pool.execute(step, [log.buffer, i], i > 20 ? { signal: controller.signal } : {}),
    )
    const ends = Promise.all(works.map(endOf))
    const discarded: string[] = []
    const added: Work<number>[] = []
    pool.on('discarded', work => {
      discarded.push(work.id)
      if (discarded.length === 1) {
        void pool.discard(works.slice(5, 10), true)
        controller.abort()
        added.push(pool.execute(step, [log.buffer, 100]))
      }
    })
    const report = await pool.discard(works.slice(0, 8))
    expect([...report.values()]).toEqual(range(0, 7).map(() => 'discarded'))
    gate.open()
    await running
    expect(await Promise.all(added)).toEqual([100])
    expect(await ends).toEqual(range(1, 30).map(i => (i <= 10 || i > 20 ? 'ERR_WORK_DISCARDED' : i)))
    expect(new Set(discarded).size).toBe(discarded.length)
    expect(discarded).toHaveLength(20)
    expect(log.begun).toEqual([0, ...range(11, 20), 100])
  })

  test('[18] works are named by id, handle, array, set or generator', async () => {
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const first = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const works = range(1, 9).map(i => pool.execute(step, [log.buffer, i]))
    const ends = Promise.all(works.map(endOf))
    const [a, b, c, d, e, f, g] = works as [Work<number>, ...Work<number>[]] & { length: 9 }
    const reports = await Promise.all([
      pool.discard(a.id),
      pool.discard(b as Work<number>),
      pool.discard([c?.id as string, d as Work<number>]),
      pool.discard(new Set([e as Work<number>])),
      pool.discard(
        (function* () {
          yield f as Work<number>
          yield g?.id as string
        })(),
      ),
      pool.discard([]),
    ])
    expect(reports.map(report => [...report.keys()])).toEqual([
      [a.id],
      [b?.id],
      [c?.id, d?.id],
      [e?.id],
      [f?.id, g?.id],
      [],
    ])
    gate.open()
    await first
    expect(await ends).toEqual([...range(1, 7).map(() => 'ERR_WORK_DISCARDED'), 8, 9])
    expect(log.begun).toEqual([0, 8, 9])
  })

  test('[18] what names no work is refused with a TypeError', async () => {
    const discard = async (...args: unknown[]): Promise<unknown> => Reflect.apply(pool.discard, pool, args)
    await expect(discard(5)).rejects.toThrow(TypeError)
    await expect(discard(undefined)).rejects.toThrow(TypeError)
    await expect(discard([5])).rejects.toThrow(TypeError)
    await expect(discard({ id: 'hot' })).rejects.toThrow(TypeError)
    await expect(discard('id', 'hot')).rejects.toThrow(TypeError)
  })

  test('[18] a work discarded at the door rejects, its `accepted` too, and it never starts', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 1 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    const queued = pool.execute(step, [log.buffer, 1])
    const victim = pool.execute(step, [log.buffer, 2])
    const next = pool.execute(step, [log.buffer, 3])
    expect([queued.status, victim.status, next.status]).toEqual(['queued', 'waiting', 'waiting'])

    expect(await pool.discard(victim)).toEqual(new Map([[victim.id, 'discarded']]))
    const error = await victim.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(WorkDiscardedError)
    await expect(victim.accepted).rejects.toBe(error)
    expect(next.status).toBe('waiting')
    gate.open()
    expect(await Promise.all([running, queued, next])).toEqual([0, 1, 3])
    expect(log.begun).toEqual([0, 1, 3])
  })

  test('[18] discarding a queued work lets the next one in from the door, wherever it was queued', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const [ahead, queued, first, second] = range(1, 4).map(i => pool.execute(step, [log.buffer, i])) as [
      Work<number>,
      Work<number>,
      Work<number>,
      Work<number>,
    ]
    expect([ahead, queued, first, second].map(work => work.status)).toEqual(['queued', 'queued', 'waiting', 'waiting'])
    // A function not measured yet: the first is sent ahead to the thread, the second stays in the queue.
    await aWhile(1)

    void pool.discard(queued)
    expect([first.status, second.status]).toEqual(['queued', 'waiting'])
    await first.accepted
    void pool.discard(ahead)
    expect(second.status).toBe('queued')
    await second.accepted
    await expect(ahead).rejects.toThrow(WorkDiscardedError)
    await expect(queued).rejects.toThrow(WorkDiscardedError)
    gate.open()
    expect(await Promise.all([running, first, second])).toEqual([0, 3, 4])
    expect(log.begun).toEqual([0, 3, 4])
  })

  test('[18] discardUnstarted() discards all that has not begun, wherever it waits, and nothing that runs', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 20 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const works = range(1, 30).map(i => pool.execute(step, [log.buffer, i], { priority: i % 3 }))
    const everywhere = pool.broadcast(() => 'never').catch((error: unknown) => error)
    expect(new Set(works.map(work => work.status))).toEqual(new Set(['queued', 'waiting']))

    expect(pool.discardUnstarted()).toBe(31)
    expect(new Set(works.map(work => work.status))).toEqual(new Set(['discarded']))
    expect(await everywhere).toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    await expect(works[29]).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED', message: /discardUnstarted\(\)/ })
    await expect(works[29]?.accepted).rejects.toThrow(WorkDiscardedError)
    expect(pool.stats()).toMatchObject({ waiting: 0, queued: 0, running: 1 })
    expect(pool.discardUnstarted()).toBe(0)
    const next = pool.execute(step, [log.buffer, 31])
    gate.open()
    expect(await Promise.all([running, next])).toEqual([0, 31])
    expect(log.begun).toEqual([0, 31])
  })

  test('[18] discardUnstarted() leaves alone what a listener submits meanwhile, and works that begin again', async () => {
    await using pool = new Pool({ total: 1 })
    const tries = new Int32Array(new SharedArrayBuffer(4))
    const again = pool.execute(
      (tries: Int32Array) => (Atomics.add(tries, 0, 1) === 0 ? process.exit(1) : 'again'),
      [tries],
      { retries: 1 },
    )
    const works = range(1, 3).map(i => pool.execute(n => n, [i]))
    let late: Work<string> | undefined
    pool.on('discarded', () => (late ??= pool.execute(() => 'late')))
    // The event comes when the thread is gone and no other one is there yet.
    const discarded = new Promise(resolve => pool.once('workerExit', () => resolve(pool.discardUnstarted())))
    expect(await discarded).toBe(3)
    expect(works.map(work => work.status)).toEqual(['discarded', 'discarded', 'discarded'])
    expect(await again).toBe('again')
    expect(await late).toBe('late')
  })

  test('[18] the place of a discarded work is free at once where a full buffer rejects', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 1, whenFull: 'reject' })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const queued = pool.execute(step, [log.buffer, 1])
    await expect(pool.execute(step, [log.buffer, 2])).rejects.toMatchObject({ code: 'ERR_WORK_BUFFER_FULL' })
    void pool.discard(queued)
    const next = pool.execute(step, [log.buffer, 3])
    await expect(queued).rejects.toThrow(WorkDiscardedError)
    gate.open()
    expect(await Promise.all([running, next])).toEqual([0, 3])
    expect(log.begun).toEqual([0, 3])
  })

  test('[18] buffers of works discarded before they were sent stay attached', async () => {
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const buffers = range(1, 5).map(() => new ArrayBuffer(1000))
    const works = buffers.map(buffer =>
      pool.execute((moved: ArrayBuffer) => moved.byteLength, [transfer(buffer, [buffer])]),
    )
    const ends = Promise.all(works.map(endOf))
    await aWhile(1)
    const kept = buffers.pop() as ArrayBuffer
    await pool.discard(works.slice(0, 2))
    await pool.discard(works.slice(2, 4), true)
    expect(buffers.map(buffer => buffer.byteLength)).toEqual([1000, 1000, 1000, 1000])
    gate.open()
    await running
    expect(await ends).toEqual([...range(1, 4).map(() => 'ERR_WORK_DISCARDED'), 1000])
    expect(kept.byteLength).toBe(0)
  })

  test('[18] hot discard of works that have not started ends no thread', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    let exits = 0
    pool.on('workerExit', () => exits++)
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    const works = range(1, 3).map(i => pool.execute(step, [log.buffer, i]))
    const ends = Promise.all(works.map(endOf))
    await gate.entered()
    expect([...(await pool.discard(works, true)).values()]).toEqual(['discarded', 'discarded', 'discarded'])
    gate.open()
    expect(await running).toBe(0)
    expect(await ends).toEqual(works.map(() => 'ERR_WORK_DISCARDED'))
    await pool.execute(step, [log.buffer, 4])
    expect(log.begun).toEqual([0, 4])
    expect(log.threadOf(4)).toBe(log.threadOf(0))
    expect(exits).toBe(0)
  })

  test('[22] discarding 2 then 1 behind a busy worker leaves 3 to run', async () => {
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const busy = pool.execute(step, [log.buffer, 0, gate.buffer])
    const [one, two, three] = range(1, 3).map(i => pool.execute(step, [log.buffer, i])) as [
      Work<number>,
      Work<number>,
      Work<number>,
    ]
    await gate.entered()
    await pool.discard(two.id)
    await pool.discard(one.id)
    await expect(one).rejects.toThrow(WorkDiscardedError)
    await expect(two).rejects.toThrow(WorkDiscardedError)
    gate.open()
    expect(await busy).toBe(0)
    expect(await three).toBe(3)
    expect(log.begun).toEqual([0, 3])
  })

  test('[22] whatever is discarded behind a busy worker, in whatever order, the others run once and in order', async () => {
    const { step } = steps()
    await warmUp(pool, step)
    const { next, below, seed } = random()
    for (let round = 0; round < 40; round++) {
      using gate = new ScopedGate()
      const log = new StepLog()
      const busy = pool.execute(step, [log.buffer, 0, gate.buffer])
      const count = 1 + below(12)
      const works = range(1, count).map(i => pool.execute(step, [log.buffer, i]))
      const ends = Promise.all(works.map(endOf))
      if (next() < 0.7) await gate.entered()
      const victims = range(1, count).filter(() => next() < 0.5)
      for (const i of victims.toSorted(() => next() - 0.5)) {
        const discarded = pool.discard(works[i - 1] as Work<number>, next() < 0.5)
        if (next() < 0.5) await discarded
      }
      gate.open()
      await busy
      const expected = range(1, count).map(i => (victims.includes(i) ? 'ERR_WORK_DISCARDED' : i))
      expect(await ends, `seed ${seed}, round ${round}`).toEqual(expected)
      await pool.execute(step, [log.buffer, count + 1])
      expect(log.begun, `seed ${seed}, round ${round}`).toEqual(range(0, count + 1).filter(i => !victims.includes(i)))
    }
  })

  test('[26] discarding 50,000 queued works takes time in proportion to their number', async () => {
    // In a process of its own, where nothing watches each promise.
    const { stdout, stderr } = await runInChild(`
      import { Pool } from 'threadcrew'
      const pool = new Pool({ total: 1, workBuffer: Infinity })
      const words = new Int32Array(new SharedArrayBuffer(8))
      const busy = pool.execute(words => { Atomics.add(words, 1, 1); Atomics.wait(words, 0, 0) }, [words])
      while (Atomics.load(words, 1) === 0) await new Promise(resolve => setImmediate(resolve))
      const measure = async count => {
        const works = Array.from({ length: count }, () => pool.execute(words => { Atomics.add(words, 1, 1) }, [words]))
        // From the middle outwards: a search from either end would show.
        const named = works.map((_, i) => works[(count >> 1) + (i % 2 === 0 ? i >> 1 : -1 - (i >> 1))])
        const start = performance.now()
        const report = await pool.discard(named)
        const ms = performance.now() - start
        if (report.size !== count || pool.stats().queued !== 0) throw new Error('not all were discarded')
        return ms
      }
      await measure(5_000)
      const few = Math.min(await measure(5_000), await measure(5_000))
      const many = await measure(50_000)
      Atomics.store(words, 0, 1)
      Atomics.notify(words, 0)
      await busy
      console.log(JSON.stringify({ ratio: many / few, begun: words[1] }))
    `)
    expect(stderr).toBe('')
    const { ratio, begun } = JSON.parse(stdout) as { ratio: number; begun: number }
    expect(begun).toBe(1)
    // Ten times as many: 10 if linear, 100 if quadratic.
    expect(ratio).toBeLessThan(40)
  })
})

describe('a running work, hot', () => {
  test('[19] hot discard of a busy loop ends it, and the pool is back to size', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const victim = pool.execute(loop, [gate.buffer])
    await gate.entered()
    const { workerId } = victim
    const others = pool.workers.map(worker => worker.id).filter(id => id !== workerId)

    const result = pool.discard(victim.id, true)
    expect(victim.status).toBe('discarded')
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(await result).toEqual(new Map([[victim.id, 'discarded']]))
    // It resolves when the thread is gone, and that thread only.
    expect(exited).toEqual([workerId])
    await until(() => pool.stats().workers.available === 2)
    expect(pool.total).toBe(2)
    expect(pool.workers.map(worker => worker.id)).toEqual(expect.arrayContaining(others))
    expect(pool.workers.map(worker => worker.id)).not.toContain(workerId)
    expect(await pool.execute(() => 'served')).toBe('served')
    expect(exited).toEqual([workerId])
  })

  test('[19] hot discard of a busy loop takes a moment, not killTimeout', async () => {
    await using pool = new Pool({ total: 1, killTimeout: 600_000 })
    using gate = new ScopedGate()
    const victim = pool.execute(loop, [gate.buffer])
    await gate.entered()
    const start = performance.now()
    await pool.discard(victim, true)
    // Some 10 ms on a quiet machine.
    expect(performance.now() - start).toBeLessThan(5000)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(pool.stats().workers.stuck).toEqual([])
  })

  test('[19] works sent ahead to the thread that is ended run exactly once, in their order, ahead of later ones', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const victim = pool.execute(spinStep, [log.buffer, 0, gate.buffer])
    const works = range(1, 100).map(i => pool.execute(step, [log.buffer, i]))
    await gate.entered()
    await aWhile(1)
    const discarded = pool.discard(victim, true)
    const later = pool.execute(step, [log.buffer, 101])
    await discarded
    expect(await Promise.all([...works, later])).toEqual(range(1, 101))
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(log.begun).toEqual(range(0, 101))
    expect(log.ended).toEqual(range(1, 101))
    expect(log.threadOf(1)).not.toBe(log.threadOf(0))
  })

  test('[19] works sent ahead to the thread that is ended go to another that is free, at once', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    using second = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const other = pool.execute(spinStep, [log.buffer, 500, second.buffer])
    const victim = pool.execute(spinStep, [log.buffer, 0, gate.buffer])
    await Promise.all([gate.entered(), second.entered()])
    const works = range(1, 20).map(i => pool.execute(step, [log.buffer, i]))
    await aWhile(1)
    await pool.discard(victim, true)
    second.open()
    expect(await Promise.all(works)).toEqual(range(1, 20))
    expect(await other).toBe(500)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(log.begun.filter(i => i > 0 && i < 500).toSorted((a, b) => a - b)).toEqual(range(1, 20))
  })

  test('[19] a work that ended before it is hot discarded as it does costs its followers nothing', async () => {
    await using pool = new Pool({ total: 1 })
    const { step, busyStep } = steps()
    await warmUp(pool, step, busyStep)
    for (let round = 0; round < 12; round++) {
      using gate = new ScopedGate()
      const log = new StepLog()
      // Keeps both functions short in the eyes of the pool: what is measured at the gate is forgotten again.
      await warmUp(pool, step)
      const victim = pool.execute(step, [log.buffer, 0, gate.buffer])
      const followers = range(1, 8).map(i => pool.execute(busyStep, [log.buffer, i, 0.2]))
      const ends = Promise.all(followers.map(endOf))
      await gate.entered()
      gate.open()
      // The thread wakes up and goes on while this side decides.
      const moment = performance.now() + (round % 10) * 0.05
      blockUntil(() => performance.now() >= moment)
      const [status] = (await pool.discard(victim, true)).values()
      expect(await endOf(victim)).toBe(status === 'done' ? 0 : 'ERR_WORK_DISCARDED')
      expect(await ends, `round ${round}`).toEqual(range(1, 8))
      expect(log.begun, `round ${round}`).toEqual(range(0, 8))
    }
  })

  test('[19] a work that begins in the very moment of a hot discard of the one before it is not harmed', async () => {
    await using pool = new Pool({ total: 1 })
    const { timedStep, busyStep } = steps()
    for (let round = 0; round < 24; round++) {
      using gate = new ScopedGate()
      const log = new StepLog()
      const moment = new Float64Array(new SharedArrayBuffer(8))
      const victim = pool.execute(timedStep, [log.buffer, 0, moment.buffer as SharedArrayBuffer, gate.buffer])
      // Long enough to die with its thread, if that is ended too rashly.
      const follower = pool.execute(busyStep, [log.buffer, 1, 5])
      const end = endOf(follower)
      await gate.entered()
      const at = performance.now() + 1
      moment[0] = at
      // The victim ends a little before the discard, a little after it, or in the middle of it.
      blockUntil(() => performance.now() >= at - 0.06 - round * 0.016)
      await pool.discard(victim, true)
      await endOf(victim)
      expect(await end, `round ${round}`).toBe(1)
      expect(log.begun, `round ${round}`).toEqual([0, 1])
    }
  })

  test('[19] hot discard of an ended work, whose answer waits behind a loop, and of that loop ends the thread', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    await warmUp(pool, spinStep)
    const works = [undefined, gate.buffer, undefined].map((at, i) => pool.execute(spinStep, [log.buffer, i, at]))
    const ends = Promise.all(works.map(endOf))
    await Promise.resolve()
    // The first has ended, and this side has not heard of it.
    blockUntil(() => gate.count === 1)
    await pool.discard(works.slice(0, 2), true)
    const [first, second, third] = await ends
    expect(first === 0 || first === 'ERR_WORK_DISCARDED').toBe(true)
    expect([second, third]).toEqual(['ERR_WORK_DISCARDED', 2])
    expect(log.begun).toEqual([0, 1, 2])
  })

  test.each(['spinStep', 'stepObject'] as const)(
    '[19] hot discard of an ended work does not wait for what runs behind it, nor harm it (%s)',
    async name => {
      await using pool = new Pool({ total: 1 })
      using gate = new ScopedGate()
      const log = new StepLog()
      const task: Task<[log: SharedArrayBuffer, index: number, gate?: SharedArrayBuffer | undefined], unknown> =
        steps()[name]
      await warmUp(pool, task)
      const works = [undefined, gate.buffer, undefined].map((at, i) => pool.execute(task, [log.buffer, i, at]))
      const ends = Promise.all(works.map(endOf))
      await Promise.resolve()
      // Of the answer that the thread has in its hand nobody hears before the gate opens, if it is an object.
      blockUntil(() => gate.count === 1)
      await pool.discard(works[0] as Work<unknown>, true)
      gate.open()
      const [first, ...rest] = await ends
      const results = [0, 1, 2].map(index => (name === 'spinStep' ? index : { index }))
      if (works[0]?.status === 'done') expect(first).toEqual(results[0])
      else expect(first).toBe('ERR_WORK_DISCARDED')
      expect(rest).toEqual(results.slice(1))
      expect(log.begun).toEqual([0, 1, 2])
      expect(log.threadOf(2)).toBe(log.threadOf(0))
    },
  )

  test('[19] a small answer that had not been posted when its thread was ended counts', async () => {
    await using pool = new Pool({ total: 1 })
    const { spinStep } = steps()
    await warmUp(pool, spinStep)
    for (let round = 0; round < 4; round++) {
      using gate = new ScopedGate()
      const log = new StepLog()
      const finished = pool.execute(spinStep, [log.buffer, 7])
      const victim = pool.execute(spinStep, [log.buffer, 8, gate.buffer])
      await Promise.resolve()
      blockUntil(() => gate.count === 1)
      void pool.discard(victim, true)
      await expect(victim).rejects.toThrow(WorkDiscardedError)
      expect(await finished).toBe(7)
      expect(finished.status).toBe('done')
      expect(log.begun).toEqual([7, 8])
      await pool.execute(spinStep, [log.buffer, 9])
      // What was measured of the loop is forgotten again.
      await warmUp(pool, spinStep)
    }
  })

  test('[19] a larger answer that had not been posted when its thread was ended counts, or is lost and never made twice', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { stepObject } = steps()
    await warmUp(pool, stepObject)
    const finished = pool.execute(stepObject, [log.buffer, 7])
    const victim = pool.execute(stepObject, [log.buffer, 8, gate.buffer])
    const next = pool.execute(stepObject, [log.buffer, 9])
    await Promise.resolve()
    blockUntil(() => gate.count === 1)
    void pool.discard(victim, true)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    const answer: unknown = await finished.catch((error: unknown) => error)
    if (finished.status === 'done') expect(answer).toEqual({ index: 7 })
    else expect(answer).toMatchObject({ code: 'ERR_WORKER_LOST', reason: 'answer-lost', started: true })
    expect(await next).toEqual({ index: 9 })
    expect(log.begun).toEqual([7, 8, 9])
  })

  test('[19] hot discard of everything that runs and is queued leaves a pool of its size', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step, spinStep } = steps()
    await warmUp(pool, step, spinStep)
    const works = [0, 1].map(i => pool.execute(spinStep, [log.buffer, i, gate.buffer]))
    works.push(...range(2, 40).map(i => pool.execute(step, [log.buffer, i])))
    const ends = Promise.all(works.map(endOf))
    await gate.entered(2)
    expect([...(await pool.discard(works, true)).values()]).toEqual(works.map(() => 'discarded'))
    expect(await ends).toEqual(works.map(() => 'ERR_WORK_DISCARDED'))
    await until(() => pool.stats().workers.available === 2)
    await Promise.all([41, 42].map(i => pool.execute(step, [log.buffer, i])))
    expect(log.begun.toSorted((a, b) => a - b)).toEqual([0, 1, 41, 42])
    expect(pool.stats()).toMatchObject({ discarded: 41, running: 0, queued: 0, workers: { total: 2 } })
  })

  test('[19] within the grace a task may end by itself: its thread lives on, and discard() resolves then', async () => {
    await using pool = new Pool({ total: 1, grace: 600_000 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep } = steps()
    let exits = 0
    pool.on('workerExit', () => exits++)
    const victim = pool.execute(asyncStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    let resolved = false
    const result = pool.discard(victim, true).then(report => {
      resolved = true
      return report
    })
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    await aWhile()
    expect(resolved).toBe(false)
    gate.open()
    expect(await result).toEqual(new Map([[victim.id, 'discarded']]))
    expect(log.ended).toEqual([0])
    await pool.execute(asyncStep, [log.buffer, 1])
    expect(log.threadOf(1)).toBe(log.threadOf(0))
    expect(exits).toBe(0)
  })

  test('[19] a function that ended within the grace keeps its thread, although its answer is read after it', async () => {
    await using pool = new Pool({ total: 1, grace: 200 })
    using gate = new ScopedGate()
    const ended = new Int32Array(new SharedArrayBuffer(4))
    const threadOf = async function (
      this: WorkContext,
      gate: SharedArrayBuffer,
      ended: Int32Array,
    ): Promise<{ thread: number }> {
      const words = new Int32Array(gate)
      Atomics.add(words, 1, 1)
      while (Atomics.load(words, 0) === 0) await new Promise(resolve => setTimeout(resolve, 1))
      Atomics.store(ended, 0, this.threadId)
      return { thread: this.threadId }
    }
    const victim = pool.execute(threadOf, [gate.buffer, ended])
    await gate.entered()
    // The pool stops looking after a lane on which nothing waits. From an immediate on, timers come before messages.
    await aWhile(30)
    await new Promise(resolve => setImmediate(resolve))
    const result = pool.discard(victim, true)
    const start = performance.now()
    gate.open()
    blockUntil(() => Atomics.load(ended, 0) !== 0)
    const inTime = performance.now() - start < 200
    // Here the grace passes: its timer fires before the answer is read.
    blockUntil(() => performance.now() - start > 210)
    await result
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    const { thread } = await pool.execute(threadOf, [gate.buffer, new Int32Array(new SharedArrayBuffer(4))])
    if (inTime) expect(thread).toBe(ended[0])
  })

  test('[19] after the grace, and not before, the thread is ended', async () => {
    await using pool = new Pool({ total: 1, grace: 60 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    const victim = pool.execute(spinStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const start = performance.now()
    await pool.discard(victim, true)
    expect(performance.now() - start).toBeGreaterThanOrEqual(60)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    await pool.execute(spinStep, [log.buffer, 1])
    expect(log.ended).toEqual([1])
    expect(log.threadOf(1)).not.toBe(log.threadOf(0))
  })

  test('[21] while a work has its grace, others run on other workers, those sent ahead included', async () => {
    await using pool = new Pool({ total: 2, grace: 600_000 })
    await pool.ready
    using gate = new ScopedGate()
    using second = new ScopedGate()
    const log = new StepLog()
    const { step, asyncStep } = steps()
    await warmUp(pool, step, asyncStep)
    const victim = pool.execute(asyncStep, [log.buffer, 0, gate.buffer])
    const other = pool.execute(asyncStep, [log.buffer, 500, second.buffer])
    await Promise.all([gate.entered(), second.entered()])
    const before = range(1, 30).map(i => pool.execute(step, [log.buffer, i]))
    await aWhile(1)
    const result = pool.discard(victim, true)
    second.open()
    await other
    expect(await Promise.all(before)).toEqual(range(1, 30))
    expect(await Promise.all(range(31, 60).map(i => pool.execute(step, [log.buffer, i])))).toEqual(range(31, 60))
    // All that while the victim still stands at its gate.
    expect(log.ended).not.toContain(0)
    expect(new Set(range(1, 60).map(i => log.threadOf(i)))).toEqual(new Set([log.threadOf(500)]))
    gate.open()
    await result
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(log.begun.toSorted((a, b) => a - b)).toEqual([...range(0, 60), 500])
  })

  test('[21] works submitted in the turn of a hot discard start once, on another thread', async () => {
    await using pool = new Pool({ total: 1 })
    const { step } = steps()
    await warmUp(pool, step)
    for (let round = 0; round < 3; round++) {
      using gate = new ScopedGate()
      const log = new StepLog()
      const victim = pool.execute(step, [log.buffer, 0, gate.buffer])
      await gate.entered()
      const before = pool.execute(step, [log.buffer, 1])
      const discarded = pool.discard(victim, true)
      const after = range(2, 20).map(i => pool.execute(step, [log.buffer, i]))
      expect(await Promise.all([before, ...after])).toEqual(range(1, 20))
      await discarded
      await expect(victim).rejects.toThrow(WorkDiscardedError)
      expect(log.begun).toEqual(range(0, 20))
      expect(range(1, 20).map(i => log.threadOf(i))).not.toContain(log.threadOf(0))
    }
  })

  test('[19] a map gives each work its own flag', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const [hot, gentle] = [0, 1].map(i => pool.execute(spinStep, [log.buffer, i, gate.buffer])) as [
      Work<number>,
      Work<number>,
    ]
    await gate.entered(2)
    const { workerId } = hot
    // The second argument is for those without a flag of their own.
    const report = await pool.discard(
      new Map([
        [hot.id, true],
        [gentle.id, false],
        ['nobody', true],
      ]),
      true,
    )
    expect([...report]).toEqual([
      [hot.id, 'discarded'],
      [gentle.id, 'discarded'],
      ['nobody', 'unknown'],
    ])
    await expect(hot).rejects.toThrow(WorkDiscardedError)
    await expect(gentle).rejects.toThrow(WorkDiscardedError)
    expect(exited).toEqual([workerId])
    gate.open()
    await until(() => log.ended.includes(1))
    expect(log.ended).toEqual([1])
    expect(exited).toEqual([workerId])
  })

  test('[19] an object gives each work its own flag', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const [hot, gentle] = [0, 1].map(i => pool.execute(spinStep, [log.buffer, i, gate.buffer])) as [
      Work<number>,
      Work<number>,
    ]
    await gate.entered(2)
    const { workerId } = hot
    const report = await pool.discard({ [hot.id]: true, [gentle.id]: false })
    expect([...report]).toEqual([
      [hot.id, 'discarded'],
      [gentle.id, 'discarded'],
    ])
    await expect(hot).rejects.toThrow(WorkDiscardedError)
    await expect(gentle).rejects.toThrow(WorkDiscardedError)
    expect(exited).toEqual([workerId])
    gate.open()
    await until(() => log.ended.includes(1))
    expect(log.ended).toEqual([1])
  })
})

describe('a running work, gracefully', () => {
  test('[20] a cooperative task cleans up after itself, and its thread serves the next work', async () => {
    await using pool = new Pool({ total: 1 })
    const words = new Int32Array(new SharedArrayBuffer(8))
    let exits = 0
    pool.on('workerExit', () => exits++)
    const victim = pool.execute(
      async function (words: Int32Array) {
        try {
          await new Promise((_, reject) => {
            this.signal.addEventListener('abort', () => reject(this.signal.reason as Error))
            Atomics.store(words, 0, this.threadId)
          })
        } finally {
          await new Promise(resolve => setTimeout(resolve, 5))
          Atomics.store(words, 1, 1)
        }
      },
      [words],
    )
    await until(() => Atomics.load(words, 0) !== 0)
    expect(await pool.discard(victim)).toEqual(new Map([[victim.id, 'discarded']]))
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    // It settled at once; its function goes on, and the next work waits for it.
    expect(Atomics.load(words, 1)).toBe(0)
    const next = pool.execute(
      function (words: Int32Array) {
        return { thread: this.threadId, cleanedUp: Atomics.load(words, 1) }
      },
      [words],
    )
    expect(await next).toEqual({ thread: Atomics.load(words, 0), cleanedUp: 1 })
    expect(exits).toBe(0)
  })

  test('[20] the result of a discarded work is dropped, its worker stays busy until its function ends', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep } = steps()
    let exits = 0
    pool.on('workerExit', () => exits++)
    const told: string[] = []
    pool.on('done', () => told.push('done'))
    pool.on('discarded', () => told.push('discarded'))
    const victim = pool.execute(asyncStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    await pool.discard(victim)
    const next = pool.execute(asyncStep, [log.buffer, 1])
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(pool.stats()).toMatchObject({ running: 0, queued: 1, discarded: 1, workers: { busy: 1 } })
    expect(pool.active).toBe(1)
    await aWhile()
    // Only discard(..., false) never ends a thread, whatever the grace; here it is 0.
    expect(log.begun).toEqual([0])
    expect(exits).toBe(0)
    gate.open()
    expect(await next).toBe(1)
    expect(log.ended).toEqual([0, 1])
    expect(log.threadOf(1)).toBe(log.threadOf(0))
    expect(told).toEqual(['discarded', 'done'])
    expect(victim.status).toBe('discarded')
    expect(pool.stats()).toMatchObject({ done: 1, discarded: 1 })
  })

  test('[20] discard() of a running work resolves at once, hot on top of it ends the thread', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const victim = pool.execute(loop, [gate.buffer])
    await gate.entered()
    const { workerId } = victim
    expect(await pool.discard(victim.id)).toEqual(new Map([[victim.id, 'discarded']]))
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(exited).toEqual([])
    expect(await pool.discard(victim.id, true)).toEqual(new Map([[victim.id, 'discarded']]))
    expect(exited).toEqual([workerId])
    expect(await pool.execute(() => 'served')).toBe('served')
    expect(pool.stats()).toMatchObject({ discarded: 1 })
  })

  test('[20] a discarded work keeps its timeout', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const victim = pool.execute(loop, [gate.buffer], { timeout: 100 })
    await gate.entered()
    const { workerId } = victim
    await pool.discard(victim)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(await pool.execute(() => 'served')).toBe('served')
    expect(exited).toEqual([workerId])
    expect(victim.status).toBe('discarded')
    expect(pool.stats()).toMatchObject({ discarded: 1, failed: 0 })
  })

  test('[20] graceful stop waits for the function of a discarded work', async () => {
    const pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep } = steps()
    const victim = pool.execute(asyncStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    await pool.discard(victim)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    const stopped = pool.stop()
    await aWhile()
    expect(pool.state).toBe('stopping')
    gate.open()
    expect(await stopped).toEqual(new Map())
    expect(log.ended).toEqual([0])
  })

  test('[20] graceful scale waits for the function of a discarded work', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep } = steps()
    const victim = pool.execute(asyncStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    await pool.discard(victim)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    const scaled = pool.scale(-1)
    await aWhile()
    expect(pool.workers.map(worker => worker.status)).toEqual(['stopping'])
    gate.open()
    expect((await scaled).removed).toHaveLength(1)
    expect(log.ended).toEqual([0])
  })

  test('[20] a work behind a discarded one that goes on runs elsewhere as soon as somebody is free', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { asyncStep } = steps()
    const victim = pool.execute(asyncStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    await pool.discard(victim)
    await expect(victim).rejects.toThrow(WorkDiscardedError)
    expect(await Promise.all(range(1, 5).map(i => pool.execute(asyncStep, [log.buffer, i])))).toEqual(range(1, 5))
    expect(log.ended).not.toContain(0)
    gate.open()
  })
})

describe('work.stop()', () => {
  test('[19] work.stop() ends a busy loop, and resolves with its status when the thread is gone', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const exited: string[] = []
    pool.on('workerExit', worker => exited.push(worker.id))
    const work = pool.execute(loop, [gate.buffer])
    await gate.entered()
    const { workerId } = work
    const stopped = work.stop()
    expect(work.status).toBe('discarded')
    await expect(work).rejects.toThrow(WorkDiscardedError)
    expect(await stopped).toBe('discarded')
    expect(exited).toEqual([workerId])
    expect(await work.stop()).toBe('discarded')
    expect(await pool.execute(() => 'served')).toBe('served')
  })

  test('[18] work.stop() of a work that has not started: it never does; of a finished one: nothing', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    const running = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const works = range(1, 4).map(i => pool.execute(step, [log.buffer, i]))
    const ends = Promise.all(works.map(endOf))
    expect(await Promise.all([works[3]?.stop(), works[0]?.stop(), works[1]?.stop()])).toEqual([
      'discarded',
      'discarded',
      'discarded',
    ])
    await expect(works[3]?.accepted).rejects.toThrow(WorkDiscardedError)
    gate.open()
    await running
    expect(await ends).toEqual(['ERR_WORK_DISCARDED', 'ERR_WORK_DISCARDED', 3, 'ERR_WORK_DISCARDED'])
    expect(await running.stop()).toBe('done')
    expect(await works[2]?.stop()).toBe('done')
    expect(log.begun).toEqual([0, 3])
    expect(log.threadOf(3)).toBe(log.threadOf(0))
  })
})
