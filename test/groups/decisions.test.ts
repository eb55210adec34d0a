/** Strategies that decide oddly, and users who decide in the middle of something. */

import { RestartBudgetExceededError, type Restart } from 'threadcrew/groups'
import { describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { Stage } from '../support/groups/stage.js'

/** Node makes no thread with this. */
const REFUSED = { execArgv: ['--max-old-space-size=10'] }

describe('a restart strategy', () => {
  test.each([
    ['undefined', undefined],
    ['a promise', Promise.resolve({ restart: true, after: 0 })],
    ['to restart, without after', { restart: true }],
    ['to restart after no number', { restart: true, after: NaN }],
    ['not to, without a reason', { restart: false }],
  ])('that decides %s leaves the worker down, and the error says so', async (_, decision) => {
    const strategy = { decide: () => decision } as unknown as Restart
    await using stage = await new Stage([{ name: 'a', restart: strategy }]).start()
    stage.tell('a-1', { act: 'fail' })
    const error = await stage.ended
    expect(error).toBeInstanceOf(RestartBudgetExceededError)
    expect(error).toMatchObject({
      message: expect.stringContaining('its restart strategy returned no decision') as string,
      cause: { code: 'TOLD' },
    })
    expect(stage.errors).toHaveLength(1)
    expect(stage.worker('a-1')).toMatchObject({ status: 'down', starts: 1 })
  })
})

describe('a group whose threads cannot even be made', () => {
  test('is tried again as its strategy says, but not before the event loop has turned', async () => {
    let asked = 0
    // A bound, so that a loop that does not turn comes to an end as well.
    const decide: Restart['decide'] = () =>
      ++asked < 100 ? { restart: true, after: 0 } : { restart: false, reason: 'enough' }
    const group = { name: 'a', maxStartFailures: Infinity, restart: { decide }, runner: REFUSED }
    await using stage = new Stage([group])
    stage.run()
    expect(asked).toBe(1)
    await expect(stage.pool.started).rejects.toMatchObject({ code: 'ERR_WORKER_INVALID_EXEC_ARGV' })
    await until(() => asked >= 3)
    await stage.pool.stop()
    expect(await stage.ended).toBeUndefined()
    expect(stage.worker('a-1')).toMatchObject({ status: 'idle', starts: 0 })
  })

  test('leaves no timer behind where who hears of it stops the pool in the same turn', async () => {
    const group = { name: 'a', maxStartFailures: 1, runner: REFUSED }
    await using stage = new Stage([group, { name: 'b' }])
    stage.pool.on('error', () => void stage.pool.stop())
    stage.run()
    await expect(stage.pool.started).rejects.toBeInstanceOf(Error)
    await stage.ended
  })

  test('is given up, also where who hears of it adds workers', async () => {
    const group = { name: 'a', minWorkers: 2, maxWorkers: 3, maxStartFailures: 1, runner: REFUSED }
    await using stage = new Stage([group])
    stage.pool.on('error', () => stage.pool.scaleGroup('a', 1))
    stage.run()
    await expect(stage.pool.started).rejects.toMatchObject({ code: 'ERR_WORKER_INVALID_EXEC_ARGV' })
    expect(await stage.ended).toMatchObject({
      code: 'ERR_RESTART_BUDGET_EXCEEDED',
      cause: { code: 'ERR_WORKER_INVALID_EXEC_ARGV' },
    })
    expect(stage.pool.workers.map(({ status, starts }) => [status, starts])).toEqual(new Array(3).fill(['down', 0]))
    expect(stage.errors).toHaveLength(3)
  })
})

describe('scaleGroup()', () => {
  test.each(['workerExit', 'workerRestart', 'scaled'] as const)('can be called by who hears %s', async event => {
    await using stage = await new Stage([{ name: 'a', maxWorkers: 3 }]).start()
    stage.pool.once(event, () => void stage.pool.scaleGroup('a', 1))
    stage.tell('a-1', { act: 'fail' })
    await stage.until({ at: 'exit' })
    if (event === 'scaled') stage.pool.scaleGroup('a', 1)
    const size = event === 'scaled' ? 3 : 2
    await stage.until({ at: 'online' }, 1 + size)
    expect(stage.pool.group('a')?.size).toBe(size)
    expect(stage.worker('a-1')).toMatchObject({ status: 'available', starts: 2 })
    expect(stage.errors).toEqual([])
  })

  test('takes nobody away where there are too few, and adds nobody when told to take away', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2 }]).start()
    await stage.worker('a-2').stop()
    expect(stage.pool.scaleGroup('a', -1)).toBe(0)
    expect(stage.pool.workers.map(({ status }) => status)).toEqual(['available', 'idle'])
  })
})
