/** Values made to throw when the pool itself looks at them. */

import { Pool, transfer, UncloneableValueError, type Work, type WorkContext } from 'threadcrew'
import { expect, test } from 'vitest'
import { heardByProcess } from '../support/process-events.js'
import { errorOf, rejectionOf } from '../support/rejection.js'

test('[31] a list of arguments that throws when it is read fails its own work, and no other in the same batch', async () => {
  await using pool = new Pool({ total: 1 })
  await pool.ready
  const hostile = Object.defineProperty([0], 0, {
    get: () => {
      throw new Error('boo')
    },
  }) as number[]
  const { proxy, revoke } = Proxy.revocable(['mine'], {})
  const first = pool.execute((x: number) => x, hostile as [number])
  const good = pool.execute(() => 'good')
  const second = pool.execute((x: string) => x, proxy as [string])
  revoke()
  const last = pool.execute((a: number, b: number) => a + b, [2, 3])
  await expect(first).rejects.toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE', path: 'args' })
  await expect(second).rejects.toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE', path: 'args' })
  expect([await good, await last]).toEqual(['good', 5])
})

test('[31] a list of arguments without end fails its own work', async () => {
  await using pool = new Pool({ total: 1 })
  // As long as something is marked to be moved, all arguments are searched for it.
  const marked = transfer({}, [new ArrayBuffer(1)])
  const endless: unknown[] = new Proxy([], {
    get: (target, key) => (key === 'length' ? Infinity : Reflect.get(target, key)),
  })
  const works = [new Array<unknown>(2 ** 32 - 1), endless].map(args => pool.execute(() => {}, args as []))
  const good = pool.execute(() => 'good')
  const errors = works.map(rejectionOf)
  for (const error of errors) expect(await error).toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE', path: 'args' })
  expect(await good).toBe('good')
  transfer(marked, [])
})

test('[27] arguments that stop their own work as they are read discard it, at whatever moment that is', async () => {
  await using pool = new Pool({ total: 1 })
  await pool.ready
  // Read by the pool itself, as it looks for what cannot be cloned; and read by the clone, beyond what the pool looks at.
  for (const depth of [0, 100]) {
    const filler = Array.from({ length: depth }, (_, i) => i)
    let stopped: Promise<unknown> | undefined
    const args: [unknown] = [
      {
        filler,
        get x() {
          stopped ??= work.stop()
          return depth === 0 ? () => {} : 1
        },
      },
    ]
    // The thread is not idle, so the arguments are read at the end of the turn, when `work` is there.
    const before = pool.execute(() => {})
    const work = pool.execute((x: unknown) => x, args)
    const good = pool.execute((a: number, b: number) => a + b, [2, 3])
    await before
    await expect(work).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    expect(await stopped).toBe('discarded')
    expect(await good).toBe(5)
  }
  const own = Object.defineProperty([0], 0, {
    enumerable: true,
    get: () => {
      void work.stop()
      throw new Error('boo')
    },
  }) as [number]
  const before = pool.execute(() => {})
  const work: Work<number> = pool.execute((x: number) => x, own)
  await before
  await expect(work).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED' })
  expect(await pool.execute(() => 'served')).toBe('served')
})

test('[28] a signal of somebody else that throws costs its own work, and nothing hangs', async () => {
  await using pool = new Pool({ total: 1 })
  const boo = new Error('boo')
  const signal = (own: object): AbortSignal =>
    Object.assign({ aborted: false, addEventListener() {}, removeEventListener() {} }, own) as unknown as AbortSignal
  const fails = (): never => {
    throw boo
  }
  expect(() => pool.execute(() => 1, [], { signal: signal({ removeEventListener: undefined }) })).toThrow(TypeError)
  await expect(pool.execute(() => 1, [], { signal: signal({ addEventListener: fails }) })).rejects.toBe(boo)
  const uncaught = await heardByProcess('uncaughtException', async () => {
    expect(await pool.execute(() => 1, [], { signal: signal({ removeEventListener: fails }) })).toBe(1)
  })
  expect(uncaught).toEqual([boo])
  const reasonless = Object.defineProperty(signal({ aborted: true }), 'reason', { get: fails })
  await expect(pool.execute(() => 1, [], { signal: reasonless })).rejects.toMatchObject({
    code: 'ERR_WORK_DISCARDED',
    cause: boo,
  })
  expect(pool.stats()).toMatchObject({ submitted: 3, done: 1, failed: 1, discarded: 1 })
})

test('[37] a thread that dies of a value without a text is reported once, and replaced', async () => {
  await using pool = new Pool({ total: 1 })
  const warnings = await heardByProcess('warning', async () => {
    const gone = new Promise(resolve => pool.once('workerExit', resolve))
    await pool.execute(() => {
      setImmediate(() => {
        throw { toString: 1 }
      })
    })
    await gone
  })
  expect(warnings).toMatchObject([
    { name: 'ThreadcrewWarning', message: expect.stringContaining('cannot be shown as text') },
  ])
  expect(await pool.execute(() => 'served')).toBe('served')
})

test('[31] a revoked Proxy is refused with its path, wherever it is and in whichever direction it goes', async () => {
  await using pool = new Pool({ total: 1 })
  const revoked = (target: object): object => {
    const { proxy, revoke } = Proxy.revocable(target, {})
    revoke()
    return proxy
  }
  const paths: Record<string, string> = {}
  const expectRefused = async (path: string, work: Promise<unknown>): Promise<void> => {
    const error = await errorOf(work)
    expect(error).toBeInstanceOf(UncloneableValueError)
    paths[path] = String(error['path'])
  }
  for (const target of [{}, [], () => {}]) {
    await expectRefused(
      'args[1]',
      pool.execute((..._: unknown[]) => {}, [1, revoked(target)]),
    )
    await expectRefused(
      'args[0].a[0]',
      pool.execute((_: object) => {}, [{ a: [revoked(target)] }]),
    )
  }
  const leave = function (this: WorkContext, way: string): unknown {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    if (way === 'thrown') throw proxy
    if (way === 'progress') this.progress(proxy)
    if (way === 'progress.a') this.progress({ a: proxy })
    return way === 'result' ? proxy : { a: proxy }
  }
  for (const path of ['result', 'result.a', 'thrown', 'progress', 'progress.a'])
    await expectRefused(path, pool.execute(leave, [path], { onProgress: () => {} }))
  const yielding = function* (inside: boolean): Generator<unknown> {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    yield inside ? { a: proxy } : proxy
  }
  await expectRefused('yielded', pool.stream(yielding, [false]).next())
  await expectRefused('yielded.a', pool.stream(yielding, [true]).next())
  expect(paths).toEqual(Object.fromEntries(Object.keys(paths).map(path => [path, path])))
  expect(await pool.execute(() => 'alive')).toBe('alive')
})
