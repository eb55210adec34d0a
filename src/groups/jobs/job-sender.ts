/**
 * The whole life of a job on the side of its sender, in any thread, on one page and therefore longer than others: given a place
 * and sent, or waiting for one; answered, lost, called off, out of time. Knows neither how threads are started nor who
 * supervises them.
 */

import { nanoid } from 'nanoid'
import { reasonOf, Signals } from '../../base/abort-listeners.js'
import type { Clock } from '../../base/clock.js'
import { Deadlines } from '../../base/deadlines.js'
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
import { resolveJobOptions } from './options-check.js'
import type { SharedState } from '../shared/records.js'
import type { Pickup } from '../strategies/pickup-view.js'
import { FairShare } from './fair-share.js'
import { Lines } from './job-lanes.js'
import { Job } from './job.js'
import { type ChosenPlace, takePlace } from './take-place.js'
import type { Target } from './target.js'
import { WaitingRoom } from './waiting-jobs.js'

/** What a sender needs of its surroundings. */
export interface SenderHost {
  /** Hands the end of a new lane to the thread of this record, if it is still the one of this generation. */
  connect(record: number, generation: number, end: LaneEnd): void
  /** Jobs for this group wait here, or no longer do. */
  waiting(group: number, isWaiting: boolean): void
  /** So many places in this group have become free, and jobs of other senders wait for one. */
  freed(group: number, places: number): void
  /** A job failed whose sender did not want to wait for that. */
  failedUnseen(error: unknown): void
}

export interface SenderPlan {
  readonly clock: Clock
  readonly shared: SharedState
  /** Number of this sender in the reservations. */
  readonly self: number
  readonly pickup: Pickup
  /** Why jobs cannot be sent to this group, if they cannot. */
  find(group: string): Target | Error
}

export class JobSender {
  readonly #plan: SenderPlan
  readonly #host: SenderHost
  readonly #lines: Lines
  readonly #rooms = new Map<Target, WaitingRoom>()
  readonly #deadlines: Deadlines<Job>
  readonly #signals = new Signals<Job>((job, reason) => this.#end(job, WorkDiscardedError.bySignal(reason)))
  readonly #turns: Turns
  /** Jobs that could not be posted, and whose places are to be given back then. */
  readonly #refused: Job[] = []
  /** Group -> places that have become free since others were told. */
  readonly #freed = new Map<number, number>()
  #serial = 0
  #stopped: PoolStoppedError | undefined

