/**
 * The register of all works: enters each one, settles it exactly once, and keeps the counts and times. It does not know
 * where a work lies or which worker runs it.
 */

import { reasonOf, type Signals } from '../base/abort-listeners.js'
import { inRootContext } from '../base/async-context.js'
import type { Clock } from '../base/clock.js'
import { Histogram } from '../base/histogram.js'
import type { KeepAlive } from '../base/keep-alive.js'
import { WorkDiscardedError, type WorkerLostError, UncloneableValueError } from '../errors/works.js'
import { learnRunTime, NO_TASK, type TaskRecord } from '../task/record.js'
import { onlySite, withSite } from '../task/stack.js'
import { markedIn } from '../values/transfer.js'
import { WorkHandle } from './handle.js'
import { type WorkHost, WorkRecord, type WorkReports, type WorkTerms } from './record.js'
import { type FinalStatus, isFinal, type WorkStatus } from './status.js'
import type { StatusMap } from './status-map.js'
import type { TimeLimits } from './time-limits.js'

/** Is notified about works, always after their state is complete. */
export interface RegisterObserver {
  submitted(work: WorkRecord): void
  /** @param payload the result, or the error */
  settled(work: WorkRecord, status: FinalStatus, payload: unknown): void
  /** Whether anything besides the caller of execute() is notified of failures. */
  hearsFailures(): boolean
  /** No work is unfinished. */
  idle(): void
  /** There are more works than before, or fewer: the number of workers may have to change. */
  loadChanged(): void
}

/** The parts that the register calls. */
export interface RegisterParts {
  readonly clock: Clock
  /** Keeps the process alive while there are unfinished works. */
  readonly keepAlive: KeepAlive
  readonly statuses: StatusMap
  readonly limits: TimeLimits
  readonly signals: Signals<WorkRecord>
  /** Called each time a work has ended, after all listeners: there is room for another one. */
  readonly buffer: { changed(): void }
  /** Resolves when everything that works have printed has reached this process; undefined if it has. */
  readonly whenPrinted: () => Promise<unknown> | undefined
  readonly observer: RegisterObserver
}

export class WorkRegister implements WorkReports {
  readonly statuses: StatusMap
  /** Ms from submission to start, of all works that have begun. */
  readonly waitTime = new Histogram()
  /** Ms from start to end, of the same works. */
  readonly runTime = new Histogram()
  /**
   * A work that never runs. When the last object of a shape is collected, V8 forgets the shape and the code it compiled
   * for it. Without this object, a pool that was idle during a full garbage collection restarts at three quarters of
   * its speed.
   */
  readonly specimen: WorkRecord
  /** Unfinished works that have lost a thread and begin again. */
  readonly retried = new Set<WorkRecord>()
  readonly counts = { submitted: 0, done: 0, failed: 0, discarded: 0 }
  readonly #host: WorkHost
  readonly #clock: Clock
  readonly #keepAlive: KeepAlive
  readonly #limits: TimeLimits
  readonly #signals: Signals<WorkRecord>
  readonly #buffer: RegisterParts['buffer']
  readonly #whenPrinted: RegisterParts['whenPrinted']
  readonly #observer: RegisterObserver
  #serial = 0
  /** Whether there are unfinished works, which keep the process alive. */
  #isBusy = false
  #settledWaiters: (() => void)[] = []

  constructor(host: WorkHost, parts: RegisterParts) {
    this.#host = host
    this.statuses = parts.statuses
    this.#clock = parts.clock
    this.#keepAlive = parts.keepAlive
    this.#limits = parts.limits
    this.#signals = parts.signals
    this.#buffer = parts.buffer
    this.#whenPrinted = parts.whenPrinted
    this.#observer = parts.observer
    this.specimen = inRootContext(() => specimen(host))
  }

  /**
   * A new work in status `waiting`, with its signal and its `queueTimeout` in force. It is final already if its signal
   * was aborted or could not be listened to.
   */
  enter(task: TaskRecord, args: readonly unknown[], options: WorkTerms | undefined): WorkRecord {
    const signal = options?.signal
    const isAborted = signal?.aborted === true
    const work = this.#add(task, args, options)
    if (isAborted) {
      this.settle(work, 'discarded', WorkDiscardedError.bySignal(reasonOf(signal)))
      return work
    }
    try {
      if (signal !== undefined) this.#signals.watch(signal, work)
    } catch (error) {
      this.settle(work, 'failed', error)
      return work
    }
    this.#limits.submitted(work)
    return work
  }

  /** A new work that has failed already: its function cannot be sent to a thread, or the pool was stopped. */
  refuse(task: TaskRecord, options: WorkTerms | undefined, error: unknown): WorkRecord {
    const work = this.#add(task, [], options)
    this.settle(work, 'failed', error)
    return work
  }

