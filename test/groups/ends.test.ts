/** Ends and stops in any order: whoever hears of something may end the worker, or the pool, there and then. */

import { FatalWorkerError, RestartBudgetExceededError, restart, type WorkerView } from 'threadcrew/groups'
import { describe, expect, test } from 'vitest'
import { Script, SCRIPTED } from '../support/groups/script.js'
import { Stage } from '../support/groups/stage.js'

const FORMS = new URL('../support/groups/forms.js', import.meta.url).href
const remains = (stage: Stage): unknown[] =>
  stage.pool.workers.map(({ status, threadId, starts }) => [status, threadId, starts])

describe('a pool', () => {
  test('that is stopped during a hard restart has no thread left', async () => {
    await using stage = await new Stage([{ name: 'a', minWorkers: 2 }]).start()
    const restarting = stage.pool.restart({ hard: true })
    await stage.pool.stop()
    const left = remains(stage)
    await restarting
    expect(left).toEqual([
      ['idle', undefined, 1],
      ['idle', undefined, 1],
    ])
    expect(remains(stage)).toEqual(left)
  })

  test('that is stopped by who hears of a restart has no thread left', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    let left: unknown
    stage.pool.on('stopped', () => (left = remains(stage)))
    stage.pool.on('workerRestart', () => void stage.pool.stop({ hot: true }))
    stage.tell('a-1', { act: 'fail' })
    expect(await stage.ended).toBeUndefined()
    expect(left).toEqual([['idle', undefined, 1]])
  })

  test('that is stopped by who hears of the error that ends it rejects with that error', async () => {
    await using stage = await new Stage([{ name: 'a', restart: restart.never() }]).start()
    stage.pool.on('error', () => void stage.pool.stop())
    stage.tell('a-1', { act: 'fail' })
    const error = await stage.ended
    expect(error).toBeInstanceOf(RestartBudgetExceededError)
    expect(error).toMatchObject({ cause: { code: 'TOLD' } })
  })

  test('that is stopped by who hears of the end of a worker rejects with the FatalWorkerError of that', async () => {
    await using stage = await new Stage([{ name: 'a', type: 'reactor' }]).start()
    stage.pool.on('workerExit', () => void stage.pool.stop())
    stage.tell('a-1', { act: 'fatal' })
    expect(await stage.ended).toBeInstanceOf(FatalWorkerError)
  })

  test.each([
    ['pool.stop()', (stage: Stage) => void stage.pool.stop()],
    ['the end of its last worker', (stage: Stage) => void stage.worker('b-1').stop()],
  ])('of which a group went down long ago is not ended by that, but by %s', async (_, end) => {
    await using stage = await new Stage([{ name: 'a', restart: restart.never() }, { name: 'b' }]).start()
    stage.tell('a-1', { act: 'fail' })
    await stage.until({ at: 'groupDown' })
    end(stage)
    expect(await stage.ended).toBeUndefined()
  })

  test('that a fatal error ends is a stopped one at once: its signal, and what is sent', async () => {
    await using stage = await new Stage([{ name: 'a' }, { name: 'b' }]).start()
    const flag = new SharedArrayBuffer(4)
    const slow = stage.pool.jobs.send('b', { act: 'wait', flag })
    await stage.until({ at: 'waits' })
    const aborted = new Promise(resolve => stage.pool.signal.addEventListener('abort', resolve))
    stage.tell('a-1', { act: 'fatal' })
    await aborted
    await expect(stage.pool.jobs.send('b', 1)).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
    Atomics.store(new Int32Array(flag), 0, 1)
    expect(await slow).toBe('waited')
    expect(await stage.ended).toBeInstanceOf(FatalWorkerError)
  })

  test('is ended by a fatal error also of a worker that was told to end', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    stage.tell('a-1', { act: 'at last', what: 'fatal' })
    expect(await stage.pool.restartWorker('a-1')).toBe(true)
    expect(await stage.ended).toMatchObject({ code: 'ERR_FATAL_WORKER', message: 'fatal at last' })
  })

  test('whose last worker was stopped by itself has ended', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    await stage.worker('a-1').stop()
    expect(await stage.ended).toBeUndefined()
  })

  test('that was stopped before it runs starts nothing, and says so', async () => {
    await using stage = new Stage([{ name: 'a' }])
    await stage.pool.stop()
    stage.run()
    await expect(stage.pool.started).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
    expect(await stage.ended).toBeUndefined()
    expect(stage.pool.workers).toEqual([])
    await stage.pool.stop()
  })
})

