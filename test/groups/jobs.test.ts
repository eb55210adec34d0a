/** Jobs between groups: straight from thread to thread, none lost, none twice, and who may send to whom. */

import { getEventListeners } from 'node:events'
import { type GroupWorker, recycle, restart, transfer, WorkerLostError } from 'threadcrew/groups'
import { describe, expect, test } from 'vitest'
import { until } from '../support/gate.js'
import { Stage } from '../support/groups/stage.js'

type Who = { id: string; threadId: number; job: string; priority: number }

describe('a job', () => {
  test('from the main thread is answered by a worker of the group, any value both ways [IpcServer, IpcClient testDefault]', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const value = { text: 'x'.repeat(10_000), map: new Map([[1, new Date(5)]]), nothing: undefined, none: null }
    expect(await stage.pool.jobs.send('a', value)).toEqual(value)
    for (const small of [null, undefined, 0, '', true, 12n]) expect(await stage.pool.jobs.send('a', small)).toBe(small)
    const who = await stage.pool.jobs.send<Who>('a', { act: 'who' }, { priority: 3 })
    expect(who).toMatchObject({ id: 'a-1', threadId: stage.worker('a-1').threadId, priority: 3 })
    expect(who.job).toMatch(/^[\w-]{21}$/)
  })

  test('goes from a reactor to a job worker and to a service, and from a service to a job worker [testWorkerToWorkerMessage, B2]', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', jobGroups: ['work', 'watch'] },
      { name: 'work' },
      { name: 'watch', type: 'service', jobGroups: ['work'] },
    ]).start()
    stage.tell('web-1', { act: 'send', tag: 1, group: 'work', data: { act: 'who' } })
    expect(await stage.until({ tag: 1 })).toMatchObject({ at: 'answer', value: { id: 'work-1' } })
    stage.tell('web-1', { act: 'send', tag: 2, group: 'watch', data: { act: 'who' } })
    expect(await stage.until({ tag: 2 })).toMatchObject({ at: 'answer', value: { id: 'watch-1' } })
    const through = { act: 'send', group: 'work', data: { act: 'who' } }
    stage.tell('web-1', { act: 'send', tag: 3, group: 'watch', data: through })
    expect(await stage.until({ tag: 3 })).toMatchObject({ at: 'answer', value: { id: 'work-1' } })
  })

  test('is refused where the scheme does not allow it: on the sending thread, whatever it says', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', jobGroups: ['work'] },
      { name: 'work' },
      { name: 'watch', type: 'service' },
    ]).start()
    for (const [tag, [id, group]] of [
      ['web-1', 'watch'],
      ['work-1', 'web'],
      ['work-1', 'work'],
      ['watch-1', 'work'],
      ['web-1', 'nowhere'],
    ].entries()) {
      stage.tell(String(id), { act: 'send', tag, group })
      expect(await stage.until({ tag })).toMatchObject({ at: 'error', code: 'ERR_GROUP_CONFIG' })
    }
    await expect(stage.pool.jobs.send('web', 1)).rejects.toMatchObject({ code: 'ERR_GROUP_CONFIG' })
  })

  test('cannot be sent past the scheme by whoever posts what a sender would: the lane is closed again', async () => {
    await using stage = await new Stage([{ name: 'web', type: 'reactor' }, { name: 'work' }]).start()
    // The records of web are 0 and 1.
    stage.tell('web-1', { act: 'forge', record: 2 })
    await stage.until({ at: 'refused', record: 2 })
    expect(stage.all({ at: 'exit' })).toEqual([])
  })

  test('that throws rejects with the error whole, and the worker goes on [B22, B25]', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const { threadId } = stage.worker('a-1')
    const error: unknown = await stage.pool.jobs.send('a', { act: 'fail' }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ message: 'a job that fails', code: 'JOB' })
    expect((error as Error).stack).toContain('puppet.js')
    expect(stage.worker('a-1').threadId).toBe(threadId)
  })

  test('that cannot be cloned rejects, and so does an answer that cannot [B24]', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    await expect(stage.pool.jobs.send('a', { fn: () => {} })).rejects.toMatchObject({ code: 'ERR_VALUE_NOT_CLONEABLE' })
    expect(await stage.pool.jobs.send('a', 'next')).toBe('next')
    expect(stage.worker('a-1').jobs).toBe(0)
  })

  // Found by the storm of groups: the place of one that cannot be posted was given away in the middle of posting.
  test('that cannot be cloned takes none of its neighbours along, and its place goes to one that waits', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 2 }]).start()
    const bad = { fn: () => {} }
    const sent = [bad, 'x', bad, 'y', bad, bad, 'z'].map(data => stage.pool.jobs.send('a', data))
    const codes = (await Promise.allSettled(sent)).map(job =>
      job.status === 'fulfilled' ? job.value : (job.reason as { code: unknown }).code,
    )
    const refused = 'ERR_VALUE_NOT_CLONEABLE'
    expect(codes).toEqual([refused, 'x', refused, 'y', refused, refused, 'z'])
    expect(stage.worker('a-1').jobs).toBe(0)
  })

  test('moves what it is told to move', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const bytes = new Uint8Array(1000)
    expect(await stage.pool.jobs.send('a', { act: 'bytes', bytes }, { transfer: [bytes.buffer] })).toBe(1000)
    expect(bytes.byteLength).toBe(0)
    const more = new Uint8Array(500)
    expect(await stage.pool.jobs.send('a', transfer({ act: 'bytes', bytes: more }, [more]))).toBe(500)
    expect(more.byteLength).toBe(0)
  })

  test('tells how far it is, in order and before its answer', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const told: unknown[] = []
    const onProgress = (value: unknown): void => void told.push(value)
    expect(await stage.pool.jobs.send('a', { act: 'progress', steps: 3 }, { onProgress })).toBe('done')
    expect(told).toEqual([1, 2, 3])
  })

  test('is called off by its signal: waiting, or running, when its own signal aborts', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
    const running = new AbortController()
    const waiting = new AbortController()
    const first = stage.pool.jobs.send('a', { act: 'hold', name: 'first' }, { signal: running.signal })
    await stage.until({ at: 'held' })
    const second = stage.pool.jobs.send('a', { act: 'who' }, { signal: waiting.signal })
    waiting.abort('not any more')
    await expect(second).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED', cause: 'not any more' })
    running.abort('nor this')
    await expect(first).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED', cause: 'nor this' })
    expect(await stage.until({ at: 'aborted' })).toMatchObject({ name: 'first', by: 'ERR_WORK_DISCARDED' })
    // Until it has ended, it keeps its place.
    expect(stage.worker('a-1').jobs).toBe(1)
    stage.tell('a-1', { act: 'release', name: 'first' })
    expect(await stage.pool.jobs.send('a', 'free again')).toBe('free again')
    const aborted = AbortSignal.abort('before')
    await expect(stage.pool.jobs.send('a', 1, { signal: aborted })).rejects.toMatchObject({ cause: 'before' })
  })

  test('is called off before it has begun: it never runs, and its place is free at once', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
    const marks = new SharedArrayBuffer(4)
    const controller = new AbortController()
    const job = stage.pool.jobs.send('a', { act: 'mark', marks, index: 0 }, { signal: controller.signal })
    expect(stage.worker('a-1').jobs).toBe(1)
    controller.abort()
    expect(stage.worker('a-1').jobs).toBe(0)
    await expect(job).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    expect(await stage.pool.jobs.send('a', 'next')).toBe('next')
    expect([...new Int32Array(marks)]).toEqual([0])
  })

  test('that is called off tells of no progress any more', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const told: unknown[] = []
    const controller = new AbortController()
    const options = { signal: controller.signal, onProgress: (value: unknown) => told.push(value) }
    const job = stage.pool.jobs.send('a', { act: 'hold', name: 'x', progress: 'too late' }, options)
    await stage.until({ at: 'held' })
    controller.abort()
    await expect(job).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED' })
    stage.tell('a-1', { act: 'release', name: 'x' })
    await until(() => stage.worker('a-1').jobs === 0)
    expect(told).toEqual([])
  })

  test('leaves nothing on its signal when it has ended, however it did', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
    const { signal } = new AbortController()
    const jobs = ['x', { act: 'fail' }, { fn: () => {} }].map(data => stage.pool.jobs.send('a', data, { signal }))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    expect((await Promise.allSettled(jobs)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('has its timeout from send to answer: ERR_NO_WORKERS_AVAILABLE while it waits, ERR_WORK_TIMEOUT when it was taken', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
    const first = stage.pool.jobs.send('a', { act: 'hold', name: 'first' }, { timeout: 100 })
    await stage.until({ at: 'held' })
    const second = stage.pool.jobs.send('a', 2, { timeout: 10 })
    await expect(second).rejects.toMatchObject({ code: 'ERR_NO_WORKERS_AVAILABLE', group: 'a' })
    await expect(first).rejects.toMatchObject({ code: 'ERR_WORK_TIMEOUT' })
    expect(await stage.until({ at: 'aborted' })).toMatchObject({ by: 'ERR_WORK_TIMEOUT' })
    stage.tell('a-1', { act: 'release', name: 'first' })
  })

  test('with awaitResult: false resolves when it is given away, and its failure is an error event [B22]', async () => {
    await using stage = await new Stage([{ name: 'web', type: 'reactor', jobGroups: ['a'] }, { name: 'a' }]).start()
    const options = { awaitResult: false }
    expect(await stage.pool.jobs.send('a', { act: 'fail' }, options)).toBeUndefined()
    await stage.until({ at: 'error event' })
    stage.tell('web-1', { act: 'send', tag: 1, group: 'a', data: { act: 'fail' }, options })
    expect(await stage.until({ tag: 1 })).toMatchObject({ at: 'answer', value: undefined })
    await stage.until({ at: 'error event' }, 2)
    for (const error of stage.errors) expect(error).toMatchObject({ name: 'RangeError', code: 'JOB' })
  })

  test('with awaitResult: false fails once, also where it is called off and fails later', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const controller = new AbortController()
    const options = { awaitResult: false, signal: controller.signal }
    await stage.pool.jobs.send('a', { act: 'hold', name: 'x', fails: true }, options)
    await stage.until({ at: 'held' })
    controller.abort()
    stage.tell('a-1', { act: 'release', name: 'x' })
    await until(() => stage.worker('a-1').jobs === 0)
    expect(stage.errors).toMatchObject([{ code: 'ERR_WORK_DISCARDED' }])
  })

  test('with options that are none throws at once', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    await expect(stage.pool.jobs.send('a', 1, { weight: -1 })).rejects.toThrow(/weight must be a whole number ≥ 0/)
    await expect(stage.pool.jobs.send('a', 1, { timeouts: 3 } as object)).rejects.toThrow(/did you mean timeout/)
    await expect(stage.pool.jobs.send(3 as unknown as string)).rejects.toThrow(/name of a group/)
  })

  test('for a worker that handles none rejects, and says what to do', async () => {
    const entryPoint = `${new URL('../support/groups/forms.js', import.meta.url).href}#asObject`
    await using stage = new Stage([{ name: 'a', entryPoint }])
    stage.run()
    await expect(stage.pool.jobs.send('a', 1)).rejects.toThrow(/handles no jobs.*handleJobs/)
  })
})

