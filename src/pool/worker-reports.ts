/**
 * Where workers and their crew report: what an answer, a refusal, a thread's coming or going means for the works and for
 * whoever listens. It decides nothing of its own about which work goes where.
 */

import type { KeepAlive } from '../base/keep-alive.js'
import { callGuarded } from '../base/throw-later.js'
import { LeftOutError } from '../calls/broadcast.js'
import type { Dispatcher } from '../dispatch/dispatcher.js'
import type { WorkBuffer } from '../dispatch/work-buffer.js'
import { WorkerLostError, WorkerStartError } from '../errors/works.js'
import type { ThreadExit } from '../launch/life.js'
import { learnRunTime } from '../task/record.js'
import { withSite } from '../task/stack.js'
import type { WorkRecord } from '../work/record.js'
import type { WorkRegister } from '../work/register.js'
import { isFinal } from '../work/status.js'
import type { TimeLimits } from '../work/time-limits.js'
import { Crew, type CrewHost, startFailure } from '../worker/crew.js'
import { type RecycleLimits, Recycling } from '../worker/recycling.js'
import { salvage, type SalvageHost } from '../worker/salvage.js'
import type { Worker, WorkerPlan } from '../worker/worker.js'
import type { Observer } from './observer.js'

/** What the desk passes things on to. */
export interface ReportedParts {
  readonly register: WorkRegister
  readonly buffer: WorkBuffer
  readonly dispatcher: Dispatcher
  readonly limits: TimeLimits
  readonly keepAlive: KeepAlive
  readonly observer: Observer
  /** Takes a work that has not begun out of wherever it is. */
  readonly withdraw: (work: WorkRecord) => boolean
}

export class WorkerReports implements CrewHost {
  readonly crew: Crew
  readonly #parts: ReportedParts
  readonly #recycling: Recycling
  readonly #salvageHost: SalvageHost = {
    endedEarly: (work, value) => this.endedEarly(work, value),
    retry: work => {
      this.#parts.limits.clear(work)
      return this.#parts.register.retry(work)
    },
    goesBack: work => this.#parts.dispatcher.requeue(work),
    lost: (work, error) => {
      this.#parts.register.settle(work, 'failed', error)
      this.#parts.limits.clear(work)
    },
    vacated: work => this.#parts.limits.clear(work),
  }

  /** @param plan of the workers to come; none is started yet */
  constructor(plan: WorkerPlan, total: number, recycle: RecycleLimits, parts: ReportedParts) {
    this.#parts = parts
    this.crew = new Crew(plan, total, this)
    this.#recycling = new Recycling(recycle, plan.clock, worker => this.crew.replace(worker))
  }

  /** The work's function has ended although its answer has not been posted. */
  endedEarly(work: WorkRecord, value: unknown): void {
    work.carrier?.setAside(work)
    if (!isFinal(work.status)) this.#parts.register.settle(work, 'done', value)
    this.#parts.limits.clear(work)
    this.#parts.dispatcher.schedule()
  }

  // What a worker tells.

  ready(worker: Worker): void {
    const { dispatcher, observer } = this.#parts
    this.#recycling.ready(worker)
    this.crew.ready()
    dispatcher.schedule()
    observer.workerOnline(worker)
    observer.loadChanged()
  }

  answered(worker: Worker, work: WorkRecord, threw: boolean, value: unknown): void {
    const { register, limits } = this.#parts
    learnRunTime(work.task, worker.lane.endedAt(work) - worker.lane.startedAt(work))
    if (isFinal(work.status)) limits.clear(work)
    else if (threw) register.settle(work, 'failed', withSite(value, work.task.site))
    else register.settle(work, 'done', value)
  }

  progressed(work: WorkRecord, value: unknown): void {
    if (!isFinal(work.status)) callGuarded(work.options?.onProgress, value)
  }

  yielded(work: WorkRecord, value: unknown): void {
    if (!isFinal(work.status)) work.options?.sink?.push(value)
  }

  failsAhead(work: WorkRecord): void {
    work.options?.sink?.failsAhead()
  }

  refused(work: WorkRecord, error: unknown): void {
    if (!isFinal(work.status)) this.#parts.register.settle(work, 'failed', error)
    // Its place is free again, and no answer will come to remind anybody.
    this.#parts.dispatcher.schedule()
  }

  batchRead(worker: Worker, answers: number): void {
    this.#recycling.answered(worker)
    this.#parts.dispatcher.batchRead(answers)
  }

  freed(): void {
    this.#parts.dispatcher.schedule()
  }

  teardownFailed(_worker: Worker, error: unknown): void {
    this.#parts.observer.error(error)
  }

  reclaim(worker: Worker): void {
    this.#parts.dispatcher.reclaim(worker)
  }

  stuck(worker: Worker): void {
    salvage(worker, undefined, this.#salvageHost)
    this.#gone(worker, undefined)
    this.crew.gaveUp(worker)
    this.#parts.dispatcher.schedule()
  }

  exited(worker: Worker, exit: ThreadExit): void {
    const { dispatcher, observer } = this.#parts
    const owned = salvage(worker, exit, this.#salvageHost)
    this.#gone(worker, exit)
    this.crew.exited(worker, exit)
    if (!owned && exit.hadStarted) this.#reportIdleDeath(worker, exit)
    observer.workerExit(worker, exit)
    dispatcher.schedule()
    observer.loadChanged()
  }

  // What the crew tells.

  spawned(worker: Worker): void {
    void this.#parts.keepAlive.during(worker.up)
  }

  startFailed(error: WorkerStartError): void {
    const { register, buffer, dispatcher, observer, withdraw } = this.#parts
    // While others serve, the works are theirs.
    const hopeless = [...this.crew.workers].every(worker => worker.phase !== 'serving')
    const doomed = hopeless ? [...buffer.door, ...dispatcher.unstarted()] : []
    for (const work of doomed) if (withdraw(work)) register.settle(work, 'failed', error)
    if (doomed.length === 0) observer.error(error)
  }

  deserted(): void {
    // Either it succeeds now, or it ends in startFailed, which tells the works.
    if (this.#parts.register.statuses.unfinished > 0) this.crew.tryAgain()
  }

  startRecovered(error: unknown): void {
    this.#parts.observer.error(error)
  }

  #gone(worker: Worker, exit: ThreadExit | undefined): void {
    const { dispatcher, register } = this.#parts
    this.#recycling.gone(worker)
    const failed = exit !== undefined && !exit.hadStarted && !exit.asked
    for (const work of dispatcher.gone(worker)) {
      if (failed) register.settle(work, 'failed', new WorkerStartError(1, startFailure(exit)))
      else register.settle(work, 'discarded', new LeftOutError())
    }
  }

  /** What ended a thread on which nothing ran is no work's error. */
  #reportIdleDeath(worker: Worker, { failure, asked, code }: ThreadExit): void {
    if (failure !== undefined) this.#parts.observer.error(failure.error)
    else if (!asked) this.#parts.observer.error(WorkerLostError.whileIdle(worker.id, code))
  }
}
