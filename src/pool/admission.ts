/**
 * How works get into a pool: into the buffer, to the door in front of it, or not at all. It does not know what becomes
 * of a work afterwards.
 */

import type { Dispatcher } from '../dispatch/dispatcher.js'
import type { WorkBuffer } from '../dispatch/work-buffer.js'
import { WorkBufferFullError, type WorkDiscardedError } from '../errors/works.js'
import type { TaskRecord } from '../task/record.js'
import { NO_OPTIONS } from '../work/options.js'
import type { WorkRecord, WorkTerms } from '../work/record.js'
import type { WorkRegister } from '../work/register.js'
import { isFinal } from '../work/status.js'
import type { Crew } from '../worker/crew.js'
import type { Observer } from './observer.js'

export interface AdmissionParts {
  readonly register: WorkRegister
  readonly buffer: WorkBuffer
  readonly dispatcher: Dispatcher
  readonly crew: Crew
  /** Ends a work that has not begun. False if it has begun or is final. */
  endUnstarted(work: WorkRecord, status: 'failed' | 'discarded', error: unknown): boolean
}

export class Admission {
  readonly #parts: AdmissionParts
  readonly #concurrency: number
  readonly #observer: Observer
  /** Why no work gets in any more, once the pool is being ended at once. */
  #closed: WorkDiscardedError | undefined

  /** @param concurrency works that each worker runs at the same time */
  constructor(parts: AdmissionParts, concurrency: number, observer: Observer) {
    this.#parts = parts
    this.#concurrency = concurrency
    this.#observer = observer
  }

  /** Submits a work, which enters the buffer, waits at the door, or is refused. */
  submit(
    task: TaskRecord,
    args: readonly unknown[],
    options: WorkTerms | undefined,
    whenFull: 'wait' | 'reject',
  ): WorkRecord {
    const { register, buffer, crew } = this.#parts
    const work = register.enter(task, args, options)
    // A subscriber of the trace may have ended it, or the pool.
    if (isFinal(work.status) || this.#isTurnedAway(work)) return work
    crew.tryAgain()
    if (!buffer.tryAccept(work)) {
      if (whenFull === 'wait') buffer.wait(work)
      else this.#acceptOrRefuse(work)
    }
    this.#endIfClosed(work)
    this.#observer.loadChanged()
    return work
  }

  /** Submits a work for each worker, which runs it before any queued one, even if the buffer is full. */
  submitToEach(task: TaskRecord, args: readonly unknown[]): WorkRecord[] {
    const { register, buffer, crew } = this.#parts
    crew.tryAgain()
    const works = [...crew.workers]
      .filter(worker => worker.isStaying)
      .map(pinnedTo => register.enter(task, args, { ...NO_OPTIONS, pinnedTo }))
    for (const work of works) {
      // A listener may have ended it, or the pool.
      if (isFinal(work.status) || this.#isTurnedAway(work)) continue
      buffer.letIn(work)
      this.#endIfClosed(work)
    }
    return works
  }

  /** From now on, works that are submitted end with this error, even within a call that has begun. */
  close(error: WorkDiscardedError): void {
    this.#closed = error
  }

  /** Ends a work that is nowhere yet, if the pool has been closed since it was entered. */
  #isTurnedAway(work: WorkRecord): boolean {
    if (this.#closed === undefined) return false
    this.#parts.register.settle(work, 'discarded', this.#closed)
    return true
  }

  /** Listeners may have closed the pool before the work was where the stop looks for it. */
  #endIfClosed(work: WorkRecord): void {
    if (this.#closed !== undefined) this.#parts.endUnstarted(work, 'discarded', this.#closed)
  }

  #acceptOrRefuse(work: WorkRecord): void {
    this.#observer.refusing()
    // A listener may have ended it, or the pool.
    if (isFinal(work.status) || this.#isTurnedAway(work) || this.#parts.buffer.tryAccept(work)) return
    this.#parts.register.settle(work, 'failed', this.#bufferFull())
  }

  #bufferFull(): WorkBufferFullError {
    const { buffer, crew, dispatcher } = this.#parts
    const workers = [...crew.workers].filter(worker => worker.accepting).length
    const { backlog } = dispatcher
    const places = workers * this.#concurrency
    // A place counts as taken once a work has been queued for it, even if that work is not on the lane yet.
    const taken = Math.min(places, places + backlog)
    return new WorkBufferFullError({
      queued: Math.max(0, backlog),
      workBuffer: buffer.size,
      taken,
      places,
      workers,
    })
  }
}
