/** Starts that fail, and workers that are down: how long the Watcher goes on, and who brings them back. */

import { describe, expect, test } from 'vitest'
import { restart } from 'threadcrew/groups'
import { Script, SCRIPTED } from '../support/groups/script.js'
import { Stage } from '../support/groups/stage.js'

test('a worker whose starts fail for a while is started again later and later by default, and comes up', async () => {
  using _script = new Script('a', ['fail', 'fail'])
  await using stage = new Stage([{ name: 'a', entryPoint: SCRIPTED }])
  stage.run()
  await stage.until({ at: 'online' })
  expect(stage.all({ at: 'restart' }).map(({ after }) => after)).toEqual([500, 1000])
  expect(stage.worker('a-1')).toMatchObject({ status: 'available', starts: 3, crashes: 2 })
})

/** A group of two that could not be started, beside one that keeps the pool; its next start goes as the script says. */
async function down(then: 'well' | 'fail'): Promise<{ stage: Stage; script: Script }> {
  const script = new Script('a', ['fail', 'fail', then])
  const options = { minWorkers: 2, maxStartFailures: 1, entryPoint: SCRIPTED }
  const stage = new Stage([{ name: 'a', ...options }, { name: 'b' }])
  stage.run()
  await stage.until({ at: 'groupDown' })
  await expect(stage.pool.jobs.send('a', 1)).rejects.toMatchObject({ code: 'ERR_NO_WORKERS_AVAILABLE' })
  return { stage, script }
}

test.each([
  ['restart()', (stage: Stage) => stage.pool.restart()],
  ['restartWorker()', async (stage: Stage) => expect(await stage.pool.restartWorker('a-1')).toBe(true)],
])('a worker that waits for its next start is started at once by %s', async (_, startNow) => {
  const patient = { decide: () => ({ restart: true, after: 600_000 }) as const }
  await using stage = await new Stage([{ name: 'a', restart: patient }]).start()
  stage.tell('a-1', { act: 'fail' })
  await stage.when(() => stage.worker('a-1').status === 'restarting')
  await startNow(stage)
  expect(stage.worker('a-1')).toMatchObject({ status: 'available', starts: 2 })
})

describe('a worker that is down', () => {
  test.each<[string, (stage: Stage) => unknown, number]>([
    ['restart()', stage => stage.pool.restart(), 2],
    ['restart({ hard: true })', stage => stage.pool.restart({ hard: true }), 2],
    ['restartWorker()', async stage => expect(await stage.pool.restartWorker('a-2')).toBe(true), 1],
    ['scaleGroup()', stage => expect(stage.pool.scaleGroup('a', 1)).toBe(1), 1],
  ])('is revived by %s, and does jobs', async (_, revive, count) => {
    const { stage, script } = await down('well')
    await using _stage = stage
    using _script = script
    await revive(stage)
    expect(await stage.pool.jobs.send('a', 'again')).toBe('again')
    await stage.when(() => stage.pool.stats().groups['a']?.available === count)
    expect(
      stage.pool
        .group('a')
        ?.workers.map(({ starts }) => starts)
        .sort(),
    ).toEqual(count === 2 ? [2, 2] : [1, 2])
  })

  test.each([
    ['restart()', false],
    ['restart({ hard: true })', true],
  ])('and does not start this time either is named by %s, with the reason as its cause', async (_, hard) => {
    const { stage, script } = await down('fail')
    await using _stage = stage
    using _script = script
    await expect(stage.pool.restart({ hard })).rejects.toMatchObject({
      code: 'ERR_RESTART_FAILED',
      workers: [expect.stringMatching(/^a-/)],
      message: expect.stringContaining('scripted to fail') as string,
      cause: { message: 'scripted to fail' },
    })
    expect(await stage.pool.jobs.send('a', 'by the other')).toBe('by the other')
  })

  test('because it ended as it was meant to is revived by its name, not by a restart of all', async () => {
    await using stage = await new Stage([{ name: 'a', restart: restart.never() }, { name: 'b' }]).start()
    stage.tell('a-1', { act: 'return' })
    await stage.when(() => stage.worker('a-1').status === 'down')
    await stage.pool.restart()
    await stage.pool.restart({ hard: true })
    expect(stage.worker('a-1')).toMatchObject({ status: 'down', starts: 1 })
    expect(await stage.pool.restartWorker('a-1')).toBe(true)
    expect(stage.worker('a-1')).toMatchObject({ status: 'available', starts: 2 })
  })

  test('is not revived by jobs that wait for its group: its scaling strategy grows it by workers that are idle', async () => {
    await using stage = await new Stage([{ name: 'a', restart: restart.never(), maxWorkers: 3, maxJobs: 1 }]).start()
    expect(stage.pool.scaleGroup('a', 1)).toBe(1)
    await stage.until({ at: 'online' }, 2)
    stage.tell('a-1', { act: 'return' })
    await stage.when(() => stage.worker('a-1').status === 'down')
    const flag = new SharedArrayBuffer(4)
    const jobs = Array.from({ length: 3 }, () => stage.pool.jobs.send('a', { act: 'wait', flag }))
    await stage.until({ at: 'waits' }, 2)
    expect(stage.worker('a-1').status).toBe('down')
    Atomics.store(new Int32Array(flag), 0, 1)
    expect(await Promise.all(jobs)).toEqual(['waited', 'waited', 'waited'])
    expect(stage.pool.group('a')?.workers.map(({ starts }) => starts)).toEqual([1, 1, 1])
  })
})

