/** What a full buffer does with further works: refuse them, or keep them at the door; and who hears of room. */

import { getEventListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { type ExecuteOptions, Pool, type Work, WorkBufferFullError, WorkDiscardedError } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { Gate, until } from '../support/gate.js'
import { Log } from '../support/log.js'
import { runInChild } from '../support/run-in-child.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { scopedGates } from '../support/scoped-gates.js'
import { stand, standAsync } from '../support/tasks/gates.js'
import { note } from '../support/tasks/log.js'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** So many works that stand at one gate; resolves when they do. */
async function occupy(pool: Pool, gate: Gate, count: number): Promise<Work<unknown>[]> {
  const works = numbers(count).map(() => pool.execute(stand, [gate.buffer]))
  await gate.entered(count)
  return works
}

/** What the work rejects with. */
const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    value => ({ resolved: value }),
    (error: unknown) => error,
  )

describe("whenFull: 'reject'", () => {
  const OPTIONS: [string, () => ExecuteOptions][] = [
    ['no options', () => ({})],
    ['a signal', () => ({ signal: new AbortController().signal })],
    ['a timeout', () => ({ timeout: 600_000 })],
    ['a queueTimeout', () => ({ queueTimeout: 600_000 })],
    ['a higher priority', () => ({ priority: 10 })],
    ['a lower priority', () => ({ priority: -10 })],
    [
      'all of them',
      () => ({
        signal: new AbortController().signal,
        timeout: 600_000,
        queueTimeout: 600_000,
        priority: 1,
        label: 'x',
      }),
    ],
  ]

  test.each(OPTIONS)(
    '[11] with 3 places in the buffer and 2 busy workers the 6th is refused, with %s',
    async (_, optionsOf) => {
      await using pool = new Pool({ total: 2, workBuffer: 3, whenFull: 'reject' })
      await pool.ready
      const log = new Log()
      using gate = new ScopedGate()
      const busy = await occupy(pool, gate, 2)
      const queued = [1, 2, 3].map(n => pool.execute(note, [log.buffer, n], optionsOf()))
      expect(queued.map(work => work.status)).toEqual(['queued', 'queued', 'queued'])
      const options = optionsOf()
      const refused = [4, 5].map(n => pool.execute(note, [log.buffer, n], options))
      for (const work of refused) {
        expect(work.status).toBe('failed')
        const error = await errorOf(work)
        expect(error).toBeInstanceOf(WorkBufferFullError)
        expect(error).toMatchObject({ code: 'ERR_WORK_BUFFER_FULL', message: expect.stringMatching(/3 .*3.*2 of 2/) })
        expect(await errorOf(work.accepted)).toBe(error)
        expect(work.workerId).toBeUndefined()
        expect(work.runTime).toBe(0)
      }
      expect(pool.stats()).toMatchObject({ submitted: 7, running: 2, queued: 3, waiting: 0, failed: 2 })
      if (options.signal !== undefined) expect(getEventListeners(options.signal, 'abort')).toEqual([])
      gate.open()
      await Promise.all([...busy, ...queued])
      await pool.stop()
      expect(log.entries.sort()).toEqual([1, 2, 3])
    },
  )

  test('[11] places of idle workers are taken at submission, so that it holds within one turn', async () => {
    await using pool = new Pool({ total: 2, workBuffer: 3, whenFull: 'reject' })
    await pool.ready
    using gate = new ScopedGate()
    const works = numbers(8).map(() => pool.execute(stand, [gate.buffer]))
    for (const work of works) work.catch(() => {})
    // The threads may have begun the first ones by now.
    expect(works.map(work => work.status === 'failed')).toEqual([...Array(5).fill(false), ...Array(3).fill(true)])
    await gate.entered(2)
    const late = pool.execute(stand, [gate.buffer])
    expect(await errorOf(late)).toBeInstanceOf(WorkBufferFullError)
    gate.open()
    await Promise.allSettled(works)
    expect(gate.count).toBe(5)
  })

  test('[11] a new pool takes as many works as a pool whose threads are available', async () => {
    await using pool = new Pool({ total: 2, workBuffer: 3, whenFull: 'reject' })
    const works = numbers(7).map(n => pool.execute(n => n, [n]))
    for (const work of works) work.catch(() => {})
    expect(works.map(work => work.status)).toEqual([...Array<string>(5).fill('queued'), 'failed', 'failed'])
    expect(await errorOf(works[5] as Work<number>)).toMatchObject({ message: expect.stringMatching(/3 .*3.*2 of 2/) })
    expect(await Promise.all(works.slice(0, 5))).toEqual([0, 1, 2, 3, 4])
  })

  test('[11] a new pool without a buffer takes one work for each thread', async () => {
    await using pool = new Pool({ total: 2, workBuffer: 0, whenFull: 'reject' })
    expect(await Promise.all([1, 2].map(n => pool.execute(n => n, [n])))).toEqual([1, 2])
  })

  test('[11] there is room again for each work that ends, in its reactions at the latest', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 1, whenFull: 'reject' })
    await pool.ready
    using gates = scopedGates(4)
    const works: Work<unknown>[] = []
    for (const gate of gates.slice(0, 2)) works.push(pool.execute(stand, [gate.buffer]))
    for (let i = 0; i < 2; i++) {
      await gates[i]?.entered()
      await expect(pool.execute(() => {})).rejects.toBeInstanceOf(WorkBufferFullError)
      gates[i]?.open()
      await works[i]
      const next = pool.execute(stand, [(gates[i + 2] as Gate).buffer])
      expect(['queued', 'running']).toContain(next.status)
      works.push(next)
    }
    for (const gate of gates) gate.open()
    await Promise.all(works)
    expect(pool.stats()).toMatchObject({ done: 4, failed: 2 })
  })

  test('[11] raising workBuffer makes room at once, lowering it evicts nothing', async () => {
    await using pool = new Pool({ total: 0, workBuffer: 2, whenFull: 'reject' })
    const works = [1, 2].map(n => pool.execute(n => n, [n]))
    await expect(pool.execute(() => {})).rejects.toBeInstanceOf(WorkBufferFullError)
    pool.workBuffer = 3
    works.push(pool.execute(n => n, [3]))
    pool.workBuffer = 1
    expect(works.map(work => work.status)).toEqual(['queued', 'queued', 'queued'])
    await expect(pool.execute(() => {})).rejects.toBeInstanceOf(WorkBufferFullError)
    pool.total = 1
    expect(await Promise.all(works)).toEqual([1, 2, 3])
  })

  test('[11] an event tells of the refusal, and jobs remembers it', async () => {
    await using pool = new Pool({ total: 0, workBuffer: 0, whenFull: 'reject' })
    const told: unknown[] = []
    pool.on('failed', (work, error) => told.push([work.id, (error as Error).name]))
    const work = pool.execute(() => {})
    expect(told).toEqual([[work.id, 'WorkBufferFullError']])
    expect(pool.jobs.get(work.id)).toBe('failed')
    await work.catch(() => {})
  })
})