describe('a worker that dies', () => {
  test.each([
    ['process.exit()', { act: 'exit', code: 3 }, { exitCode: 3, reason: 'exit' }],
    ['an error in a timer', { act: 'throw later' }, { exitCode: 1, reason: 'crash' }],
  ])(
    'by %s costs what it had begun; the sender hears at once, and what waits goes to its successor [B21, B23]',
    async (_, death, facts) => {
      await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
      const victim = stage.pool.jobs.send('a', death)
      const others = [1, 2, 3].map(i => stage.pool.jobs.send('a', i))
      const error: unknown = await victim.catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(WorkerLostError)
      expect(error).toMatchObject({ workerId: 'a-1', started: true, ...facts })
      expect(await Promise.all(others)).toEqual([1, 2, 3])
      expect(stage.worker('a-1')).toMatchObject({ starts: 2, jobs: 0 })
    },
  )

  test('does not take along what it had been sent and not begun', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 1, maxJobs: 50 }]).start()
    const marks = new SharedArrayBuffer(4 * 20)
    const blocked = stage.pool.jobs.send('a', { act: 'block', ms: 30, name: 'blocked' })
    const victim = stage.pool.jobs.send('a', { act: 'exit', code: 1 })
    const others = Array.from({ length: 20 }, (_, index) => stage.pool.jobs.send('a', { act: 'mark', marks, index }))
    expect(await blocked).toBe('blocked')
    await expect(victim).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', started: true })
    expect(await Promise.all(others)).toEqual(Array.from({ length: 20 }, (_, index) => index))
    expect([...new Int32Array(marks)]).toEqual(new Array(20).fill(1))
  })

  test('loses its jobs to another worker where they may be retried', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2 }]).start()
    const held = stage.pool.jobs.send('a', { act: 'hold', name: 'held' }, { retries: 1 })
    const { id } = await stage.until({ at: 'held' })
    stage.tell(String(id), { act: 'exit', code: 1 })
    const again = await stage.until({ at: 'held' }, 2)
    stage.tell(String(again.id), { act: 'release', name: 'held' })
    expect(await held).toBe('held')
  })

  test('is followed by as many others as its job may be retried, and no more', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 4, restart: restart.never() }]).start()
    const deadly = stage.pool.jobs.send('a', { act: 'exit', code: 3 }, { retries: 2 })
    await expect(deadly).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', exitCode: 3, reason: 'exit' })
    await stage.until({ at: 'exit' }, 3)
    expect(await stage.pool.jobs.send('a', 'the fourth')).toBe('the fourth')
  })

  // Found by the storm of groups: it was refused, because its buffers are detached.
  test('loses those that may be retried and had moved something to it: there is nothing left to send', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2 }]).start()
    const bytes = new Uint8Array(10)
    const options = { retries: 1, transfer: [bytes.buffer] }
    const held = stage.pool.jobs.send('a', { act: 'hold', name: 'held', bytes }, options)
    const { id } = await stage.until({ at: 'held' })
    stage.tell(String(id), { act: 'exit', code: 1 })
    await expect(held).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', started: true })
  })

  test('gives back the places it had taken as a sender, and its jobs are told to stop', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', jobGroups: ['a'] },
      { name: 'a', maxJobs: 2 },
    ]).start()
    for (const name of ['x', 'y']) stage.tell('web-1', { act: 'send', group: 'a', data: { act: 'hold', name } })
    await stage.until({ at: 'held' }, 2)
    expect(stage.worker('a-1').jobs).toBe(2)
    const mine = stage.pool.jobs.send('a', 'mine')
    stage.tell('web-1', { act: 'exit', code: 1 })
    await stage.until({ at: 'aborted' }, 2)
    for (const name of ['x', 'y']) stage.tell('a-1', { act: 'release', name })
    expect(await mine).toBe('mine')
    expect(stage.worker('a-1').jobs).toBe(0)
  })
})

