/** Calls the user's job handler, counts its jobs, and gives each its context. Knows no lanes. */

import type { WorkContext } from '../../task/context.js'
import { isThenable } from '../../thread/runner.js'
import { setHandler } from '../../thread/tasks.js'
import type { JobContext, JobHandler } from '../shared/group-worker.js'
import type { SharedState } from '../shared/records.js'
import type { JobScheduler, Seat } from './scheduler.js'

/** What a handler sees of its job. Nothing here is made before the handler asks for it. */
class RunningJob implements JobContext {
  readonly priority: number
  readonly #work: WorkContext
  readonly #scheduler: JobScheduler
  #seat: Seat | undefined
  #isOver = false

  constructor(work: WorkContext, priority: number, scheduler: JobScheduler) {
    this.#work = work
    this.priority = priority
    this.#scheduler = scheduler
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
    const seat = this.sit()
    return () => seat.pause()
  }

  /** It takes part in who goes on next. What ends in one go need not: nobody could go on meanwhile. */
  sit(): Seat {
    if (this.#seat === undefined) {
      this.#seat = this.#scheduler.begin(this.priority)
      // Asked for by code that outlives the job: nobody is to wait for that.
      if (this.#isOver) this.#seat.end()
    }
    return this.#seat
  }

  end(): void {
    this.#isOver = true
    this.#seat?.end()
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

  function doJob(this: WorkContext, data: unknown, given: unknown = 0): unknown {
    const job = new RunningJob(this, Number(given), scheduler)
    shared.jobBegun(record)
    let result: unknown
    try {
      result = handler(data, job)
      // Looked at here, since it may be a getter, and throw.
      if (!isThenable(result)) {
        ended(job, true)
        return result
      }
    } catch (error) {
      ended(job, false)
      throw error
    }
    job.sit()
    return Promise.resolve(result).then(
      value => {
        ended(job, true)
        return value
      },
      (error: unknown) => {
        ended(job, false)
        throw error
      },
    )
  }

  const ended = (job: RunningJob, well: boolean): void => {
    job.end()
    shared.jobEnded(record, well)
  }

  if (!setHandler(doJob)) throw new Error('handleJobs() was called before: a worker has one handler for its jobs')
}