describe('workBuffer: 0', () => {
  test("[12] 'reject' accepts only what a worker can take now", async () => {
    await using pool = new Pool({ total: 2, workBuffer: 0, whenFull: 'reject' })
    await pool.ready
    using gates = scopedGates(2)
    const works = gates.map(gate => pool.execute(stand, [gate.buffer]))
    for (const work of works) expect(['queued', 'running']).toContain(work.status)
    expect(await errorOf(pool.execute(() => {}))).toBeInstanceOf(WorkBufferFullError)
    for (const gate of gates) await gate.entered()
    expect(await errorOf(pool.execute(() => {}))).toBeInstanceOf(WorkBufferFullError)
    gates[0].open()
    await works[0]
    expect(await pool.execute(() => 'room')).toBe('room')
    gates[1].open()
    await works[1]
  })

  test("[12] 'wait' keeps at the door what no worker can take now, and hands over one by one", async () => {
    await using pool = new Pool({ total: 1, workBuffer: 0 })
    using gates = scopedGates(3)
    const works = gates.map(gate => pool.execute(stand, [gate.buffer]))
    expect(works.map(work => work.status)).toEqual(['queued', 'waiting', 'waiting'])
    for (const [i, gate] of gates.entries()) {
      await gate.entered()
      await turn()
      expect(works.map(work => work.status)).toEqual(
        numbers(3).map(n => (n < i ? 'done' : n === i ? 'running' : 'waiting')),
      )
      gate.open()
    }
    await Promise.all(works)
  })

  test('[12] a worker that runs what a graceful discard left behind takes nothing', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 0, whenFull: 'reject' })
    await pool.ready
    using gate = new ScopedGate()
    const left = pool.execute(standAsync, [gate.buffer])
    await gate.entered()
    await pool.discard(left)
    expect(left.status).toBe('discarded')
    expect(await errorOf(pool.execute(() => {}))).toBeInstanceOf(WorkBufferFullError)
    gate.open()
    await until(() => pool.active === 0)
    expect(await pool.execute(() => 'room')).toBe('room')
  })

  test('[12] a worker that is about to end is no place', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 0, whenFull: 'reject' })
    await pool.ready
    pool.total = 0
    expect(await errorOf(pool.execute(() => {}))).toBeInstanceOf(WorkBufferFullError)
    pool.total = 1
    await until(() => pool.stats().workers.available === 1)
    expect(await pool.execute(() => 'room')).toBe('room')
  })

  test('[12] all workers together take as many works as there are workers', async () => {
    await using pool = new Pool({ total: 3, workBuffer: 0, whenFull: 'reject' })
    await pool.ready
    using gate = new ScopedGate()
    for (let round = 0; round < 20; round++) {
      const works = numbers(5).map(() => pool.execute(stand, [gate.buffer]))
      for (const work of works) work.catch(() => {})
      expect(works.map(work => work.status === 'failed')).toEqual([false, false, false, true, true])
      if (round === 0) await gate.entered(3)
      gate.open()
      await Promise.allSettled(works)
    }
  })
})

