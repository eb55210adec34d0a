/** One call: the promise and handle that the user holds, and the record that the pool keeps of it. Knows no queue. */

import type { Sendable } from './lane/sender.js'
import type { WorkStatus } from './lifecycle/work-state.js'
import type { ResolvedExecuteOptions } from './execute-options.js'
import type { Fifo } from './queue/fifo.js'
import type { QueueLinks } from './queue/priority.js'
import type { StreamSink } from './stream.js'
import type { TaskRecord } from './task-record.js'
import type { Worker } from './worker.js'
import { workId } from './work-id.js'

/**
 * One call of a function on the pool: a promise of its result, and a handle on it.
 *
 * A failed work that nobody handles is one `unhandledRejection`, as with any promise; a discarded one is silent, since
 * somebody asked for it. Promises derived from it (`work.then(f)`) are your own and follow Node's rule.
 */
export interface Work<R> extends Promise<R> {
  /** Names the work for `discard`, `jobs` and logs: 21 characters, unique. */
  readonly id: string
  /** True at the instant it is read, also for a work that has just begun on its thread. */
  readonly status: WorkStatus
  /**
   * Resolves when the work is in the buffer: await it to submit no faster than works are done. Rejects with the work's
   * own error if it ends at the door. Silent if nobody looks.
   */
  readonly accepted: Promise<void>
  /** Which worker runs or ran it. */
  readonly workerId: string | undefined
  /** Ms from submission to its start; so far, while it waits. */
  readonly waitTime: number
  /** Ms from its start to its end; so far, while it runs; 0 before. */
  readonly runTime: number
  /**
   * Ends the work wherever it is: one that has not started never does, a running one is asked to stop and its thread is
   * ended after `grace`. Resolves with its final status when its function, or its thread, has ended.
   */
  stop(): Promise<WorkStatus>
}

/** What a record needs of the pool it belongs to. */
export interface WorkHost {
  readonly idPrefix: string
  now(): number
  /** See {@link Work.stop}. */
  stopWork(record: WorkRecord): Promise<WorkStatus>
}

interface Acceptance {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const NO_ARGS: readonly unknown[] = []

/** What sets a work apart from a plain call. */
export interface WorkTerms extends ResolvedExecuteOptions {
  /** The one worker that may run it. */
  readonly pinnedTo?: Worker | undefined
  /** Takes what its generator yields. */
  readonly sink?: StreamSink | undefined
}

/** What the pool knows of a work. Works is its only writer, apart from the fields that queue and lane own. */
export class WorkRecord implements Sendable, QueueLinks<WorkRecord> {
  readonly serial: number
  readonly task: TaskRecord
  readonly host: WorkHost
  options: WorkTerms | undefined
  readonly submittedAt: number
  transfer: readonly object[] | undefined
  args: readonly unknown[]
  /** `running` is never written here: see {@link statusOf}. */
  status: WorkStatus = 'waiting'
  /** On whose lane it lies, or whose thread has begun it. */
  worker: Worker | undefined
  /** Whether it is on that lane now. A final work may be, as long as its function runs. */
  onLane = false
  slot = -1
  ticket = 0
  // Of the first attempt. Undefined and not 0 until then: a number that may be a fraction takes 16 bytes at once.
  startedAt: number | undefined
  endedAt: number | undefined
  /** Its error, if it ended at the door: for those who ask for `accepted` later. */
  endedAtDoor: { readonly error: unknown } | undefined
  acceptance: Acceptance | undefined
  resolve!: (value: unknown) => void
  reject!: (error: unknown) => void
  /** The handle: events and errors need it. */
  handle!: WorkHandle<unknown>
  // Owned by the queue.
  list: Fifo<WorkRecord> | undefined
  next: WorkRecord | undefined
  previous: WorkRecord | undefined

  constructor(
    host: WorkHost,
    serial: number,
    task: TaskRecord,
    args: readonly unknown[],
    transfer: readonly object[] | undefined,
    options: WorkTerms | undefined,
  ) {
    this.host = host
    this.serial = serial
    this.task = task
    this.args = args
    this.transfer = transfer
    this.options = options
    this.submittedAt = host.now()
  }

  get priority(): number {
    return this.options?.priority ?? 0
  }

  get isWatched(): boolean {
    return this.options?.onProgress !== undefined
  }

  get label(): string | undefined {
    return this.options?.label
  }

  get pinnedTo(): Worker | undefined {
    return this.options?.pinnedTo
  }

  /** No other worker can have it once it is on a lane. */
  get staysPut(): boolean {
    return this.transfer !== undefined || this.pinnedTo !== undefined
  }

  get window(): number | undefined {
    return this.options?.sink?.window
  }

  /** A final work keeps nothing of its arguments alive, nor the context of its listener. */
  release(): void {
    const { options } = this
    if (options !== undefined && (this.isWatched || this.window !== undefined))
      this.options = { ...options, onProgress: undefined, sink: undefined }
    this.args = NO_ARGS
    this.transfer = undefined
  }
}

/** The work's status at this instant: what Works last wrote, or `running` if the thread has claimed it since. */
export function statusOf(record: WorkRecord): WorkStatus {
  return record.status === 'queued' && hasStarted(record) ? 'running' : record.status
}

/** Whether the work's function has begun, in this attempt or an earlier one. */
export function hasStarted(record: WorkRecord): boolean {
  return record.startedAt !== undefined || isBegun(record)
}

/** Whether the thread that it was sent to has begun it. */
export function isBegun(record: WorkRecord): boolean {
  return record.onLane && record.worker?.lane.hasStarted(record) === true
}

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
    return hasStarted(this.#record) ? this.#record.worker?.id : undefined
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
  return record.startedAt ?? record.worker?.lane.startedAt(record) ?? record.submittedAt
}

function acceptanceOf(record: WorkRecord): Acceptance {
  const { promise, resolve, reject } = withResolvers()
  // Whoever does not await it has not missed anything: the work itself carries the error.
  promise.catch(() => {})
  if (record.endedAtDoor !== undefined) reject(record.endedAtDoor.error)
  else if (record.status !== 'waiting') resolve()
  return { promise, resolve, reject }
}

function withResolvers(): Acceptance {
  let resolve!: () => void
  let reject!: (error: unknown) => void
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