describe('back-pressure', () => {
  test('a worker never has more than maxJobs, and the rest waits and is begun by priority [B16]', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 2 }]).start()
    const holds = ['x', 'y'].map(name => stage.pool.jobs.send('a', { act: 'hold', name }))
    await stage.until({ at: 'held' }, 2)
    const order: number[] = []
    const sent = [0, 5, 1, 9].map(priority =>
      stage.pool.jobs.send('a', { act: 'who' }, { priority }).then(() => order.push(priority)),
    )
    expect(stage.worker('a-1').jobs).toBe(2)
    stage.tell('a-1', { act: 'release', name: 'x' })
    await Promise.all(sent)
    expect(order).toEqual([9, 5, 1, 0])
    stage.tell('a-1', { act: 'release', name: 'y' })
    await Promise.all(holds)
  })

  test('a job without a priority has 0, for its handler and among others [B15]', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
    const hold = stage.pool.jobs.send('a', { act: 'hold', name: 'x' })
    await stage.until({ at: 'held' })
    const order: number[] = []
    const sent = [-1, undefined, 1].map(async priority => {
      const who = await stage.pool.jobs.send<Who>('a', { act: 'who' }, priority === undefined ? {} : { priority })
      order.push(who.priority)
    })
    stage.tell('a-1', { act: 'release', name: 'x' })
    await Promise.all([hold, ...sent])
    expect(order).toEqual([1, 0, -1])
  })

  test('jobs that a worker has been given and cannot begin all at once begin by priority, too', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    await stage.pool.jobs.send('a', 'warm')
    const order: unknown[] = []
    const sent = [0, 1, 3, 2, 3].map((priority, i) => {
      const job = stage.pool.jobs.send('a', { act: 'block', ms: 1, name: [priority, i] }, { priority })
      return job.then(name => order.push(name))
    })
    await Promise.all(sent)
    expect(order).toEqual([
      [3, 2],
      [3, 4],
      [2, 3],
      [1, 1],
      [0, 0],
    ])
  })

  test('bursts spread over all workers [B8b]', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 4 }]).start()
    const names = Array.from({ length: 8 }, (_, i) => `job ${i}`)
    const jobs = names.map(name => stage.pool.jobs.send('a', { act: 'hold', name }))
    await stage.until({ at: 'held' }, 8)
    expect(stage.pool.workers.map(worker => worker.jobs)).toEqual([2, 2, 2, 2])
    for (const { id, name } of stage.all({ at: 'held' })) stage.tell(String(id), { act: 'release', name })
    await Promise.all(jobs)
  })

  test('a full group grows on demand, one worker at a time, and jobs that wait are given to it [B13]', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 1, maxWorkers: 3, maxJobs: 1 }]).start()
    const names = ['x', 'y', 'z']
    const jobs = names.map(name => stage.pool.jobs.send('a', { act: 'hold', name }))
    await stage.until({ at: 'held' }, 3)
    expect(stage.all({ at: 'scaled' }).map(({ from, to }) => [from, to])).toEqual([
      [1, 2],
      [2, 3],
    ])
    for (const { id, name } of stage.all({ at: 'held' })) stage.tell(String(id), { act: 'release', name })
    await Promise.all(jobs)
  })

  test('a place that comes free is given to whoever waits, in whatever thread', async () => {
    await using stage = await new Stage([
      { name: 'web', type: 'reactor', minWorkers: 2, jobGroups: ['a'] },
      { name: 'a', maxJobs: 1 },
    ]).start()
    const mine = stage.pool.jobs.send('a', { act: 'hold', name: 'mine' })
    await stage.until({ at: 'held' })
    for (const tag of [1, 2, 3, 4]) stage.tell(`web-${1 + (tag % 2)}`, { act: 'send', tag, group: 'a', data: tag })
    const main = stage.pool.jobs.send('a', 5)
    stage.tell('a-1', { act: 'release', name: 'mine' })
    for (const tag of [1, 2, 3, 4]) expect(await stage.until({ tag })).toMatchObject({ at: 'answer', value: tag })
    expect([await mine, await main]).toEqual(['mine', 5])
  })
})

