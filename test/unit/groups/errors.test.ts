/** The errors of groups: what they say, and that they cross from a thread whole. */

import assert from 'node:assert'
import { describe, expect, it } from 'vitest'
import {
  FatalWorkerError,
  GroupConfigError,
  NoWorkersAvailableError,
  RestartBudgetExceededError,
  RestartFailedError,
  TerminateWorkerError,
  WorkerStoppedError,
} from '../../../src/errors/groups.js'
import { ThreadcrewError } from '../../../src/errors/base.js'
import { WorkTimeoutError } from '../../../src/errors/works.js'
import { fromErrorRecord, toErrorRecord } from '../../../src/values/error-record.js'

/** What the other side of a lane gets. */
function cross(thrown: unknown): unknown {
  return fromErrorRecord(structuredClone(toErrorRecord(thrown)))
}

const cause = Object.assign(new RangeError('the cause'), { code: 'E_CAUSE' })

describe('an error of groups', () => {
  it.each([
    [new GroupConfigError('it is wrong', { group: 'web', field: 'maxJobs' }, { cause }), 'ERR_GROUP_CONFIG'],
    [new GroupConfigError('there is no group'), 'ERR_GROUP_CONFIG'],
    [new NoWorkersAvailableError('resize', 250), 'ERR_NO_WORKERS_AVAILABLE'],
    [new RestartBudgetExceededError('resize', 'w', { cause, restarts: 3 }), 'ERR_RESTART_BUDGET_EXCEEDED'],
    [new RestartFailedError(['resize-1']), 'ERR_RESTART_FAILED'],
    [new RestartFailedError(['resize-1', 'resize-2'], { cause }), 'ERR_RESTART_FAILED'],
    [new WorkerStoppedError('resize-1'), 'ERR_WORKER_STOPPED'],
    [new FatalWorkerError('no disk', { cause }), 'ERR_FATAL_WORKER'],
    [new TerminateWorkerError('not needed', { cause }), 'ERR_TERMINATE_WORKER'],
  ] as const)('[29] crosses whole: %s', (error, code) => {
    const arrived = cross(error)
    assert(arrived instanceof ThreadcrewError)
    expect(Object.getPrototypeOf(arrived)).toBe(Object.getPrototypeOf(error))
    expect(arrived).toMatchObject({ code, name: error.constructor.name, message: error.message, stack: error.stack })
    expect({ ...arrived }).toEqual({ ...error })
    expect(arrived.cause).toEqual(error.cause)
    if (error.cause !== undefined) expect(arrived.cause).toMatchObject({ code: 'E_CAUSE' })
    expect(arrived.cause instanceof RangeError).toBe(error.cause !== undefined)
  })

  it('of a class of the user’s own crosses as the one below it, by which the Watcher knows it', () => {
    class NoDiskError extends FatalWorkerError {}
    const arrived = cross(new NoDiskError('no disk'))
    expect(arrived).toBeInstanceOf(FatalWorkerError)
    expect(arrived).not.toBeInstanceOf(TerminateWorkerError)
  })
})

describe('the text', () => {
  it('of a GroupConfigError names group and option, each once', () => {
    const of = (...args: ConstructorParameters<typeof GroupConfigError>): string =>
      new GroupConfigError(...args).message
    expect(of('there is a group of this name', { group: 'a', field: 'x' })).toBe(
      "group 'a': x: there is a group of this name",
    )
    expect(of('maxJobs must be 1, got 2', { group: 'a', field: 'maxJobs' })).toBe("group 'a': maxJobs must be 1, got 2")
    expect(of('the scheme is frozen', { group: 'a' })).toBe("group 'a': the scheme is frozen")
    expect(of('type is missing', { field: 'type' })).toBe('type is missing')
    expect(of('there is no group')).toBe('there is no group')
  })

  it('of a NoWorkersAvailableError says where, how long, and what to do', () => {
    const { message, group, waitedMs } = new NoWorkersAvailableError('resize', 250)
    expect([group, waitedMs]).toEqual(['resize', 250])
    expect(message).toMatch(/^no worker of group 'resize' had a free place within 250 ms; raise maxWorkers /)
  })

  it('of a RestartBudgetExceededError counts restarts where they are known', () => {
    const of = (restarts?: number): string =>
      new RestartBudgetExceededError('a', 'why', restarts === undefined ? { cause } : { cause, restarts }).message
    expect([of(), of(1), of(3)]).toEqual([
      "group 'a' is down: why",
      "group 'a' is down after 1 restart: why",
      "group 'a' is down after 3 restarts: why",
    ])
  })

  it('of a WorkTimeoutError can be another', () => {
    expect(new WorkTimeoutError('run', 5, 'job was not answered')).toMatchObject({
      phase: 'run',
      message: 'job was not answered',
    })
    expect(new WorkTimeoutError('run', 5).message).toBe('work ran longer than its timeout of 5 ms')
  })
})