describe('room that a discard makes', () => {
  const WAYS: [string, (pool: Pool, work: Work<unknown>, controller: AbortController) => unknown][] = [
    ['discard() of a work', (pool, work) => pool.discard(work)],
    ['discard() of an id', (pool, work) => pool.discard(work.id)],
    ['a hot discard()', (pool, work) => pool.discard(work, true)],
    ['its signal', (_, __, controller) => controller.abort()],
    ['work.stop()', (_, work) => work.stop()],
  ]
  test.each(WAYS)('[12] by %s is there at once, whether the work was sent ahead or not', async (_, end) => {
    await using pool = new Pool({ total: 1, workBuffer: 3, whenFull: 'reject' })
    await pool.ready
    const log = new Log()
    using gate = new ScopedGate()
    const [busy] = await occupy(pool, gate, 1)
    const controllers = numbers(3).map(() => new AbortController())
    const works = controllers.map(({ signal }, n) => pool.execute(note, [log.buffer, n], { signal }))
    for (const work of works) work.catch(() => {})
    await turn()
    const ends: unknown[] = []
    for (const i of [2, 0, 1]) {
      const refused = pool.execute(() => {})
      refused.catch(() => {})
      expect(refused.status).toBe('failed')
      ends.push(end(pool, works[i] as Work<number>, controllers[i] as AbortController))
      const next = pool.execute(note, [log.buffer, 10 + i])
      expect(next.status).toBe('queued')
      works.push(next)
    }
    await Promise.all(ends)
    expect(works.map(work => work.status)).toEqual([...Array(3).fill('discarded'), ...Array(3).fill('queued')])
    gate.open()
    await Promise.all([busy, ...works.slice(3)])
    expect(log.entries).toEqual([12, 10, 11])
    expect(pool.stats()).toMatchObject({ done: 4, discarded: 3, failed: 3 })
  })

  test('[12] lets in the first at the door', async () => {
    await using pool = new Pool({ total: 0, workBuffer: 2 })
    const works = numbers(5).map(n => pool.execute(n => n, [n]))
    expect(works.map(work => work.status)).toEqual(['queued', 'queued', 'waiting', 'waiting', 'waiting'])
    const discarding = pool.discard([works[0] as Work<number>, works[2] as Work<number>])
    expect(works.map(work => work.status)).toEqual(['discarded', 'queued', 'discarded', 'queued', 'waiting'])
    await discarding
    pool.total = 1
    expect(await Promise.all([works[1], works[3], works[4]])).toEqual([1, 3, 4])
  })
})

