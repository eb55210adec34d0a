/** Sends jobs from one thread to the groups it may send to, and follows each job to its end. */

import { nanoid } from 'nanoid'
import { reasonOf } from '../../base/abort-listeners.js'
import type { Clock } from '../../base/clock.js'
import { Turns } from '../../base/once-a-turn.js'
import { callGuarded } from '../../base/throw-later.js'
import { NoWorkersAvailableError } from '../../errors/groups.js'
import { misfit } from '../../errors/words.js'
import { type PoolStoppedError, WorkDiscardedError, WorkerLostError, WorkTimeoutError } from '../../errors/works.js'
import { lossReason } from '../../lane/clear.js'
import type { LaneEnd } from '../../lane/messages.js'
import { ID_PREFIX_LENGTH } from '../../lane/work-id.js'
import { transfer } from '../../values/transfer.js'
import type { JobOptions } from '../shared/job-options.js'
import { GroupBooks } from './group-books.js'
import { JobLanes } from './job-lanes.js'
import { Job } from './job.js'
import { resolveJobOptions } from './options-check.js'
import { Placement, type PlacementPlan } from './placement.js'
import { Settlement } from './settlement.js'
import type { Target } from './target.js'

/** What a sender needs from the thread it runs in. */
export interface SenderHost {
  /** Hands the end of a new lane to the thread of this record, if the thread of this generation is still there. */
  connect(record: number, generation: number, end: LaneEnd): void
  /** Jobs for this group begin to wait here, or none waits any longer. */
  waiting(group: number, isWaiting: boolean): void
  /** This many places in this group have become free, and jobs of other senders wait for one. */
  freed(group: number, places: number): void
  /** A job failed, and its sender had chosen not to wait for the answer. */
  failedUnseen(error: unknown): void
}

export interface SenderPlan extends PlacementPlan {
  readonly clock: Clock
  /** The group of this name, or why jobs cannot be sent to it. */
  find(group: string): Target | Error
}

export class JobSender {
  readonly #plan: SenderPlan
  readonly #host: SenderHost
  readonly #settlement: Settlement
  readonly #lanes: JobLanes
  readonly #placement: Placement
  readonly #turns: Turns
  /** By position of the group. */
  readonly #books = new Map<number, GroupBooks<Job>>()
  /** Jobs that could not be posted. They are settled, and give back their places at the end of the turn. */
  readonly #refused: Job[] = []
  #serial = 0

