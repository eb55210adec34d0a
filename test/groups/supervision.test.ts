/** What the Watcher does with workers: starting, ending, restarting, replacing them. In brackets, the cases of the original. */

import { FatalWorkerError, type Restart, RestartBudgetExceededError, restart, WorkerPool } from 'threadcrew/groups'
import { describe, expect, test } from 'vitest'
import { PUPPET, Stage } from '../support/groups/stage.js'
import { Unparsable } from '../support/unparsable.js'

const FORMS = new URL('../support/groups/forms.js', import.meta.url)
const BROKEN = new URL('../support/groups/broken.js', import.meta.url)

describe('a pool', () => {
  test('runs until its workers have returned and are not to come back [testStart]', async () => {
    await using stage = new Stage([{ name: 'a', minWorkers: 2, restart: restart.never() }])
    await stage.start()
    for (const id of ['a-1', 'a-2']) stage.tell(id, { act: 'return' })
    expect(await stage.ended).toBeUndefined()
    expect(stage.all({ at: 'after' })).toHaveLength(2)
    expect(stage.pool.workers.map(({ status, threadId }) => [status, threadId])).toEqual([
      ['down', undefined],
      ['down', undefined],
    ])
  })

  test('lets what comes after awaitTermination() run when it is stopped, and its signals abort [testStop, testShutdown]', async () => {
    await using stage = new Stage([{ name: 'a' }])
    await stage.start()
    expect(stage.pool.signal.aborted).toBe(false)
    await stage.pool.stop()
    expect(stage.all({ at: 'after', aborted: true })).toHaveLength(1)
    expect(stage.pool.signal.aborted).toBe(true)
    expect(await stage.ended).toBeUndefined()
    expect(stage.all({ at: 'restart' })).toEqual([])
  })

  test('ends who sends jobs before who does them: reactors, services, job workers', async () => {
    await using stage = await new Stage([
      { name: 'work' },
      { name: 'watch', type: 'service', jobGroups: ['work'] },
      { name: 'web', type: 'reactor', jobGroups: ['work', 'watch'] },
    ]).start()
    await stage.pool.stop()
    expect(stage.all({ at: 'exit' }).map(({ id }) => id)).toEqual(['web-1', 'watch-1', 'work-1'])
  })

  test('says when all initial workers are available: `started`, the event, and each status [testAwaitStart, testWorkerState]', async () => {
    await using stage = new Stage([
      { name: 'a', minWorkers: 2 },
      { name: 'b', minWorkers: 3, type: 'service' },
    ])
    let started = 0
    stage.pool.on('started', () => started++)
    await stage.start()
    expect(started).toBe(1)
    expect(stage.pool.workers.map(({ id, status, group, type }) => [id, status, group, type])).toEqual([
      ['a-1', 'available', 'a', 'job'],
      ['a-2', 'available', 'a', 'job'],
      ['b-1', 'available', 'b', 'service'],
      ['b-2', 'available', 'b', 'service'],
      ['b-3', 'available', 'b', 'service'],
    ])
    expect(new Set(stage.pool.workers.map(worker => worker.threadId)).size).toBe(5)
    expect(stage.pool.group('b')).toMatchObject({ name: 'b', size: 3, minWorkers: 3, maxWorkers: 3 })
    expect(stage.pool.group('c')).toBeUndefined()
  })

  test('can be stopped before it runs, while it starts, twice, and after it has ended', async () => {
    await using early = new Stage([{ name: 'a' }])
    await early.pool.stop()
    early.run()
    expect(await early.ended).toBeUndefined()

    await using starting = new Stage([{ name: 'a', minWorkers: 2 }])
    starting.run()
    await Promise.all([starting.pool.stop(), starting.pool.stop({ hot: true })])
    expect(await starting.ended).toBeUndefined()
    await expect(starting.pool.started).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
    await starting.pool.stop()
  })

  test('ends a worker that does not end in time [B18]', async () => {
    await using stage = new Stage([{ name: 'a' }])
    await stage.start()
    stage.tell('a-1', { act: 'block', ms: 60_000 })
    await stage.pool.stop({ timeout: 20 })
    expect(stage.all({ at: 'exit' })).toMatchObject([{ code: 1 }])
    expect(stage.all({ at: 'restart' })).toEqual([])
  })

  test('gives workers the time that stop() names, also where it is longer than stopTimeout', async () => {
    await using stage = await new Stage([{ name: 'a' }], { stopTimeout: 1 }).start()
    const flag = new SharedArrayBuffer(4)
    const job = stage.pool.jobs.send('a', { act: 'wait', flag })
    job.catch(() => {})
    await stage.until({ at: 'waits' })
    const stopping = stage.pool.stop({ timeout: 60_000 })
    await stage.until({ at: 'after' })
    // Meanwhile, stopTimeout passes.
    await using _other = await new Stage([{ name: 'b' }]).start()
    Atomics.store(new Int32Array(flag), 0, 1)
    expect(await job).toBe('waited')
    await stopping
  })

  test('gives those whose turn comes last a tenth of the time, though a reactor hangs', async () => {
    await using stage = await new Stage([{ name: 'web', type: 'reactor' }, { name: 'a' }]).start()
    stage.tell('web-1', { act: 'at last', what: 'stay' })
    await stage.pool.stop({ timeout: 2000 })
    expect(stage.all({ at: 'after', aborted: true }).map(({ id }) => id)).toEqual(['web-1', 'a-1'])
    expect(stage.all({ at: 'exit' })).toMatchObject([
      { id: 'web-1', code: 1 },
      { id: 'a-1', code: 0 },
    ])
  })

  test('runs once, and its scheme is frozen then [B4]', async () => {
    await using stage = new Stage([{ name: 'a' }])
    await stage.start()
    expect(stage.pool.run()).toBe(stage.pool.run())
    expect(() => stage.pool.describeGroup({ name: 'b', type: 'job', entryPoint: PUPPET })).toThrow(/frozen/)
  })

  test('that is empty, or described wrongly as a whole, rejects run() and started', async () => {
    const empty = new WorkerPool()
    await expect(empty.run()).rejects.toMatchObject({ code: 'ERR_GROUP_CONFIG' })
    await expect(empty.started).rejects.toMatchObject({ code: 'ERR_GROUP_CONFIG' })
  })
})