describe('a hard restart', () => {
  test('of which one worker does not come back goes on while others have not ended yet', async () => {
    using _script = new Script('b', ['well', 'terminate'])
    await using stage = await new Stage([{ name: 'a' }, { name: 'b', entryPoint: SCRIPTED }]).start()
    const flag = new SharedArrayBuffer(4)
    const slow = stage.pool.jobs.send('a', { act: 'wait', flag })
    await stage.until({ at: 'waits' })
    const restarting = stage.pool.restart({ hard: true })
    await stage.when(() => stage.worker('b-1').status === 'down')
    // For a moment no worker runs or is due: a-1 has its job to finish.
    expect(stage.worker('a-1').status).toBe('stopping')
    Atomics.store(new Int32Array(flag), 0, 1)
    await slow
    await expect(restarting).rejects.toMatchObject({ code: 'ERR_RESTART_FAILED', workers: ['b-1'] })
    expect(await stage.pool.jobs.send('a', 'goes on')).toBe('goes on')
  })

  test('during the start does not make `started` say that the pool was stopped', async () => {
    using script = new Script('a', ['wait'])
    await using stage = new Stage([{ name: 'a', entryPoint: SCRIPTED }])
    stage.run()
    await stage.until({ at: 'starts' })
    const restarting = stage.pool.restart({ hard: true })
    script.goOn()
    await stage.pool.started
    await restarting
    expect(stage.worker('a-1')).toMatchObject({ status: 'available', starts: 2 })
  })
})

describe('a worker', () => {
  test.each([
    ['its exit', (stage: Stage, stop: (worker: WorkerView) => void) => stage.pool.on('workerExit', stop)],
    ['its restart', (stage: Stage, stop: (worker: WorkerView) => void) => stage.pool.on('workerRestart', stop)],
  ])('that is stopped by who hears of %s is not started again', async (_, listen) => {
    await using stage = await new Stage([{ name: 'a' }, { name: 'b' }]).start()
    listen(stage, worker => void (worker.id === 'a-1' && worker.stop()))
    stage.tell('a-1', { act: 'fail' })
    await stage.until({ at: 'exit' })
    // A start of a-1 would have begun before this one.
    stage.tell('b-1', { act: 'fail' })
    await stage.until({ at: 'online', id: 'b-1' }, 2)
    expect(stage.worker('a-1')).toMatchObject({ status: 'idle', starts: 1 })
  })

  test('that is told to end while it starts is never available, though its start goes well', async () => {
    using script = new Script('a', ['wait'])
    await using stage = new Stage([{ name: 'a', entryPoint: SCRIPTED }, { name: 'b' }])
    stage.run()
    await stage.until({ at: 'starts' })
    const stopped = stage.worker('a-1').stop()
    script.goOn()
    await stopped
    expect(stage.all({ at: 'online', id: 'a-1' })).toEqual([])
    await expect(stage.pool.started).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
    expect(stage.worker('a-1')).toMatchObject({ status: 'idle', starts: 1 })
  })

  test('that exits in its start leaves no job alone', async () => {
    const entryPoint = `${FORMS}#exiting`
    await using stage = new Stage([{ name: 'a', entryPoint, restart: restart.never() }, { name: 'b' }])
    stage.run()
    await expect(stage.pool.jobs.send('a', 1)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(WORKER_LOST|NO_WORKERS_AVAILABLE)$/) as string,
    })
  })

  test('that dies of an error while it finishes its jobs tells of the error', async () => {
    await using stage = await new Stage([{ name: 'a' }]).start()
    const job = stage.pool.jobs.send('a', { act: 'throw at last' })
    await stage.until({ at: 'waits' })
    stage.tell('a-1', { act: 'return' })
    await expect(job).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', reason: 'crash' })
    expect(await stage.until({ at: 'exit' })).toMatchObject({ code: 1, error: { message: 'thrown at last' } })
  })
})
