/**
 * Builds the engine of a pool, and acts on works that are in it: ends them early, finds them. The admission lets works
 * in, the dispatcher decides which worker runs which work, the crew decides how many workers there are, and the register
 * keeps the outcome of each work.
 *
 * An answer passes from the lane's sender to the worker, the register, the buffer (which lets in the next work), and
 * the dispatcher. Each of them calls the next one directly.
 */

import { Signals } from '../base/abort-listeners.js'
import type { Clock } from '../base/clock.js'
import { KeepAlive } from '../base/keep-alive.js'
import { Dispatcher, type DispatcherHost } from '../dispatch/dispatcher.js'
import { WorkBuffer } from '../dispatch/work-buffer.js'
import { WorkDiscardedError, WorkTimeoutError } from '../errors/works.js'
import { isBegun, statusOf, type WorkHost, type WorkRecord } from '../work/record.js'
import { WorkRegister } from '../work/register.js'
import { isFinal, type WorkStatus } from '../work/status.js'
import { StatusMap } from '../work/status-map.js'
import { type TimeLimitHost, TimeLimits } from '../work/time-limits.js'
import { Crew } from '../worker/crew.js'
import { whenPrinted } from '../worker/printed.js'
import { Recycling } from '../worker/recycling.js'
import type { Worker, WorkerPlan } from '../worker/worker.js'
import { Admission } from './admission.js'
import type { Observer } from './observer.js'
import type { ResolvedOptions } from './options-check.js'
import { type EngineParts, WorkerReports } from './worker-reports.js'

/** The options of the engine's parts. Those of its threads are in the {@link WorkerPlan}. */
export type OrchestratorOptions = Pick<
  ResolvedOptions,
  'total' | 'workBuffer' | 'grace' | 'retain' | 'timeout' | 'recycle'
>

export class Orchestrator implements WorkHost, TimeLimitHost, DispatcherHost, EngineParts {
  readonly idPrefix: string
  readonly register: WorkRegister
  readonly buffer: WorkBuffer
  readonly dispatcher: Dispatcher
  readonly crew: Crew
  readonly admission: Admission
  readonly keepAlive = new KeepAlive()
  readonly #clock: Clock
  readonly #concurrency: number
  readonly #grace: number
  readonly #observer: Observer

  /**
   * The parts call each other in a ring, from the register to the workers and back. The dispatcher, the time limits and
   * the reports close the ring: they call this object, or reach other parts through it. No part calls another before
   * the last line starts the first thread.
   */
  constructor(options: OrchestratorOptions, idPrefix: string, plan: WorkerPlan, observer: Observer) {
    const { clock } = plan
    this.idPrefix = idPrefix
    this.#clock = clock
    this.#concurrency = plan.concurrency
    this.#grace = options.grace
    this.#observer = observer
    const statuses = new StatusMap(idPrefix, options.retain)
    const limits = new TimeLimits(clock, options.timeout, this)
    const signals = new Signals<WorkRecord>((work, reason) => {
      void this.end(work, 'discarded', WorkDiscardedError.bySignal(reason))
    })
    this.dispatcher = new Dispatcher(clock, limits, this)
    this.buffer = new WorkBuffer(options.workBuffer, statuses, this.dispatcher, observer)
    const { buffer, keepAlive } = this
    this.register = new WorkRegister(this, {
      clock,
      keepAlive,
      statuses,
      limits,
      signals,
      buffer,
      whenPrinted: () => this.whenPrinted(),
      observer,
    })
    const recycling = new Recycling(options.recycle, clock, worker => this.crew.replace(worker))
    this.crew = new Crew(plan, options.total, new WorkerReports(this.register, this, recycling, observer))
    this.admission = new Admission(this, plan.concurrency, observer)
    this.crew.setTarget(options.total)
  }

  /** The pool ends now: discards every work that has not begun, and each that comes later. */
  discardAll(error: WorkDiscardedError): void {
    this.admission.close(error)
    for (const work of this.unstarted()) this.endUnstarted(work, 'discarded', error)
  }

  /**
   * Ends a work early. If it has not begun, it never does; if it runs, it is settled at once and evicted. Resolves when
   * its function, or its thread, has ended.
   *
   * @param grace ms; with Infinity, the thread stays
   */
  async end(
    work: WorkRecord,
    status: 'failed' | 'discarded',
    error: unknown,
    grace = this.#graceOf(work),
  ): Promise<void> {
    if (this.endUnstarted(work, status, error) || !work.onLane || work.carrier === undefined) return
    if (!isFinal(work.status)) this.register.settle(work, status, error)
    // The thread may have to end, so no other work may begin on it.
    if (grace !== Infinity) this.dispatcher.reclaim(work.carrier)
    // A function that has just ended needs no eviction: its answer is on the way, or lies in shared memory.
    if (work.carrier.isRunning(work)) await work.carrier.evict(work, error, grace)
  }