  /** The thread has answered. If the work is final already, the answer only shows that its function has ended. */
  answered(work: WorkRecord, threw: boolean, value: unknown): void {
    const { carrier, task } = work
    if (carrier !== undefined) learnRunTime(task, carrier.endedAt(work) - carrier.startedAt(work))
    if (isFinal(work.status)) this.#limits.clear(work)
    else if (threw) this.settle(work, 'failed', withSite(value, task.site))
    else this.settle(work, 'done', value)
  }

  /** The function has returned `value`, which was found in shared memory before the answer was posted. */
  endedEarly(work: WorkRecord, value: unknown): void {
    work.carrier?.setAside(work)
    if (!isFinal(work.status)) this.settle(work, 'done', value)
    this.#limits.clear(work)
  }

  refused(work: WorkRecord, error: unknown): void {
    // It was made in the turn of the pump, whose frames mean nothing to anyone.
    const shown = error instanceof UncloneableValueError ? onlySite(error, work.task.site) : error
    if (!isFinal(work.status)) this.settle(work, 'failed', shown)
  }

  /** The work was lost with its thread. */
  lost(work: WorkRecord, error: WorkerLostError): void {
    this.settle(work, 'failed', error)
    this.#limits.clear(work)
  }

  /** The work was final before, and now its thread has ended while its function was still running. */
  vacated(work: WorkRecord): void {
    this.#limits.clear(work)
  }

  /**
   * The thread has ended while it ran the work. Returns true if the work will run again; its status stays `running` all
   * the while.
   */
  retry(work: WorkRecord): boolean {
    this.#limits.clear(work)
    const { options, carrier } = work
    if (options === undefined || carrier === undefined || options.retries === 0) return false
    work.startedAt ??= carrier.startedAt(work)
    work.options = { ...options, retries: options.retries - 1 }
    work.carrier = undefined
    this.retried.add(work)
    return true
  }

  /**
   * The only way a work ends. First its state becomes final, then its promise settles, then listeners are notified,
   * then the buffer lets in the next work.
   *
   * @param payload the result, or the error
   */
  settle(work: WorkRecord, status: FinalStatus, payload: unknown): void {
    const from = work.finish(status)
    this.#keepTimes(work, from)
    this.counts[status]++
    if (this.retried.size > 0) this.retried.delete(work)
    this.#limits.settled(work)
    const signal = work.options?.signal
    if (signal !== undefined) this.#signals.unwatch(signal, work)
    this.statuses.finish(work, status)
    work.release()

    if (status === 'done') {
      work.resolve(payload)
    } else {
      if (from === 'waiting') {
        work.endedAtDoor = { error: payload }
        work.acceptance?.reject(payload)
      }
      // A discard was requested, and a failure is reported to a listener. Node should report only failures that are not
      // reported elsewhere.
      if (status === 'discarded' || this.#observer.hearsFailures()) work.handle.then(undefined, ignore)
      work.reject(payload)
    }
    this.#observer.settled(work, status, payload)
    this.#buffer.changed()
    // A listener may have submitted another work, or reported the pool as idle already.
    if (this.statuses.unfinished === 0 && this.#isBusy) this.#rest()
  }

  /** Resolves when no work is unfinished. */
  settled(): Promise<void> {
    if (this.statuses.unfinished === 0) return Promise.resolve()
    return new Promise(resolve => this.#settledWaiters.push(resolve))
  }

  #add(task: TaskRecord, args: readonly unknown[], options: WorkTerms | undefined): WorkRecord {
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

  /** Records when the work began and ended. */
  #keepTimes(work: WorkRecord, from: WorkStatus): void {
    const now = (work.endedAt = this.#clock.now())
    if (from !== 'running') return
    // Undefined between two attempts.
    const { carrier } = work
    const startedAt = (work.startedAt ??= carrier?.startedAt(work) ?? now)
    // If the function has ended, its thread has recorded when. Otherwise the work ends now.
    const ended = carrier === undefined || carrier.isRunning(work) ? -Infinity : carrier.endedAt(work)
    if (ended >= startedAt) work.endedAt = ended
    this.waitTime.record(startedAt - work.submittedAt)
    this.runTime.record(work.endedAt - startedAt)
  }

  #rest(): void {
    this.#isBusy = false
    // Otherwise, if the program has nothing else to do, it would end before the output is out.
    const printed = this.#whenPrinted()
    if (printed !== undefined) void this.#keepAlive.during(printed)
    this.#keepAlive.release()
    const waiters = this.#settledWaiters
    this.#settledWaiters = []
    for (const resolve of waiters) resolve()
    this.#observer.idle()
    this.#observer.loadChanged()
  }
}

function specimen(host: WorkHost): WorkRecord {
  const work = new WorkRecord(host, -1, NO_TASK, [], undefined, undefined)
  work.handle = new WorkHandle(work)
  // Its fields hold every kind of value that a work's fields can ever hold, because a shape records the kind of each
  // field.
  work.startedAt = work.endedAt = 0.5
  return work
}

function ignore(): void {}