describe('an entry point', () => {
  test.each([
    ['asFunction', 'a function'],
    ['asObject', 'an object'],
    ['AsClass', 'a class'],
    ['Old', 'an old class'],
    ['WithFields', 'a class with fields'],
  ])('can be %s', async (name, said) => {
    const pool = new WorkerPool()
    const messages: unknown[] = []
    pool.on('message', message => messages.push(message))
    pool.describeGroup({ name: 'a', type: 'service', entryPoint: `${FORMS.href}#${name}`, restart: restart.never() })
    await pool.run()
    expect(messages).toEqual([said])
  })

  test('without run() lives until it is told to end, and does its jobs', async () => {
    await using stage = new Stage([{ name: 'a', entryPoint: `${FORMS.href}#withoutRun` }])
    await stage.start()
    expect(await stage.pool.jobs.send('a', 21)).toBe(42)
  })

  test.each([
    ['nothing', /should be an entry point: a class, an object or a function, not null/],
    ['text', /not string/],
    ['wrong', /run .* is string, not a method/],
    ['missing', /has no export "missing".*it exports/],
    ['Unmakeable', /made no worker/],
    ['initializing', /did not initialize/],
  ])('that is wrong (%s) is told with its own error, and given up after maxStartFailures [B3]', async (name, text) => {
    const options = { entryPoint: `${BROKEN.href}#${name}`, maxStartFailures: 2 }
    await using stage = new Stage([{ name: 'a', ...options, restart: restart.always({ backoff: { initial: 1 } }) }])
    stage.run()
    await expect(stage.pool.started).rejects.toThrow(text)
    const error = await stage.ended
    expect(error).toBeInstanceOf(RestartBudgetExceededError)
    expect(error).toMatchObject({ group: 'a', cause: { message: expect.stringMatching(text) as string } })
    expect(stage.all({ at: 'exit' })).toHaveLength(2)
    expect(stage.worker('a-1')).toMatchObject({ status: 'down', starts: 2 })
  })

  test('whose module is not there, or is none, is told as Node tells it', async () => {
    for (const file of ['not-there.js', '../tasks/broken-module.js']) {
      const entryPoint = new URL(`../support/groups/${file}`, import.meta.url)
      await using stage = new Stage([{ name: 'a', entryPoint, maxStartFailures: 1 }])
      stage.run()
      await expect(stage.pool.started).rejects.toThrow()
      expect(await stage.ended).toBeInstanceOf(RestartBudgetExceededError)
    }
  })

  test('or a pickup strategy that does not parse is named by the error, whose cause is Node’s', async () => {
    using unparsable = new Unparsable()
    for (const options of [{ entryPoint: unparsable.url }, { pickup: { module: unparsable.url } }]) {
      await using stage = new Stage([{ name: 'a', maxStartFailures: 1, ...options }])
      stage.run()
      const message = `${unparsable.url.href} could not be loaded: Unexpected token '='`
      await expect(stage.pool.started).rejects.toMatchObject({
        name: 'SyntaxError',
        message,
        cause: { message: "Unexpected token '='" },
      })
      await stage.ended
    }
  })

  test('that does not come to an end with its start is given up after startTimeout [B1]', async () => {
    const options = { entryPoint: `${BROKEN.href}#endless`, maxStartFailures: 1 }
    await using stage = new Stage([{ name: 'a', ...options }], { startTimeout: 200 })
    stage.run()
    await expect(stage.pool.started).rejects.toThrow(/not available within its startTimeout of 200 ms/)
    expect(await stage.ended).toBeInstanceOf(RestartBudgetExceededError)
  })
})

