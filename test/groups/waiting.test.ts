/** Jobs that wait for a place: none waits longer than it must, whatever becomes of those before it and of their senders. */

import { pickup, restart } from 'threadcrew/groups'
import type { PickupJob } from 'threadcrew/groups'
import { describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { Stage } from '../support/groups/stage.js'

describe('a job that waits', () => {
  test('is given the place of one before it that could not be posted', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
    const bad = stage.pool.jobs.send('a', { fn: () => {} })
    const next = stage.pool.jobs.send('a', 'next')
    await expect(bad).rejects.toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE' })
    expect(await next).toBe('next')
  })

  test.each([
    ['is called off', () => ({ signal: AbortSignal.timeout(50) }), 'ERR_WORK_DISCARDED'],
    ['is out of time', () => ({ timeout: 50 }), 'ERR_NO_WORKERS_AVAILABLE'],
  ])('is given what the one before it did not want, once that %s', async (_, options, code) => {
    // Of an idle worker, whose places heavy jobs do not want.
    const choosy = { pick: (_: unknown, { weight }: PickupJob) => (weight > 0 ? -1 : 0) }
    await using stage = await new Stage([{ name: 'a' }], { pickup: choosy }).start()
    const heavy = expect(stage.pool.jobs.send('a', 'heavy', { weight: 1, ...options() })).rejects.toMatchObject({
      code,
    })
    const light = stage.pool.jobs.send('a', 'light')
    await heavy
    expect(await light).toBe('light')
    expect(await stage.pool.jobs.send('a', 'later')).toBe('later')
  })

  test('is refused with 5000 others that cannot be posted either, and the next is done', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
    const first = stage.pool.jobs.send('a', { act: 'hold', name: 'first' })
    await stage.until({ at: 'held' })
    const bytes = new Uint8Array(8)
    const data = { act: 'bytes', bytes }
    const jobs = Array.from({ length: 5000 }, () => stage.pool.jobs.send('a', data, { transfer: [bytes.buffer] }))
    const settled = Promise.allSettled(jobs)
    // What is to be moved is gone when their turn comes.
    structuredClone(bytes, { transfer: [bytes.buffer] })
    const next = stage.pool.jobs.send('a', 'next')
    stage.tell('a-1', { act: 'release', name: 'first' })
    expect(await first).toBe('first')
    expect(new Set((await settled).map(({ status }) => status))).toEqual(new Set(['rejected']))
    expect(await next).toBe('next')
    expect(stage.worker('a-1').jobs).toBe(0)
  })

  test('is not overtaken by a lighter one that comes later, though there is room for that', async () => {
    await using stage = await new Stage([{ name: 'a' }], { pickup: pickup.byWeight({ limit: 10 }) }).start()
    const hold = (name: string, weight: number): Promise<unknown> =>
      stage.pool.jobs.send('a', { act: 'hold', name }, { weight })
    const jobs = [hold('first', 8)]
    await stage.until({ at: 'held' })
    jobs.push(hold('heavy', 5), hold('light', 1))
    expect(stage.worker('a-1').jobs).toBe(1)
    stage.tell('a-1', { act: 'release', name: 'first' })
    await stage.until({ at: 'held' }, 3)
    expect(stage.all({ at: 'held' }).map(({ name }) => name)).toEqual(['first', 'heavy', 'light'])
    for (const name of ['heavy', 'light']) stage.tell('a-1', { act: 'release', name })
    expect(await Promise.all(jobs)).toEqual(['first', 'heavy', 'light'])
  })

  test('waits on for those of its group that run, though one of them is down', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2, maxJobs: 1, restart: restart.never() }]).start()
    stage.tell('a-1', { act: 'terminate' })
    await stage.when(() => stage.worker('a-1').status === 'down')
    const held = stage.pool.jobs.send('a', { act: 'hold', name: 'held' })
    await stage.until({ at: 'held' })
    const waits = stage.pool.jobs.send('a', 'waits')
    stage.tell('a-2', { act: 'release', name: 'held' })
    expect(await Promise.all([held, waits])).toEqual(['held', 'waits'])
  })

  test('is refused when its group is down, also while its sender and the pool are ending', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', jobGroups: ['a'] },
      { name: 'a', maxJobs: 1, restart: restart.never() },
    ]).start()
    stage.tell('web-1', { act: 'at last', what: 'stay' })
    const held = stage.pool.jobs.send('a', { act: 'hold', name: 'held' })
    held.catch(() => {})
    await stage.until({ at: 'held' })
    stage.tell('web-1', { act: 'send', tag: 1, group: 'a', data: 'waits' })
    await until(() => stage.pool.stats().groups['a']?.waiting === 1)
    void stage.pool.stop()
    await stage.until({ at: 'after', id: 'web-1' })
    stage.tell('a-1', { act: 'exit', code: 1 })
    expect(await stage.until({ tag: 1 })).toMatchObject({ at: 'error', code: 'ERR_NO_WORKERS_AVAILABLE' })
  })

  test('for one group waits on when another group is down, and is done', async () => {
    const options = { maxJobs: 1, restart: restart.never() }
    await using stage = await new Stage([
      { name: 'a', ...options },
      { name: 'b', ...options },
    ]).start()
    const [heldA, heldB] = ['a', 'b'].map(name => stage.pool.jobs.send(name, { act: 'hold', name }))
    await stage.until({ at: 'held' }, 2)
    const [waitsA, waitsB] = ['a', 'b'].map(name => stage.pool.jobs.send(name, 'waits'))
    const lost = Promise.allSettled([heldA, waitsA])
    stage.tell('a-1', { act: 'exit', code: 1 })
    expect(await lost).toMatchObject([
      { reason: { code: 'ERR_WORKER_LOST' } },
      { reason: { code: 'ERR_NO_WORKERS_AVAILABLE', group: 'a' } },
    ])
    stage.tell('b-1', { act: 'release', name: 'b' })
    expect(await Promise.all([heldB, waitsB])).toEqual(['b', 'waits'])
  })
})

