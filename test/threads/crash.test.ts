/** What the end of a thread costs: what ran on it, and nothing else. */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { Pool, transfer, WorkDiscardedError, WorkerLostError, type WorkContext } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { aWhile } from '../support/a-while.js'
import { until } from '../support/gate.js'
import { runInChild } from '../support/run-in-child.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { blockUntil, endOf, StepLog, steps, warmUp } from '../support/steps.js'

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Ways for a running task to take its thread down, and what is to be said of it. */
const deaths: Record<string, { die: () => unknown; facts: object; cause?: object }> = {
  'process.exit(0)': { die: () => process.exit(0), facts: { reason: 'exit', exitCode: 0 } },
  'process.exit(3)': { die: () => process.exit(3), facts: { reason: 'exit', exitCode: 3 } },
  'process.exit() after an await': {
    die: async () => {
      await new Promise(resolve => setTimeout(resolve, 1))
      process.exit(4)
    },
    facts: { reason: 'exit', exitCode: 4 },
  },
  'a throw in a timer': {
    die: () =>
      new Promise(() => {
        setTimeout(() => {
          throw Object.assign(new RangeError('thrown in a timer'), { code: 'MINE' })
        }, 1)
      }),
    facts: { reason: 'crash', exitCode: 1 },
    cause: { name: 'RangeError', message: 'thrown in a timer', code: 'MINE' },
  },
  'a rejection that nobody handles': {
    die: () => {
      void Promise.reject(new TypeError('nobody handles it'))
      return new Promise(() => {})
    },
    facts: { reason: 'crash', exitCode: 1 },
    cause: { name: 'TypeError', message: 'nobody handles it' },
  },
}

describe.each(Object.entries(deaths))('a thread that ends by %s', (_, { die, facts, cause }) => {
  test('[36] costs the running work with the figures, is replaced, and works sent ahead and queued run once, in order', async () => {
    await using pool = new Pool({ total: 1 })
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const exits: unknown[] = []
    const failed: unknown[] = []
    const errors: unknown[] = []
    pool.on('workerExit', (worker, code) => exits.push([worker.id, worker.status, code]))
    pool.on('failed', work => failed.push(work.id))
    pool.on('error', error => errors.push(error))
    const victim = pool.execute(die)
    const works = range(1, 200).map(i => pool.execute(step, [log.buffer, i]))

    const error: unknown = await victim.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(WorkerLostError)
    expect(error).toMatchObject({ code: 'ERR_WORKER_LOST', started: true, workerId: victim.workerId, ...facts })
    if (cause === undefined) expect((error as Error).cause).toBeUndefined()
    else expect((error as Error).cause).toMatchObject(cause)
    expect(victim.status).toBe('failed')
    const later = pool.execute(step, [log.buffer, 201])
    expect(await Promise.all([...works, later])).toEqual(range(1, 201))
    expect(log.begun).toEqual(range(1, 201))
    expect(pool.total).toBe(1)
    expect(pool.workers.map(worker => worker.id)).not.toContain(victim.workerId)
    expect(exits).toEqual([[victim.workerId, 'stopped', (facts as { exitCode: number }).exitCode]])
    // It belongs to a work: nobody else hears of it.
    expect(failed).toEqual([victim.id])
    expect(errors).toEqual([])
  })
})

