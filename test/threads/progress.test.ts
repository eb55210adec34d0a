/** What a running work says of itself: `progress()` in the thread, `onProgress` where it was submitted. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { Pool, UncloneableValueError } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { heardByProcess } from '../support/process-events.js'
import { errorOf } from '../support/rejection.js'
import { runInChild } from '../support/run-in-child.js'
import { ScopedGate } from '../support/scoped-gate.js'
import { sharePool } from '../support/share-pool.js'
import { blockUntil } from '../support/steps.js'

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

/** Says the numbers below `count` and returns it. */
function count(this: { progress(value: unknown): void }, to: number): number {
  for (let n = 0; n < to; n++) this.progress(n)
  return to
}

describe('parentPort.postMessage() in a task', () => {
  test('is lost, of which the process is warned once: the warning names progress()', async () => {
    const { code, stdout, stderr } = await runInChild(`
      import { Pool } from 'threadcrew'
      process.on('warning', ({ name, message }) => console.log(name + ': ' + message))
      const post = async () => {
        const { parentPort } = await import('node:worker_threads')
        parentPort.postMessage('half')
        parentPort.postMessage('more')
      }
      for (const setup of [undefined, post]) {
        const pool = new Pool({ total: 2, setup })
        await Promise.all([1, 2, 3, 4].map(() => pool.execute(post)))
        await pool.stop()
      }
    `)
    expect({ code, lines: stdout.trim().split('\n') }).toEqual({
      code: 0,
      lines: [
        'ThreadcrewWarning: a thread called parentPort.postMessage(), and nothing receives that: a task sends values with ' +
          'progress(), and the option onProgress of its work receives them',
      ],
    })
    expect(stderr.match(/ThreadcrewWarning/g)).toHaveLength(1)
  })
})