describe('a hard restart', () => {
  test('waits for no job and for no other worker: each successor starts as soon as its own thread is gone', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2, maxJobs: 1 }, { name: 'b' }]).start()
    const flag = new SharedArrayBuffer(4)
    const lost = stage.pool.jobs.send('a', { act: 'wait', flag }).catch((error: unknown) => error)
    const { id } = await stage.until({ at: 'waits' })
    const retried = stage.pool.jobs.send('a', { act: 'wait', flag }, { retries: 1 })
    await stage.until({ at: 'waits' }, 2)
    await stage.pool.restart({ hard: true })
    expect(await lost).toMatchObject({ code: 'ERR_WORKER_LOST', workerId: id })
    await stage.until({ at: 'waits' }, 3)
    Atomics.store(new Int32Array(flag), 0, 1)
    expect(await retried).toBe('waited')
    expect(stage.pool.workers.map(({ status, starts }) => [status, starts])).toEqual([
      ['available', 2],
      ['available', 2],
      ['available', 2],
    ])
  })

  test('does not undo the stop of a worker that came after it', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2 }]).start()
    const restarted = stage.pool.restart({ hard: true })
    await stage.worker('a-1').stop()
    await restarted
    expect(stage.pool.workers.map(({ status, starts }) => [status, starts])).toEqual([
      ['idle', 1],
      ['available', 2],
    ])
  })

  test('whose last worker does not come back rejects, as the pool does', async () => {
    using _script = new Script('a', ['well', 'fail'])
    await using stage = await new Stage([{ name: 'a', entryPoint: SCRIPTED, maxStartFailures: 1 }]).start()
    const cause = { message: 'scripted to fail' }
    await expect(stage.pool.restart({ hard: true })).rejects.toMatchObject({ code: 'ERR_RESTART_FAILED', cause })
    expect(await stage.ended).toMatchObject({ code: 'ERR_RESTART_BUDGET_EXCEEDED', cause })
  })
})

test('a pool whose last worker is stopped while its restart is due has ended', async () => {
  const decide = () => ({ restart: true, after: 60_000 }) as const
  await using stage = await new Stage([{ name: 'a', restart: { decide } }]).start()
  stage.tell('a-1', { act: 'fail' })
  await stage.until({ at: 'restart' })
  await stage.worker('a-1').stop()
  expect(await stage.ended).toBeUndefined()
})