describe('what a dying thread leaves', () => {
  test('[36] answers finished before the end arrive', async () => {
    await using pool = new Pool({ total: 1 })
    const { exitStep } = steps()
    await warmUp(pool, exitStep)
    for (let round = 0; round < 6; round++) {
      const log = new StepLog()
      // Sent together: the answers are still in the thread's hand when it ends.
      const works = range(1, 60).map(i => pool.execute(exitStep, [log.buffer, i]))
      const victim = pool.execute(exitStep, [log.buffer, 61, 5])
      const behind = range(62, 80).map(i => pool.execute(exitStep, [log.buffer, i]))
      await expect(victim).rejects.toMatchObject({ reason: 'exit', exitCode: 5 })
      expect(await Promise.all(works)).toEqual(range(1, 60).map(index => ({ index })))
      expect(await Promise.all(behind)).toEqual(range(62, 80).map(index => ({ index })))
      expect(log.begun).toEqual(range(1, 80))
    }
  })

  test('[36] large answers and errors finished before the end arrive', async () => {
    await using pool = new Pool({ total: 1 })
    const answer = (kind: string): unknown => {
      if (kind === 'exit') process.exit(1)
      if (kind === 'throw') throw new RangeError('meant')
      return kind === 'large' ? new Uint8Array(1_000_000).fill(7) : [kind]
    }
    for (let i = 0; i < 50; i++) await pool.execute(answer, ['small'])
    const works = ['large', 'small', 'throw', 'large', 'throw', 'small'].map(kind => pool.execute(answer, [kind]))
    const ends = Promise.all(works.map(work => work.catch((error: unknown) => error)))
    await expect(pool.execute(answer, ['exit'])).rejects.toThrow(WorkerLostError)
    const [a, b, c, d, e, f] = await ends
    for (const large of [a, d]) expect((large as Uint8Array).length).toBe(1_000_000)
    for (const error of [c, e]) expect(error).toBeInstanceOf(RangeError)
    expect([b, f]).toEqual([['small'], ['small']])
  })

  test('[36] works of a dead thread go back to the head of the queue, and higher priority goes first', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const victim = pool.execute(
      (gate: SharedArrayBuffer) => {
        const words = new Int32Array(gate)
        Atomics.add(words, 1, 1)
        Atomics.wait(words, 0, 0)
        process.exit(1)
      },
      [gate.buffer],
    )
    const works = range(10, 19).map(i => pool.execute(step, [log.buffer, i]))
    await gate.entered()
    works.push(...range(20, 29).map(i => pool.execute(step, [log.buffer, i])))
    works.push(...range(1, 5).map(i => pool.execute(step, [log.buffer, i], { priority: 1 })))
    const low = pool.execute(step, [log.buffer, 30], { priority: -1 })
    gate.open()
    await expect(victim).rejects.toThrow(WorkerLostError)
    await Promise.all([...works, low])
    expect(log.begun).toEqual([...range(1, 5), ...range(10, 30)])
  })

  test('[36] the death of one thread does not touch the others', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { spinStep } = steps()
    const other = pool.execute(spinStep, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const { workerId } = other
    for (let i = 0; i < 3; i++) await expect(pool.execute(() => process.exit(3))).rejects.toThrow(WorkerLostError)
    expect(other.status).toBe('running')
    gate.open()
    expect(await other).toBe(0)
    expect(log.begun).toEqual([0])
    expect(pool.workers.map(worker => worker.id)).toContain(workerId)
    await until(() => pool.stats().workers.available === 2)
  })

  test('[36] works sent to a thread that dies before it looks at them run exactly once elsewhere', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const thread = await pool.execute(dieLaterAt, [gate.buffer])
    await gate.entered()
    // The worker looks idle, and its thread is about to end.
    const works = range(1, 30).map(i => pool.execute(step, [log.buffer, i]))
    await aWhile(1)
    gate.open()
    expect(await Promise.all(works)).toEqual(range(1, 30))
    expect(log.begun).toEqual(range(1, 30))
    expect(log.threadOf(1)).not.toBe(thread)
  })

  test('[36] a work whose buffers went down with the thread before it began says so', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    await pool.execute(dieLaterAt, [gate.buffer])
    await gate.entered()
    const buffer = new ArrayBuffer(100)
    const work = pool.execute((moved: ArrayBuffer) => moved.byteLength, [transfer(buffer, [buffer])])
    const ended = endOf(work)
    await until(() => buffer.byteLength === 0)
    gate.open()
    expect(await ended).toBe('ERR_WORKER_LOST')
    await expect(work).rejects.toMatchObject({ started: false, reason: 'exit', exitCode: 6 })
    expect(await pool.execute(() => 'served')).toBe('served')
  })

  test('[36] a thread that exits in the turn of its hot discard is replaced once, and the discard ends', async () => {
    await using pool = new Pool({ total: 1 })
    const log = new StepLog()
    const { step } = steps()
    for (let round = 0; round < 5; round++) {
      using gate = new ScopedGate()
      const victim = pool.execute(
        (gate: SharedArrayBuffer) => {
          const words = new Int32Array(gate)
          Atomics.add(words, 1, 1)
          Atomics.wait(words, 0, 0)
          process.exit(1)
        },
        [gate.buffer],
      )
      const next = pool.execute(step, [log.buffer, round])
      await gate.entered()
      gate.open()
      const moment = performance.now() + round * 0.2
      blockUntil(() => performance.now() >= moment)
      const [status] = (await pool.discard(victim, true)).values()
      expect(await endOf(victim)).toBe(status === 'failed' ? 'ERR_WORKER_LOST' : 'ERR_WORK_DISCARDED')
      expect(await next).toBe(round)
      expect(pool.workers).toHaveLength(1)
    }
    expect(log.begun).toEqual(range(0, 4))
  })

  test('[promise 3] works sent to a thread that an earlier task blocks go to another that is free', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    // Returns, and blocks its thread afterwards: the worker looks idle, and is the first to be chosen.
    const thread = await pool.execute(dieLaterAt, [gate.buffer])
    await gate.entered()
    const works = range(1, 10).map(i => pool.execute(step, [log.buffer, i]))
    expect(await Promise.all(works)).toEqual(range(1, 10))
    expect(range(1, 10).map(i => log.threadOf(i))).not.toContain(thread)
    gate.open()
    await until(() => pool.stats().workers.available === 2 && pool.workers.every(worker => worker.threadId !== thread))
    expect(log.begun.toSorted((a, b) => a - b)).toEqual(range(1, 10))
  })

  test('[36] a graceful stop survives the death of a thread', async () => {
    const pool = new Pool({ total: 1 })
    const log = new StepLog()
    const { step } = steps()
    const victim = pool.execute(() => process.exit(3))
    const works = range(1, 5).map(i => pool.execute(step, [log.buffer, i]))
    const stopped = pool.stop()
    await expect(victim).rejects.toThrow(WorkerLostError)
    expect(await Promise.all(works)).toEqual(range(1, 5))
    expect([...(await stopped).values()]).toEqual(['failed', 'done', 'done', 'done', 'done', 'done'])
    expect(log.begun).toEqual(range(1, 5))
  })
})