describe('the end of a worker', () => {
  test('waits for its jobs, and their answers arrive: soft restart, soft stop [B19]', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const flag = new SharedArrayBuffer(4)
    const first = stage.pool.jobs.send('a', { act: 'wait', flag })
    await stage.until({ at: 'waits' })
    await stage.pool.restart()
    expect(stage.worker('a-1')).toMatchObject({ status: 'available', starts: 2 })
    expect(stage.all({ at: 'exit' })).toEqual([])
    expect(await stage.pool.jobs.send('a', 'to the successor')).toBe('to the successor')
    const second = stage.pool.jobs.send('a', { act: 'wait', flag })
    await stage.until({ at: 'waits' }, 2)
    const stopping = stage.pool.stop()
    Atomics.store(new Int32Array(flag), 0, 1)
    expect(await Promise.all([first, second])).toEqual(['waited', 'waited'])
    await stopping
  })

  test.each([
    ['restartWorker()', (stage: Stage) => stage.pool.restartWorker('a-2')],
    ['stop()', (stage: Stage) => stage.worker('a-2').stop()],
    ['recycle', (stage: Stage) => stage.pool.jobs.send('a', 'one more than its quota')],
  ])('by %s waits for its jobs no longer than stopTimeout [B18]', async (_, end) => {
    const group = { name: 'a', maxWorkers: 2, recycle: recycle.byQuota({ jobs: 2 }) }
    await using stage = await new Stage([group], { stopTimeout: 50, pickup: { pick: () => 1 } }).start()
    stage.pool.scaleGroup('a', 1)
    await stage.until({ at: 'online' }, 2)
    const held = stage.pool.jobs.send('a', { act: 'hold', name: 'for ever' })
    await stage.until({ at: 'held' })
    void end(stage)
    await expect(held).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', started: true })
    await stage.until({ at: 'exit', id: 'a-2', code: 1 })
  })

  test('by its own wish waits for its jobs no longer than stopTimeout', async () => {
    await using stage = await new Stage([{ name: 'a' }], { stopTimeout: 50 }).start()
    const held = stage.pool.jobs.send('a', { act: 'hold', name: 'for ever' })
    await stage.until({ at: 'held' })
    stage.tell('a-1', { act: 'return' })
    await expect(held).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', started: true })
    await stage.until({ at: 'online' }, 2)
    expect(stage.all({ at: 'restart' })).toHaveLength(1)
  })

  test('of the pool lets jobs end that run, and rejects later ones', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const jobs = Array.from({ length: 20 }, (_, name) => stage.pool.jobs.send('a', { act: 'block', ms: 2, name }))
    await stage.pool.jobs.send('a', 1)
    const stopping = stage.pool.stop()
    expect(await Promise.all(jobs)).toEqual(Array.from({ length: 20 }, (_, name) => name))
    await stopping
    await expect(stage.pool.jobs.send('a', 1)).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
  })

  test('of a pool that is stopped hot rejects what runs and what waits', async () => {
    await using stage = await new Stage([{ name: 'a', maxJobs: 1 }]).start()
    const jobs = Promise.allSettled(['x', 'y'].map(name => stage.pool.jobs.send('a', { act: 'hold', name })))
    await stage.until({ at: 'held' })
    await stage.pool.stop({ hot: true })
    for (const job of await jobs) expect(job).toMatchObject({ reason: { code: 'ERR_POOL_STOPPED' } })
  })
})

// The types say what the docs say.
export const usage = (worker: GroupWorker): void => {
  worker.handleJobs((data: { width: number }, { signal }) => (signal.aborted ? 0 : data.width))
}
