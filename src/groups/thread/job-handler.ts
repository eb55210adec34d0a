/** Calls the user's job handler, counts its jobs, and gives each its context. Knows no lanes. */

import { isThenable } from '../../thread/runner.js'
import { setHandler } from '../../thread/tasks.js'
import type { WorkContext } from '../../work-context.js'
import type { JobContext, JobHandler } from '../group-worker.js'
import type { SharedState } from '../shared-state.js'
import type { JobScheduler, Seat } from './scheduler.js'

/** What a handler sees of its job. Nothing here is made before the handler asks for it. */
class RunningJob implements JobContext {
  readonly priority: number
  readonly #work: WorkContext
  readonly #seat: Seat

  constructor(work: WorkContext, priority: number, seat: Seat) {
    this.#work = work
    this.priority = priority
    this.#seat = seat
  }

  get id(): string {
    return this.#work.id
  }

  get signal(): AbortSignal {
    return this.#work.signal
  }

  // A handler may take its context apart: `{ pause, progress }`. So these need no `this`, and are made when they are asked for.

  get progress(): (value: unknown) => void {
    return value => this.#work.progress(value)
  }

  get pause(): () => Promise<void> {
    return () => this.#seat.pause()
  }
}

/**
 * From here on this handler does the jobs of this thread.
 *
 * @throws {TypeError} not a function. @throws {Error} there is a handler already
 */
export function handleJobs(handler: JobHandler, scheduler: JobScheduler, shared: SharedState, record: number): void {
  if (typeof handler !== 'function')
    throw new TypeError(`handleJobs(handler): handler must be a function, got ${typeof handler}`)

  function doJob(this: WorkContext, data: unknown, given: unknown): unknown {
    const priority = Number(given)
    const seat = scheduler.begin(priority)
    shared.jobBegun(record)
    const ended = (well: boolean): void => {
      seat.end()
      shared.jobEnded(record, well)
    }
    let result: unknown
    try {
      result = handler(data, new RunningJob(this, priority, seat))
      // Looked at here, since it may be a getter, and throw.
      if (!isThenable(result)) {
        ended(true)
        return result
      }
    } catch (error) {
      ended(false)
      throw error
    }
    return Promise.resolve(result).then(
      value => {
        ended(true)
        return value
      },
      (error: unknown) => {
        ended(false)
        throw error
      },
    )
  }

  if (!setHandler(doJob)) throw new Error('handleJobs() was called before: a worker has one handler for its jobs')
}