/** Returns, then stops its thread at the gate in a callback of its own, and ends it. */
function dieLaterAt(this: WorkContext, gate: SharedArrayBuffer): number {
  setTimeout(() => {
    const words = new Int32Array(gate)
    Atomics.add(words, 1, 1)
    Atomics.wait(words, 0, 0)
    process.exit(6)
  }, 1)
  return this.threadId
}

describe('a thread that dies idle', () => {
  test('[37] a throw after the task returned is an error event, leaves the work as it was, and the size is restored', async () => {
    await using pool = new Pool({ total: 2 })
    await pool.ready
    const errors: unknown[] = []
    const exits: unknown[] = []
    pool.on('error', error => errors.push(error))
    pool.on('workerExit', (worker, code, error) => exits.push([worker.id, code, error]))
    const work = pool.execute(() => {
      setTimeout(() => {
        throw new RangeError('after the return')
      }, 1)
      return 'returned'
    })
    expect(await work).toBe('returned')
    await until(() => exits.length === 1)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(RangeError)
    expect(errors[0]).toMatchObject({ message: 'after the return' })
    expect(exits).toEqual([[work.workerId, 1, errors[0]]])
    expect(work.status).toBe('done')
    await until(() => pool.stats().workers.available === 2)
    expect(pool.workers.map(worker => worker.id)).not.toContain(work.workerId)
    expect(await pool.execute(() => 'served')).toBe('served')
    expect(pool.stats()).toMatchObject({ done: 2, failed: 0 })
  })

  test('[37] process.exit() after the task returned is an error event with the figures, and the size is restored', async () => {
    await using pool = new Pool({ total: 1 })
    const errors: unknown[] = []
    const exits: number[] = []
    pool.on('error', error => errors.push(error))
    pool.on('workerExit', (_, code) => exits.push(code))
    const work = pool.execute(() => {
      setTimeout(() => process.exit(7), 1)
      return 'returned'
    })
    expect(await work).toBe('returned')
    await until(() => exits.length === 1)
    expect(exits).toEqual([7])
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ code: 'ERR_WORKER_LOST', workerId: work.workerId, exitCode: 7, reason: 'exit' })
    await until(() => pool.stats().workers.available === 1)
    expect(await pool.execute(() => 'served')).toBe('served')
  })

  test('[37] without an error listener it is one process warning and nothing fatal', async () => {
    await using pool = new Pool({ total: 1 })
    const warnings: Error[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    await pool.execute(() => {
      setTimeout(() => {
        throw new RangeError('after the return')
      }, 1)
    })
    await until(() => warnings.length > 0)
    expect(await pool.execute(() => 'served')).toBe('served')
    await aWhile(1)
    process.off('warning', onWarning)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]?.message).toContain('after the return')
  })
})

