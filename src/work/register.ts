/**
 * The book of all works: enters each, writes its status, settles it once, and counts. The only writer of a work's status;
 * where a work is and who runs it is not its business.
 */

import { inRootContext } from '../base/async-context.js'
import type { Clock } from '../base/clock.js'
import { Histogram } from '../base/histogram.js'
import type { KeepAlive } from '../base/keep-alive.js'
import { advance } from '../base/moves.js'
import { NO_TASK, type TaskRecord } from '../task/record.js'
import { markedIn } from '../values/transfer.js'
import { WorkHandle } from './handle.js'
import { statusOf, type WorkHost, WorkRecord, type WorkTerms } from './record.js'
import { StatusMap } from './status-map.js'
import { type FinalStatus, WORK_MOVES, type WorkStatus } from './status.js'

export interface RegisterHost extends WorkHost {
  /** The work has its final status: neither signal nor time ends it any longer. */
  ended(work: WorkRecord): void
  /** It is settled, and whoever listens was told: its place is free. */
  left(): void
}

/** Who is told of works, always after their state is whole. */
export interface RegisterObserver {
  submitted(work: WorkRecord): void
  /** With its result, or its error. */
  settled(work: WorkRecord, status: FinalStatus, payload: unknown): void
  /** Whether anybody but the caller of execute() hears of failures. */
  hearsFailures(): boolean
  /** No work is unfinished. */
  idle(): void
  /** More works, or fewer: the number of workers may have to change. */
  loadChanged(): void
}

export class WorkRegister {
  readonly statuses: StatusMap
  /** Ms from submission to start, of all that have begun. */
  readonly waitTime = new Histogram()
  /** Ms from start to end, of the same. */
  readonly runTime = new Histogram()
  /**
   * A work that never runs. With the last object of a shape V8 forgets the shape and what it compiled for it: without this
   * one, a pool that has rested through a full garbage collection begins at three quarters of its pace.
   */
  readonly specimen: WorkRecord
  /** Unfinished works that have been begun more than once, or will be. */
  readonly retried = new Set<WorkRecord>()
  readonly counts = { submitted: 0, done: 0, failed: 0, discarded: 0 }
  readonly #host: RegisterHost
  readonly #clock: Clock
  readonly #observer: RegisterObserver
  readonly #keepAlive: KeepAlive
  #serial = 0
  /** There are unfinished works, and they keep the process alive. */
  #isBusy = false
  #settledWaiters: (() => void)[] = []

  constructor(host: RegisterHost, retain: number, clock: Clock, observer: RegisterObserver, keepAlive: KeepAlive) {
    this.#host = host
    this.#clock = clock
    this.#observer = observer
    this.#keepAlive = keepAlive
    this.statuses = new StatusMap(host.idPrefix, retain)
    this.specimen = inRootContext(() => specimen(host))
  }

  /** A new work, which waits. */
  enter(task: TaskRecord, args: readonly unknown[], options: WorkTerms | undefined): WorkRecord {
    const transfer = markedIn(args)
    if (transfer !== undefined && options !== undefined && options.retries > 0)
      throw new TypeError('retries cannot go together with transfer(): what was moved to a thread that died is gone')
    const work = new WorkRecord(this.#host, this.#serial++, task, args, transfer, options)
    work.handle = new WorkHandle(work)
    this.counts.submitted++
    this.statuses.add(work)
    if (!this.#isBusy) this.#keepAlive.hold()
    this.#isBusy = true
    this.#observer.submitted(work)
    return work
  }

  /** Its thread has ended under it. True if it is to run again: then it counts as running all the time. */
  retry(work: WorkRecord): boolean {
    const { options, carrier } = work
    if (options === undefined || carrier === undefined || options.retries === 0) return false
    work.startedAt ??= carrier.startedAt(work)
    work.options = { ...options, retries: options.retries - 1 }
    work.carrier = undefined
    this.retried.add(work)
    return true
  }

  /** The work is in the buffer. */
  accepted(work: WorkRecord): void {
    work.status = advance(WORK_MOVES, 'a work', work.status, 'queued')
    work.acceptance?.resolve()
  }

  /** The end of every work: final status, promise, then whoever listens. `payload` is the result, or the error. */
  settle(work: WorkRecord, status: FinalStatus, payload: unknown): void {
    const from = statusOf(work)
    work.status = advance(WORK_MOVES, 'a work', from, status)
    this.#record(work, from)
    this.counts[status]++
    if (this.retried.size > 0) this.retried.delete(work)
    this.#host.ended(work)
    this.statuses.finish(work, status)
    work.release()

    if (status === 'done') {
      work.resolve(payload)
    } else {
      if (from === 'waiting') {
        work.endedAtDoor = { error: payload }
        work.acceptance?.reject(payload)
      }
      // Somebody asked for a discard, and a listener hears of failures: only what nobody knows of is for Node to report.
      if (status === 'discarded' || this.#observer.hearsFailures()) work.handle.then(undefined, ignore)
      work.reject(payload)
    }
    this.#observer.settled(work, status, payload)
    this.#host.left()
    // A listener may have submitted the next one, or told of the rest already.
    if (this.statuses.unfinished === 0 && this.#isBusy) this.#rest()
  }

  /** Resolves when no work is unfinished. */
  settled(): Promise<void> {
    if (this.statuses.unfinished === 0) return Promise.resolve()
    return new Promise(resolve => this.#settledWaiters.push(resolve))
  }

  /** Writes down when the work began and ended, as far as it did. */
  #record(work: WorkRecord, from: WorkStatus): void {
    const now = (work.endedAt = this.#clock.now())
    if (from !== 'running') return
    // None between two attempts.
    const { carrier } = work
    const startedAt = (work.startedAt ??= carrier?.startedAt(work) ?? now)
    // Where an answer has come, or lies in shared memory, the thread wrote the end; else the work ends here and now.
    const ended = carrier === undefined || carrier.isRunning(work) ? -Infinity : carrier.endedAt(work)
    if (ended >= startedAt) work.endedAt = ended
    this.waitTime.record(startedAt - work.submittedAt)
    this.runTime.record(work.endedAt - startedAt)
  }

  #rest(): void {
    this.#isBusy = false
    this.#keepAlive.release()
    const waiters = this.#settledWaiters
    this.#settledWaiters = []
    for (const resolve of waiters) resolve()
    this.#observer.idle()
    this.#observer.loadChanged()
  }
}

function specimen(host: RegisterHost): WorkRecord {
  const work = new WorkRecord(host, -1, NO_TASK, [], undefined, undefined)
  work.handle = new WorkHandle(work)
  // With all that a work comes by: a shape says of each field what kind of value it holds.
  work.startedAt = work.endedAt = 0.5
  return work
}

function ignore(): void {}
