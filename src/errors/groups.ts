/** How groups of workers can fail: classes with a stable `code`. */

import { named, ThreadcrewError } from './base.js'
import { textOf } from './words.js'

/**
 * The description of a group is wrong, or a call asks for something that the groups do not have.
 *
 * @group Errors
 */
export class GroupConfigError extends ThreadcrewError {
  declare readonly code: 'ERR_GROUP_CONFIG'
  /** Name of the group; undefined if it has no valid name, or if the error is about all groups. */
  readonly group: string | undefined
  /** The option that is wrong; undefined if the error is about no single option. */
  readonly field: string | undefined

  /** @param problem what is wrong, in words, with the offending value */
  constructor(
    problem: string,
    facts: { readonly group?: string | undefined; readonly field?: string | undefined } = {},
    options?: ErrorOptions,
  ) {
    const { group, field } = facts
    const whose = group === undefined ? '' : `group '${group}': `
    // The message of a check already names the option.
    const which = field === undefined || problem.includes(field) ? '' : `${field}: `
    super('ERR_GROUP_CONFIG', `${whose}${which}${problem}`, options)
    this.group = group
    this.field = field
  }

  static {
    named(this)
  }
}

/**
 * No worker of the group had a free place for the job within the job's timeout, or the group is down. The job has not
 * begun, unless it was waiting for a retry after its worker was lost.
 *
 * @group Errors
 */
export class NoWorkersAvailableError extends ThreadcrewError {
  declare readonly code: 'ERR_NO_WORKERS_AVAILABLE'
  /** Name of the group that the job was sent to. */
  readonly group: string
  /** How long the job waited, in ms. */
  readonly waitedMs: number

  constructor(group: string, waitedMs: number, because: 'full' | 'down' = 'full') {
    super(
      'ERR_NO_WORKERS_AVAILABLE',
      because === 'down'
        ? `group '${group}' is down: none of its workers runs or will be started by itself; restart() or scaleGroup() of the pool starts them`
        : `no worker of group '${group}' had a free place within ${waitedMs} ms; ` +
            'raise maxWorkers or maxJobs of the group, or the timeout of the job',
    )
    this.group = group
    this.waitedMs = waitedMs
  }

  static {
    named(this)
  }
}

/**
 * A group is down: its workers failed, and its restart strategy, or `maxStartFailures`, allows no further start.
 *
 * @group Errors
 */
export class RestartBudgetExceededError extends ThreadcrewError {
  declare readonly code: 'ERR_RESTART_BUDGET_EXCEEDED'
  /** Name of the group that is down. */
  readonly group: string
  /** How often the worker that ended last had been restarted; undefined if that was not counted. */
  readonly restarts: number | undefined

  /**
   * @param why the group is down, in words. `options.cause` is the error that ended the last worker, if there is one.
   */
  constructor(group: string, why: string, options?: ErrorOptions & { readonly restarts?: number }) {
    const { restarts } = options ?? {}
    const count = restarts === undefined ? '' : ` after ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`
    super('ERR_RESTART_BUDGET_EXCEEDED', `group '${group}' is down${count}: ${why}`, options)
    this.group = group
    this.restarts = restarts
  }

  static {
    named(this)
  }
}

/**
 * `restart()` could not replace some workers. After a soft restart, those that ran keep running. The `cause` is the error
 * with which the first of them did not start.
 *
 * @group Errors
 */
export class RestartFailedError extends ThreadcrewError {
  declare readonly code: 'ERR_RESTART_FAILED'
  /** The ids of the workers that were not replaced. */
  readonly workers: readonly string[]

  constructor(workers: readonly string[], options?: ErrorOptions) {
    const [first = '', ...others] = workers
    const why = options === undefined ? '' : `: ${first} did not start: ${textOf(options.cause)}`
    const more = others.length === 0 ? '' : `; the 'workerExit' event and the log say why the others did not`
    super('ERR_RESTART_FAILED', `not replaced: ${workers.join(', ')}${why}${more}`, options)
    this.workers = workers
  }

  static {
    named(this)
  }
}

/**
 * Throw this from the code of a group's worker to stop the whole pool: no worker is started again, and the pool's
 * `run()` rejects with this error.
 *
 * @group Errors
 */
export class FatalWorkerError extends ThreadcrewError {
  declare readonly code: 'ERR_FATAL_WORKER'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_FATAL_WORKER', message, options)
  }

  static {
    named(this)
  }
}

/**
 * Throw this from the code of a group's worker to end this worker for good, whatever the restart strategy says.
 *
 * @group Errors
 */
export class TerminateWorkerError extends ThreadcrewError {
  declare readonly code: 'ERR_TERMINATE_WORKER'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_TERMINATE_WORKER', message, options)
  }

  static {
    named(this)
  }
}

/**
 * A worker was told to end: by `stop()` of the worker or of the pool, by a restart, to shrink its group, or because its own
 * `run()` returned. The reason of `worker.signal`, and of `pause()` when the worker is ended at once.
 *
 * @group Errors
 */
export class WorkerStoppedError extends ThreadcrewError {
  declare readonly code: 'ERR_WORKER_STOPPED'
  /** The id of the worker. */
  readonly workerId: string

  constructor(workerId: string) {
    super('ERR_WORKER_STOPPED', `worker ${workerId} was told to end`)
    this.workerId = workerId
  }

  static {
    named(this)
  }
}
