/** One job as its sender keeps it: what travels, where it is, and the promise of its answer. Moves nothing. */

import type { Fifo } from '../../base/fifo.js'
import type { QueueLinks } from '../../base/priority-queue.js'
import type { Introduced, TaskDefinition } from '../../lane/messages.js'
import type { Sendable } from '../../lane/sender.js'
import { markedIn } from '../../values/transfer.js'
import type { ResolvedJobOptions } from '../shared/job-options.js'
import type { Target } from './target.js'

const HANDLER: TaskDefinition = { type: 'handler', number: 1 }

/** What runs every job: the function that its worker has set up. */
const JOB_TASK: Introduced = { number: HANDLER.number, definition: HANDLER }

/** The lane that carries a job, as far as the job's sender has to know it. */
export interface JobCarrier {
  /** Where the lane's thread is in shared memory, and which of the threads that were there. */
  readonly record: number
  readonly generation: number
  /** Takes the job back. False if it has begun. */
  revoke(job: Job): boolean
  /** Asks a job that has begun to end. */
  abort(job: Job, reason: unknown): void
}

export class Job implements Sendable, QueueLinks<Job> {
  // For the lane.
  readonly task = JOB_TASK
  readonly label = undefined
  readonly window = undefined
  slot = -1
  ticket = 0
  // For the line of those that wait.
  list: Fifo<Job> | undefined
  next: Job | undefined
  previous: Job | undefined

  readonly serial: number
  /** The group that it is for. */
  readonly target: Target
  /** A priority only where it is another than most have. */
  readonly args: readonly [data: unknown, priority?: number]
  readonly transfer: readonly object[] | undefined
  readonly options: ResolvedJobOptions
  /** Clock ms since when it has waited for a place, the first time it had to. */
  waitsSince: number | undefined
  retries: number
  /** The line to the worker where it has a place, until that is given back. */
  line: JobCarrier | undefined
  /** Its end is told; what still happens to it changes nothing. */
  isSettled = false
  /** Its promise is resolved although it has not ended: nobody wanted to wait for that. */
  #isFree = false
  readonly promise: Promise<unknown>
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void

  constructor(serial: number, target: Target, data: unknown, options: ResolvedJobOptions) {
    this.serial = serial
    this.target = target
    this.args = options.priority === 0 ? [data] : [data, options.priority]
    this.transfer = markedIn(this.args)
    this.options = options
    this.retries = options.retries
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  get priority(): number {
    return this.options.priority
  }

  get weight(): number {
    return this.options.weight
  }

  get isWatched(): boolean {
    return this.options.onProgress !== undefined
  }

  /** A worker has been given the job. */
  wasGiven(): void {
    if (this.options.awaitResult) return
    this.#isFree = true
    this.#resolve(undefined)
  }

  resolve(value: unknown): void {
    this.#resolve(value)
  }

  /** False where nobody can hear of it any longer. */
  reject(error: unknown): boolean {
    if (this.#isFree) return false
    this.#reject(error)
    return true
  }
}