describe('threads that keep dying', () => {
  test('[37] the first is replaced at once, the next after 10 ms, doubling; all works reject, each after one start', async () => {
    await using pool = new Pool({ total: 1 })
    await pool.ready
    const starts = new Int32Array(new SharedArrayBuffer(4))
    // When threads were made, and when they had died; a death is told when all is done that is done at once.
    const births: number[] = []
    const deaths: { at: number; replaced: boolean }[] = []
    const onBirth = (): void => void births.push(performance.now())
    process.on('worker', onBirth)
    pool.on('workerExit', () => deaths.push({ at: performance.now(), replaced: pool.workers.length === 1 }))
    const works = range(1, 6).map(() =>
      pool.execute(
        (starts: Int32Array) => {
          Atomics.add(starts, 0, 1)
          process.exit(1)
        },
        [starts],
      ),
    )
    let ended = false
    const ends = Promise.all(works.map(endOf)).finally(() => (ended = true))
    let longestTurn = 0
    for (let last = performance.now(); !ended; last = performance.now()) {
      await new Promise(resolve => setImmediate(resolve))
      longestTurn = Math.max(longestTurn, performance.now() - last)
    }
    expect(await ends).toEqual(works.map(() => 'ERR_WORKER_LOST'))
    // The size is restored all the same.
    expect(await pool.execute(() => 'served')).toBe('served')
    process.off('worker', onBirth)
    expect(starts[0]).toBe(6)
    expect(deaths.map(({ replaced }) => replaced)).toEqual([true, false, false, false, false, false])
    expect(births).toHaveLength(6)
    const delays = deaths.map(({ at }, i) => (births[i] as number) - at).slice(1)
    for (const [i, delay] of delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual(10 * 2 ** i - 1)
      expect(delay).toBeLessThan(10 * 2 ** i + 2000)
    }
    expect(longestTurn).toBeLessThan(2000)
  })

  test('[37] a thread that finished a work before it died is replaced at once, however many before it did so', async () => {
    await using pool = new Pool({ total: 1 })
    const replacedAtOnce: boolean[] = []
    pool.on('workerExit', () => replacedAtOnce.push(pool.workers.length === 1))
    for (let i = 0; i < 5; i++) {
      expect(await pool.execute(() => 'served')).toBe('served')
      await expect(pool.execute(() => process.exit(1))).rejects.toThrow(WorkerLostError)
    }
    await until(() => replacedAtOnce.length === 5)
    expect(replacedAtOnce).toEqual([true, true, true, true, true])
  })

  test('[37] threads that we ended never count', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const replacedAtOnce: boolean[] = []
    pool.on('workerExit', () => replacedAtOnce.push(pool.workers.length === 1))
    const loop = (gate: SharedArrayBuffer): void => {
      Atomics.add(new Int32Array(gate), 1, 1)
      for (;;);
    }
    for (let i = 0; i < 4; i++) {
      const work = pool.execute(loop, [gate.buffer])
      await gate.entered(i + 1)
      void pool.discard(work, true)
      await expect(work).rejects.toThrow(WorkDiscardedError)
    }
    await expect(pool.execute(loop, [gate.buffer], { timeout: 10 })).rejects.toMatchObject({ phase: 'run' })
    await until(() => replacedAtOnce.length === 5)
    // The first that dies by itself is still the first.
    await expect(pool.execute(() => process.exit(1))).rejects.toThrow(WorkerLostError)
    await until(() => replacedAtOnce.length === 6)
    expect(replacedAtOnce).toEqual([true, true, true, true, true, true])
  })
})