describe("whenFull: 'wait'", () => {
  test('[13] is the default; works beyond the buffer are waiting, and count as such', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const works = numbers(5).map(() => pool.execute(stand, [gate.buffer]))
    expect(works.map(work => work.status === 'waiting')).toEqual([false, false, false, true, true])
    await gate.entered()
    expect(works.map(work => work.status)).toEqual(['running', 'queued', 'queued', 'waiting', 'waiting'])
    expect(pool.stats()).toMatchObject({ running: 1, queued: 2, waiting: 2 })
    expect([...pool.jobs]).toEqual(works.map(work => [work.id, work.status]))
    gate.open()
    await Promise.all(works)
    expect(pool.stats()).toMatchObject({ running: 0, queued: 0, waiting: 0, done: 5 })
  })

  test('[13] accepted resolves in order as room appears, one for each work that ends', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 2 })
    await pool.ready
    using gates = scopedGates(7)
    const accepted: number[] = []
    const told: number[] = []
    const works = gates.map(gate => pool.execute(stand, [gate.buffer]))
    pool.on('queued', work => told.push(works.indexOf(work as Work<unknown>)))
    works.forEach((work, n) => void work.accepted.then(() => accepted.push(n)))
    await turn()
    expect(accepted).toEqual([0, 1, 2])
    for (let ended = 1; ended <= 7; ended++) {
      const gate = gates[ended - 1] as Gate
      await gate.entered()
      gate.open()
      await works[ended - 1]
      await turn()
      expect(accepted).toEqual(numbers(Math.min(7, 3 + ended)))
    }
    expect(told).toEqual([3, 4, 5, 6])
  })

  test('[13] accepted is resolved for a work that found room, and the queued event told of each', async () => {
    await using pool = new Pool({ total: 0, workBuffer: 1 })
    const told: string[] = []
    pool.on('queued', work => told.push(`${work.id} ${work.status}`))
    const [first, second] = [pool.execute(() => 1), pool.execute(() => 2)]
    await expect(first.accepted).resolves.toBeUndefined()
    expect(first.accepted).toBe(first.accepted)
    expect(told).toEqual([`${first.id} queued`])
    pool.workBuffer = 2
    expect(told).toEqual([`${first.id} queued`, `${second.id} queued`])
    await expect(second.accepted).resolves.toBeUndefined()
    pool.total = 1
    expect(await Promise.all([first, second])).toEqual([1, 2])
    await expect(second.accepted).resolves.toBeUndefined() // also when asked for the first time after the end
  })

  test('[13] raising workBuffer opens the door at once, for as many as it has room for', async () => {
    await using pool = new Pool({ total: 0, workBuffer: 0 })
    const works = numbers(5).map(n => pool.execute(n => n, [n]))
    pool.workBuffer = 3
    expect(works.map(work => work.status)).toEqual(['queued', 'queued', 'queued', 'waiting', 'waiting'])
    pool.workBuffer = 1
    expect(works.map(work => work.status)).toEqual(['queued', 'queued', 'queued', 'waiting', 'waiting'])
    pool.workBuffer = Infinity
    expect(works.map(work => work.status)).toEqual(Array(5).fill('queued'))
    pool.total = 1
    expect(await Promise.all(works)).toEqual(numbers(5))
  })

  test('[13] a new worker makes room for the door', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 0 })
    await pool.ready
    using gate = new ScopedGate()
    const works = numbers(3).map(() => pool.execute(stand, [gate.buffer]))
    await gate.entered()
    expect(works.map(work => work.status)).toEqual(['running', 'waiting', 'waiting'])
    await pool.scale(1)
    await gate.entered(2)
    expect(works.map(work => work.status)).toEqual(['running', 'running', 'waiting'])
    gate.open()
    await Promise.all(works)
  })

  test('[13] a later work finds no room as long as others stand at the door', async () => {
    await using pool = new Pool({ total: 0, workBuffer: 1 })
    const works = numbers(3).map(n => pool.execute(n => n, [n]))
    void pool.discard(works[0] as Work<number>)
    works.push(pool.execute(n => n, [3]))
    expect(works.map(work => work.status)).toEqual(['discarded', 'queued', 'waiting', 'waiting'])
    pool.total = 1
    expect(await Promise.all(works.slice(1))).toEqual([1, 2, 3])
  })

  test('[13] a producer that awaits accepted never has more than the buffer and the workers hold', async () => {
    await using pool = new Pool({ total: 2, workBuffer: 10 })
    await pool.ready
    let most = 0
    let works: Promise<number>[] = []
    for (let n = 0; n < 2000; n++) {
      const work = pool.execute(n => n, [n])
      await work.accepted
      const { waiting, queued, running } = pool.stats()
      expect(waiting).toBe(0)
      most = Math.max(most, queued + running)
      works.push(work)
    }
    expect(await Promise.all(works)).toEqual(numbers(2000))
    expect(most).toBeGreaterThan(2)
    expect(most).toBeLessThanOrEqual(12)
    works = []
  })

  test('[13] the memory of a producer that awaits accepted is flat', async () => {
    const { stdout, stderr, code } = await runInChild(
      `
      import { Pool } from 'threadcrew'
      const pool = new Pool({ total: 2, workBuffer: 16 })
      await pool.ready
      const used = () => { gc(); const { heapUsed, arrayBuffers } = process.memoryUsage(); return heapUsed + arrayBuffers }
      const marks = []
      for (let n = 0; n < 6000; n++) {
        // 16 KB on the heap each: 100 MB if none were let go.
        await pool.execute((list, n) => { if (list.length !== 2000) throw new Error('broken') }, [Array.from({ length: 2000 }, () => n + 0.5), n]).accepted
        if (n % 1000 === 999) marks.push(used())
      }
      await pool.settled()
      console.log(JSON.stringify({ marks, stats: pool.stats() }))
      `,
      ['--expose-gc'],
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { marks, stats } = JSON.parse(stdout) as { marks: number[]; stats: { done: number } }
    expect(stats.done).toBe(6000)
    expect(Math.max(...marks) - Math.min(...marks), stdout).toBeLessThan(8e6)
  })
})

