/** The handle of a work: a native promise with the members that the user sees. */

import { deferred, type Deferred } from '../base/deferred.js'
import { workId } from '../lane/work-id.js'
import { hasStarted, statusOf, type WorkRecord } from './record.js'
import type { WorkStatus } from './status.js'
import type { Work } from './work.js'

/** Keeps its record in a private field, so that `console.log(work)` does not show the inside of the pool. */
export class WorkHandle<R> extends Promise<R> implements Work<R> {
  readonly #record: WorkRecord

  constructor(record: WorkRecord) {
    super((resolve, reject) => {
      record.resolve = resolve as (value: unknown) => void
      record.reject = reject
    })
    this.#record = record
  }

  get id(): string {
    return workId(this.#record.host.idPrefix, this.#record.serial)
  }

  get status(): WorkStatus {
    return statusOf(this.#record)
  }

  get accepted(): Promise<void> {
    return (this.#record.acceptance ??= acceptanceOf(this.#record)).promise
  }

  get workerId(): string | undefined {
    return hasStarted(this.#record) ? this.#record.carrier?.id : undefined
  }

  get waitTime(): number {
    const record = this.#record
    if (hasStarted(record)) return startOf(record) - record.submittedAt
    return (record.endedAt ?? record.host.now()) - record.submittedAt
  }

  get runTime(): number {
    const record = this.#record
    if (!hasStarted(record)) return 0
    return (record.endedAt ?? record.host.now()) - startOf(record)
  }

  stop(): Promise<WorkStatus> {
    return this.#record.host.stopWork(this.#record)
  }

  /** The record of a work; undefined for any other value. For the pool only. */
  static recordOf(work: unknown): WorkRecord | undefined {
    return typeof work === 'object' && work !== null && #record in work ? work.#record : undefined
  }
}

// V8 looks at this property to see whether a promise is a plain one. With Promise as its value, `await work` uses the
// work itself, and then() makes plain promises. Creating, awaiting and resolving such a promise takes 190 ns on Node 20
// and 175 ns on Node 24; a plain promise takes 160 ns. If the class has its own `constructor`, that takes 310 ns and
// 265 ns, because `await` then wraps the work in a second promise. Measured by bench/limits/work-promise.js.
Object.defineProperty(WorkHandle.prototype, 'constructor', { value: Promise, writable: true, configurable: true })

function startOf(record: WorkRecord): number {
  return record.startedAt ?? record.carrier?.startedAt(record) ?? record.submittedAt
}

function acceptanceOf(record: WorkRecord): Deferred<void> {
  const acceptance = deferred()
  const { promise, resolve, reject } = acceptance
  // A caller that does not await this promise misses nothing, because the work itself has the error.
  promise.catch(() => {})
  if (record.endedAtDoor !== undefined) reject(record.endedAtDoor.error)
  else if (record.status !== 'waiting') resolve()
  return acceptance
}
