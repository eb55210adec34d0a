/** Calls the user's job handler, counts its jobs, and makes their contexts. It knows nothing about lanes. */

import type { WorkContext } from '../../task/context.js'
import { isThenable } from '../../thread/runner.js'
import { setHandler } from '../../thread/tasks.js'
import type { JobContext, JobHandler } from '../shared/group-worker.js'
import type { SharedRecords } from '../shared/records.js'
import type { JobScheduler, Seat } from './scheduler.js'

/** What a handler sees of its job. Nothing here is made until the handler asks for it. */
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

  // Getters of functions that need no `this`, because a handler may destructure its context: `{ pause, progress }`.

  get progress(): (value: unknown) => void {
    return value => this.#work.progress(value)
  }

  get pause(): () => Promise<void> {
    const seat = this.sit()
    return () => seat.pause()
  }

  /**
   * Lets the job take part in the schedule. A job that ends within one call need not, because no other can continue
   * meanwhile.
   */
  sit(): Seat {
    if (this.#seat === undefined) {
      this.#seat = this.#scheduler.begin(this.priority)
      // Code that outlives the job has asked for the seat. No other job should wait for that code.
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
 * Sets the handler that does the jobs of this thread.
 *
 * @throws {TypeError} not a function. @throws {Error} there is a handler already
 */
export function handleJobs(handler: JobHandler, scheduler: JobScheduler, shared: SharedRecords, record: number): void {
  if (typeof handler !== 'function')
    throw new TypeError(`handleJobs(handler): handler must be a function, got ${typeof handler}`)

  function doJob(this: WorkContext, data: unknown, given: unknown = 0): unknown {
    const job = new RunningJob(this, Number(given), scheduler)
    shared.jobBegun(record)
    let result: unknown
    try {
      result = handler(data, job)
      // Inside the try, because `then` may be a getter that throws.
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
        // The job did not fail: its worker is ended at once. Without an answer, its sender sees that it was lost with its
        // thread, and may give it to another worker.
        if (scheduler.isStopReason(error)) return new Promise(() => {})
        ended(job, false)
        throw error
      },
    )
  }

  const ended = (job: RunningJob, well: boolean): void => {
    job.end()
    shared.jobEnded(record, well)
  }

  if (!setHandler(doJob)) throw new Error('handleJobs() was called before: a worker has only one job handler')
}