describe('drain', () => {
  /** A pool with a full buffer of 4, its one worker busy; `end()` lets the oldest work end. */
  async function fullPool(more: number, whenFull: 'wait' | 'reject') {
    const pool = new Pool({ total: 1, workBuffer: 4, whenFull })
    await pool.ready
    let drains = 0
    pool.on('drain', () => drains++)
    const gates: Gate[] = []
    const works: Work<unknown>[] = []
    const submit = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const gate = new Gate()
        const work = pool.execute(stand, [gate.buffer])
        if (work.status === 'failed') work.catch(() => {})
        else {
          gates.push(gate)
          works.push(work)
        }
      }
    }
    let ended = 0
    const end = async (count = 1): Promise<void> => {
      for (; count > 0; count--, ended++) {
        await gates[ended]?.entered()
        gates[ended]?.open()
        await works[ended]
      }
      // Until the next one runs, the counts are in motion.
      await gates[ended]?.entered()
      await turn()
    }
    submit(5 + more)
    await gates[0]?.entered()
    const left = () => works.length - ended
    const dispose = async (): Promise<void> => {
      for (const gate of gates) gate.open()
      await pool.stop()
    }
    return { pool, submit, end, drains: () => drains, left, [Symbol.asyncDispose]: dispose }
  }

  test.each(['wait', 'reject'] as const)(
    "[14] is told once when a full buffer is half empty, with '%s'",
    async whenFull => {
      await using full = await fullPool(1, whenFull)
      const { pool, submit, end, drains, left } = full
      if (whenFull === 'wait') await end() // the one at the door comes in
      expect(pool.stats()).toMatchObject({ queued: 4, waiting: 0 })
      await end() // 3 left
      expect(drains()).toBe(0)
      await end() // 2 left: half
      expect(pool.stats().queued).toBe(2)
      expect(drains()).toBe(1)
      await end(3)
      expect([drains(), left()]).toEqual([1, 0])
      // Again, for the next crossing.
      submit(6)
      await end(left())
      expect(drains()).toBe(2)
    },
  )

  test('[14] is not told of a buffer that was never full', async () => {
    await using full = await fullPool(-2, 'wait')
    const { pool, submit, end, drains, left } = full
    expect(pool.stats().queued).toBe(2)
    await end()
    submit(1)
    await end(left())
    expect(drains()).toBe(0)
  })

  test('[14] is told of a buffer that was just full, with nothing refused or at the door', async () => {
    await using full = await fullPool(0, 'reject')
    const { pool, end, drains } = full
    expect(pool.stats()).toMatchObject({ running: 1, queued: 4, waiting: 0, failed: 0 })
    await end(2)
    expect(drains()).toBe(1)
    await end(3)
    expect(drains()).toBe(1)
  })

  test('[14] is not told again before the buffer was full again', async () => {
    await using full = await fullPool(1, 'reject')
    const { submit, end, drains, left } = full
    await end(2)
    expect(drains()).toBe(1)
    submit(1) // 3 of 4
    await end()
    await end()
    expect(drains()).toBe(1)
    await end(left())
    expect(drains()).toBe(1)
  })

  test('[14] is not told while works stand at the door', async () => {
    await using full = await fullPool(10, 'wait')
    const { pool, end, drains, left } = full
    for (; left() > 5; ) {
      await end()
      expect(drains()).toBe(0)
    }
    expect(pool.stats()).toMatchObject({ running: 1, queued: 4, waiting: 0 })
    await end(2)
    expect(drains()).toBe(1)
    await end(left())
  })

  test('[14] is told when discards, or a raised workBuffer, half empty the buffer', async () => {
    await using pool = new Pool({ total: 0, workBuffer: 4 })
    let drains = 0
    pool.on('drain', () => drains++)
    const works = numbers(5).map(n => pool.execute(n => n, [n]))
    await pool.discard(works.slice(0, 2)) // 3 left, one of them from the door
    expect(drains).toBe(0)
    await pool.discard(works.slice(2, 3))
    expect(drains).toBe(1)
    works.push(...numbers(3).map(n => pool.execute(n => n, [n])))
    expect(works.at(-1)?.status).toBe('waiting')
    pool.workBuffer = 9
    expect(works.at(-1)?.status).toBe('queued')
    expect(drains).toBe(1)
    pool.workBuffer = 10
    expect(drains).toBe(2)
    await pool.stop(true)
  })

  test('[14] can drive a producer', async () => {
    await using pool = new Pool({ total: 2, workBuffer: 8, whenFull: 'reject' })
    await pool.ready
    const results: Promise<number>[] = []
    let most = 0
    for (let n = 0; n < 500; ) {
      const work = pool.execute(n => n, [n])
      if (work.status === 'failed') {
        work.catch(() => {})
        await new Promise<void>(resolve => pool.once('drain', resolve))
        // Half of the buffer, and what the two workers are about to begin.
        expect(pool.stats().queued).toBeLessThanOrEqual(6)
      } else {
        results.push(work)
        n++
      }
      most = Math.max(most, pool.stats().queued)
    }
    expect(await Promise.all(results)).toEqual(numbers(500))
    expect(most).toBeLessThanOrEqual(10)
  })
})

