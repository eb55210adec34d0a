/**
 * The tasks that this thread knows, by number. Each is compiled or loaded at its first use. It knows nothing about
 * lanes or works.
 */

import { InvariantError } from '../errors/base.js'
import type { TaskDefinition } from '../lane/messages.js'
import { compileTask, explainFailure, type TaskFunction } from './functions.js'
import { loadTask } from './modules.js'

/** The function for works that do not name one. Jobs use it. */
let handler: TaskFunction | undefined

/** Sets the function that jobs call. False if there is one already. */
export function setHandler(fn: TaskFunction): boolean {
  if (handler !== undefined) return false
  handler = fn
  return true
}

/** A run of at most this many ms is short. */
const SHORT_MS = 0.25

export class ThreadTask {
  readonly #definition: TaskDefinition
  #callable: TaskFunction | undefined
  /**
   * The last eight runs on this thread, with a bit set for each long one. Until there are eight, the missing ones count
   * like the first run.
   */
  #longRuns: number | undefined

  constructor(definition: TaskDefinition) {
    this.#definition = definition
  }

  /** The function to call, or a promise of it if its module must be loaded first. Throws what compiling throws. */
  callable(): TaskFunction | Promise<TaskFunction> {
    if (this.#callable !== undefined) return this.#callable
    if (this.#definition.type === 'function') return (this.#callable = compileTask(this.#definition))
    if (this.#definition.type === 'handler') return handler ?? unhandled()
    // If the module cannot be loaded, the next work tries again: the file may exist by then.
    return loadTask(this.#definition).then(callable => (this.#callable = callable))
  }

  /** Remembers how long a run took. */
  ran(ms: number): void {
    const isLong = ms > SHORT_MS
    this.#longRuns =
      this.#longRuns === undefined ? (isLong ? 0xff : 0) : ((this.#longRuns << 1) & 0xff) | Number(isLong)
  }

  /**
   * Whether at most one of the last eight runs was long. One is allowed, because any run is long if its thread is
   * descheduled.
   */
  get isShort(): boolean {
    return this.#longRuns !== undefined && (this.#longRuns & (this.#longRuns - 1)) === 0
  }

  /** The error that the caller gets for an error that this task threw. */
  explain(error: unknown): unknown {
    return this.#definition.type === 'function' ? explainFailure(error, this.#definition) : error
  }
}

function unhandled(): never {
  throw new Error('this worker handles no jobs: call worker.handleJobs(fn) in initialize() of its entry point')
}

export class ThreadTasks {
  readonly #byNumber = new Map<number, ThreadTask>()

  define(definition: TaskDefinition): void {
    this.#byNumber.set(definition.number, new ThreadTask(definition))
  }

  forget(number: number): void {
    this.#byNumber.delete(number)
  }

  get(number: number): ThreadTask {
    const task = this.#byNumber.get(number)
    if (task === undefined)
      throw new InvariantError(`a work arrived for task ${number}, whose definition this thread never got`)
    return task
  }
}
