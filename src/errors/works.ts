/** How a pool can refuse, end or lose a work: classes with a stable `code`. */

import { named, ThreadcrewError } from './base.js'
import { textOf } from './words.js'

/**
 * The pool was used after `stop()` was called: by `execute()`, `scale()`, `restart()`, `jobs.send()`, a setter and so
 * on. Create a new pool for further works.
 *
 * @group Errors
 */
export class PoolStoppedError extends ThreadcrewError {
  declare readonly code: 'ERR_POOL_STOPPED'

  /** @param what the call that failed, such as `execute()` */
  constructor(what: string) {
    super('ERR_POOL_STOPPED', `${what}: the pool was stopped; create a new pool for further works`)
  }

  static {
    named(this)
  }
}

/**
 * The work buffer was full, and the pool has `whenFull: 'reject'`. The work was never sent to a thread.
 *
 * @group Errors
 */
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
      `the work buffer is full: ${figures.queued} queued with workBuffer ${figures.workBuffer}, ${load}; ` +
        `await work.accepted before you submit more, raise workBuffer, or use whenFull: 'wait'`,
    )
  }

  static {
    named(this)
  }
}

/**
 * The work was cancelled: by `discard()` or `discardUnstarted()`, by its signal, by `work.stop()`, by a hot `scale()`,
 * `restart()` or `stop()` of the pool, by a hot `stop()` of its worker, or by the end of its `map()` or `stream()`. If
 * its signal did it, the `cause` is the signal's reason.
 *
 * @group Errors
 */
export class WorkDiscardedError extends ThreadcrewError {
  declare readonly code: 'ERR_WORK_DISCARDED'

  /** @param by what cancelled the work, in words. `options.cause` is the reason of its signal, if it was the signal. */
  constructor(by: string, options?: ErrorOptions) {
    super('ERR_WORK_DISCARDED', `work discarded by ${by}`, options)
  }

  /**
   * The error of a work whose own signal was aborted.
   *
   * @param reason of the signal; it becomes the `cause`
   */
  static bySignal(reason: unknown): WorkDiscardedError {
    return new this('its signal', { cause: reason })
  }

  static {
    named(this)
  }
}

/**
 * A time limit passed: `timeout`, which counts from the start (phase `'run'`), or `queueTimeout`, from submission
 * (phase `'queue'`).
 *
 * @group Errors
 */
export class WorkTimeoutError extends ThreadcrewError {
  declare readonly code: 'ERR_WORK_TIMEOUT'
  /** Which limit passed: `'queue'` before the work started, `'run'` while it ran. */
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
 * How a thread ended while it had a work: `'exit'` (it called `process.exit`), `'crash'` (an uncaught error, which is
 * the `cause`), `'out-of-memory'` (it reached its heap limit), `'answer-lost'` (the function had ended, but its result
 * was lost with the thread).
 *
 * @group Errors
 */
export type WorkerLostReason = 'exit' | 'crash' | 'out-of-memory' | 'answer-lost'

/**
 * The thread ended while it had the work.
 *
 * @group Errors
 */
export class WorkerLostError extends ThreadcrewError {
  declare readonly code: 'ERR_WORKER_LOST'
  /** The worker that had the work. */
  readonly workerId: string
  /** Exit code of the thread. */
  readonly exitCode: number
  /** Whether the function had begun. If not, it is safe to run the work again. */
  readonly started: boolean
  /** How the thread ended. */
  readonly reason: WorkerLostReason

  constructor(
    facts: { workerId: string; exitCode: number; started: boolean; reason: WorkerLostReason },
    options?: ErrorOptions,
    when = facts.started
      ? 'while this work ran on it'
      : 'before this work started; its function did not run, but the buffers moved with it are lost',
  ) {
    const how = {
      exit: `exited with code ${facts.exitCode}`,
      crash: `crashed (exit code ${facts.exitCode})`,
      'out-of-memory': 'reached its heap limit (resourceLimits.maxOldGenerationSizeMb)',
      'answer-lost':
        `ended (exit code ${facts.exitCode}) after the function had ended but before its result was sent; ` +
        'the work did run, so run it again only if that does no harm',
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

  /** For the pool's `error` event: the thread had no work. */
  static whileIdle(workerId: string, exitCode: number): WorkerLostError {
    return new this({ workerId, exitCode, started: false, reason: 'exit' }, undefined, 'while nothing ran on it')
  }

  static {
    named(this)
  }
}

/**
 * Threads do not start, or `setup` fails on them. The last failure is the `cause`.
 *
 * @group Errors
 */
export class WorkerStartError extends ThreadcrewError {
  declare readonly code: 'ERR_WORKER_START'
  /** How many starts in a row have failed. */
  readonly attempts: number

  constructor(attempts: number, cause: unknown) {
    super(
      'ERR_WORKER_START',
      `no worker thread could be started (${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} failed): ${textOf(cause)}`,
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

/**
 * The function cannot be run from its text in another thread. The message says why, and what to do instead.
 *
 * @group Errors
 */
export class UnshippableFunctionError extends ThreadcrewError {
  declare readonly code: 'ERR_FUNCTION_NOT_SHIPPABLE'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_FUNCTION_NOT_SHIPPABLE', message, options)
  }

  static {
    named(this)
  }
}

/**
 * An argument, a result, or another value to be sent holds something that cannot be copied to another thread.
 *
 * @group Errors
 */
export class UncloneableValueError extends ThreadcrewError {
  declare readonly code: 'ERR_VALUE_NOT_CLONEABLE'
  /** Where that value is, such as `args[0].options.onDone` or `result.log`. */
  readonly path: string

  constructor(path: string, what: string, options?: ErrorOptions) {
    super('ERR_VALUE_NOT_CLONEABLE', `${path} cannot be copied to another thread: ${what}`, options)
    this.path = path
  }

  static {
    named(this)
  }
}
