/** The promise behind a `Work`: a native promise with the members of the handle. */

import { deferred, type Deferred } from '../base/deferred.js'
import { workId } from '../lane/work-id.js'
import { hasStarted, statusOf, type WorkRecord } from './record.js'
import type { WorkStatus } from './status.js'
import type { Work } from './work.js'

let resolveOfNext: ((value: unknown) => void) | undefined
let rejectOfNext: ((error: unknown) => void) | undefined
function grab(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  resolveOfNext = resolve as (value: unknown) => void
  rejectOfNext = reject
}

/** A native promise with the handle's members. Its state is in a private field, so that console.log shows no engine. */
export class WorkHandle<R> extends Promise<R> implements Work<R> {
  readonly #record: WorkRecord

  constructor(record: WorkRecord) {
    super(grab)
    if (resolveOfNext !== undefined) record.resolve = resolveOfNext
    if (rejectOfNext !== undefined) record.reject = rejectOfNext
    // Else the last work of the process would live on, result and all.
    resolveOfNext = rejectOfNext = undefined
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

  /** For the pool alone. */
  static recordOf(work: unknown): WorkRecord | undefined {
    return typeof work === 'object' && work !== null && #record in work ? work.#record : undefined
  }
}

// With Promise as its constructor, `await work` takes the work itself, and then() makes plain promises: measured, this is
// half the cost of a subclass known to V8 as one.
Object.defineProperty(WorkHandle.prototype, 'constructor', { value: Promise, writable: true, configurable: true })

function startOf(record: WorkRecord): number {
  return record.startedAt ?? record.carrier?.startedAt(record) ?? record.submittedAt
}

function acceptanceOf(record: WorkRecord): Deferred<void> {
  const acceptance = deferred()
  const { promise, resolve, reject } = acceptance
  // Whoever does not await it has not missed anything: the work itself carries the error.
  promise.catch(() => {})
  if (record.endedAtDoor !== undefined) reject(record.endedAtDoor.error)
  else if (record.status !== 'waiting') resolve()
  return acceptance
}
