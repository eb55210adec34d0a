/** One job as its sender keeps it: what travels, where it is, and the promise of its answer. */

import type { Fifo } from '../../base/fifo.js'
import type { QueueLinks } from '../../base/priority-queue.js'
import { InvariantError } from '../../errors/base.js'
import type { Introduced, TaskDefinition } from '../../lane/messages.js'
import type { Sendable } from '../../lane/sender.js'
import { markedIn } from '../../values/transfer.js'
import type { ResolvedJobOptions } from '../shared/job-options.js'
import type { GroupBooks } from './group-books.js'
import { type JobState, OVER, PLACING, WAITING } from './job-state.js'
import type { Target } from './target.js'

const HANDLER: TaskDefinition = { type: 'handler', number: 1 }

/** What every job runs: the handler that its worker has registered. */
const JOB_TASK: Introduced = { number: HANDLER.number, definition: HANDLER }

/** The lane that carries a job: the part that the job's sender needs. */
export interface JobCarrier {
  /** The record of the lane's thread in shared memory, and which of the threads started in that record it is. */
  readonly record: number
  readonly generation: number
  /** The two states of jobs on this lane, which all of them share. */
  readonly states: LaneStates
  /** Takes the job back. False if it has begun. */
  revoke(job: Job): boolean
  /** Asks a job that has begun to end. */
  abort(job: Job, reason: unknown): void
}

/** The states of the jobs that one lane carries. */
export interface LaneStates {
  readonly given: JobState<JobCarrier>
  readonly holding: JobState<JobCarrier>
}

/** The states for a new lane. */
export function statesOf(lane: JobCarrier): LaneStates {
  return { given: { at: 'given', lane }, holding: { at: 'holding', lane } }
}

/**
 * What {@link Job.settle} did: nothing, because the job was settled `before`; it settled the promise `now`; or the job
 * failed `unheard`, because its sender had chosen not to wait for the answer.
 */
export type Settled = 'before' | 'now' | 'unheard'

export class Job implements Sendable, QueueLinks<Job> {
  // For the lane.
  readonly task = JOB_TASK
  readonly label = undefined
  readonly window = undefined
  readonly isCaptured = false
  slot = -1
  ticket = 0
  // For the queue of waiting jobs.
  list: Fifo<Job> | undefined
  next: Job | undefined
  previous: Job | undefined

  readonly serial: number
  /** Its sender's books on the group it is for. */
  readonly books: GroupBooks<Job>
  /** The data and, unless it is 0 as for most jobs, the priority. */
  readonly args: readonly [data: unknown, priority?: number]
  readonly transfer: readonly object[] | undefined
  readonly options: ResolvedJobOptions
  retries: number
  readonly promise: Promise<unknown>
  #state: JobState<JobCarrier> = PLACING
  /**
   * Clock ms at which it first had to wait. Not part of the state, because the time keeps counting for a job that comes
   * back.
   */
  #waitsSince: number | undefined
  #resolve!: (value: unknown) => void
  #reject!: (error: unknown) => void
  /**
   * Whether its promise is resolved although the job has not ended, because its sender had chosen not to wait for the
   * answer.
   */
  #isFree = false

  constructor(serial: number, books: GroupBooks<Job>, data: unknown, options: ResolvedJobOptions) {
    this.serial = serial
    this.books = books
    this.args = options.priority === 0 ? [data] : [data, options.priority]
    this.transfer = markedIn(this.args)
    this.options = options
    this.retries = options.retries
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** The group that the job is for. */
  get target(): Target {
    return this.books.target
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

  /** Only the methods below change it; see `JOB_MOVES`. */
  get state(): JobState<JobCarrier> {
    return this.#state
  }

  /** Whether its promise is settled. Whatever happens to the job after that does not affect its sender. */
  get isSettled(): boolean {
    const { at } = this.#state
    return at === 'holding' || at === 'over'
  }

  /** Ms for which it has waited for a place, if it had to. */
  waitedMs(now: number): number {
    return now - (this.#waitsSince ?? now)
  }

  /** No worker has a place for the job. */
  wait(now: number): void {
    if (this.#state.at !== 'placing') throw misplaced(this, 'wait for a place')
    this.#state = WAITING
    this.#waitsSince ??= now
  }

  /** The job has a place with the worker that this lane leads to. */
  give(lane: JobCarrier): void {
    const { at } = this.#state
    if (at !== 'placing' && at !== 'waiting') throw misplaced(this, 'be given to a worker')
    this.#state = lane.states.given
    if (this.options.awaitResult) return
    this.#isFree = true
    this.#resolve(undefined)
  }

  /** Settles its promise, once. The job keeps its place, if it has one. */
  settle(threw: boolean, value: unknown): Settled {
    const { at, lane } = this.#state
    if (at === 'holding' || at === 'over') return 'before'
    this.#state = lane === undefined ? OVER : lane.states.holding
    if (!threw) this.#resolve(value)
    else if (this.#isFree) return 'unheard'
    else this.#reject(value)
    return 'now'
  }

  /** Its place is given back. Returns the lane it was on. If the job is not settled, it needs another place. */
  vacate(): JobCarrier {
    const { at, lane } = this.#state
    if (lane === undefined) throw misplaced(this, 'give back a place')
    this.#state = at === 'holding' ? OVER : PLACING
    return lane
  }
}

function misplaced({ state }: Job, what: string): InvariantError {
  return new InvariantError(`a job that is ${state.at} cannot ${what}`)
}
