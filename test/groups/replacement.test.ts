/** A worker and its successor: what befalls one of them while the other is there, and where both find room. */

import { FatalWorkerError, recycle, type RecycleFacts, restart, scaling } from 'threadcrew/groups'
import { describe, expect, test } from 'vitest'
import { Script, SCRIPTED } from '../support/groups/script.js'
import { Stage } from '../support/groups/stage.js'

describe('a worker whose successor starts', () => {
  test('ends the pool when it throws a FatalWorkerError', async () => {
    using script = new Script('a', ['well', 'wait'])
    await using stage = await new Stage([{ name: 'a', entryPoint: SCRIPTED }]).start()
    const replaced = stage.pool.restartWorker('a-1')
    await stage.until({ at: 'starts' }, 2)
    stage.tell('a-1', { act: 'fatal' })
    await stage.until({ at: 'exit' })
    script.goOn()
    expect(await stage.ended).toBeInstanceOf(FatalWorkerError)
    expect(await replaced).toBe(false)
  })

  test('stays down when it throws a TerminateWorkerError, and its successor ends', async () => {
    using script = new Script('a', ['well', 'wait'])
    await using stage = await new Stage([{ name: 'a', entryPoint: SCRIPTED }, { name: 'b' }]).start()
    const replaced = stage.pool.restartWorker('a-1')
    await stage.until({ at: 'starts' }, 2)
    stage.tell('a-1', { act: 'terminate' })
    await stage.until({ at: 'exit' })
    script.goOn()
    expect(await replaced).toBe(false)
    expect(stage.worker('a-1').status).toBe('down')
    await stage.until({ at: 'exit' }, 2)
    expect(stage.all({ at: 'restart' })).toEqual([])
  })

  test('ends with the pool when that throws a FatalWorkerError', async () => {
    using _script = new Script('a', ['well', 'fatal'])
    await using stage = await new Stage([{ name: 'a', entryPoint: SCRIPTED }]).start()
    expect(await stage.pool.restartWorker('a-1')).toBe(false)
    expect(await stage.ended).toBeInstanceOf(FatalWorkerError)
  })

  test('goes on when that cannot be started, and a restart of all says so', async () => {
    using _script = new Script('a', ['well', 'fail', 'well', 'fail', 'fail'])
    const delayed = restart.always({ backoff: { initial: 60_000, max: 60_000 } })
    await using stage = await new Stage([
      { name: 'a', entryPoint: SCRIPTED, restart: delayed },
      { name: 'b', minWorkers: 2 },
    ]).start()
    const { threadId } = stage.worker('a-1')
    await expect(stage.pool.restart()).rejects.toMatchObject({
      code: 'ERR_RESTART_FAILED',
      workers: ['a-1'],
      cause: { message: 'scripted to fail' },
    })
    expect(stage.worker('a-1')).toMatchObject({ status: 'available', threadId })
    // The others have been replaced all the same.
    expect(stage.pool.group('b')?.workers.map(({ starts }) => starts)).toEqual([2, 2])
    await stage.pool.restart()
    // The successor that did not start has crashed, the worker that went on has not.
    expect(stage.worker('a-1')).toMatchObject({ status: 'available', crashes: 1 })
    // After the first failure it is started again at once, after the second not for a minute.
    await expect(stage.pool.restart({ hard: true })).rejects.toMatchObject({ workers: ['a-1'] })
    expect(stage.worker('a-1').status).toBe('restarting')
    expect(stage.pool.group('b')?.workers.map(({ status }) => status)).toEqual(['available', 'available'])
  })

  test('goes on when that cannot be started; one that has had its day gets another successor, 2 s later', async () => {
    using _script = new Script('a', ['well', 'fail'])
    const quota = recycle.byQuota({ jobs: 1 })
    const reasons: string[] = []
    const decide = (facts: RecycleFacts): string | undefined => {
      const reason = quota.decide(facts)
      if (reason !== undefined) reasons.push(reason)
      return reason
    }
    const group = { name: 'a', entryPoint: SCRIPTED, recycle: { decide } }
    await using stage = await new Stage([group]).start()
    const { threadId } = stage.worker('a-1')
    expect(await stage.pool.jobs.send('a', 1)).toBe(1)
    expect(await stage.until({ at: 'exit' })).toMatchObject({ error: { message: 'scripted to fail' } })
    expect(stage.worker('a-1')).toMatchObject({ status: 'available', threadId })
    await stage.until({ at: 'online' }, 2)
    expect(stage.worker('a-1').threadId).not.toBe(threadId)
    expect(stage.all({ at: 'starts' })).toHaveLength(3)
    // It is asked for once a second; in between it was in vain.
    expect(reasons.length).toBeGreaterThanOrEqual(3)
  })
})

test('replacements of workers that still finish their jobs leave room for those that are added', async () => {
  const bounds = { minWorkers: 1, maxWorkers: 3, scaling: scaling.fixed() }
  await using stage = await new Stage([{ name: 'a', ...bounds }]).start()
  const flag = new SharedArrayBuffer(4)
  const first = stage.pool.jobs.send('a', { act: 'wait', flag })
  await stage.until({ at: 'waits' })
  expect(await stage.pool.restartWorker('a-1')).toBe(true)
  const second = stage.pool.jobs.send('a', { act: 'wait', flag })
  await stage.until({ at: 'waits' }, 2)
  const replaced = stage.pool.restartWorker('a-1')
  // When this is answered, a successor that does not wait for room has been started.
  await stage.pool.jobs.send('a', 'round trip')
  expect(stage.worker('a-1').starts).toBe(2)
  expect(stage.pool.scaleGroup('a', 2)).toBe(2)
  await stage.when(() => stage.pool.workers.every(({ status }) => status === 'available'))
  expect(stage.all({ at: 'exit' })).toEqual([])
  Atomics.store(new Int32Array(flag), 0, 1)
  expect(await Promise.all([first, second])).toEqual(['waited', 'waited'])
  expect(await replaced).toBe(true)
  expect(stage.errors).toEqual([])
})
