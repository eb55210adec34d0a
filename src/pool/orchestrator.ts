/**
 * The life of a work: submit, admit, dispatch, end. It puts the parts together and leaves each its business: which worker
 * runs what is the Dispatcher's, how many workers there are the Crew's, what has become of a work stands in Works.
 */

import { nanoid } from 'nanoid'
import { reasonOf, Signals } from '../base/abort-listeners.js'
import type { Clock } from '../base/clock.js'
import { KeepAlive } from '../base/keep-alive.js'
import { Dispatcher } from '../dispatch/dispatcher.js'
import { WorkBuffer } from '../dispatch/work-buffer.js'
import { WorkBufferFullError, WorkDiscardedError, WorkTimeoutError } from '../errors/works.js'
import { ID_PREFIX_LENGTH } from '../lane/work-id.js'
import type { TaskRecord } from '../task/record.js'
import { NO_OPTIONS, type ResolvedExecuteOptions } from '../work/options.js'
import { isBegun, statusOf, type WorkRecord, type WorkTerms } from '../work/record.js'
import { WorkRegister, type RegisterHost } from '../work/register.js'
import { isFinal, type WorkStatus } from '../work/status.js'
import { TimeLimits } from '../work/time-limits.js'
import type { Work } from '../work/work.js'
import type { Crew } from '../worker/crew.js'
import type { StartThread } from '../worker/pool-thread.js'
import type { Worker } from '../worker/worker.js'
import type { Observer } from './observer.js'
import type { ResolvedOptions } from './options-check.js'
import { WorkerReports } from './worker-reports.js'

/** The options that concern works and their workers. */
export type OrchestratorOptions = Pick<
  ResolvedOptions,
  'total' | 'workBuffer' | 'concurrency' | 'grace' | 'retain' | 'timeout' | 'killTimeout' | 'recycle'
>

