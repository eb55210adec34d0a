import { Pool, PoolStoppedError, task, type Work, WorkBufferFullError, WorkerLostError } from 'threadcrew'
import { describe, expect, test } from 'vitest'
import { Gate, until } from '../support/gate.js'
import { heardByProcess } from '../support/process-events.js'
import { errorOf } from '../support/rejection.js'
import { runInChild } from '../support/run-in-child.js'
import type { loop, stand, standAsync } from '../support/tasks/gates.js'

const GATES = new URL('../support/tasks/gates.js', import.meta.url)
const standing = task<typeof stand<string>>(GATES, 'stand')
const standingAsync = task<typeof standAsync<string>>(GATES, 'standAsync')
const looping = task<typeof loop>(GATES, 'loop')

/** Ends a scenario: nobody may have looked at the works before. */
async function ended(...works: Work<unknown>[]): Promise<void> {
  await until(() => works.every(work => ['done', 'failed', 'discarded'].includes(work.status)))
}

/** What the process hears of as rejections that nobody handles, while the scenario runs. */
function unhandled(scenario: () => Promise<void>): Promise<unknown[]> {
  return heardByProcess('unhandledRejection', scenario)
}

describe('a failure that nobody observes', () => {
  test('[33] is exactly one unhandledRejection, with the error', async () => {
    await using pool = new Pool({ total: 1 })
    const errors: unknown[] = []
    pool.on('error', error => errors.push(error))
    const heard = await unhandled(async () => {
      await ended(
        pool.execute(() => {
          throw new RangeError('nobody looks')
        }),
      )
    })
    expect(heard).toEqual([new RangeError('nobody looks')])
    expect(errors).toEqual([])
  })

  test('[33] without any handler the process ends with the error printed once', async () => {
    const { code, stderr } = await runInChild(`
      import { Pool } from 'threadcrew'
      const pool = new Pool({ total: 1 })
      pool.execute(() => { throw new RangeError('nobody looks') })
    `)
    expect(code).toBe(1)
    expect(stderr.match(/RangeError: nobody looks/g)).toHaveLength(1)
  })

  test('[33] each of several failures is one', async () => {
    await using pool = new Pool({ total: 2 })
    const heard = await unhandled(async () => {
      await ended(...[1, 2, 3].map(n => pool.execute((n: number) => Promise.reject(new Error(`failure ${n}`)), [n])))
    })
    expect(heard.map(error => (error as Error).message).sort()).toEqual(['failure 1', 'failure 2', 'failure 3'])
  })

  test('[33] that is observed is none: by await, by catch, by Promise.all', async () => {
    await using pool = new Pool({ total: 1 })
    const fail = (n: number): Promise<never> => Promise.reject(new Error(`observed ${n}`))
    const heard = await unhandled(async () => {
      await errorOf(pool.execute(fail, [1]))
      await pool.execute(fail, [2]).catch(() => {})
      await Promise.allSettled([pool.execute(fail, [3]), pool.execute(fail, [4])])
    })
    expect(heard).toEqual([])
  })

  test('[33] with a failed listener there is none, also where the listener came after the work', async () => {
    await using pool = new Pool({ total: 1 })
    const failed: [string, unknown][] = []
    const gate = new Gate()
    const heard = await unhandled(async () => {
      const busy = pool.execute(standing, [gate.buffer, 'passed'])
      const work = pool.execute(() => Promise.reject(new Error('listened to')))
      pool.on('failed', (work, error) => failed.push([work.id, error]))
      gate.open()
      await ended(busy, work)
      expect(failed).toEqual([[work.id, new Error('listened to')]])
    })
    expect(heard).toEqual([])
  })

  test('[33] a listener that was taken off, or has heard its one failure, hears no more', async () => {
    await using pool = new Pool({ total: 1 })
    const fail = (n: number): Promise<never> => Promise.reject(new Error(`failure ${n}`))
    const listener = (): void => {}
    pool.on('failed', listener)
    pool.off('failed', listener)
    expect(await unhandled(() => ended(pool.execute(fail, [1])))).toEqual([new Error('failure 1')])
    pool.once('failed', listener)
    expect(await unhandled(() => ended(pool.execute(fail, [2])))).toEqual([])
    expect(await unhandled(() => ended(pool.execute(fail, [3])))).toEqual([new Error('failure 3')])
  })

  test('[33] listeners of other events do not count', async () => {
    await using pool = new Pool({ total: 1 })
    pool.on('error', () => {})
    pool.on('done', () => {})
    pool.on('discarded', () => {})
    expect(await unhandled(() => ended(pool.execute(() => Promise.reject(new Error('still')))))).toHaveLength(1)
  })

  test('[33] a work refused at the door is one, and its accepted none', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 0, whenFull: 'reject' })
    await pool.ready
    const gate = new Gate()
    const busy = pool.execute(standing, [gate.buffer, 'busy'])
    await gate.entered()
    const heard = await unhandled(async () => {
      const refused = pool.execute(() => 1)
      void refused.accepted
      await ended(refused)
    })
    expect(heard).toEqual([expect.any(WorkBufferFullError)])
    gate.open()
    await busy
  })

  test('[33] a work that nothing was done for is one: stopped pool, unshippable function, uncloneable value', async () => {
    const pool = new Pool({ total: 1 })
    const heard = await unhandled(async () => {
      await ended(
        pool.execute(Math.max as () => number),
        pool.execute((_: unknown) => 1, [() => {}]),
        pool.execute(() => () => {}),
      )
      await pool.stop()
      await ended(pool.execute(() => 1))
    })
    expect(heard.map(error => (error as { code?: unknown }).code)).toEqual([
      'ERR_FUNCTION_NOT_SHIPPABLE',
      'ERR_VALUE_NOT_CLONEABLE',
      'ERR_VALUE_NOT_CLONEABLE',
      'ERR_POOL_STOPPED',
    ])
    expect(heard.at(-1)).toBeInstanceOf(PoolStoppedError)
  })

  test('[33] a time limit that passes is one', async () => {
    await using pool = new Pool({ total: 1 })
    const gate = new Gate()
    const heard = await unhandled(async () => {
      const running = pool.execute(looping, [gate.buffer], { timeout: 20 })
      const queued = pool.execute(() => 1, [], { queueTimeout: 1 })
      await ended(running, queued)
    })
    expect(heard.map(error => (error as { phase?: unknown }).phase).sort()).toEqual(['queue', 'run'])
  })

  test('[33] a lost thread is one for the work that ran on it, and no error event', async () => {
    await using pool = new Pool({ total: 1 })
    const errors: unknown[] = []
    pool.on('error', error => errors.push(error))
    const heard = await unhandled(async () => {
      await ended(pool.execute(() => process.exit(3)))
      await ended(
        pool.execute(() => {
          setImmediate(() => {
            throw new Error('crash')
          })
          return new Promise<never>(() => {})
        }),
      )
    })
    expect(heard).toEqual([expect.any(WorkerLostError), expect.any(WorkerLostError)])
    expect(errors).toEqual([])
  })

  test('[33] threads that do not start are one for each queued work, and ready is silent', async () => {
    await using pool = new Pool({
      total: 1,
      setup: () => {
        throw new Error('no start')
      },
    })
    const errors: unknown[] = []
    pool.on('error', error => errors.push(error))
    const heard = await unhandled(() =>
      ended(
        pool.execute(() => 1),
        pool.execute(() => 2),
      ),
    )
    expect(heard.map(error => (error as { code?: unknown }).code)).toEqual(['ERR_WORKER_START', 'ERR_WORKER_START'])
    expect(errors).toEqual([])
  })

  test('[33] threads that do not start without any work are one error event, and no unhandledRejection', async () => {
    const pool = new Pool({
      total: 1,
      setup: () => {
        throw new Error('no start')
      },
    })
    const errors: unknown[] = []
    const heard = await unhandled(async () => {
      await new Promise<void>(resolve => pool.on('error', error => resolve(void errors.push(error))))
      await pool.stop()
    })
    expect(heard).toEqual([])
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_WORKER_START', attempts: 3 })])
  })

  test('[33] inside map() it is thrown to whoever iterates, and nothing else', async () => {
    await using pool = new Pool({ total: 2 })
    const heard = await unhandled(async () => {
      const results = pool.map([1, 2, 3, 4, 5, 6], (n: number) =>
        n > 1 ? Promise.reject(new Error(`input ${n}`)) : Promise.resolve(n),
      )
      expect(await results.next()).toEqual({ done: false, value: 1 })
      expect(await errorOf(results.next())).toMatchObject({ message: 'input 2' })
      await pool.settled()
    })
    expect(heard).toEqual([])
  })
})

