import { Pool, task } from 'threadcrew'
import { context } from 'threadcrew/thread'
import { describe, expect, test } from 'vitest'
import { Gate, until } from '../support/gate.js'
import { errorOf, rejectionOf } from '../support/rejection.js'
import { sharePool } from '../support/share-pool.js'
import type { contextOnTheWay, isSameContext, viaContext, viaThis } from '../support/tasks/exports.js'

const EXPORTS = new URL('../support/tasks/exports.js', import.meta.url)

/** What tasks write down for the test to read while they run, and after their result was dropped. */
class Notes {
  readonly buffer = new SharedArrayBuffer(4 * 16)
  readonly words = new Int32Array(this.buffer)

  /** Resolves when the task has written something there. */
  async written(index: number): Promise<number> {
    await until(() => Atomics.load(this.words, index) !== 0)
    return Atomics.load(this.words, index)
  }
}

let pool: Pool
sharePool({ total: 1, grace: 10_000 }, shared => (pool = shared))

describe('what a task knows of its work', () => {
  test('id, worker, thread and label are those of the submitting side', async () => {
    const [worker] = pool.workers
    const work = pool.execute(
      function () {
        return [this.id, this.workerId, this.threadId, this.label, require('node:worker_threads').threadId]
      },
      [],
      { label: 'résumé 履歴' },
    )
    expect(await work).toEqual([work.id, worker?.id, worker?.threadId, 'résumé 履歴', worker?.threadId])
    expect(work.workerId).toBe(worker?.id)
    expect(work.id).toMatch(/^[\w-]{21}$/)
  })

  test('ids, workers and labels are equal on both sides for every one of many works', async () => {
    await using pool = new Pool({ total: 2 })
    const works = Array.from({ length: 3000 }, (_, i) =>
      pool.execute(
        function (n: number) {
          return [n, this.id, this.workerId, this.label]
        },
        [i],
        i % 3 === 0 ? { label: `work ${i}` } : {},
      ),
    )
    const results = await Promise.all(works)
    expect(results).toEqual(works.map((work, i) => [i, work.id, work.workerId, i % 3 === 0 ? `work ${i}` : undefined]))
    expect(new Set(works.map(work => work.id)).size).toBe(works.length)
  })

  test('without a label there is none, and an empty one is a label', async () => {
    const label = function (this: { readonly label?: string | undefined }): unknown {
      return this.label ?? 'none'
    }
    expect(await pool.execute(label)).toBe('none')
    expect(await pool.execute(label, [], { label: '' })).toBe('')
    expect(await pool.execute(label)).toBe('none')
  })

  test('context() gives the same to arrow functions and tasks of modules', async () => {
    const [worker] = pool.workers
    const arrow = pool.execute(
      async () => {
        const { context } = await import('threadcrew/thread')
        const { id, workerId, threadId, label } = context()
        return [id, workerId, threadId, label]
      },
      [],
      { label: 'arrow' },
    )
    expect(await arrow).toEqual([arrow.id, worker?.id, worker?.threadId, 'arrow'])
    const byContext = pool.execute(task<typeof viaContext>(EXPORTS, 'viaContext'), [], { label: 'module' })
    expect(await byContext).toEqual([byContext.id, worker?.id, worker?.threadId, 'module'])
    const byThis = pool.execute(task<typeof viaThis>(EXPORTS, 'viaThis'))
    expect(await byThis).toEqual([byThis.id, worker?.id, worker?.threadId, undefined])
  })

  test('context() is the very object that is this', async () => {
    expect(await pool.execute(task<typeof isSameContext>(EXPORTS, 'isSameContext'))).toBe(true)
    const same = pool.execute(async function () {
      const { context } = await import('threadcrew/thread')
      return context() === this
    })
    expect(await same).toBe(true)
  })

  test('context() is there deep in a call, behind an await and in callbacks, for each work its own', async () => {
    const onTheWay = task<typeof contextOnTheWay>(EXPORTS, 'contextOnTheWay')
    const works = [1, 2, 3].map(() => pool.execute(onTheWay))
    for (const work of works) expect(await work).toEqual([work.id, work.id, work.id, work.id])
  })

  test('context() outside a work throws, here and in a thread that has none', async () => {
    expect(() => context()).toThrow(/outside a work/)
    const notes = new Notes()
    await pool.execute(
      async (buffer: SharedArrayBuffer) => {
        const { context } = await import('threadcrew/thread')
        const words = new Int32Array(buffer)
        const timer = setInterval(() => {
          if (Atomics.load(words, 1) === 0) return
          clearInterval(timer)
          try {
            context()
            Atomics.store(words, 0, 1)
          } catch {
            Atomics.store(words, 0, 2)
          }
        }, 1)
      },
      [notes.buffer],
    )
    Atomics.store(notes.words, 1, 1)
    expect(await notes.written(0)).toBe(2)
  })

  test('after a work that failed, context() is no longer its own', async () => {
    await rejectionOf(
      pool.execute(() => {
        throw new Error('failed')
      }),
    )
    const next = pool.execute(task<typeof viaContext>(EXPORTS, 'viaContext'))
    expect((await next)[0]).toBe(next.id)
  })
})