describe('progress', () => {
  test('arrives in order and before the result, while the work runs', async () => {
    const told: unknown[] = []
    const work = pool.execute(count, [1000], {
      onProgress: value => {
        expect(work.status).toBe('running')
        told.push(value)
      },
    })
    void work.then(result => told.push(`result ${result}`))
    await work
    expect(told).toEqual([...Array.from({ length: 1000 }, (_, n) => n), 'result 1000'])
  })

  test('arrives as soon as it is said, not with the result', async () => {
    using gate = new ScopedGate()
    const heard = new Promise(resolve => {
      void pool
        .execute(
          function (buffer: SharedArrayBuffer) {
            this.progress({ half: true })
            const words = new Int32Array(buffer)
            Atomics.wait(words, 0, 0)
          },
          [gate.buffer],
          { onProgress: resolve },
        )
        .catch(() => {})
    })
    expect(await heard).toEqual({ half: true })
  })

  test('is told to its own work only, and to each that is on the thread at the same time', async () => {
    const told: unknown[][] = [[], [], []]
    const works = told.map((list, i) =>
      pool.execute(count, [i + 1], i === 1 ? {} : { onProgress: value => list.push(value) }),
    )
    await Promise.all(works)
    expect(told).toEqual([[0], [], [0, 1, 2]])
  })

  test('comes from module tasks and arrow functions by context(), and from promises', async () => {
    const told: unknown[] = []
    const work = pool.execute(
      async () => {
        const { context } = await import('threadcrew/thread')
        context().progress('one')
        await null
        context().progress('two')
      },
      [],
      { onProgress: value => told.push(value) },
    )
    await work
    expect(told).toEqual(['one', 'two'])
  })

  test('does nothing where nobody listens, and after the work has ended', async () => {
    const told: unknown[] = []
    await pool.execute(count, [3])
    await pool.execute(
      function () {
        // Left behind: it speaks when the next work of this slot runs.
        const late = this
        Reflect.set(globalThis, 'late', () => late.progress('late'))
      },
      [],
      { onProgress: value => told.push(value) },
    )
    await pool.execute(() => Reflect.get(globalThis, 'late')(), [], { onProgress: value => told.push(value) })
    expect(told).toEqual([])
  })

  test('of a work that was discarded is dropped', async () => {
    using gate = new ScopedGate()
    const told: unknown[] = []
    const work = pool.execute(
      function (buffer: SharedArrayBuffer) {
        const words = new Int32Array(buffer)
        Atomics.add(words, 1, 1)
        Atomics.wait(words, 0, 0)
        this.progress('too late')
      },
      [gate.buffer],
      { onProgress: value => told.push(value) },
    )
    await gate.entered()
    await pool.discard(work)
    gate.open()
    await pool.execute(() => {})
    expect(told).toEqual([])
  })

  test('said before a small result is heard before it, also where the result is read from shared memory', async () => {
    await using pool = new Pool({ total: 1 })
    using gate = new ScopedGate()
    const say = function (this: { progress(value: unknown): void }, buffer?: SharedArrayBuffer): number {
      if (buffer !== undefined) {
        const words = new Int32Array(buffer)
        Atomics.add(words, 1, 1)
        Atomics.wait(words, 0, 0)
      }
      this.progress('said')
      return 1
    }
    // Known to be short: the thread keeps the answer while it begins the next.
    for (let i = 0; i < 30; i++) await pool.execute(say)
    const told: unknown[] = []
    const first = pool.execute(say, [], { onProgress: value => told.push(value) })
    const second = pool.execute(say, [gate.buffer])
    void first.then(() => told.push('result'))
    await Promise.resolve()
    blockUntil(() => gate.count === 1)
    await first
    expect(told).toEqual(['said', 'result'])
    gate.open()
    await second
  })

  test('that cannot be cloned throws in the task, where it can be caught', async () => {
    const told: unknown[] = []
    const outcome = await pool.execute(
      function () {
        try {
          this.progress({ deep: [() => {}] })
          return 'no error'
        } catch (error) {
          this.progress('afterwards')
          return (error as { path?: unknown }).path
        }
      },
      [],
      { onProgress: value => told.push(value) },
    )
    expect(outcome).toBe('progress.deep[0]')
    expect(told).toEqual(['afterwards'])
    const uncaught = pool.execute(
      function () {
        this.progress(Symbol('no'))
      },
      [],
      { onProgress: () => {} },
    )
    expect(await errorOf(uncaught)).toBeInstanceOf(UncloneableValueError)
  })

  test('may move its buffers', async () => {
    const told: ArrayBuffer[] = []
    const left = await pool.execute(
      function () {
        const buffer = new ArrayBuffer(10)
        this.progress(this.transfer(buffer, [buffer]))
        return buffer.byteLength
      },
      [],
      { onProgress: value => told.push(value as ArrayBuffer) },
    )
    expect(left).toBe(0)
    expect(told[0]?.byteLength).toBe(10)
  })
})

describe('a listener of progress', () => {
  test('[53] runs in the context of execute()', async () => {
    const request = new AsyncLocalStorage<string>()
    const stores: unknown[] = []
    const works = ['one', 'two'].map(name =>
      request.run(name, () => pool.execute(count, [2], { onProgress: () => stores.push(request.getStore()) })),
    )
    await Promise.all(works)
    expect(stores).toEqual(['one', 'one', 'two', 'two'])
  })

  test('that throws disturbs nobody: its error is an uncaught exception of its own', async () => {
    const heard = await heardByProcess('uncaughtException', async () => {
      const work = pool.execute(count, [2], {
        onProgress: value => {
          throw new Error(`listener ${String(value)}`)
        },
      })
      expect(await work).toBe(2)
    })
    expect(heard.map(String)).toEqual(['Error: listener 0', 'Error: listener 1'])
  })

  test('may end the work it hears of', async () => {
    await using pool = new Pool({ total: 1 })
    const told: unknown[] = []
    const work = pool.execute(
      function () {
        for (let n = 0; ; n++) this.progress(n)
      },
      [],
      {
        onProgress: value => {
          told.push(value)
          if (value === 5) void work.stop()
        },
      },
    )
    expect(await errorOf(work)).toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    expect(told).toEqual([0, 1, 2, 3, 4, 5])
  })
})
