/** Threads that native code holds: nothing can end them, so nobody waits for them, and what they had is free. */

import { type ExitKind, pickup, type RestartFacts } from 'threadcrew/groups'
import { afterAll, describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { Script, SCRIPTED } from '../support/groups/script.js'
import { Stage } from '../support/groups/stage.js'
import { hasNativeGates, NativeGate } from '../support/native-gate.js'

type Who = { id: string }

afterAll(() => NativeGate.removeAll())

describe.runIf(hasNativeGates)('a thread that is stuck', () => {
  test('does not keep what was sent to it, from any thread, and not begun; what it had begun is lost', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', jobGroups: ['a'] },
      { name: 'a', maxWorkers: 2 },
    ]).start()
    using gate = new NativeGate()
    const begun = stage.pool.jobs.send('a', { act: 'stand', folder: gate.folder })
    await gate.entered()
    const mine = stage.pool.jobs.send<Who>('a', { act: 'who' })
    stage.tell('web-1', { act: 'send', tag: 1, group: 'a', data: { act: 'who' } })
    await until(() => stage.worker('a-1').jobs === 3)
    const stopped = stage.worker('a-1').stop(true)
    stage.pool.scaleGroup('a', 1)
    await expect(begun).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', started: true })
    expect(await mine).toMatchObject({ id: 'a-2' })
    expect(await stage.until({ tag: 1 })).toMatchObject({ at: 'answer', value: { id: 'a-2' } })
    await stopped
    expect(stage.errors).toMatchObject([{ message: expect.stringContaining('native code holds it') as string }])
    gate.open()
    await stage.until({ at: 'exit' })
  })

  test('and is to be replaced is sent no more jobs, from the first moment', async () => {
    const options = { unresponsiveAfter: 100, replaceUnresponsive: true, minWorkers: 2 }
    await using stage = await new Stage([{ name: 'a', ...options }], { pickup: pickup.roundRobin() }).start()
    using gate = new NativeGate()
    const begun = stage.pool.jobs.send('a', { act: 'stand', folder: gate.folder }).catch((error: unknown) => error)
    const { id: stuck } = await stage.until({ at: 'unresponsive' })
    const jobs = [1, 2, 3, 4].map(() => stage.pool.jobs.send<Who>('a', { act: 'who' }))
    // What holds it, and no more.
    expect(stage.worker(String(stuck)).jobs).toBe(1)
    expect((await Promise.all(jobs)).map(({ id }) => id)).not.toContain(stuck)
    gate.open()
    await begun
    await stage.until({ at: 'exit' })
  })

  test('and is not to be replaced is told of, as no other is, and goes on', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2, unresponsiveAfter: 600 }]).start()
    using gate = new NativeGate()
    const begun = stage.pool.jobs.send('a', { act: 'stand', folder: gate.folder })
    await stage.until({ at: 'unresponsive' })
    gate.open()
    expect(await begun).toBe('passed')
    expect(stage.all({ at: 'unresponsive' })).toHaveLength(1)
    expect(stage.all({ at: 'exit' })).toEqual([])
  })

  test('gives back the places that it had taken as a sender', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', jobGroups: ['a'] },
      { name: 'a', maxJobs: 2 },
    ]).start()
    using gate = new NativeGate()
    for (const name of ['x', 'y']) stage.tell('web-1', { act: 'send', group: 'a', data: { act: 'hold', name } })
    await stage.until({ at: 'held' }, 2)
    stage.tell('web-1', { act: 'stand', folder: gate.folder })
    await gate.entered()
    const mine = stage.pool.jobs.send('a', 'mine')
    expect(stage.pool.stats().groups['a']?.waiting).toBe(1)
    await stage.worker('web-1').stop(true)
    for (const name of ['x', 'y']) stage.tell('a-1', { act: 'release', name })
    expect(await mine).toBe('mine')
    gate.open()
    await stage.until({ at: 'exit' })
  })

  test('leaves no room for a successor: the worker goes on, and whoever wanted one is told', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    using gate = new NativeGate()
    const begun = stage.pool.jobs.send('a', { act: 'stand', folder: gate.folder })
    await gate.entered()
    const lost = expect(begun).rejects.toMatchObject({ code: 'ERR_WORKER_LOST' })
    stage.pool.on('error', () => stage.pool.scaleGroup('a', 1))
    await stage.worker('a-1').stop(true)
    await stage.until({ at: 'online' }, 2)
    const { threadId } = stage.worker('a-1')
    expect(await stage.pool.restartWorker('a-1')).toBe(false)
    await expect(stage.pool.restart()).rejects.toMatchObject({ code: 'ERR_RESTART_FAILED', workers: ['a-1'] })
    expect(stage.worker('a-1')).toMatchObject({ status: 'available', threadId })
    const told = {
      message: 'worker a-1 could not be replaced',
      cause: { message: expect.stringContaining('no room') as string },
    }
    expect(stage.errors.slice(1)).toMatchObject([told, told])
    gate.open()
    await lost
    await stage.until({ at: 'exit' })
  })

  test('in its start has not been started, for the reason that it was not available in time', async () => {
    const asked: [ExitKind, string][] = []
    const strategy = {
      decide: ({ kind, error }: RestartFacts) => {
        asked.push([kind, String(error)])
        return { restart: false as const, reason: 'enough' }
      },
    }
    await using stage = new Stage([{ name: 'a', entryPoint: SCRIPTED, restart: strategy }], { startTimeout: 500 })
    using gate = new NativeGate()
    using _script = new Script('a', ['stand'], gate)
    stage.run()
    await stage.ended
    expect(asked).toEqual([['not-started', expect.stringContaining('within its startTimeout of 500 ms')]])
    gate.open()
    await stage.until({ at: 'exit' })
  })
})