  constructor(plan: SenderPlan, host: SenderHost) {
    this.#plan = plan
    this.#host = host
    this.#turns = new Turns(plan.clock, () => this.#flush())
    this.#settlement = new Settlement(plan.clock, {
      calledOff: (job, reason) => this.#end(job, WorkDiscardedError.bySignal(reason)),
      timedOut: job => this.#end(job, timeoutOf(job)),
      failedUnseen: error => host.failedUnseen(error),
    })
    this.#lanes = new JobLanes(nanoid(ID_PREFIX_LENGTH), host.connect, {
      answered: (job, threw, value) => this.#answered(job, threw, value),
      progressed: (job, value) => this.#progressed(job, value),
      refused: (job, error) => this.#couldNotBePosted(job, error),
      batchRead: answers => this.#turns.answered(answers),
      comesBack: job => this.#comesBack(job),
      lost: (job, facts) => this.#lost(job, facts),
    })
    this.#placement = new Placement(plan, this.#lanes, this.#settlement, () => this.#turns.schedule())
  }

  /** @throws {TypeError} invalid options or group; everything else rejects */
  send(group: unknown, data: unknown, options?: JobOptions): Promise<unknown> {
    const resolved = resolveJobOptions(options)
    if (typeof group !== 'string') throw misfit(TypeError, 'group', 'the name of a group', group)
    const target = this.#placement.stopped ?? this.#plan.find(group)
    if (target instanceof Error) return Promise.reject(target)
    const { signal } = resolved
    if (signal?.aborted === true) return Promise.reject(WorkDiscardedError.bySignal(reasonOf(signal)))
    const moved = resolved.transfer === undefined ? data : withTransfer(data, resolved.transfer)
    const job = new Job(++this.#serial, this.#booksOf(target), moved, resolved)
    this.#settlement.watch(job)
    this.#placement.place(job)
    return job.promise
  }

  /** From the Watcher: this group may have a free place. */
  placeFree(group: number): void {
    const books = this.#books.get(group)
    if (books === undefined) return
    this.#placement.serve(books)
    // If that was not enough, the group may have to grow further. If the place was not needed, others may want it.
    if (books.waiting.size > 0) this.#host.waiting(group, true)
    else if (books.othersWait && books.target.hasRoom) this.#host.freed(group, 1)
  }

  /** From the Watcher: this thread was told to end but does not exit. */
  threadStuck(record: number, generation: number): void {
    this.#lanes.abandon(record, generation)
  }

  /** From the Watcher: no worker of this group runs or is due to start. */
  groupDead(group: number): void {
    const books = this.#books.get(group)
    if (books === undefined) return
    const now = this.#plan.clock.now()
    for (const job of [...books.waiting]) {
      this.#end(job, new NoWorkersAvailableError(books.target.facts.name, job.waitedMs(now), 'down'))
    }
  }

  /** Ends everything: jobs that wait or run are rejected, and so is every later call. */
  stop(error: PoolStoppedError): void {
    this.#placement.stop(error)
    for (const { waiting } of this.#books.values()) for (const job of [...waiting]) this.#end(job, error)
    this.#lanes.close()
  }

  /**
   * Runs once a turn, for all jobs and answers of that turn, because each message to a thread costs as much as several
   * jobs.
   */
  #flush(): void {
    for (const job of this.#refused.splice(0)) this.#placement.vacate(job)
    this.#lanes.flush()
    for (const books of this.#books.values()) {
      const places = books.takeFreed()
      if (places > 0) this.#host.freed(books.group, places)
      books.share.turned()
    }
  }

  #answered(job: Job, threw: boolean, value: unknown): void {
    this.#settlement.settle(job, threw, value)
    this.#placement.vacate(job)
  }

  #progressed(job: Job, value: unknown): void {
    if (!job.isSettled) callGuarded(job.options.onProgress, value)
  }

  #couldNotBePosted(job: Job, error: unknown): void {
    this.#settlement.settle(job, true, error)
    // The job's lane is still posting other jobs, and must not get another job for this place before it is done.
    this.#refused.push(job)
    this.#turns.schedule()
  }

  /** The thread of the job is gone and never began it. */
  #comesBack(job: Job): void {
    this.#placement.vacate(job)
    if (!job.isSettled) this.#placement.place(job)
  }

  /**
   * The thread of the job is gone, and had begun the job or taken its buffers. If the job had `ended`, only its answer
   * is lost.
   */
  #lost(job: Job, { started, ended }: { readonly started: boolean; readonly ended: boolean }): void {
    const { record, generation } = this.#placement.vacate(job)
    if (job.isSettled) return
    const { stopped } = this.#placement
    if (stopped !== undefined) return void this.#settlement.settle(job, true, stopped)
    // Moved buffers are gone with the thread, so such a job cannot be sent again.
    if (started && !ended && job.retries > 0 && job.transfer === undefined) {
      job.retries--
      return this.#placement.place(job)
    }
    const { shared } = this.#plan
    // If the thread already has a successor, the record describes that successor.
    const isThere = shared.generation(record) === generation
    const { exitCode, crashed } = isThere ? shared.ending(record) : { exitCode: 1, crashed: true }
    const reason = lossReason(ended, crashed ? 'crash' : 'exit')
    const workerId = job.target.workerId(record)
    this.#settlement.settle(job, true, new WorkerLostError({ workerId, exitCode, started, reason }))
  }

  /** Settles a job early. If the job has begun, it is asked to stop and keeps its place until it has ended. */
  #end(job: Job, error: Error): void {
    const { at, lane } = job.state
    if (!this.#settlement.settle(job, true, error)) return
    // If the strategy is choosing a worker for the job at this moment, the placement notices when the strategy returns.
    if (at === 'waiting') this.#placement.withdraw(job)
    else if (lane === undefined) return
    else if (lane.revoke(job)) this.#placement.vacate(job)
    else lane.abort(job, error)
  }

  #booksOf(target: Target): GroupBooks<Job> {
    const { index } = target.facts
    let books = this.#books.get(index)
    if (books === undefined) {
      const { clock, shared, self } = this.#plan
      books = new GroupBooks(clock, shared, self, target, isWaiting => this.#host.waiting(index, isWaiting))
      this.#books.set(index, books)
    }
    return books
  }
}

/** The error of a job whose timeout has passed. The timeout counts from `send()` to the answer. */
function timeoutOf({ state, options: { timeout }, target }: Job): Error {
  return state.lane === undefined
    ? new NoWorkersAvailableError(target.facts.name, timeout)
    : new WorkTimeoutError('run', timeout, `job was not answered within its timeout of ${timeout} ms`)
}

/** The data, marked so that these things move with it. Only an object can carry the mark, or hold anything to move. */
function withTransfer(data: unknown, list: NonNullable<JobOptions['transfer']>): unknown {
  if (typeof data !== 'object' || data === null) throw misfit(TypeError, 'data', 'an object, with transfer', data)
  return transfer(data, list)
}