describe('the signal of a task', () => {
  test('is an AbortSignal like any other, the same each time, and not aborted', async () => {
    const facts = await pool.execute(function () {
      const { signal } = this
      signal.throwIfAborted()
      return [
        signal instanceof AbortSignal,
        signal instanceof EventTarget,
        Object.prototype.toString.call(signal),
        signal === this.signal,
        signal.aborted,
        signal.reason,
        signal.onabort,
      ]
    })
    expect(facts).toEqual([true, true, '[object AbortSignal]', true, false, undefined, null])
  })

  test('[28] aborted turns true inside a synchronous loop, and the same thread serves the next work', async () => {
    const notes = new Notes()
    const work = pool.execute(
      function (buffer: SharedArrayBuffer) {
        const words = new Int32Array(buffer)
        Atomics.store(words, 0, this.signal.aborted ? 2 : 1)
        while (!this.signal.aborted);
        Atomics.store(words, 1, this.threadId)
      },
      [notes.buffer],
    )
    expect(await notes.written(0)).toBe(1)
    await pool.discard(work)
    expect(work.status).toBe('discarded')
    const thread = await notes.written(1)
    expect(
      await pool.execute(function () {
        return this.threadId
      }),
    ).toBe(thread)
  })

  test('[28] reason and throwIfAborted see it as well, each on its own', async () => {
    for (const way of ['reason', 'throwIfAborted'] as const) {
      const notes = new Notes()
      const work = pool.execute(
        function (buffer: SharedArrayBuffer, way: 'reason' | 'throwIfAborted') {
          const words = new Int32Array(buffer)
          Atomics.store(words, 0, 1)
          let seen: unknown
          try {
            for (;;) {
              if (way === 'throwIfAborted') this.signal.throwIfAborted()
              else if ((seen = this.signal.reason) !== undefined) break
            }
          } catch (error) {
            seen = error
          }
          const isReason = seen === this.signal.reason && (seen as { code?: unknown }).code === 'ERR_WORK_DISCARDED'
          Atomics.store(words, 1, isReason ? 1 : 2)
        },
        [notes.buffer, way],
      )
      await notes.written(0)
      await pool.discard(work)
      expect(await notes.written(1)).toBe(1)
    }
  })

  test('[28] listeners run once, inside the read that finds the abort', async () => {
    const notes = new Notes()
    const work = pool.execute(
      async function (buffer: SharedArrayBuffer) {
        const words = new Int32Array(buffer)
        const calls: string[] = []
        let reading = false
        this.signal.addEventListener('abort', event => {
          calls.push(
            `${event.type} ${String(event.target === this.signal)} ${String(this.signal.aborted)} ${String(reading)}`,
          )
        })
        this.signal.onabort = () => calls.push('onabort')
        Atomics.store(words, 0, 1)
        for (let aborted = false; !aborted; ) {
          reading = true
          aborted = this.signal.aborted
          reading = false
        }
        const inLoop = calls.join(', ')
        // The abort's message is in the port as well: it must not call them again.
        for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
        Atomics.store(words, 1, inLoop === 'abort true true true, onabort' ? 1 : 2)
        Atomics.store(words, 2, calls.length)
      },
      [notes.buffer],
    )
    await notes.written(0)
    await pool.discard(work)
    expect(await notes.written(2)).toBe(2)
    expect(notes.words[1]).toBe(1)
  })

  test('asynchronous code hears of it without reading anything: listeners, timers, derived signals', async () => {
    const notes = new Notes()
    const work = pool.execute(
      async function (buffer: SharedArrayBuffer) {
        const { setTimeout: sleep } = await import('node:timers/promises')
        const { once } = (await import('node:events')).default
        const { signal } = this
        const derived = AbortSignal.any([signal, AbortSignal.timeout(60_000)])
        const words = new Int32Array(buffer)
        const heard = [
          new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true })),
          sleep(60_000, undefined, { signal }).catch(
            (error: Error) => error.name === 'AbortError' || Promise.reject(error),
          ),
          once(derived, 'abort'),
        ]
        Atomics.store(words, 0, 1)
        await Promise.all(heard)
        Atomics.store(words, 1, derived.aborted && derived.reason === signal.reason ? 1 : 2)
      },
      [notes.buffer],
    )
    await notes.written(0)
    await pool.discard(work)
    expect(await notes.written(1)).toBe(1)
  })

  test('a signal derived with AbortSignal.any has learned of it in the next turn of the event loop', async () => {
    const notes = new Notes()
    const work = pool.execute(
      async function (buffer: SharedArrayBuffer) {
        const words = new Int32Array(buffer)
        const derived = AbortSignal.any([this.signal])
        Atomics.store(words, 0, 1)
        // Blocked, and without a look at its signal, while the abort is asked for.
        while (Atomics.load(words, 1) === 0);
        await new Promise(resolve => setImmediate(resolve))
        await new Promise(resolve => setImmediate(resolve))
        Atomics.store(words, 2, derived.aborted ? 1 : 2)
      },
      [notes.buffer],
    )
    await notes.written(0)
    await pool.discard(work)
    Atomics.store(notes.words, 1, 1)
    expect(await notes.written(2)).toBe(1)
  })

  test('asked for after the abort has arrived, it is aborted from the beginning', async () => {
    const notes = new Notes()
    const work = pool.execute(
      async function (buffer: SharedArrayBuffer) {
        const words = new Int32Array(buffer)
        Atomics.store(words, 0, 1)
        while (Atomics.load(words, 1) === 0) await new Promise(resolve => setImmediate(resolve))
        await new Promise(resolve => setImmediate(resolve))
        const listened: unknown[] = []
        const { signal } = this
        signal.addEventListener('abort', event => listened.push(event))
        Atomics.store(words, 2, signal.aborted && listened.length === 0 ? 1 : 2)
      },
      [notes.buffer],
    )
    await notes.written(0)
    await pool.discard(work)
    Atomics.store(notes.words, 1, 1)
    expect(await notes.written(2)).toBe(1)
  })

  test('its reason says who asked: discard, a signal with its reason as cause, a time limit, stop', async () => {
    const waitForAbort = async function (
      this: { readonly signal: AbortSignal },
      buffer: SharedArrayBuffer,
      global: string,
    ): Promise<void> {
      Atomics.add(new Int32Array(buffer), 1, 1)
      await new Promise(resolve => this.signal.addEventListener('abort', resolve))
      Reflect.set(globalThis, global, this.signal.reason)
    }
    const readReason = (global: string): unknown[] => {
      const reason = Reflect.get(globalThis, global) as Error & { cause?: Error & { tag?: unknown } } & Record<
          string,
          unknown
        >
      const { cause } = reason
      return [reason.name, reason['code'], reason['phase'], cause?.constructor.name, cause?.message, cause?.tag]
    }
    const controller = new AbortController()
    const gate = new Gate()

    const discarded = pool.execute(waitForAbort, [gate.buffer, 'first'])
    await gate.entered(1)
    await pool.discard(discarded)
    const signalled = pool.execute(waitForAbort, [gate.buffer, 'second'], { signal: controller.signal })
    await gate.entered(2)
    controller.abort(Object.assign(new RangeError('enough'), { tag: 7 }))
    expect((await errorOf(signalled)).cause).toBe(controller.signal.reason)
    const limited = pool.execute(waitForAbort, [gate.buffer, 'third'], { timeout: 20 })
    await errorOf(limited)
    const stopped = pool.execute(waitForAbort, [gate.buffer, 'fourth'])
    await gate.entered(4)
    await stopped.stop()

    const reasons = ['first', 'second', 'third', 'fourth'].map(global => pool.execute(readReason, [global]))
    expect(await Promise.all(reasons)).toEqual([
      ['WorkDiscardedError', 'ERR_WORK_DISCARDED', undefined, undefined, undefined, undefined],
      ['WorkDiscardedError', 'ERR_WORK_DISCARDED', undefined, 'RangeError', 'enough', 7],
      ['WorkTimeoutError', 'ERR_WORK_TIMEOUT', 'run', undefined, undefined, undefined],
      ['WorkDiscardedError', 'ERR_WORK_DISCARDED', undefined, undefined, undefined, undefined],
    ])
  })

  test('a reason that cannot be cloned ends the work all the same, and is its cause on this side', async () => {
    for (const reason of [() => 'a function', Symbol('a symbol'), new Proxy({}, {}), { fn() {} }]) {
      const controller = new AbortController()
      const notes = new Notes()
      const work = pool.execute(
        function (buffer: SharedArrayBuffer) {
          const words = new Int32Array(buffer)
          Atomics.store(words, 0, 1)
          while (!this.signal.aborted);
          Atomics.store(words, 1, (this.signal.reason as { code?: unknown }).code === 'ERR_WORK_DISCARDED' ? 1 : 2)
        },
        [notes.buffer],
        { signal: controller.signal },
      )
      await notes.written(0)
      controller.abort(reason)
      expect((await errorOf(work)).cause).toBe(reason)
      expect(await notes.written(1)).toBe(1)
    }
    expect(await pool.execute(() => 'next')).toBe('next')
  })

  test('an abort meant for one work is never seen by another, and an old signal shows none of the next', async () => {
    for (let round = 0; round < 20; round++) {
      const notes = new Notes()
      const first = pool.execute(
        function (buffer: SharedArrayBuffer) {
          const words = new Int32Array(buffer)
          Reflect.set(globalThis, 'oldSignal', this.signal)
          Reflect.set(globalThis, 'oldContext', this)
          Atomics.store(words, 0, 1)
          while (Atomics.load(words, 1) === 0);
        },
        [notes.buffer],
      )
      await notes.written(0)
      // In every other round the first one is asked to stop, and does not care.
      if (round % 2 === 0) await pool.discard(first)
      const second = pool.execute(
        function (buffer: SharedArrayBuffer) {
          const words = new Int32Array(buffer)
          const old = Reflect.get(globalThis, 'oldSignal') as AbortSignal
          const before = [this.signal.aborted, old.aborted]
          Atomics.store(words, 2, 1)
          while (Atomics.load(words, 3) === 0);
          const after = [
            this.signal.aborted,
            old.aborted,
            (Reflect.get(globalThis, 'oldContext') as typeof this).signal === old,
          ]
          const right = [false, false, true, false, true]
          Atomics.store(words, 4, [...before, ...after].every((value, i) => value === right[i]) ? 1 : 2)
        },
        [notes.buffer],
      )
      Atomics.store(notes.words, 1, 1)
      await notes.written(2)
      await pool.discard(second)
      Atomics.store(notes.words, 3, 1)
      expect(await notes.written(4)).toBe(1)
    }
  })

  test('works that nobody ends see no abort, whoever was ended in their slot before', async () => {
    const notes = new Notes()
    const victim = pool.execute(
      function (buffer: SharedArrayBuffer) {
        const words = new Int32Array(buffer)
        Atomics.store(words, 0, 1)
        while (!this.signal.aborted);
      },
      [notes.buffer],
    )
    await notes.written(0)
    await pool.discard(victim)
    const works = Array.from({ length: 1200 }, () =>
      pool.execute(function () {
        return this.signal.aborted
      }),
    )
    expect((await Promise.all(works)).filter(aborted => aborted)).toEqual([])
  })

  test('a signal asked for by a context that outlived its work is silent', async () => {
    await pool.execute(function () {
      Reflect.set(globalThis, 'outlived', this)
    })
    const notes = new Notes()
    const work = pool.execute(
      function (buffer: SharedArrayBuffer) {
        const words = new Int32Array(buffer)
        const { signal } = Reflect.get(globalThis, 'outlived') as typeof this
        Atomics.store(words, 0, 1)
        while (!this.signal.aborted);
        Atomics.store(words, 1, signal.aborted ? 2 : 1)
      },
      [notes.buffer],
    )
    await notes.written(0)
    await pool.discard(work)
    expect(await notes.written(1)).toBe(1)
  })

  test('a function that listens is given its grace, and its thread lives', async () => {
    const notes = new Notes()
    const work = pool.execute(
      function (buffer: SharedArrayBuffer) {
        const words = new Int32Array(buffer)
        Atomics.store(words, 0, this.threadId)
        while (!this.signal.aborted);
      },
      [notes.buffer],
    )
    const thread = await notes.written(0)
    expect(await work.stop()).toBe('discarded')
    expect(
      await pool.execute(function () {
        return this.threadId
      }),
    ).toBe(thread)
  })

  test('a function that ends by throwing the reason leaves the work discarded, not failed', async () => {
    await using pool = new Pool({ total: 1, grace: 10_000 })
    const failed: unknown[] = []
    pool.on('failed', work => failed.push(work))
    const gate = new Gate()
    const work = pool.execute(
      async function (buffer: SharedArrayBuffer) {
        Atomics.add(new Int32Array(buffer), 1, 1)
        for (;;) {
          await new Promise(resolve => setImmediate(resolve))
          this.signal.throwIfAborted()
        }
      },
      [gate.buffer],
    )
    await gate.entered()
    expect(await work.stop()).toBe('discarded')
    expect(await errorOf(work)).toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    expect(failed).toEqual([])
  })
})