describe('the heap limit', () => {
  test('[38] a work that reaches it is lost to out-of-memory; other workers, and works sent ahead, are not', async () => {
    await using pool = new Pool({
      total: 2,
      thread: { resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 } },
    })
    await pool.ready
    using gate = new ScopedGate()
    const log = new StepLog()
    const { step } = steps()
    await warmUp(pool, step)
    const other = pool.execute(step, [log.buffer, 0, gate.buffer])
    await gate.entered()
    const errors: unknown[] = []
    pool.on('error', error => errors.push(error))
    const victim = pool.execute(() => {
      // Gradually: Node survives that.
      let list: unknown
      for (;;) list = { list, text: [1, 2, 3] }
    })
    const works = range(1, 10).map(i => pool.execute(step, [log.buffer, i]))
    const error: unknown = await victim.catch((error: unknown) => error)
    expect(error).toBeInstanceOf(WorkerLostError)
    expect(error).toMatchObject({
      code: 'ERR_WORKER_LOST',
      reason: 'out-of-memory',
      started: true,
      exitCode: 1,
      workerId: victim.workerId,
    })
    expect((error as Error).cause).toMatchObject({ code: 'ERR_WORKER_OUT_OF_MEMORY' })
    expect(await Promise.all(works)).toEqual(range(1, 10))
    expect(other.status).toBe('running')
    gate.open()
    expect(await other).toBe(0)
    expect(log.begun.toSorted((a, b) => a - b)).toEqual(range(0, 10))
    expect(errors).toEqual([])
    await until(() => pool.stats().workers.available === 2)
  })
})

/** What V8 does if a heap of 64 MB grows in this way, on each version that was measured; see docs/guides/errors.md. */
const growing: Record<string, { grow: () => unknown; aborts: readonly number[] }> = {
  'arrays of 8 MB': {
    grow: () => {
      for (const kept: unknown[] = []; ; ) kept.push(new Array(1_000_000).fill(0.5))
    },
    aborts: [],
  },
  'one array that push makes longer': {
    grow: () => {
      for (const kept: number[] = []; ; ) kept.push(Math.random())
    },
    aborts: [22, 24],
  },
  'arrays of 40 MB': {
    grow: () => {
      for (const kept: unknown[] = []; ; ) kept.push(new Array(5_000_000).fill(0.5))
    },
    aborts: [20, 22, 24],
  },
  'an object with more and more keys': {
    grow: () => {
      const kept: Record<string, number> = {}
      for (let n = 0; ; n++) kept[`k${n}`] = n
    },
    aborts: [20, 22, 24, 26],
  },
  // Outside the heap: no limit counts it, and the task comes to its end.
  'buffers of 64 MB': { grow: () => Array.from({ length: 8 }, () => new Uint8Array(64 << 20)).length, aborts: [] },
}

describe('a heap that grows in steps', () => {
  const major = Number(process.versions.node.split('.')[0])

  test.each(Object.keys(growing))(
    '[38] %s: ends its thread or, on some versions of Node, the process',
    async name => {
      const { grow, aborts } = growing[name]!
      const { code, signal, stdout, stderr } = await runInChild(
        `
      import { Pool } from 'threadcrew'
      const pool = new Pool({ total: 1, thread: { resourceLimits: { maxOldGenerationSizeMb: 64 } } })
      console.log(await pool.execute(${String(grow)}).catch(error => error.reason))
      await pool.stop()
    `,
        [],
        60_000,
      )
      if (aborts.includes(major)) {
        expect([signal, stdout]).toEqual(['SIGABRT', ''])
        expect(stderr).toContain('FATAL ERROR')
      } else {
        const ended = name.startsWith('buffers') ? '8\n' : 'out-of-memory\n'
        expect({ code, signal, stdout }).toEqual({ code: 0, signal: null, stdout: ended })
      }
    },
    70_000,
  )
})