  constructor(plan: SenderPlan, host: SenderHost) {
    this.#plan = plan
    this.#host = host
    this.#deadlines = new Deadlines(plan.clock, job => this.#timedOut(job))
    this.#turns = new Turns(plan.clock, () => this.#flush())
    this.#lines = new Lines(nanoid(ID_PREFIX_LENGTH), host.connect, {
      answered: (job, threw, value) => this.#answered(job, threw, value),
      progressed: (job, value) => this.#progressed(job, value),
      refused: (job, error) => {
        this.#settle(job, true, error)
        // Its line is in the middle of posting others, and must not be given another one for this place before it is done.
        this.#refused.push(job)
        this.#turns.schedule()
      },
      batchRead: answers => this.#turns.answered(answers),
      comesBack: job => {
        this.#vacate(job)
        if (!job.isSettled) this.#place(job)
      },
      lost: (job, facts) => this.#lost(job, facts),
    })
  }

  /** @throws {TypeError} for options that are none; everything else rejects */
  send(group: unknown, data: unknown, options?: JobOptions): Promise<unknown> {
    const resolved = resolveJobOptions(options)
    if (typeof group !== 'string') throw misfit(TypeError, 'group', 'the name of a group', group)
    const target = this.#stopped ?? this.#plan.find(group)
    if (target instanceof Error) return Promise.reject(target)
    const { signal, timeout } = resolved
    if (signal?.aborted === true) return Promise.reject(WorkDiscardedError.bySignal(reasonOf(signal)))
    const moved = resolved.transfer === undefined ? data : withTransfer(data, resolved.transfer)
    const job = new Job(++this.#serial, target, moved, resolved)
    if (signal !== undefined) this.#signals.watch(signal, job)
    if (timeout !== Infinity) this.#deadlines.set(job, this.#plan.clock.now() + timeout)
    this.#place(job)
    return job.promise
  }

  /** The Watcher says that this group may have a free place. */
  placeFree(group: number): void {
    for (const [target, room] of this.#rooms) {
      if (target.facts.index !== group) continue
      this.#serve(room)
      // It was not enough: the group may have to grow further. Or it was not needed any more: others may want it.
      if (room.size > 0) this.#host.waiting(group, true)
      else if (this.#plan.shared.waiting(group) > 0 && target.hasRoom) this.#host.freed(group, 1)
    }
  }

  /** The Watcher says that this thread does not end. */
  threadStuck(record: number, generation: number): void {
    this.#lines.abandon(record, generation)
  }

  /** The Watcher says that no worker of this group runs or will run again. */
  groupDead(group: number): void {
    const now = this.#plan.clock.now()
    for (const [{ facts }, room] of this.#rooms) {
      if (facts.index !== group) continue
      for (const job of [...room]) {
        this.#end(job, new NoWorkersAvailableError(facts.name, now - (job.waitsSince ?? now), 'down'))
      }
    }
  }

  /** Ends everything: what waits or runs is rejected, and so is every later call. */
  stop(error: PoolStoppedError): void {
    this.#stopped = error
    for (const room of this.#rooms.values()) for (const job of [...room]) this.#end(job, error)
    this.#lines.close()
  }

  /** Gives the job to a worker, or lets it wait for one behind those that wait already. */
  #place(job: Job): void {
    if (this.#stopped !== undefined) return this.#settle(job, true, this.#stopped)
    const room = this.#roomOf(job.target)
    if ((room.size === 0 && this.#give(job)) || job.isSettled) return
    job.waitsSince ??= this.#plan.clock.now()
    room.enter(job)
  }

  /** Gives the job to the worker that the strategy picks. False: it picks none. */
  #give(job: Job): boolean {
    const { shared, pickup, self } = this.#plan
    let chosen: ChosenPlace | undefined
    try {
      chosen = takePlace(job, self, shared, pickup)
    } catch (error) {
      this.#settle(job, true, error)
      return true
    }
    if (chosen === undefined) return false
    const { record, generation } = chosen
    const line = this.#lines.to(job.target, record, generation)
    this.#roomOf(job.target).share.take()
    job.line = line
    job.wasGiven()
    this.#turns.schedule()
    line.send(job)
    return true
  }

  #flush(): void {
    for (const job of this.#refused.splice(0)) this.#vacate(job)
    this.#lines.flush()
    // Once for all answers of a message: each word to others costs as much as some jobs.
    for (const [group, places] of this.#freed) this.#host.freed(group, places)
    this.#freed.clear()
    for (const room of this.#rooms.values()) room.share.turned()
  }

  #answered(job: Job, threw: boolean, value: unknown): void {
    this.#settle(job, threw, value)
    this.#vacate(job)
  }

  #progressed(job: Job, value: unknown): void {
    if (!job.isSettled) callGuarded(job.options.onProgress, value)
  }

  #lost(job: Job, { started, ended }: { readonly started: boolean; readonly ended: boolean }): void {
    const { line, target } = job
    this.#vacate(job)
    if (job.isSettled || line === undefined) return
    if (this.#stopped !== undefined) return this.#settle(job, true, this.#stopped)
    // What has been moved is gone with the thread.
    if (started && !ended && job.retries > 0 && job.transfer === undefined) {
      job.retries--
      return this.#place(job)
    }
    const { shared } = this.#plan
    // Its successor has its own to say there.
    const isThere = shared.generation(line.record) === line.generation
    const { exitCode, crashed } = isThere ? shared.ending(line.record) : { exitCode: 1, crashed: true }
    const reason = lossReason(ended, crashed ? 'crash' : 'exit')
    this.#settle(job, true, new WorkerLostError({ workerId: target.workerId(line.record), exitCode, started, reason }))
  }

  /** Its time is up: from `send()` to the answer. */
  #timedOut(job: Job): void {
    const { timeout } = job.options
    this.#end(
      job,
      job.line === undefined
        ? new NoWorkersAvailableError(job.target.facts.name, timeout)
        : new WorkTimeoutError('run', timeout, `job was not answered within its timeout of ${timeout} ms`),
    )
  }

  /** Ends a job before its time: it never begins, or is asked to stop, and nobody waits for it. */
  #end(job: Job, error: Error): void {
    if (job.isSettled) return
    this.#settle(job, true, error)
    if (job.line === undefined) this.#leaveRoom(job)
    else if (job.line.revoke(job)) this.#vacate(job)
    // Until it has ended, it keeps its place.
    else job.line.abort(job, error)
  }

  /** It waits no longer. What stood behind it may have been waiting for it alone, with a place that it did not want. */
  #leaveRoom(job: Job): void {
    const room = this.#roomOf(job.target)
    const wasFirst = room.peek() === job
    room.leave(job)
    if (wasFirst && room.size > 0 && this.#stopped === undefined) this.#serve(room)
  }

  #settle(job: Job, threw: boolean, value: unknown): void {
    if (job.isSettled) return
    job.isSettled = true
    if (job.options.signal !== undefined) this.#signals.unwatch(job.options.signal, job)
    if (job.options.timeout !== Infinity) this.#deadlines.clear(job)
    if (!threw) job.resolve(value)
    else if (!job.reject(value)) this.#host.failedUnseen(value)
  }

  /** The job holds its place no longer: somebody else may have it. */
  #vacate(job: Job): void {
    const { line } = job
    if (line === undefined) return
    const room = this.#roomOf(job.target)
    job.line = undefined
    const { shared, self } = this.#plan
    const group = room.target.facts.index
    const isOurs = !room.share.giveBack()
    shared.reservations.release(self, line.record, line.generation, job.weight)
    // Where others wait, what is free besides has been left to them.
    const most = shared.waiting(group) > 1 ? 1 : Infinity
    const isTaken = isOurs && room.size > 0 && this.#serve(room, most)
    // Not ours, or our strategy does not want it.
    if (!isTaken && shared.waiting(group) > Number(room.size > 0) && (!isOurs || room.target.hasRoom)) {
      this.#freed.set(group, (this.#freed.get(group) ?? 0) + 1)
      this.#turns.schedule()
    }
  }

  /** Gives so many places at most to those that wait, as far as there are any. Returns whether it gave one. */
  #serve(room: WaitingRoom, most = Infinity): boolean {
    // A strategy may do anything while it chooses, such as call off jobs: whoever comes by then leaves it to the first.
    if (room.isServed) return false
    room.isServed = true
    let given = 0
    for (let job; given < most && (job = room.peek()) !== undefined; room.leave(job)) {
      // It may have been called off by the strategy that was to choose for it.
      if (job.isSettled) continue
      if (!this.#give(job)) break
      // Else its strategy has thrown, and the place is there for the next one.
      if (job.line !== undefined) given++
    }
    room.isServed = false
    return given > 0
  }

  #roomOf(target: Target): WaitingRoom {
    let room = this.#rooms.get(target)
    if (room === undefined) {
      const { clock, shared, self } = this.#plan
      const share = new FairShare(clock, shared, self, target)
      room = new WaitingRoom(target, share, isWaiting => this.#host.waiting(target.facts.index, isWaiting))
      this.#rooms.set(target, room)
    }
    return room
  }
}

/** The data, marked to take these things along. What is no object has nothing that could be moved, and the mark needs one. */
function withTransfer(data: unknown, list: NonNullable<JobOptions['transfer']>): unknown {
  if (typeof data !== 'object' || data === null) throw misfit(TypeError, 'data', 'an object, with transfer', data)
  return transfer(data, list)
}