describe('a place', () => {
  const waiting = (stage: Stage): number | undefined => stage.pool.stats().groups['a']?.waiting

  test('that a woken sender does not need goes to whoever waits', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', minWorkers: 2, jobGroups: ['a'] },
      { name: 'a', maxJobs: 1 },
    ]).start()
    const mine = stage.pool.jobs.send('a', { act: 'hold', name: 'mine' })
    await stage.until({ at: 'held' })
    stage.tell('web-1', { act: 'send', tag: 1, group: 'a', mayBeCalledOff: true })
    await until(() => waiting(stage) === 1)
    stage.tell('web-2', { act: 'send', tag: 2, group: 'a', data: 'second' })
    await until(() => waiting(stage) === 2)
    const flag = new SharedArrayBuffer(4)
    stage.tell('web-1', { act: 'call off', tag: 1, flag })
    await stage.until({ at: 'stands' })
    stage.tell('a-1', { act: 'release', name: 'mine' })
    // With the answer web-1 is told that a place is free; it reads that when it has called off what it wanted it for.
    expect(await mine).toBe('mine')
    Atomics.store(new Int32Array(flag), 0, 1)
    Atomics.notify(new Int32Array(flag), 0)
    expect(await stage.until({ tag: 1 })).toMatchObject({ at: 'error', code: 'ERR_WORK_DISCARDED' })
    expect(await stage.until({ tag: 2 })).toMatchObject({ at: 'answer', value: 'second' })
  })

  test('that a dead sender has left goes to whoever waits, as does each other that it has left', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', minWorkers: 2, jobGroups: ['a'] },
      { name: 'a', maxJobs: 2 },
    ]).start()
    for (const name of ['x', 'y']) stage.tell('web-1', { act: 'send', group: 'a', data: { act: 'hold', name } })
    await stage.until({ at: 'held' }, 2)
    stage.tell('web-2', { act: 'send', group: 'a', data: { act: 'hold', name: 'z' } })
    await until(() => waiting(stage) === 1)
    const mine = stage.pool.jobs.send('a', 'mine')
    stage.tell('web-1', { act: 'exit', code: 1 })
    await stage.until({ at: 'aborted' }, 2)
    for (const name of ['x', 'y']) stage.tell('a-1', { act: 'release', name })
    // One place is kept by z, so that mine needs the other.
    await stage.until({ at: 'held', name: 'z' })
    expect(await mine).toBe('mine')
  })

  test('that woken senders do not want, by their strategies, goes to who does', async () => {
    const module = new URL('../support/groups/custom-pickup.js', import.meta.url)
    let picks = 0
    const once = { pick: () => (picks++ === 0 ? 0 : -1) }
    // There is no worker of this index: it wants none of them.
    const choosy = { pickup: { module, options: { index: 5 } }, minWorkers: 2 }
    await using stage = await new Stage(
      [
        { name: 'choosy', type: 'reactor', jobGroups: ['a'], ...choosy },
        { name: 'web', type: 'reactor', jobGroups: ['a'] },
        { name: 'a', maxJobs: 1 },
      ],
      { pickup: once },
    ).start()
    const first = stage.pool.jobs.send('a', { act: 'hold', name: 'first' })
    await stage.until({ at: 'held' })
    const never = expect(stage.pool.jobs.send('a', 'never')).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
    for (const [before, id] of ['choosy-1', 'choosy-2', 'web-1'].entries()) {
      stage.tell(id, { act: 'send', tag: id, group: 'a', data: id })
      await until(() => waiting(stage) === before + 2)
    }
    // Of the main thread, whose place it was, and which wants no other.
    stage.tell('a-1', { act: 'release', name: 'first' })
    expect(await first).toBe('first')
    expect(await stage.until({ tag: 'web-1' })).toMatchObject({ at: 'answer', value: 'web-1' })
    expect(waiting(stage)).toBe(3)
    await stage.pool.stop({ hot: true })
    await never
  })
})
