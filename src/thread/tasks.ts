/** The tasks that this thread knows, by number: compiled or loaded at first use. Knows neither lanes nor works. */

import { InvariantError } from '../errors/base.js'
import type { TaskDefinition } from '../lane/messages.js'
import { compileTask, explainFailure, type TaskFunction } from './functions.js'
import { loadTask } from './modules.js'

/** What works are for that name no function: this thread says. */
let handler: TaskFunction | undefined

/** From here on such works call this function. False where there is one already. */
export function setHandler(fn: TaskFunction): boolean {
  if (handler !== undefined) return false
  handler = fn
  return true
}

/** A run that took no longer is short. */
const SHORT_MS = 0.25

export class ThreadTask {
  readonly #definition: TaskDefinition
  #callable: TaskFunction | undefined
  /** Its last eight runs on this thread, a bit for each that was long. What the first was, those before count as. */
  #longRuns: number | undefined

  constructor(definition: TaskDefinition) {
    this.#definition = definition
  }

  /** The function to call, or a promise of it where its module has yet to be loaded. Throws what compiling throws. */
  callable(): TaskFunction | Promise<TaskFunction> {
    if (this.#callable !== undefined) return this.#callable
    if (this.#definition.type === 'function') return (this.#callable = compileTask(this.#definition))
    if (this.#definition.type === 'handler') return handler ?? unhandled()
    // A module that could not be loaded is tried again by the next work: the file may be there by then.
    return loadTask(this.#definition).then(callable => (this.#callable = callable))
  }

  /** Remembers how long a run took. */
  ran(ms: number): void {
    const isLong = ms > SHORT_MS
    this.#longRuns =
      this.#longRuns === undefined ? (isLong ? 0xff : 0) : ((this.#longRuns << 1) & 0xff) | Number(isLong)
  }

  /** Whether its runs are short but for one in eight at the most: a thread that loses its processor makes any run long. */
  get isShort(): boolean {
    return this.#longRuns !== undefined && (this.#longRuns & (this.#longRuns - 1)) === 0
  }

  /** What the caller should see of an error that this task threw. */
  explain(error: unknown): unknown {
    return this.#definition.type === 'function' ? explainFailure(error, this.#definition) : error
  }
}

function unhandled(): never {
  throw new Error('this worker handles no jobs: its entry point has to call worker.handleJobs(fn) in initialize()')
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
      throw new InvariantError(`a work came for task ${number}, which this thread was never told of`)
    return task
  }
}