describe('a worker', () => {
  test.each([
    ['returns', 'return', 0, undefined],
    ['stops itself [testStop]', 'stop', 0, undefined],
    ['fails in run()', 'fail', 1, { name: 'RangeError', code: 'TOLD' }],
    ['throws in a listener', 'throw', 1, { name: 'RangeError', code: 'TOLD' }],
    ['has a rejection that nobody handles', 'reject', 1, { name: 'TypeError', message: 'nobody handles it' }],
  ])('that %s is started again, under the same id [B26]', async (_, act, code, error) => {
    await using stage = new Stage([{ name: 'a' }])
    await stage.start()
    const { threadId } = stage.worker('a-1')
    stage.tell('a-1', { act })
    await stage.until({ at: 'online' }, 2)
    expect(stage.all({ at: 'exit' })).toMatchObject([{ id: 'a-1', code, ...(error && { error }) }])
    expect(stage.all({ at: 'restart' })).toMatchObject([{ id: 'a-1', after: 0 }])
    // An end that was its own wish is no crash.
    expect(stage.worker('a-1')).toMatchObject({ status: 'available', starts: 2, crashes: code })
    expect(stage.worker('a-1').threadId).not.toBe(threadId)
    expect(await stage.pool.jobs.send('a', 'still there')).toBe('still there')
  })

  test('that stops itself and whose run() does not look is given no jobs, and ended after stopTimeout', async () => {
    await using stage = await new Stage([{ name: 'a' }], { stopTimeout: 100 }).start()
    const { threadId } = stage.worker('a-1')
    stage.tell('a-1', { act: 'at last', what: 'stay' })
    stage.tell('a-1', { act: 'stop' })
    await stage.until({ at: 'after' })
    const answer = await stage.pool.jobs.send<{ threadId: number }>('a', { act: 'who' })
    expect(answer.threadId).not.toBe(threadId)
    expect(stage.worker('a-1')).toMatchObject({ starts: 2, crashes: 0 })
  })

  test('that calls process.exit() is started again [testChannelLost]', async () => {
    await using stage = new Stage([{ name: 'a' }])
    await stage.start()
    stage.tell('a-1', { act: 'exit', code: 3 })
    await stage.until({ at: 'online' }, 2)
    expect(stage.all({ at: 'exit' })).toMatchObject([{ code: 3, error: undefined }])
  })

  test('that throws a FatalWorkerError ends the whole pool, and run() rejects with it [testFatalWorkerException]', async () => {
    await using stage = new Stage([{ name: 'a', minWorkers: 2 }, { name: 'b' }])
    await stage.start()
    stage.tell('a-2', { act: 'fatal' })
    const error = await stage.ended
    expect(error).toBeInstanceOf(FatalWorkerError)
    expect(error).toMatchObject({ message: 'told to be fatal', code: 'ERR_FATAL_WORKER' })
    expect(stage.all({ at: 'restart' })).toEqual([])
    expect(stage.all({ at: 'exit' })).toHaveLength(3)
  })

  test('that throws a TerminateWorkerError stays down, and the others go on [testTerminateWorkerException]', async () => {
    await using stage = new Stage([{ name: 'a', minWorkers: 2 }])
    await stage.start()
    stage.tell('a-1', { act: 'terminate' })
    await stage.when(() => stage.worker('a-1').status === 'down')
    expect(stage.worker('a-2').status).toBe('available')
    expect(stage.errors).toEqual([])
    stage.tell('a-2', { act: 'terminate' })
    expect(await stage.ended).toBeUndefined()
    expect(stage.all({ at: 'restart' })).toEqual([])
  })

  test('that stays down by failure does not take its group along, nor the pool, while another of it runs', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2, restart: restart.never() }]).start()
    stage.tell('a-1', { act: 'fail' })
    await stage.when(() => stage.worker('a-1').status === 'down')
    expect(stage.errors).toMatchObject([{ message: expect.stringContaining('worker a-1 stays down') as string }])
    expect(stage.all({ at: 'groupDown' })).toEqual([])
    expect(await stage.pool.jobs.send('a', 'to the other')).toBe('to the other')
    await stage.pool.stop()
    expect(await stage.ended).toBeUndefined()
  })

  test('that keeps failing is started again ever later, and given up when its budget is used up [B10]', async () => {
    const backoff = { initial: 2, factor: 2, max: 5 }
    await using stage = new Stage([{ name: 'a', restart: restart.limited({ max: 4, backoff }) }])
    await stage.start()
    for (let start = 1; start <= 5; start++) {
      await stage.until({ at: 'online' }, start)
      stage.tell('a-1', { act: 'fail' })
    }
    const error = await stage.ended
    expect(error).toBeInstanceOf(RestartBudgetExceededError)
    expect(error).toMatchObject({ group: 'a', cause: { code: 'TOLD' } })
    // Whole, with the place in the entry point where it was thrown.
    expect((error as { cause: Error }).cause.stack).toContain('puppet.js')
    expect(stage.all({ at: 'restart' }).map(({ after }) => after)).toEqual([0, 2, 4, 5])
    expect(stage.all({ at: 'groupDown' })).toHaveLength(1)
  })

  test('that is to be started again later is not when the pool is stopped meanwhile [B20]', async () => {
    await using stage = new Stage([{ name: 'a', restart: { decide: () => ({ restart: true, after: 60_000 }) } }])
    await stage.start()
    stage.tell('a-1', { act: 'fail' })
    await stage.until({ at: 'restart' })
    expect(stage.worker('a-1').status).toBe('restarting')
    await stage.pool.stop()
    expect(await stage.ended).toBeUndefined()
  })

  test('hears what is sent to it, also before it listens, and is heard', async () => {
    await using stage = new Stage([{ name: 'a' }])
    stage.run()
    expect(stage.worker('a-1').send({ act: 'send', group: 'nowhere', tag: 1 })).toBe(true)
    expect(await stage.until({ at: 'error', tag: 1 })).toMatchObject({ code: 'ERR_GROUP_CONFIG' })
    expect(() => stage.worker('a-1').send(() => {})).toThrow(/could not be cloned/)
    await stage.pool.stop()
    expect(stage.worker('a-1').send('too late')).toBe(false)
  })

  test('logs with its id and group, errors whole [B28]', async () => {
    await using stage = new Stage([{ name: 'a' }])
    await stage.start()
    const levels = ['debug', 'info', 'warn', 'error']
    for (const level of levels) {
      stage.tell('a-1', { act: 'log', level, text: 'look here', fields: { count: 3, odd: [1, 2] } })
    }
    stage.tell('a-1', { act: 'send', group: 'nowhere', tag: 1 })
    await stage.until({ at: 'error', tag: 1 })
    const lines = stage.lines.filter(({ text }) => text === 'look here')
    const fields = { worker: 'a-1', group: 'a', count: 3, odd: [1, 2] }
    expect(lines).toMatchObject(levels.map(level => ({ level, fields })))
    for (const line of lines) expect(line.fields['err']).toBeInstanceOf(RangeError)
  })

  test('that fails is in the log as an error, one that was stopped as a piece of information', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2, restart: restart.never() }]).start()
    stage.tell('a-1', { act: 'fail' })
    await stage.until({ at: 'exit' })
    await stage.worker('a-2').stop()
    expect(stage.lines.filter(({ text }) => text.startsWith('worker ended'))).toMatchObject([
      { level: 'error', text: 'worker ended: failed', fields: { worker: 'a-1', code: 1, err: { code: 'TOLD' } } },
      { level: 'info', text: 'worker ended', fields: { worker: 'a-2', code: 0, err: undefined } },
    ])
  })

  test('whose event loop does not turn is reported, and replaced where the group wants that', async () => {
    const options = { unresponsiveAfter: 100, replaceUnresponsive: true }
    await using stage = new Stage([{ name: 'a', ...options }])
    await stage.start()
    stage.tell('a-1', { act: 'block', ms: 60_000 })
    await stage.until({ at: 'unresponsive', id: 'a-1' })
    await stage.until({ at: 'online', id: 'a-1' }, 2)
    expect(stage.all({ at: 'exit' })[0]?.['error']).toMatchObject({
      message: expect.stringContaining('has not responded') as string,
    })
  })

  test('whose event loop does not turn is reported once, and left alone, unless the group wants something else', async () => {
    await using stage = await new Stage([{ name: 'a', unresponsiveAfter: 100 }]).start()
    stage.tell('a-1', { act: 'block', ms: 3000 })
    await stage.until({ at: 'unresponsive', id: 'a-1' })
    expect(await stage.pool.jobs.send('a', 'when it turns again')).toBe('when it turns again')
    expect(stage.all({ at: 'unresponsive' })).toHaveLength(1)
    expect(stage.worker('a-1')).toMatchObject({ starts: 1, status: 'available' })
  })

  test('is started as its group says: heap limits, environment, arguments', async () => {
    const runner = {
      resourceLimits: { maxOldGenerationSizeMb: 64 },
      env: { ONLY: 'this' },
      execArgv: ['--no-warnings'],
      name: 'a name',
    }
    await using stage = await new Stage([{ name: 'a', runner }]).start()
    expect(await stage.pool.jobs.send('a', { act: 'surroundings' })).toMatchObject({
      limit: 64,
      env: { ONLY: 'this' },
      execArgv: ['--no-warnings'],
    })
  })

  test('has what its group gives it, each thread a copy of its own', async () => {
    const data = { count: 1, names: new Set(['x']) }
    await using stage = await new Stage([{ name: 'a', data }]).start()
    data.count = 99
    const count = () => stage.pool.jobs.send('a', { act: 'data' })
    expect([await count(), await count()]).toEqual([
      { count: 1, names: new Set(['x']) },
      { count: 2, names: new Set(['x']) },
    ])
    await stage.pool.restart()
    expect(await count()).toMatchObject({ count: 1 })
  })

  test('that reaches its heap limit is lost for that reason, and started again', async () => {
    const asked: unknown[] = []
    const own: Restart = {
      decide: ({ kind }) => {
        asked.push(kind)
        return { restart: true, after: 0 }
      },
    }
    const runner = { resourceLimits: { maxOldGenerationSizeMb: 32 } }
    await using stage = await new Stage([{ name: 'a', restart: own, runner }]).start()
    await expect(stage.pool.jobs.send('a', { act: 'hoard' })).rejects.toMatchObject({ code: 'ERR_WORKER_LOST' })
    await stage.until({ at: 'online' }, 2)
    expect(asked).toEqual(['out-of-memory'])
  })
})

