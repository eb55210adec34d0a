/** How groups of workers can fail, as classes with a stable `code`. */

import { named, ThreadcrewError } from './base.js'

/** A group is not as it must be, or not what is wanted of it. */
export class GroupConfigError extends ThreadcrewError {
  declare readonly code: 'ERR_GROUP_CONFIG'
  /** Name of the group; undefined where it has none that could be, or where all of them are concerned. */
  readonly group: string | undefined
  /** Which of its options is wrong; undefined where it is about none in particular. */
  readonly field: string | undefined

  /** @param problem in words, with the offending value */
  constructor(
    problem: string,
    facts: { readonly group?: string | undefined; readonly field?: string | undefined } = {},
    options?: ErrorOptions,
  ) {
    const { group, field } = facts
    const whose = group === undefined ? '' : `group '${group}': `
    // The text of a check names the option already.
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
 * No worker of the group had a free place for a job within its timeout, or the group is down. The job has not begun, unless it
 * was to be tried again after its worker was lost.
 */
export class NoWorkersAvailableError extends ThreadcrewError {
  declare readonly code: 'ERR_NO_WORKERS_AVAILABLE'
  /** The group that the job was for. */
  readonly group: string
  /** Ms for which it waited. */
  readonly waitedMs: number

  constructor(group: string, waitedMs: number, because: 'full' | 'down' = 'full') {
    super(
      'ERR_NO_WORKERS_AVAILABLE',
      because === 'down'
        ? `group '${group}' is down: none of its workers runs or will be started again`
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

/** A group is down: its workers ended by failure, and its restart strategy, or `maxStartFailures`, lets none start again. */
export class RestartBudgetExceededError extends ThreadcrewError {
  declare readonly code: 'ERR_RESTART_BUDGET_EXCEEDED'
  /** The group that is down. */
  readonly group: string
  /** How often the worker that ended last had been started again; undefined where nobody counted. */
  readonly restarts: number | undefined

  /** @param why in words. `options.cause` is what the last worker died of, if there is an error. */
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

/** `restart()` could not replace these workers. Softly, they go on as they were. */
export class RestartFailedError extends ThreadcrewError {
  declare readonly code: 'ERR_RESTART_FAILED'
  /** Their ids. */
  readonly workers: readonly string[]

  constructor(workers: readonly string[]) {
    super(
      'ERR_RESTART_FAILED',
      `not replaced: ${workers.join(', ')}; event 'workerExit' and the log tell why a successor did not start`,
    )
    this.workers = workers
  }

  static {
    named(this)
  }
}

/**
 * Thrown by the code of a group's worker: the whole pool stops, no worker is started again, and `run()` of the pool rejects
 * with this error.
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

/** Thrown by the code of a group's worker: this worker ends and stays down; no restart strategy is asked. */
export class TerminateWorkerError extends ThreadcrewError {
  declare readonly code: 'ERR_TERMINATE_WORKER'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_TERMINATE_WORKER', message, options)
  }

  static {
    named(this)
  }
}