  /** Like {@link end}, but a running function is only asked to stop, and keeps its thread until it returns. */
  endGently(work: WorkRecord, error: unknown): void {
    if (isFinal(work.status) || this.endUnstarted(work, 'discarded', error)) return
    this.register.settle(work, 'discarded', error)
    if (work.onLane) work.carrier?.askToStop(work, error)
  }

  /** Ends a work that has not begun. False if it has begun or is final. */
  endUnstarted(work: WorkRecord, status: 'failed' | 'discarded', error: unknown): boolean {
    if (isFinal(work.status)) return false
    const isOut = work.status === 'waiting' ? this.buffer.leave(work) : this.dispatcher.withdraw(work)
    if (isOut) this.register.settle(work, status, error)
    return isOut
  }

  /** The reader of a stream has taken values: its generator may yield `count` more. */
  grant(work: WorkRecord, count: number): void {
    if (work.onLane) work.carrier?.grant(work, count)
  }

  /** The reader of a stream has left. Returns true if the generator was running; it then ends. */
  endStream(work: WorkRecord): boolean {
    if (isFinal(work.status) || this.endUnstarted(work, 'discarded', new WorkDiscardedError('the end of its stream()')))
      return false
    const carrier = work.onLane ? work.carrier : undefined
    // A generator that has ended has nothing to clean up, and its answer is on the way.
    if (carrier === undefined || carrier.hasEnded(work)) return false
    carrier.endStream(work)
    return true
  }

  /** The works whose functions do not run now. Those at the door come first, so that none enters while they are ended. */
  unstarted(): WorkRecord[] {
    return [...this.buffer.door, ...this.dispatcher.unstarted()]
  }

  /**
   * Ends the works that run on this worker, and then its thread.
   *
   * @param endless the grace of a work whose own has no end
   */
  interrupt(worker: Worker, error: WorkDiscardedError, endless = Infinity): void {
    this.dispatcher.reclaim(worker)
    worker.lane.collect((work, value) => this.register.endedEarly(work, value))
    const ends = [...worker.lane].map(work => {
      const grace = this.#graceOf(work)
      return this.end(work, 'discarded', error, grace === Infinity ? endless : grace)
    })
    void Promise.all(ends).then(() => worker.kill())
  }

  /** The work with this id, if it is unfinished or its function still runs. */
  find(id: string): WorkRecord | undefined {
    return this.register.statuses.find(id) ?? this.#occupant(id)
  }

  /** Numbers of works: at the door, accepted and not begun, begun. */
  get census(): { waiting: number; queued: number; running: number } {
    const waiting = this.buffer.door.size
    let running = 0
    for (const worker of this.crew.workers) {
      for (const work of worker.lane) if (!isFinal(work.status) && isBegun(work)) running++
    }
    for (const work of this.register.retried) if (!isBegun(work)) running++
    return { waiting, running, queued: this.register.statuses.unfinished - waiting - running }
  }

  /** Number of works that the wanted number of workers can run at the same time. */
  get wantedPlaces(): number {
    return this.crew.target * this.#concurrency
  }

  /** Clock ms since when the oldest work without a place has waited; undefined if there is none, or a place is free. */
  waitingSince(): number | undefined {
    return this.dispatcher.waitingSince(this.buffer.door)
  }

  /** Resolves when what the threads have printed is out; undefined if it is. */
  whenPrinted(): Promise<unknown> | undefined {
    return whenPrinted(this.crew.workers, this.#clock)
  }

  /** Cancels the last timers. */
  close(): void {
    this.dispatcher.close()
    this.keepAlive.close()
  }

  // What works need from their pool.

  now(): number {
    return this.#clock.now()
  }

  async stopWork(work: WorkRecord): Promise<WorkStatus> {
    await this.keepAlive.during(this.end(work, 'discarded', new WorkDiscardedError('work.stop()')))
    return statusOf(work)
  }

  // What the time limits report.

  waitedTooLong(work: WorkRecord, limitMs: number): void {
    this.endUnstarted(work, 'failed', new WorkTimeoutError('queue', limitMs))
  }

  ranTooLong(work: WorkRecord, limitMs: number): void {
    void this.end(work, 'failed', new WorkTimeoutError('run', limitMs))
  }

  // What the dispatcher asks and reports.

  workers(): ReadonlySet<Worker> {
    return this.crew.workers
  }

  worksWait(): void {
    this.#observer.loadChanged()
  }

  placesChanged(): void {
    this.buffer.changed()
  }

  endedEarly(work: WorkRecord, value: unknown): void {
    this.register.endedEarly(work, value)
  }

  /** A final work whose function still runs, after a graceful discard. */
  #occupant(id: string): WorkRecord | undefined {
    for (const worker of this.crew.workers) {
      for (const work of worker.lane) if (work.handle.id === id) return work
    }
    return undefined
  }

  #graceOf(work: WorkRecord): number {
    return work.options?.grace ?? this.#grace
  }
}
