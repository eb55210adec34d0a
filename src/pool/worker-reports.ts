/**
 * Handles the reports of the workers and the crew: what a thread's start or end means for the works and for listeners.
 * It does not choose which work goes where. The outcome of a single work does not pass through here: a worker reports
 * that to the register.
 */

import type { KeepAlive } from '../base/keep-alive.js'
import { LeftOutError } from '../calls/broadcast.js'
import type { Dispatcher } from '../dispatch/dispatcher.js'
import type { WorkBuffer } from '../dispatch/work-buffer.js'
import { WorkDiscardedError, WorkerLostError, WorkerStartError } from '../errors/works.js'
import type { ThreadExit } from '../launch/life.js'
import type { WorkRecord } from '../work/record.js'
import type { WorkRegister } from '../work/register.js'
import { type Crew, type CrewHost, startFailure } from '../worker/crew.js'
import type { Recycling } from '../worker/recycling.js'
import { salvage } from '../worker/salvage.js'
import type { Worker } from '../worker/worker.js'
import type { Observer } from './observer.js'

/**
 * The parts of a pool that reports affect. All of them exist before the first thread starts, and so before any report.
 */
export interface EngineParts {
  readonly buffer: WorkBuffer
  readonly dispatcher: Dispatcher
  readonly crew: Crew
  readonly keepAlive: KeepAlive
  /** Ends a work that has not begun. False if it has begun or is final. */
  endUnstarted(work: WorkRecord, status: 'failed' | 'discarded', error: unknown): boolean
  /** Resolves when what the threads have printed is out; undefined if it is. */
  whenPrinted(): Promise<unknown> | undefined
  /** Ends the works that run on this worker, and then its thread. */
  interrupt(worker: Worker, error: WorkDiscardedError): void
}

export class WorkerReports implements CrewHost {
  readonly works: WorkRegister
  readonly #parts: EngineParts
  readonly #recycling: Recycling
  readonly #observer: Observer

  constructor(works: WorkRegister, parts: EngineParts, recycling: Recycling, observer: Observer) {
    this.works = works
    this.#parts = parts
    this.#recycling = recycling
    this.#observer = observer
  }

  // Reports of a worker.

  ready(worker: Worker): void {
    this.#recycling.ready(worker)
    this.#parts.crew.ready()
    this.#parts.dispatcher.schedule()
    this.#observer.workerOnline(worker)
    this.#observer.loadChanged()
  }

  batchRead(worker: Worker, answers: number): void {
    this.#recycling.answered(worker)
    this.#parts.dispatcher.batchRead(answers)
  }

  freed(): void {
    this.#parts.dispatcher.schedule()
  }

  usedUp(worker: Worker): void {
    this.#recycling.usedUp(worker)
  }

  interrupt(worker: Worker): void {
    this.#parts.interrupt(worker, new WorkDiscardedError('a hot restart()'))
  }

  reclaim(worker: Worker): void {
    this.#parts.dispatcher.reclaim(worker)
  }

  teardownFailed(_worker: Worker, error: unknown): void {
    this.#observer.error(error)
  }

  stuck(worker: Worker): void {
    this.#clear(worker, undefined)
    this.#parts.crew.gaveUp(worker)
    this.#parts.dispatcher.schedule()
  }

  exited(worker: Worker, exit: ThreadExit): void {
    const ownsFailure = this.#clear(worker, exit)
    this.#parts.crew.exited(worker, exit)
    if (!ownsFailure && exit.hadStarted) this.#reportIdleDeath(worker, exit)
    this.#observer.workerExit(worker, exit)
    this.#parts.dispatcher.schedule()
    this.#observer.loadChanged()
  }

  // Reports of the crew.

  spawned(worker: Worker): void {
    // What `setup` prints should be out, too, before a program ends that only awaits `ready`.
    void this.#parts.keepAlive.during(worker.up.then(() => this.#parts.whenPrinted()))
    // Works may wait on its lane while the thread starts.
    this.#parts.dispatcher.schedule()
  }

  startFailed(error: WorkerStartError): void {
    const { crew, buffer, dispatcher } = this.#parts
    // While any worker serves and may run more works, the works can still run.
    const isHopeless = [...crew.workers].every(worker => worker.phase !== 'serving' || worker.places.areUsedUp)
    const doomed = isHopeless ? [...buffer.door, ...dispatcher.unstarted()] : []
    for (const work of doomed) this.#parts.endUnstarted(work, 'failed', error)
    if (doomed.length === 0) this.#observer.error(error)
  }

  deserted(): void {
    // A thread starts now, or the attempt ends in startFailed(), which fails the works.
    if (this.works.statuses.unfinished > 0) this.#parts.crew.tryAgain()
  }

  startRecovered(error: unknown): void {
    this.#observer.error(error)
  }

  /**
   * Clears the works that lie on a thread that will never answer again, or that wait for it. Returns whether one of
   * these works reports the error that ended the thread.
   */
  #clear(worker: Worker, exit: ThreadExit | undefined): boolean {
    const { dispatcher } = this.#parts
    const ownsFailure = salvage(worker, exit, this.works, work => dispatcher.requeue(work))
    this.#recycling.gone(worker)
    const failedToStart = exit !== undefined && !exit.hadStarted && !exit.asked
    for (const work of dispatcher.gone(worker)) {
      if (failedToStart) this.works.settle(work, 'failed', new WorkerStartError(1, startFailure(exit)))
      else this.works.settle(work, 'discarded', new LeftOutError())
    }
    return ownsFailure
  }

  /** No work ran on the thread, so no work reports the error that ended it. */
  #reportIdleDeath(worker: Worker, { failure, asked, code }: ThreadExit): void {
    if (failure !== undefined) this.#observer.error(failure.error)
    else if (!asked) this.#observer.error(WorkerLostError.whileIdle(worker.id, code))
  }
}