describe('a discard that nobody observes', () => {
  test('[33] is silent, whoever asked for it and however far the work had come', async () => {
    await using pool = new Pool({ total: 1, workBuffer: 4 })
    await pool.ready
    const controller = new AbortController()
    const gate = new Gate()
    const heard = await unhandled(async () => {
      const running = pool.execute(standingAsync, [gate.buffer, 'running'])
      await gate.entered()
      const queued = pool.execute(() => 1)
      const signalled = pool.execute(() => 2, [], { signal: controller.signal })
      const handled = pool.execute(() => 3)
      const last = pool.execute(() => 4)
      const waiting = pool.execute(() => 5)
      void waiting.accepted
      const beforehand = pool.execute(() => 6, [], { signal: AbortSignal.abort() })
      expect(waiting.status).toBe('waiting')
      void pool.discard(waiting)
      void pool.discard(queued.id)
      void handled.stop()
      void pool.discard(last, true)
      void pool.discard(running)
      controller.abort()
      await ended(running, queued, signalled, handled, last, waiting, beforehand)
      for (const work of [running, queued, signalled, handled, last, waiting, beforehand])
        expect(work.status).toBe('discarded')
      gate.open()
    })
    expect(heard).toEqual([])
  })

  test('[33] is silent where a thread is ended for it: hot discard, signal, work.stop(), hot scale, hot stop', async () => {
    const pool = new Pool({ total: 1 })
    const heard = await unhandled(async () => {
      const controller = new AbortController()
      const ways: ((work: Work<never>) => unknown)[] = [
        work => pool.discard(work, true),
        () => controller.abort(),
        work => work.stop(),
        () => pool.scale(-1, true).then(() => pool.scale(1)),
        () => pool.workers[0]?.stop(true).then(() => pool.scale(1)),
        () => pool.stop(true),
      ]
      for (const [i, way] of ways.entries()) {
        const gate = new Gate()
        const work = pool.execute(looping, [gate.buffer], i === 1 ? { signal: controller.signal } : {})
        await gate.entered()
        await way(work)
        expect(work.status).toBe('discarded')
      }
    })
    expect(heard).toEqual([])
    await pool.stop()
  })

  test('[33] stays silent when the function fails after it, and tells no failed listener', async () => {
    await using pool = new Pool({ total: 1 })
    const failed: unknown[] = []
    const errors: unknown[] = []
    pool.on('failed', work => failed.push(work))
    pool.on('error', error => errors.push(error))
    const gate = new Gate()
    const heard = await unhandled(async () => {
      const work = pool.execute(
        async (buffer: SharedArrayBuffer) => {
          const words = new Int32Array(buffer)
          Atomics.add(words, 1, 1)
          while (Atomics.load(words, 0) === 0) await new Promise(resolve => setTimeout(resolve, 1))
          throw new Error('after the discard')
        },
        [gate.buffer],
      )
      await gate.entered()
      await pool.discard(work)
      gate.open()
      expect(await pool.execute(() => 'next')).toBe('next')
      expect(work.status).toBe('discarded')
    })
    expect(heard).toEqual([])
    expect(failed).toEqual([])
    expect(errors).toEqual([])
  })

  test("[33] a promise derived from a work is its maker's own: one unhandledRejection, discarded or failed", async () => {
    await using pool = new Pool({ total: 1 })
    pool.on('failed', () => {})
    const gate = new Gate()
    const heard = await unhandled(async () => {
      const busy = pool.execute(standing, [gate.buffer, 'busy'])
      const discarded = pool.execute(() => 1)
      void discarded.then(() => {})
      const failing = pool.execute(() => Promise.reject(new Error('derived')))
      void failing.finally(() => {})
      void pool.discard(discarded)
      gate.open()
      await ended(busy, discarded, failing)
    })
    expect(heard).toEqual([expect.objectContaining({ code: 'ERR_WORK_DISCARDED' }), new Error('derived')])
  })
})