describe('answers', () => {
  /** All that can be an answer. Each task leaves behind something that ends its thread as soon as it returned. */
  const answers: Record<string, [task: (how: string) => unknown, expected: unknown]> = {
    'a number': [
      (how: string) => {
        const exit = (): never => process.exit(1)
        how === 'nextTick' ? process.nextTick(exit) : how === 'microtask' ? queueMicrotask(exit) : setImmediate(exit)
        return 42
      },
      42,
    ],
    'an object': [
      (how: string) => {
        const exit = (): never => process.exit(1)
        how === 'nextTick' ? process.nextTick(exit) : how === 'microtask' ? queueMicrotask(exit) : setImmediate(exit)
        return { a: [1, 'two', new Map([[3, 4]])] }
      },
      { a: [1, 'two', new Map([[3, 4]])] },
    ],
    'a megabyte': [
      (how: string) => {
        const exit = (): never => process.exit(1)
        how === 'nextTick' ? process.nextTick(exit) : how === 'microtask' ? queueMicrotask(exit) : setImmediate(exit)
        return 'x'.repeat(1_000_000)
      },
      'x'.repeat(1_000_000),
    ],
    'a promise': [
      async (how: string) => {
        const exit = (): never => process.exit(1)
        await new Promise(resolve => setImmediate(resolve))
        how === 'nextTick' || how === 'microtask' ? process.nextTick(exit) : setImmediate(exit)
        return ['later']
      },
      ['later'],
    ],
    'a throw': [
      (how: string) => {
        const exit = (): never => process.exit(1)
        how === 'nextTick' ? process.nextTick(exit) : how === 'microtask' ? queueMicrotask(exit) : setImmediate(exit)
        throw Object.assign(new Error('meant'), { code: 'MEANT' })
      },
      'MEANT',
    ],
  }
  test.each(Object.entries(answers))(
    '[39] %s counts although its thread exits right after',
    async (_, [answer, expected]) => {
      await using pool = new Pool({ total: 1 })
      for (const how of ['nextTick', 'microtask', 'immediate']) {
        const gone = new Promise(resolve => pool.once('workerExit', resolve))
        const work = pool.execute(answer, [how])
        expect(await endOf(work)).toEqual(expected)
        expect(work.status).toBe(expected === 'MEANT' ? 'failed' : 'done')
        // The next would begin on the same thread before it exits, if this one is quick.
        await gone
      }
    },
  )

  test('[39] a primitive result settles although the work behind it on the same thread runs long', async () => {
    for (const value of [1, -0, NaN, 'text', true, undefined, null, 12n]) {
      await using pool = new Pool({ total: 1 })
      using gate = new ScopedGate()
      const answer = (value: unknown, gate?: SharedArrayBuffer): unknown => {
        if (gate !== undefined) {
          const words = new Int32Array(gate)
          Atomics.add(words, 1, 1)
          Atomics.wait(words, 0, 0)
        }
        return value
      }
      // The function is known to be short: so the thread keeps the answer while it begins the next.
      for (let i = 0; i < 30; i++) await pool.execute(answer, [i])
      const first = pool.execute(answer, [value])
      const second = pool.execute(answer, ['second', gate.buffer])
      await Promise.resolve()
      blockUntil(() => gate.count === 1)
      expect(await first).toBe(value)
      expect([first.status, second.status]).toEqual(['done', 'running'])
      expect(pool.workers[0]?.work).toBe(second.id)
      gate.open()
      expect(await second).toBe('second')
    }
  })

  test('[39] any result is posted before a work begins that is not known to be short', async () => {
    await using pool = new Pool({ total: 1 })
    const log = new StepLog()
    const { stepObject } = steps()
    await warmUp(pool, stepObject)
    const fails = (): never => {
      throw Object.assign(new Error('meant'), { code: 'MEANT' })
    }
    for (let i = 0; i < 30; i++) await endOf(pool.execute(fails))
    // Two at a time: no more than one work that was not measured is sent ahead.
    for (const [short, expected] of [
      [() => pool.execute(stepObject, [log.buffer, 1]), { index: 1 }],
      [() => pool.execute(fails), 'MEANT'],
    ] as const) {
      using gate = new ScopedGate()
      const { step } = steps()
      const end = endOf(short())
      const long = pool.execute(step, [log.buffer, 2, gate.buffer])
      expect(await end).toEqual(expected)
      await gate.entered()
      expect(long.status).toBe('running')
      gate.open()
      expect(await long).toBe(2)
    }
    expect(log.begun).toEqual([1, 2, 2])
  })

  test('[39] any result is posted before a work begins that travelled with it and is not short', async () => {
    await using pool = new Pool({ total: 1 })
    const spin = (ms: number, gate?: SharedArrayBuffer): void => {
      for (const end = performance.now() + ms; performance.now() < end; );
      if (gate === undefined) return
      const words = new Int32Array(gate)
      Atomics.add(words, 1, 1)
      Atomics.wait(words, 0, 0)
    }
    const short = (): object => ({ is: 'posted' })
    // Whether two works travel in one message is a matter of moments, so they get several chances.
    for (let round = 0; round < 10; round++) {
      using first = new ScopedGate()
      using second = new ScopedGate()
      // Too long for its answer to be held back, and short enough for others to be sent ahead with it.
      for (let i = 0; i < 20; i++) await pool.execute(spin, [0.6])
      for (let i = 0; i < 20; i++) await pool.execute(short)
      const running = pool.execute(spin, [0, first.buffer])
      await first.entered()
      const ahead = pool.execute(short)
      const behind = pool.execute(spin, [0, second.buffer])
      await nextTurn()
      first.open()
      expect(await ahead).toEqual({ is: 'posted' })
      await second.entered()
      expect(behind.status).toBe('running')
      second.open()
      await Promise.all([running, behind])
    }
  })

  test('[39] any result is posted before a promise is awaited, known to come soon or not', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { stepObject, asyncStep } = steps()
    await warmUp(pool, stepObject)
    await warmUp(pool, asyncStep)
    const short = pool.execute(stepObject, [log.buffer, 1])
    const long = pool.execute(asyncStep, [log.buffer, 2, gate.buffer])
    expect(await short).toEqual({ index: 1 })
    await gate.entered()
    expect(long.status).toBe('running')
    gate.open()
    expect(await long).toBe(2)
  })

  test('[39] any result is posted before all places of a thread wait', async () => {
    await using pool = new Pool({ total: 1, concurrency: 2 })
    using gate = new ScopedGate()
    const log = new StepLog()
    const { stepObject, asyncStep } = steps()
    await warmUp(pool, stepObject)
    await warmUp(pool, asyncStep)
    const short = pool.execute(stepObject, [log.buffer, 1])
    const long = [2, 3].map(i => pool.execute(asyncStep, [log.buffer, i, gate.buffer]))
    expect(await short).toEqual({ index: 1 })
    await gate.entered(2)
    gate.open()
    expect(await Promise.all(long)).toEqual([2, 3])
  })

  test('[39] what a function returned is what it was then, although its answer waits and the function changes it', async () => {
    await using pool = new Pool({ total: 1 })
    const counter = (): { count: number; list: number[] } => {
      const kept = globalThis as unknown as { state?: { count: number; list: number[] } }
      kept.state ??= { count: 0, list: [] }
      kept.state.count++
      kept.state.list.push(kept.state.count)
      if (kept.state.list.length > 2) kept.state.list.shift()
      return kept.state
    }
    for (let i = 0; i < 50; i++) await pool.execute(counter)
    const results = await Promise.all(range(51, 150).map(() => pool.execute(counter)))
    expect(results).toEqual(range(51, 150).map(count => ({ count, list: [count - 1, count] })))
  })
})