test('two pools of one process have groups of the same name, and nothing to do with each other [B30]', async () => {
  await using one = await new Stage([{ name: 'a' }]).start()
  await using other = await new Stage([{ name: 'a', minWorkers: 2 }]).start()
  await one.pool.stop()
  expect(await other.pool.jobs.send('a', 'goes on')).toBe('goes on')
  expect(other.pool.workers.map(({ status }) => status)).toEqual(['available', 'available'])
})

describe('restart', () => {
  // Found by the storm of groups: the replacement took the record of the worker that was due, whose start failed then.
  test('of a worker waits for one that still leaves, and takes no room from one that is due', async () => {
    const decide = () => ({ restart: true, after: 1500 }) as const
    await using stage = await new Stage([{ name: 'a', minWorkers: 2, restart: { decide } }]).start()
    const flag = new SharedArrayBuffer(4)
    const wait = () => stage.pool.jobs.send('a', { act: 'wait', flag }).catch(() => 'lost')
    const waits = [wait(), wait()]
    await stage.until({ at: 'waits' }, 2)
    stage.tell('a-2', { act: 'exit', code: 1 })
    await stage.until({ at: 'restart', id: 'a-2' })
    expect(await stage.pool.restartWorker('a-1')).toBe(true)
    waits.push(wait())
    await stage.until({ at: 'waits' }, 3)
    const again = stage.pool.restartWorker('a-1')
    await stage.until({ at: 'online', id: 'a-2' }, 2)
    expect(stage.all({ at: 'restart' })).toHaveLength(1)
    Atomics.store(new Int32Array(flag), 0, 1)
    expect(await again).toBe(true)
    expect((await Promise.all(waits)).sort()).toEqual(['lost', 'waited', 'waited'])
    expect(stage.pool.workers.map(({ starts }) => starts)).toEqual([3, 2])
  })

  test('hard: all workers at once, without asking the strategy [testRestart, B11]', async () => {
    await using stage = new Stage([{ name: 'a', minWorkers: 2, restart: restart.never() }])
    await stage.start()
    await stage.pool.restart({ hard: true })
    expect(stage.all({ at: 'online' })).toHaveLength(4)
    expect(stage.all({ at: 'restart' })).toEqual([])
    expect(stage.pool.workers.map(({ status, starts, crashes }) => [status, starts, crashes])).toEqual([
      ['available', 2, 0],
      ['available', 2, 0],
    ])
  })

  test('soft: one worker after the other, its successor first, never fewer available than there were [testSoftRestart]', async () => {
    await using stage = new Stage([{ name: 'a', minWorkers: 2, restart: restart.never() }, { name: 'b' }])
    await stage.start()
    let fewest = Infinity
    const count = (): void => {
      const available = stage.pool.workers.filter(({ status }) => status === 'available').length
      fewest = Math.min(fewest, available)
    }
    stage.pool.on('workerExit', count).on('workerOnline', count)
    const before = stage.pool.workers.map(({ threadId }) => threadId)
    await stage.pool.restart()
    const after = stage.pool.workers.map(({ threadId }) => threadId)
    expect(after.every((threadId, i) => threadId !== before[i])).toBe(true)
    expect(fewest).toBe(3)
    await stage.until({ at: 'exit' }, 3)
    expect(stage.pool.workers.map(({ status }) => status)).toEqual(['available', 'available', 'available'])
  })

  test('of one worker', async () => {
    await using stage = new Stage([{ name: 'a', minWorkers: 2 }])
    await stage.start()
    expect(await stage.pool.restartWorker('a-2')).toBe(true)
    expect(stage.pool.workers.map(({ starts }) => starts)).toEqual([1, 2])
    expect(await stage.pool.restartWorker('b-1')).toBe(false)
  })
})

describe('scaleGroup', () => {
  test('starts and ends workers within the bounds, and says by how many [testScale, B11]', async () => {
    await using stage = new Stage([{ name: 'a', minWorkers: 1, maxWorkers: 4, restart: restart.never() }])
    await stage.start()
    expect(stage.pool.scaleGroup('a', 2)).toBe(2)
    await stage.until({ at: 'online' }, 3)
    expect(stage.pool.scaleGroup('a', 5)).toBe(1)
    await stage.until({ at: 'online' }, 4)
    expect(stage.pool.scaleGroup('a', -9)).toBe(-3)
    await stage.until({ at: 'exit' }, 3)
    expect(stage.pool.workers.map(({ status }) => status)).toEqual(['available', 'idle', 'idle', 'idle'])
    expect(stage.pool.scaleGroup('a', 1)).toBe(1)
    await stage.until({ at: 'online' }, 5)
    expect(stage.all({ at: 'scaled' }).map(({ from, to }) => [from, to])).toEqual([
      [1, 3],
      [3, 4],
      [4, 1],
      [1, 2],
    ])
    expect(() => stage.pool.scaleGroup('b', 1)).toThrow(/no group of this name/)
  })
})
