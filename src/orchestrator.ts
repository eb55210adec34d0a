/**
 * The life of a work: submit, admit, dispatch, settle. The only writer of a work's status; which worker runs what is the
 * Dispatcher's business, and how many workers there are the Crew's.
 */

import { nanoid } from 'nanoid'
import type { Clock } from './clock.js'
import { Crew, type CrewHost } from './crew.js'
import { Dispatcher, type DispatcherHost } from './dispatcher.js'
import {
  WorkBufferFullError,
  WorkDiscardedError,
  WorkerLostError,
  type WorkerStartError,
  WorkTimeoutError,
} from './errors.js'
import { KeepAlive } from './keep-alive.js'
import { markedIn } from './lane/transfer.js'
import { Ledger } from './ledger.js'
import { advance } from './lifecycle/moves.js'
import { type FinalStatus, isFinal, WORK_MOVES, type WorkStatus } from './lifecycle/work-state.js'
import type { StartThread } from './node-thread.js'
import type { ResolvedExecuteOptions, ResolvedOptions } from './options-check.js'
import { salvage, type SalvageHost } from './salvage.js'
import { Signals } from './signals.js'
import { Histogram } from './stats.js'
import { type TaskRecord, withSite } from './task-record.js'
import { TimeLimits } from './time-limits.js'
import { hasStarted, statusOf, WorkHandle, WorkRecord, type WorkHost } from './work.js'
import { WorkBuffer } from './work-buffer.js'
import { ID_PREFIX_LENGTH } from './work-id.js'
import type { Worker, WorkerExit } from './worker.js'

/** Whom the orchestrator tells, always after the state is whole. The Pool makes events of it. */
export interface Observer {
  queued(work: WorkRecord): void
  settled(work: WorkRecord, status: FinalStatus, error: unknown): void
  /** Whether somebody else than the caller of execute() hears of failures. */
  hearsFailures(): boolean
  drained(): void
  idle(): void
  /** More works, or fewer: the number of workers may have to change. */
  loadChanged(): void
  workerOnline(worker: Worker): void
  workerExit(worker: Worker, exit: WorkerExit): void
  /** An error that no work owns. */
  error(error: unknown): void
}

/** The options that concern works and their workers. */
export type OrchestratorOptions = Pick<
  ResolvedOptions,
  'total' | 'workBuffer' | 'grace' | 'retain' | 'timeout' | 'killTimeout'
>