describe('an error that no work owns', () => {
  test('[32] a rejection left loose by a work leaves its result as it was, is an error event, and the pool recovers', async () => {
    await using pool = new Pool({ total: 1 })
    const before = await pool.execute(function () {
      return this.threadId
    })
    const reported = new Promise<unknown>(resolve => pool.once('error', resolve))
    const heard = await unhandled(async () => {
      const work = pool.execute(() => {
        void Promise.reject(new RangeError('loose'))
        return { stands: true }
      })
      expect(await work).toEqual({ stands: true })
      expect(work.status).toBe('done')
      const error = await reported
      expect(error).toBeInstanceOf(RangeError)
      expect(error).toMatchObject({ message: 'loose' })
    })
    expect(heard).toEqual([])
    const after = await pool.execute(function () {
      return this.threadId
    })
    expect(after).not.toBe(before)
    expect(pool.workers).toHaveLength(1)
  })

  test('[32] all answers of the works around it arrive, and nothing runs twice', async () => {
    await using pool = new Pool({ total: 1 })
    pool.on('error', () => {})
    const runs = new Int32Array(new SharedArrayBuffer(4 * 200))
    const works = Array.from({ length: 200 }, (_, i) =>
      pool.execute(
        (n: number, runs: Int32Array): unknown => {
          Atomics.add(runs, n, 1)
          if (n === 20) void Promise.reject(new Error('loose among many'))
          return n % 2 === 0 ? n : { n }
        },
        [i, runs],
      ),
    )
    expect(await Promise.all(works)).toEqual(works.map((_, i) => (i % 2 === 0 ? i : { n: i })))
    expect([...runs].every(count => count === 1)).toBe(true)
  })

  test('[32] a rejection that comes when the thread is idle is an error event, and the size is restored', async () => {
    await using pool = new Pool({ total: 1 })
    const errors: unknown[] = []
    pool.on('error', error => errors.push(error))
    const exits: unknown[][] = []
    pool.on('workerExit', (_worker, ...facts) => exits.push(facts))
    const gate = new Gate()
    await pool.execute(
      (buffer: SharedArrayBuffer) => {
        const words = new Int32Array(buffer)
        const timer = setInterval(() => {
          if (Atomics.load(words, 0) === 0) return
          clearInterval(timer)
          void Promise.reject(new Error('late'))
        }, 1)
      },
      [gate.buffer],
    )
    const [worker] = pool.workers
    gate.open()
    await until(() => exits.length === 1 && pool.workers[0]?.status === 'available')
    expect(exits).toEqual([[1, new Error('late')]])
    expect(errors).toEqual([new Error('late')])
    expect(worker?.status).toBe('stopped')
    expect(await pool.execute(() => 'recovered')).toBe('recovered')
  })

  test('[32] a work that runs on the dying thread gets it as cause, and it is not reported a second time', async () => {
    await using pool = new Pool({ total: 1 })
    const errors: unknown[] = []
    pool.on('error', error => errors.push(error))
    const gate = new Gate()
    await pool.execute(
      (buffer: SharedArrayBuffer) => {
        const words = new Int32Array(buffer)
        const timer = setInterval(() => {
          if (Atomics.load(words, 1) === 0) return
          clearInterval(timer)
          void Promise.reject(new TypeError('of an earlier work'))
        }, 1)
      },
      [gate.buffer],
    )
    const heard = await unhandled(async () => {
      const error = await errorOf(pool.execute(standingAsync, [gate.buffer, 'innocent']))
      expect(error).toBeInstanceOf(WorkerLostError)
      expect(error).toMatchObject({ reason: 'crash', started: true, exitCode: 1 })
      expect(error.cause).toBeInstanceOf(TypeError)
      expect(error.cause).toMatchObject({ message: 'of an earlier work' })
      expect(await pool.execute(() => 'recovered')).toBe('recovered')
    })
    expect(heard).toEqual([])
    expect(errors).toEqual([])
  })

  test('[32] where only a discarded work ran on the dying thread, nobody else would tell: it is an error event', async () => {
    await using pool = new Pool({ total: 1 })
    const reported = new Promise<unknown>(resolve => pool.once('error', resolve))
    const gate = new Gate()
    const work = pool.execute(
      async (buffer: SharedArrayBuffer) => {
        const words = new Int32Array(buffer)
        Atomics.add(words, 1, 1)
        while (Atomics.load(words, 0) === 0) await new Promise(resolve => setTimeout(resolve, 1))
        setImmediate(() => {
          throw new Error('crash of a discarded work')
        })
        await new Promise(() => {})
      },
      [gate.buffer],
    )
    await gate.entered()
    await pool.discard(work)
    gate.open()
    expect(await reported).toMatchObject({ message: 'crash of a discarded work' })
    expect(await pool.execute(() => 'recovered')).toBe('recovered')
  })

  test('[32] with no error listener it is exactly one process warning', async () => {
    await using pool = new Pool({ total: 1 })
    const rejections: unknown[] = []
    const warnings = await heardByProcess('warning', async () => {
      rejections.push(
        ...(await unhandled(async () => {
          const exited = new Promise(resolve => pool.once('workerExit', resolve))
          await pool.execute(() => {
            void Promise.reject(new Error('loose and unheard'))
          })
          await exited
        })),
      )
    })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toBeInstanceOf(Error)
    expect((warnings[0] as Error).message).toContain('loose and unheard')
    expect((warnings[0] as Error).cause).toMatchObject({ message: 'loose and unheard' })
    expect(rejections).toEqual([])
  })

  test('[32] the process goes on after it, and exits with code 0', async () => {
    const { code, stdout, stderr } = await runInChild(`
      import { Pool } from 'threadcrew'
      const pool = new Pool({ total: 1 })
      const exited = new Promise(resolve => pool.once('workerExit', resolve))
      console.log(await pool.execute(() => { void Promise.reject(new Error('loose')); return 'stands' }))
      const waiting = setInterval(() => {}, 1000) // an idle pool does not keep the process
      await exited
      clearInterval(waiting)
      console.log(await pool.execute(() => 'recovered'))
    `)
    expect(stdout).toBe('stands\nrecovered\n')
    expect(stderr.match(/Warning: .*loose/g)).toHaveLength(1)
    expect(code).toBe(0)
  })

  test('a failing teardown is an error event', async () => {
    const pool = new Pool({
      total: 1,
      teardown: () => {
        throw new RangeError('not torn down')
      },
    })
    const errors: unknown[] = []
    pool.on('error', error => errors.push(error))
    await pool.ready
    await pool.stop()
    expect(errors).toEqual([expect.objectContaining({ message: 'not torn down' })])
    expect(errors[0]).toBeInstanceOf(RangeError)
  })
})

describe('a listener that throws', () => {
  test('disturbs nobody: its error is an uncaught exception of its own, and all others are told', async () => {
    await using pool = new Pool({ total: 1 })
    const told: string[] = []
    const heard = await heardByProcess('uncaughtException', async () => {
      for (const event of ['queued', 'done', 'failed', 'discarded', 'idle'] as const) {
        pool.on(event, () => {
          throw new Error(event)
        })
        pool.on(event, () => told.push(event))
      }
      expect(await Promise.all([1, 2].map(n => pool.execute((n: number) => n, [n])))).toEqual([1, 2])
      const failing = pool.execute(() => {
        throw new RangeError('meant')
      })
      await expect(failing).rejects.toThrow(RangeError)
      await pool.discard(pool.execute(() => {}))
    })
    expect(told).toEqual([
      ...['queued', 'queued', 'done', 'done', 'idle'],
      ...['queued', 'failed', 'idle'],
      ...['queued', 'discarded', 'idle'],
    ])
    expect(heard.map(String)).toEqual(told.map(event => `Error: ${event}`))
  })
})