export class Orchestrator implements RegisterHost {
  readonly idPrefix = nanoid(ID_PREFIX_LENGTH)
  readonly register: WorkRegister
  readonly buffer: WorkBuffer
  readonly keepAlive = new KeepAlive()
  readonly #clock: Clock
  readonly #observer: Observer
  readonly #grace: number
  readonly #concurrency: number
  readonly #dispatcher: Dispatcher
  readonly #desk: WorkerReports
  readonly #limits: TimeLimits
  readonly #signals = new Signals<WorkRecord>((work, reason) => {
    void this.end(work, 'discarded', WorkDiscardedError.bySignal(reason))
  })

  constructor(
    options: OrchestratorOptions,
    startThread: (idPrefix: string) => StartThread,
    clock: Clock,
    observer: Observer,
  ) {
    this.#clock = clock
    this.#observer = observer
    this.#grace = options.grace
    this.#concurrency = options.concurrency
    this.register = new WorkRegister(this, options.retain, clock, observer, this.keepAlive)
    this.#limits = new TimeLimits(clock, options.timeout, {
      waitedTooLong: (work, limit) => this.#endUnstarted(work, 'failed', new WorkTimeoutError('queue', limit)),
      ranTooLong: (work, limit) => void this.end(work, 'failed', new WorkTimeoutError('run', limit)),
    })
    this.#dispatcher = new Dispatcher(clock, {
      workers: () => this.crew.workers,
      placesChanged: () => this.buffer.changed(),
      sending: work => this.#limits.sending(work),
      endedEarly: (work, value) => this.#desk.endedEarly(work, value),
    })
    this.buffer = new WorkBuffer(options.workBuffer, {
      backlog: () => this.#dispatcher.backlog,
      accepted: () => this.register.statuses.unfinished - this.buffer.door.size,
      accept: work => this.#accept(work),
      announce: work => observer.queued(work),
      drained: () => observer.drained(),
    })
    const { killTimeout, concurrency } = options
    const plan = { clock, startThread: startThread(this.idPrefix), killTimeout, concurrency }
    this.#desk = new WorkerReports(plan, options.total, options.recycle, {
      register: this.register,
      buffer: this.buffer,
      dispatcher: this.#dispatcher,
      limits: this.#limits,
      keepAlive: this.keepAlive,
      observer,
      withdraw: work => this.#withdraw(work),
    })
    this.crew.setTarget(options.total)
  }

  get crew(): Crew {
    return this.#desk.crew
  }

  /** Enters a work: into the buffer, to the door, or not at all. */
  submit(
    task: TaskRecord,
    args: readonly unknown[],
    options: WorkTerms | undefined,
    whenFull: 'wait' | 'reject',
  ): Work<unknown> {
    const signal = options?.signal
    const isAborted = signal?.aborted === true
    const work = this.register.enter(task, args, options)
    if (isAborted) {
      this.register.settle(work, 'discarded', WorkDiscardedError.bySignal(reasonOf(signal)))
      return work.handle
    }
    try {
      if (signal !== undefined) this.#signals.watch(signal, work)
    } catch (error) {
      this.register.settle(work, 'failed', error)
      return work.handle
    }
    this.crew.tryAgain()
    this.#limits.submitted(work)
    if (!this.buffer.tryAccept(work)) {
      if (whenFull === 'wait') this.buffer.wait(work)
      else this.register.settle(work, 'failed', this.#bufferFull())
    }
    this.#observer.loadChanged()
    return work.handle
  }

  /** Enters a work for each worker there is, which that one runs before anything else, whatever the buffer holds. */
  submitToEach(task: TaskRecord, args: readonly unknown[]): Work<unknown>[] {
    this.crew.tryAgain()
    const works = [...this.crew.workers]
      .filter(worker => worker.isStaying)
      .map(pinnedTo => this.register.enter(task, args, { ...NO_OPTIONS, pinnedTo }))
    for (const work of works) {
      // A listener may have ended it.
      if (isFinal(work.status)) continue
      this.#accept(work)
      this.#observer.queued(work)
    }
    return works.map(work => work.handle)
  }

  /** A work that fails before it could be entered: a function that cannot be shipped, a pool that was stopped. */
  refuse(task: TaskRecord, options: ResolvedExecuteOptions | undefined, error: unknown): Work<unknown> {
    const work = this.register.enter(task, [], options)
    this.register.settle(work, 'failed', error)
    return work.handle
  }

  /**
   * Ends a work before its time. One that has not begun never does; one that runs is settled at once and evicted. Resolves
   * when its function, or its thread, has ended.
   */
  async end(work: WorkRecord, status: 'failed' | 'discarded', error: unknown): Promise<void> {
    if (this.#endUnstarted(work, status, error) || !work.onLane || work.carrier === undefined) return
    if (!isFinal(work.status)) this.register.settle(work, status, error)
    // Nothing innocent may begin on a thread that may have to end.
    this.#dispatcher.reclaim(work.carrier)
    // A function that has just ended needs no ending: its answer is on the way, or lies in shared memory.
    if (work.carrier.isRunning(work)) await work.carrier.evict(work, error, this.#grace)
  }

  /** Like {@link end}, but a running function is only asked to stop and keeps its thread as long as it likes. */
  endGently(work: WorkRecord, error: unknown): void {
    if (isFinal(work.status) || this.#endUnstarted(work, 'discarded', error)) return
    this.register.settle(work, 'discarded', error)
    if (work.onLane) work.carrier?.askToStop(work, error)
  }

  /** The reader of a stream has taken values: its thread may yield so many more. */
  grant(work: WorkRecord, count: number): void {
    if (work.onLane) work.carrier?.grant(work, count)
  }

  /** The reader of a stream wants no more. True if its generator runs, and is to end now. */
  endStream(work: WorkRecord): boolean {
    if (
      isFinal(work.status) ||
      this.#endUnstarted(work, 'discarded', new WorkDiscardedError('the end of its stream()'))
    )
      return false
    const carrier = work.onLane ? work.carrier : undefined
    // What has ended has nothing to clean up; its answer is on the way.
    if (carrier === undefined || carrier.hasEnded(work)) return false
    carrier.endStream(work)
    return true
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

  /** Ends what runs on this worker, and the worker with it. */
  interrupt(worker: Worker, error: WorkDiscardedError): void {
    this.#dispatcher.reclaim(worker)
    worker.lane.collect((work, value) => this.#desk.endedEarly(work, value))
    const ends = [...worker.lane].map(work => this.end(work, 'discarded', error))
    void Promise.all(ends).then(() => worker.kill())
  }

  /** The work with this id, if it is unfinished or its function still runs. */
  find(id: string): WorkRecord | undefined {
    return this.register.statuses.find(id) ?? this.#occupant(id)
  }

  /** Works at the door, works in the buffer or sent ahead, works begun. */
  get census(): { waiting: number; queued: number; running: number } {
    const waiting = this.buffer.door.size
    let running = 0
    for (const worker of this.crew.workers) {
      for (const work of worker.lane) if (!isFinal(work.status) && isBegun(work)) running++
    }
    for (const work of this.register.retried) if (!isBegun(work)) running++
    return { waiting, running, queued: this.register.statuses.unfinished - waiting - running }
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

  // What Works tells.

  ended(work: WorkRecord): void {
    // A function that goes on after a gentle discard keeps its time limit.
    if (!work.onLane || !this.#limits.limitsRun(work)) this.#limits.clear(work)
    const signal = work.options?.signal
    if (signal !== undefined) this.#signals.unwatch(signal, work)
  }

  left(): void {
    this.buffer.changed()
  }

  #accept(work: WorkRecord): void {
    this.register.accepted(work)
    this.#dispatcher.enqueue(work)
  }

  /** Takes a work that has not begun out of wherever it is. */
  #withdraw(work: WorkRecord): boolean {
    return work.status === 'waiting' ? this.buffer.leave(work) : this.#dispatcher.withdraw(work)
  }

  /** True if the work had not begun, and is settled now. */
  #endUnstarted(work: WorkRecord, status: 'failed' | 'discarded', error: unknown): boolean {
    if (isFinal(work.status) || !this.#withdraw(work)) return false
    this.register.settle(work, status, error)
    return true
  }

  /** A final work whose function goes on: the gentle discard of a running one. */
  #occupant(id: string): WorkRecord | undefined {
    for (const worker of this.crew.workers) {
      for (const work of worker.lane) if (work.handle.id === id) return work
    }
    return undefined
  }

  #bufferFull(): WorkBufferFullError {
    const workers = [...this.crew.workers].filter(worker => worker.accepting).length
    const { backlog } = this.#dispatcher
    const places = workers * this.#concurrency
    // A place that a work of this very turn has reserved is as good as taken.
    const taken = Math.min(places, places + backlog)
    return new WorkBufferFullError({
      queued: Math.max(0, backlog),
      workBuffer: this.buffer.size,
      taken,
      places,
      workers,
    })
  }
}