describe('works at the door', () => {
  const atTheDoor = async () => {
    const pool = new Pool({ total: 1, workBuffer: 1 })
    await pool.ready
    const log = new Log()
    const gate = new Gate()
    const [busy] = await occupy(pool, gate, 1)
    const works = numbers(4).map(n => pool.execute(note, [log.buffer, n]))
    expect(works.map(work => work.status)).toEqual(['queued', 'waiting', 'waiting', 'waiting'])
    const dispose = async (): Promise<void> => {
      gate.open()
      await pool.stop()
    }
    return { pool, log, gate, busy, works, [Symbol.asyncDispose]: dispose }
  }

  test('[14] are finished by a graceful stop; their accepted resolves', async () => {
    await using door = await atTheDoor()
    const { pool, log, gate, works } = door
    const accepted = Promise.all(works.map(work => work.accepted))
    const stopped = pool.stop()
    expect(pool.state).toBe('stopping')
    gate.open()
    expect(await Promise.all(works)).toEqual(numbers(4))
    await accepted
    const statuses = await stopped
    expect(works.map(work => statuses.get(work.id))).toEqual(['done', 'done', 'done', 'done'])
    expect(statuses.size).toBe(5)
    expect(log.entries).toEqual(numbers(4))
  })

  test('[14] are discarded by a hot stop; their accepted rejects with the same error', async () => {
    await using door = await atTheDoor()
    const { pool, log, busy, works } = door
    const accepted = works.map(work => errorOf(work.accepted))
    const errors = [busy as Work<unknown>, ...works].map(errorOf)
    const statuses = await pool.stop(true)
    for (const error of errors) expect(await error).toBeInstanceOf(WorkDiscardedError)
    expect(await Promise.all(accepted)).toEqual([
      { resolved: undefined },
      await errors[2],
      await errors[3],
      await errors[4],
    ])
    for (let i = 1; i < 4; i++) expect(await accepted[i]).toBe(await errors[i + 1])
    expect([...statuses.values()]).toEqual(Array(5).fill('discarded'))
    expect(works.map(work => work.status)).toEqual(Array(4).fill('discarded'))
    expect(log.entries).toEqual([])
  })

  test('[14] that end there, whatever ends them, reject accepted with their own error, asked before or after', async () => {
    await using pool = new Pool({ total: 0, workBuffer: 0 })
    const controller = new AbortController()
    const options: (ExecuteOptions | undefined)[] = [
      undefined,
      { signal: controller.signal },
      { queueTimeout: 5 },
      undefined,
    ]
    const works = options.map(options => pool.execute(() => {}, [], options))
    const early = works.map(work => errorOf(work.accepted))
    await pool.discard(works[0] as Work<void>)
    controller.abort(new Error('the reason'))
    const stopping = works[3]?.stop()
    const errors = await Promise.all(works.map(errorOf))
    expect(await stopping).toBe('discarded')
    expect(errors).toMatchObject([
      { code: 'ERR_WORK_DISCARDED' },
      { code: 'ERR_WORK_DISCARDED', cause: { message: 'the reason' } },
      { code: 'ERR_WORK_TIMEOUT', phase: 'queue' },
      { code: 'ERR_WORK_DISCARDED' },
    ])
    for (const [i, work] of works.entries()) {
      expect(await early[i]).toBe(errors[i])
      expect(await errorOf(work.accepted)).toBe(errors[i])
    }
    expect(pool.stats()).toMatchObject({ waiting: 0, queued: 0, failed: 1, discarded: 3 })
  })

  test('[14] that were let in and then fail have been accepted', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 0 })
    const works = numbers(2).map(() =>
      pool.execute(() => {
        throw new Error('thrown')
      }),
    )
    const early = works.map(work => errorOf(work.accepted))
    for (const work of works) await expect(work).rejects.toThrow('thrown')
    expect(await Promise.all(early)).toEqual([{ resolved: undefined }, { resolved: undefined }])
    for (const work of works) await expect(work.accepted).resolves.toBeUndefined()
  })

  test('[14] whose accepted nobody looks at, or only after it was rejected, disturb nobody', async () => {
    const { code, stdout, stderr } = await runInChild(`
      import { Pool } from 'threadcrew'
      process.on('unhandledRejection', error => console.log('unhandled', error))
      const pool = new Pool({ total: 0, workBuffer: 0 })
      const unseen = pool.execute(() => {})
      const asked = pool.execute(() => {})
      void asked.accepted
      await pool.discard([unseen, asked])
      void unseen.accepted
      const refusing = new Pool({ total: 0, workBuffer: 0, whenFull: 'reject' })
      const refused = refusing.execute(() => {})
      void refused.accepted
      await refused.catch(() => {})
      void refused.accepted
      await new Promise(setImmediate)
      console.log('end')
    `)
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'end\n', stderr: '' })
  })
})
