/**
 * Every way in which a pool can refuse, end or lose a work, and in which groups of workers can fail, as a class with a stable
 * `code`. Knows no other file, so that both sides of a lane can use it; what it exports crosses lanes as its own class.
 */

/** The common ancestor: `error instanceof ThreadcrewError` tells the pool's own errors from what tasks throw. */
export class ThreadcrewError extends Error {
  /** Stable for ever; match on it rather than on the text, which may improve. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  static {
    // On the prototype and not an own field: own fields of an error show up in every console.log of it.
    Object.defineProperty(this.prototype, 'name', { value: 'ThreadcrewError', configurable: true, writable: true })
  }
}

function named(constructor: { prototype: object; name: string }): void {
  Object.defineProperty(constructor.prototype, 'name', { value: constructor.name, configurable: true, writable: true })
}

/** `execute()`, `scale()` or a setter was used after `stop()` had been called. */
export class PoolStoppedError extends ThreadcrewError {
  declare readonly code: 'ERR_POOL_STOPPED'

  constructor(what: string) {
    super('ERR_POOL_STOPPED', `${what}: the pool was stopped; make a new Pool for further works`)
  }

  static {
    named(this)
  }
}

/** The work buffer was full and the pool was made with `whenFull: 'reject'`. The work was never sent anywhere. */
export class WorkBufferFullError extends ThreadcrewError {
  declare readonly code: 'ERR_WORK_BUFFER_FULL'

  constructor(figures: { queued: number; workBuffer: number; taken: number; places: number; workers: number }) {
    const { taken, places, workers } = figures
    const load =
      places === workers
        ? `${taken} of ${workers} available workers busy`
        : `${taken} of ${places} places on ${workers} available workers taken`
    super(
      'ERR_WORK_BUFFER_FULL',
      `work buffer full: ${figures.queued} queued with workBuffer ${figures.workBuffer}, ` +
        `${load}; ` +
        `await work.accepted for back-pressure, raise workBuffer, or use whenFull: 'wait'`,
    )
  }

  static {
    named(this)
  }
}

/** Somebody asked for the end of this work: discard, a signal, `work.stop()`, a hot `scale` or `stop`. */
export class WorkDiscardedError extends ThreadcrewError {
  declare readonly code: 'ERR_WORK_DISCARDED'

  /** @param by what ended it, in words. `options.cause` is the reason of the signal, if one did. */
  constructor(by: string, options?: ErrorOptions) {
    super('ERR_WORK_DISCARDED', `work discarded by ${by}`, options)
  }

  static {
    named(this)
  }
}

/** A time limit passed: `timeout` (phase `'run'`, counted from the start) or `queueTimeout` (phase `'queue'`, from submission). */
export class WorkTimeoutError extends ThreadcrewError {
  declare readonly code: 'ERR_WORK_TIMEOUT'
  /** Which limit it was. */
  readonly phase: 'queue' | 'run'

  constructor(
    phase: 'queue' | 'run',
    limitMs: number,
    message = phase === 'run'
      ? `work ran longer than its timeout of ${limitMs} ms`
      : `work did not start within its queueTimeout of ${limitMs} ms`,
  ) {
    super('ERR_WORK_TIMEOUT', message)
    this.phase = phase
  }

  static {
    named(this)
  }
}

/**
 * How a thread ended under a work: `'exit'` (it called `process.exit`), `'crash'` (an uncaught error, kept as `cause`),
 * `'out-of-memory'` (its heap limit), `'answer-lost'` (the function had ended, its result went down with the thread).
 */
export type WorkerLostReason = 'exit' | 'crash' | 'out-of-memory' | 'answer-lost'

/** The thread ended under the work. */
export class WorkerLostError extends ThreadcrewError {
  declare readonly code: 'ERR_WORKER_LOST'
  /** The worker that ran it. */
  readonly workerId: string
  /** Exit code of the thread. */
  readonly exitCode: number
  /** Whether the function had begun: if not, running it again is safe. */
  readonly started: boolean
  /** How the thread ended. */
  readonly reason: WorkerLostReason

  constructor(
    facts: { workerId: string; exitCode: number; started: boolean; reason: WorkerLostReason },
    options?: ErrorOptions,
    when = facts.started ? 'while this work ran on it' : 'before this work, already moved there, had started',
  ) {
    const how = {
      exit: `exited with code ${facts.exitCode}`,
      crash: `crashed (exit code ${facts.exitCode})`,
      'out-of-memory': 'reached its heap limit',
      'answer-lost': `ended (exit code ${facts.exitCode}) after the function had finished and before its result was sent`,
    }[facts.reason]
    super(
      'ERR_WORKER_LOST',
      `worker ${facts.workerId} ${how}${facts.reason === 'answer-lost' ? '' : ` ${when}`}`,
      options,
    )
    this.workerId = facts.workerId
    this.exitCode = facts.exitCode
    this.started = facts.started
    this.reason = facts.reason
  }

  /** For the pool's `error` event: no work was concerned. */
  static whileIdle(workerId: string, exitCode: number): WorkerLostError {
    return new this({ workerId, exitCode, started: false, reason: 'exit' }, undefined, 'while nothing ran on it')
  }

  static {
    named(this)
  }
}

/** Threads do not start, or `setup` fails on them: `cause` is the last failure. */
export class WorkerStartError extends ThreadcrewError {
  declare readonly code: 'ERR_WORKER_START'
  /** How many starts in a row have failed. */
  readonly attempts: number

  constructor(attempts: number, cause: unknown) {
    super(
      'ERR_WORKER_START',
      `no worker thread could be started (${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}): ${textOf(cause)}`,
      {
        cause,
      },
    )
    this.attempts = attempts
  }

  static {
    named(this)
  }
}

/** The function's text cannot be run in another thread; the message says why, and what to do instead. */
export class UnshippableFunctionError extends ThreadcrewError {
  declare readonly code: 'ERR_FUNCTION_NOT_SHIPPABLE'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_FUNCTION_NOT_SHIPPABLE', message, options)
  }

  static {
    named(this)
  }
}

/** An argument or a result holds something that cannot be copied to another thread. */
export class UncloneableValueError extends ThreadcrewError {
  declare readonly code: 'ERR_VALUE_NOT_CLONEABLE'
  /** Where it is, such as `args[0].options.onDone` or `result.log`. */
  readonly path: string

  constructor(path: string, what: string, options?: ErrorOptions) {
    super('ERR_VALUE_NOT_CLONEABLE', `${path} cannot be copied to another thread: ${what}`, options)
    this.path = path
  }

  static {
    named(this)
  }
}

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

/** A rule of the pool itself was broken. Always a bug in threadcrew: please report it with this text. */
export class InvariantError extends ThreadcrewError {
  declare readonly code: 'ERR_INVARIANT'

  constructor(message: string) {
    super('ERR_INVARIANT', `broken invariant (a bug in threadcrew): ${message}`)
  }

  static {
    named(this)
  }
}

/** `error.message` if there is one, else the value as a string; never throws. */
function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return 'a value that has no text'
  }
}