export class Orchestrator implements WorkHost, CrewHost, DispatcherHost {
  readonly idPrefix = nanoid(ID_PREFIX_LENGTH)
  readonly crew: Crew
  readonly buffer: WorkBuffer
  readonly ledger: Ledger
  readonly keepAlive = new KeepAlive()
  readonly waitTime = new Histogram()
  readonly runTime = new Histogram()
  readonly counts = { submitted: 0, done: 0, failed: 0, discarded: 0 }
  readonly #clock: Clock
  readonly #observer: Observer
  readonly #grace: number
  readonly #dispatcher: Dispatcher
  readonly #limits: TimeLimits
  readonly #signals = new Signals<WorkRecord>((work, reason) => {
    void this.end(work, 'discarded', new WorkDiscardedError('its signal', { cause: reason }))
  })
  readonly #salvageHost: SalvageHost = {
    endedEarly: (work, value) => this.endedEarly(work, value),
    goesBack: work => this.#dispatcher.requeue(work),
    lost: (work, error) => {
      this.#settle(work, 'failed', error)
      this.#limits.clear(work)
    },
    vacated: work => this.#limits.clear(work),
  }
  #serial = 0
  /** There are unfinished works, and they keep the process alive. */
  #isBusy = false
  #settledWaiters: (() => void)[] = []

  constructor(
    options: OrchestratorOptions,
    startThread: (idPrefix: string) => StartThread,
    clock: Clock,
    observer: Observer,
  ) {
    this.#clock = clock
    this.#observer = observer
    this.#grace = options.grace
    this.ledger = new Ledger(this.idPrefix, options.retain)
    this.#dispatcher = new Dispatcher(clock, this)
    this.buffer = new WorkBuffer(options.workBuffer, {
      backlog: () => this.#dispatcher.backlog,
      accepted: () => this.ledger.unfinished - this.buffer.door.size,
      accept: work => this.#accept(work),
      announce: work => observer.queued(work),
      drained: () => observer.drained(),
    })
    this.#limits = new TimeLimits(clock, options.timeout, {
      waitedTooLong: (work, limit) => this.#expire(work, new WorkTimeoutError('queue', limit)),
      ranTooLong: (work, limit) => void this.end(work, 'failed', new WorkTimeoutError('run', limit)),
    })
    const { killTimeout } = options
    this.crew = new Crew({ clock, startThread: startThread(this.idPrefix), killTimeout }, options.total, this)
    this.crew.setTarget(options.total)
  }

  /** Enters a work: into the buffer, to the door, or not at all. */
  submit(
    task: TaskRecord,
    args: readonly unknown[],
    options: ResolvedExecuteOptions | undefined,
    whenFull: 'wait' | 'reject',
  ): WorkHandle<unknown> {
    const work = this.#enter(task, args, options)
    const signal = options?.signal
    if (signal?.aborted === true) {
      this.#settle(work, 'discarded', new WorkDiscardedError('its signal', { cause: signal.reason }))
      return work.handle
    }
    this.crew.tryAgain()
    if (signal !== undefined) this.#signals.watch(signal, work)
    this.#limits.submitted(work)
    if (!this.buffer.tryAccept(work)) {
      if (whenFull === 'wait') this.buffer.wait(work)
      else this.#settle(work, 'failed', this.#bufferFull())
    }
    this.#observer.loadChanged()
    return work.handle
  }

  /** A work that fails before it could be entered: a function that cannot be shipped, a pool that was stopped. */
  refuse(task: TaskRecord, options: ResolvedExecuteOptions | undefined, error: unknown): WorkHandle<unknown> {
    const work = this.#enter(task, [], options)
    this.#settle(work, 'failed', error)
    return work.handle
  }

  /**
   * Ends a work before its time. One that has not begun never does; one that runs is settled at once and evicted. Resolves
   * when its function, or its thread, has ended.
   */
  async end(work: WorkRecord, status: 'failed' | 'discarded', error: unknown): Promise<void> {
    if (this.#endUnstarted(work, status, error) || !work.onLane || work.worker === undefined) return
    if (!isFinal(work.status)) this.#settle(work, status, error)
    // Nothing innocent may begin on a thread that may have to end.
    this.#dispatcher.reclaim(work.worker)
    // A function that has just ended needs no ending: its answer is on the way, or lies in shared memory.
    if (work.worker.lane.isRunning(work)) await work.worker.evict(work, error, this.#grace)
  }

  /** Like {@link end}, but a running function is only asked to stop and keeps its thread as long as it likes. */
  endGently(work: WorkRecord, error: unknown): void {
    if (isFinal(work.status) || this.#endUnstarted(work, 'discarded', error)) return
    this.#settle(work, 'discarded', error)
    if (work.onLane) work.worker?.askToStop(work, error)
  }

  async stopWork(work: WorkRecord): Promise<WorkStatus> {
    await this.keepAlive.during(this.end(work, 'discarded', new WorkDiscardedError('work.stop()')))
    return statusOf(work)
  }

  /** Discards everything that has not begun. */
  discardUnstarted(error: WorkDiscardedError): void {
    for (const work of [...this.buffer.door, ...this.#dispatcher.unstarted()])
      this.#endUnstarted(work, 'discarded', error)
  }

  /** Resolves when no work is unfinished. */
  settled(): Promise<void> {
    if (this.ledger.unfinished === 0) return Promise.resolve()
    return new Promise(resolve => this.#settledWaiters.push(resolve))
  }

  /** The work with this id, if it is unfinished or its function still runs. */
  find(id: string): WorkRecord | undefined {
    return this.ledger.find(id) ?? this.#occupant(id)
  }

  /** Works at the door, works in the buffer or sent ahead, works begun. */
  get census(): { waiting: number; queued: number; running: number } {
    const waiting = this.buffer.door.size
    let running = 0
    for (const worker of this.crew.workers) {
      for (const work of worker.lane) if (!isFinal(work.status) && hasStarted(work)) running++
    }
    return { waiting, running, queued: this.ledger.unfinished - waiting - running }
  }

  /** When the oldest accepted work that has not begun was submitted. */
  oldestSubmission(): number | undefined {
    return this.#dispatcher.oldestSubmission() ?? this.buffer.door.peek()?.submittedAt
  }

  now(): number {
    return this.#clock.now()
  }

  /** No timer is left behind. */
  close(): void {
    this.#dispatcher.close()
    this.keepAlive.close()
  }

  // What the dispatcher asks and tells.

  placesChanged(): void {
    this.buffer.changed()
  }

  get workers(): ReadonlySet<Worker> {
    return this.crew.workers
  }

  sending(work: WorkRecord): void {
    this.#limits.sending(work)
  }

  endedEarly(work: WorkRecord, value: unknown): void {
    work.worker?.setAside(work)
    if (!isFinal(work.status)) this.#settle(work, 'done', value)
    this.#limits.clear(work)
    this.#dispatcher.schedule()
  }

  // What workers and crew ask and tell.

  spawned(worker: Worker): void {
    void this.keepAlive.during(worker.up)
  }

  ready(worker: Worker): void {
    this.crew.ready()
    this.#dispatcher.schedule()
    this.#observer.workerOnline(worker)
    this.#observer.loadChanged()
  }

  answered(worker: Worker, work: WorkRecord, threw: boolean, value: unknown): void {
    const run = worker.lane.endedAt(work) - worker.lane.startedAt(work)
    const { task } = work
    if (Number.isNaN(task.runTime)) task.runTime = run
    else task.runTime += (Math.min(run, OUTLIER * task.runTime + OUTLIER_MS) - task.runTime) / RUN_TIME_MEMORY
    if (!isFinal(work.status)) this.#settle(work, threw ? 'failed' : 'done', threw ? withSite(value, task.site) : value)
    else this.#limits.clear(work)
  }

  refused(work: WorkRecord, error: unknown): void {
    if (!isFinal(work.status)) this.#settle(work, 'failed', error)
    // Its place is free again, and no answer will come to remind anybody.
    this.#dispatcher.schedule()
  }

  batchRead(): void {
    // After the reactions of what was just settled: the works they submit travel with the same flush.
    this.#dispatcher.schedule()
  }

  teardownFailed(_worker: Worker, error: unknown): void {
    this.#observer.error(error)
  }

  reclaim(worker: Worker): void {
    this.#dispatcher.reclaim(worker)
  }

  /** Ends what runs on this worker, and the worker with it. */
  interrupt(worker: Worker, error: WorkDiscardedError): void {
    this.#dispatcher.reclaim(worker)
    worker.lane.collect((work, value) => this.endedEarly(work, value))
    const ends = [...worker.lane].map(work => this.end(work, 'discarded', error))
    void Promise.all(ends).then(() => worker.kill())
  }

  stuck(worker: Worker): void {
    salvage(worker, undefined, this.#salvageHost)
    this.crew.gaveUp(worker)
    this.#dispatcher.schedule()
  }

  exited(worker: Worker, exit: WorkerExit): void {
    const owned = salvage(worker, exit, this.#salvageHost)
    this.crew.exited(worker, exit)
    if (!owned && exit.hadStarted) this.#reportIdleDeath(worker, exit)
    this.#observer.workerExit(worker, exit)
    this.#dispatcher.schedule()
    this.#observer.loadChanged()
  }

  startFailed(error: WorkerStartError): void {
    // While others serve, the works are theirs.
    const hopeless = [...this.crew.workers].every(worker => worker.phase !== 'serving')
    const works = hopeless ? [...this.buffer.door, ...this.#dispatcher.unstarted()] : []
    for (const work of works) if (this.#withdraw(work)) this.#settle(work, 'failed', error)
    if (works.length === 0) this.#observer.error(error)
  }

  deserted(): void {
    // Either it succeeds now, or it ends in startFailed, which tells the works.
    if (this.ledger.unfinished > 0) this.crew.tryAgain()
  }

  startRecovered(error: unknown): void {
    this.#observer.error(error)
  }

  // The steps of a work's life.

  #enter(task: TaskRecord, args: readonly unknown[], options: ResolvedExecuteOptions | undefined): WorkRecord {
    const work = new WorkRecord(this, this.#serial++, task, args, markedIn(args), options)
    work.handle = new WorkHandle(work)
    this.counts.submitted++
    this.ledger.add(work)
    if (!this.#isBusy) this.keepAlive.hold()
    this.#isBusy = true
    return work
  }

  #accept(work: WorkRecord): void {
    work.status = advance(WORK_MOVES, 'a work', work.status, 'queued')
    this.#dispatcher.enqueue(work)
    work.acceptance?.resolve()
  }

  /** Takes a work that has not begun out of wherever it is. */
  #withdraw(work: WorkRecord): boolean {
    return work.status === 'waiting' ? this.buffer.leave(work) : this.#dispatcher.withdraw(work)
  }

  /** True if the work had not begun, and is settled now. */
  #endUnstarted(work: WorkRecord, status: 'failed' | 'discarded', error: unknown): boolean {
    if (isFinal(work.status) || !this.#withdraw(work)) return false
    this.#settle(work, status, error)
    return true
  }

  #expire(work: WorkRecord, error: WorkTimeoutError): void {
    this.#endUnstarted(work, 'failed', error)
  }

  /** The end of every work: final status, promise, then whoever listens. `payload` is the result, or the error. */
  #settle(work: WorkRecord, status: FinalStatus, payload: unknown): void {
    const from = statusOf(work)
    work.status = advance(WORK_MOVES, 'a work', from, status)
    this.#record(work, from)
    this.counts[status]++
    // A function that goes on after a gentle discard keeps its time limit.
    if (!work.onLane || !this.#limits.limitsRun(work)) this.#limits.clear(work)
    const signal = work.options?.signal
    if (signal !== undefined) this.#signals.unwatch(signal, work)
    this.ledger.finish(work, status)
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
    this.buffer.changed()
    // A listener may have submitted the next one, or told of the rest already.
    if (this.ledger.unfinished === 0 && this.#isBusy) this.#rest()
  }

  /** Writes down when the work began and ended, as far as it did. */
  #record(work: WorkRecord, from: WorkStatus): void {
    if (from !== 'running' || work.worker === undefined) {
      work.endedAt = this.#clock.now()
      return
    }
    const { lane } = work.worker
    work.startedAt = lane.startedAt(work)
    // Where an answer has come, or lies in shared memory, the thread wrote the end; else the work ends here and now.
    const ended = lane.endedAt(work)
    work.endedAt = !lane.isRunning(work) && ended >= work.startedAt ? ended : this.#clock.now()
    this.waitTime.record(work.startedAt - work.submittedAt)
    this.runTime.record(work.endedAt - work.startedAt)
  }

  /** A final work whose function goes on: the gentle discard of a running one. */
  #occupant(id: string): WorkRecord | undefined {
    for (const worker of this.crew.workers) {
      for (const work of worker.lane) if (work.handle.id === id) return work
    }
    return undefined
  }

  /** What ended a thread on which nothing ran is no work's error. */
  #reportIdleDeath(worker: Worker, { failure, asked, code }: WorkerExit): void {
    if (failure !== undefined) this.#observer.error(failure.error)
    else if (!asked) this.#observer.error(WorkerLostError.whileIdle(worker.id, code))
  }

  #bufferFull(): WorkBufferFullError {
    const workers = [...this.crew.workers].filter(worker => worker.accepting).length
    const { backlog } = this.#dispatcher
    // A place that a work of this very turn has reserved is as good as taken.
    const busy = Math.min(workers, workers + backlog)
    return new WorkBufferFullError({ queued: Math.max(0, backlog), workBuffer: this.buffer.size, busy, workers })
  }

  #rest(): void {
    this.#isBusy = false
    this.keepAlive.release()
    const waiters = this.#settledWaiters
    this.#settledWaiters = []
    for (const resolve of waiters) resolve()
    this.#observer.idle()
    this.#observer.loadChanged()
  }
}

/** Runs over which a task's run time is averaged: few enough to follow a change, enough to forget the first, slow call. */
const RUN_TIME_MEMORY = 8

/**
 * A run that takes longer than so many times the average, and some more, counts as no longer: a thread that lost its
 * processor for a moment would else make its function seem long, and its lane run dry.
 */
const OUTLIER = 8
const OUTLIER_MS = 0.1

function ignore(): void {}
