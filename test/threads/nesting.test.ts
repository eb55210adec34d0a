/** Values that are nested more deeply than a stack has room for. The thread's stack is four times as large as ours. */

import { Pool, UncloneableValueError, type WorkContext } from 'threadcrew'
import { expect, test } from 'vitest'
import { errorOf } from '../support/rejection.js'
import { sharePool } from '../support/share-pool.js'

let pool: Pool
sharePool({ total: 1 }, shared => (pool = shared))

/** From what one thread can clone and another cannot read, to what none can clone. */
const LEVELS = [2500, 5000, 10_000, 100_000]

function threadOf(pool: Pool): Promise<number> {
  return pool.execute(function () {
    return this.threadId
  })
}

/** Runs in the thread, too. */
function nest(kind: string, levels: number): unknown {
  const prototype: object = { of: 'a class' }
  let value: unknown = 1
  // Stacks would take most of the time.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  for (let level = 0; level < levels; level++) {
    if (kind === 'objects') value = { value }
    else if (kind === 'arrays') value = [value]
    else if (kind === 'maps') value = new Map([[1, value]])
    else if (kind === 'errors') value = new Error('level', { cause: value })
    else value = Object.assign(Object.create(prototype) as object, { value })
  }
  Error.stackTraceLimit = stackTraceLimit
  return value
}

async function expectTooDeep(work: Promise<unknown>, path: string): Promise<void> {
  const error = await errorOf(work)
  expect(error).toBeInstanceOf(UncloneableValueError)
  expect(error).toMatchObject({ path, message: expect.stringContaining('nested too deeply') })
}

test.each(['objects', 'arrays', 'maps', 'errors', 'instances'])(
  '[31] %s nested too deeply are refused as arguments and as results, and the thread lives',
  async kind => {
    const thread = await threadOf(pool)
    for (const levels of LEVELS.filter(levels => levels >= 5000)) {
      await expectTooDeep(
        pool.execute((..._: unknown[]) => 1, [1, nest(kind, levels)]),
        'args[1]',
      )
    }
    const refused: number[] = []
    for (const levels of LEVELS) {
      const result = pool.execute(nest, [kind, levels])
      // Some kinds need less of the stack than others, so what is less deep may arrive.
      if (
        await result.then(
          () => true,
          () => false,
        )
      )
        continue
      refused.push(levels)
      await expectTooDeep(result, 'result')
    }
    expect(refused).toEqual(LEVELS.slice(-refused.length))
    expect(refused.length).toBeGreaterThan(0)
    expect(await threadOf(pool)).toBe(thread)
  },
)

test('[31] a result that cannot be read harms no answer sent before or after it', async () => {
  const thread = await threadOf(pool)
  const mixed = (index: number): unknown => {
    let value: unknown = index
    if (index % 5 === 3) for (let level = 0; level < 6000; level++) value = { value }
    return index % 5 === 4 ? { index, list: Array.from({ length: 100 }, () => index) } : value
  }
  const works = Array.from({ length: 50 }, (_, index) => pool.execute(mixed, [index]))
  for (const [index, outcome] of (await Promise.allSettled(works)).entries()) {
    if (index % 5 === 3) expect(outcome).toMatchObject({ status: 'rejected', reason: { path: 'result' } })
    else if (index % 5 === 4) expect(outcome).toMatchObject({ status: 'fulfilled', value: { index } })
    else expect(outcome).toEqual({ status: 'fulfilled', value: index })
  }
  expect(await threadOf(pool)).toBe(thread)
})

test('[31] an error with causes, or with a property, that are nested too deeply arrives without the rest of them', async () => {
  const thread = await threadOf(pool)
  for (const levels of LEVELS) {
    const fail = (levels: number): never => {
      let cause: unknown = 1
      let extra: unknown = 1
      Error.stackTraceLimit = 0
      for (let level = 0; level < levels; level++) {
        cause = new RangeError('level', { cause })
        extra = { extra }
      }
      Error.stackTraceLimit = 10
      throw Object.assign(new TypeError('deep', { cause }), { code: 'E', extra })
    }
    const error = await errorOf(pool.execute(fail, [levels]))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ message: 'deep', code: 'E', extra: { extra: '[left out: nested too deeply]' } })
    expect(error.cause).toBeInstanceOf(RangeError)
  }
  expect(await threadOf(pool)).toBe(thread)
})

test('[31] progress nested more deeply than a thread can clone is refused in the thread', async () => {
  const report = function (this: WorkContext): void {
    let value: unknown = 1
    for (let level = 0; level < 1e5; level++) value = { value }
    this.progress(value)
  }
  await expectTooDeep(pool.execute(report, [], { onProgress: () => {} }), 'progress')
})

test('[31] arguments that the thread cannot read fail their own work, and none that travels with it', async () => {
  await using pool = new Pool({ total: 1, thread: { resourceLimits: { stackSizeMb: 1 } } })
  const thread = await threadOf(pool)
  // Just what this thread can clone: more levels than the smaller stack of the other one has room for.
  const { port1, port2 } = new MessageChannel()
  const canBeCloned = (levels: number): boolean => {
    try {
      port1.postMessage(nest('objects', levels))
      return true
    } catch {
      return false
    }
  }
  let levels = 4000
  while (!canBeCloned(levels + 100)) levels -= 50
  port1.close()
  port2.close()
  const deep = nest('objects', levels)
  const works = Array.from({ length: 20 }, (_, index) =>
    pool.execute((index: number, _: unknown) => index, [index, index % 7 === 3 ? deep : { index }]),
  )
  for (const [index, outcome] of (await Promise.allSettled(works)).entries()) {
    if (index % 7 !== 3) expect(outcome).toEqual({ status: 'fulfilled', value: index })
    else
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_VALUE_NOT_CLONEABLE', message: expect.stringContaining('nested too deeply') },
      })
  }
  expect(await threadOf(pool)).toBe(thread)
})
