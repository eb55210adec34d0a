/** One call: the promise and handle that the user holds, and the record that the pool keeps of it. Knows no queue. */

import type { Deferred } from '../base/deferred.js'
import type { Fifo } from '../base/fifo.js'
import type { QueueLinks } from '../base/priority-queue.js'
import type { Sendable } from '../lane/sender.js'
import type { TaskRecord } from '../task/record.js'
import type { ResolvedExecuteOptions } from './options.js'
import type { WorkStatus } from './status.js'
import type { Work } from './work.js'

/** What the pool hands the values to. */
export interface StreamSink {
  /** Values that may be under way or unread. */
  readonly window: number
  push(value: unknown): void
  /** What the generator fails with next, it throws without having heard that its reader has left, should that be so. */
  failsAhead(): void
}

/** What a record needs of the pool it belongs to. */
export interface WorkHost {
  readonly idPrefix: string
  now(): number
  /** See {@link Work.stop}. */
  stopWork(record: WorkRecord): Promise<WorkStatus>
}

const NO_ARGS: readonly unknown[] = []

/** The worker that carries a work: what can be seen of the work where it lies, and what can be done with it there. */
export interface Carrier {
  readonly id: string
  /** Whether the thread has claimed the work. */
  hasStarted(work: WorkRecord): boolean
  /** Whether its function is running at this instant. */
  isRunning(work: WorkRecord): boolean
  /** Whether its function has ended, although the answer may not have been read yet. */
  hasEnded(work: WorkRecord): boolean
  /** Clock ms at which its function began. */
  startedAt(work: WorkRecord): number
  /** Clock ms at which its function ended, once it has. */
  endedAt(work: WorkRecord): number
  /** Takes the work back. False if it has begun. */
  revoke(work: WorkRecord): boolean
  /** Takes back the newest works that have not begun, `limit` at most; oldest first. */
  revokeNewest(limit: number): WorkRecord[]
  /** The function has ended: the work no longer occupies a place, although its answer is still to be read. */
  setAside(work: WorkRecord): void
  /** Ends a running work, if need be together with its thread. Resolves when either has ended. */
  evict(work: WorkRecord, reason: unknown, graceMs: number): Promise<void>
  /** Asks a running work to stop, without any consequence if it does not. */
  askToStop(work: WorkRecord, reason: unknown): void
  /** Lets the generator of a running stream yield `count` more values. */
  grant(work: WorkRecord, count: number): void
  /** Ends the generator of a running stream by way of its `finally`. */
  endStream(work: WorkRecord): void
}

/** What sets a work apart from a plain call. */
export interface WorkTerms extends ResolvedExecuteOptions {
  /** The one worker that may run it. */
  readonly pinnedTo?: Carrier | undefined
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
  carrier: Carrier | undefined
  /** Whether it is on that lane now. A final work may be, as long as its function runs. */
  onLane = false
  slot = -1
  ticket = 0
  // Of the first attempt. Undefined and not 0 until then: a number that may be a fraction takes 16 bytes at once.
  startedAt: number | undefined
  endedAt: number | undefined
  /** Its error, if it ended at the door: for those who ask for `accepted` later. */
  endedAtDoor: { readonly error: unknown } | undefined
  acceptance: Deferred<void> | undefined
  resolve!: (value: unknown) => void
  reject!: (error: unknown) => void
  /** The handle: events and errors need it. */
  handle!: Work<unknown>
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

  get pinnedTo(): Carrier | undefined {
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
  return record.onLane && record.carrier?.hasStarted(record) === true
}
