/** How a pool can refuse, end or lose a work, as classes with a stable `code`. */

import { named, ThreadcrewError } from './base.js'
import { textOf } from './words.js'

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

  /** @param reason of the work's own signal */
  static bySignal(reason: unknown): WorkDiscardedError {
    return new this('its signal', { cause: reason })
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
