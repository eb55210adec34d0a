/**
 * One call: its record, handle, status and limits, and the register of all calls. Nothing in this room knows which
 * worker runs what: the room sees the worker of a work as a {@link Carrier}. This file is the record that the pool
 * keeps of a work.
 */

import type { Deferred } from '../base/deferred.js'
import type { Fifo } from '../base/fifo.js'
import { advance } from '../base/moves.js'
import type { QueueLinks } from '../base/priority-queue.js'
import { callGuarded } from '../base/throw-later.js'
import type { OutputName } from '../lane/messages.js'
import type { Sendable } from '../lane/sender.js'
import type { TaskRecord } from '../task/record.js'
import type { ResolvedExecuteOptions } from './options.js'
import { type FinalStatus, isFinal, WORK_MOVES, type WorkStatus } from './status.js'
import type { Work } from './work.js'

/** The reader's end of a stream. */
export interface StreamSink {
  /** Maximum number of values that may be on their way or unread. */
  readonly window: number
  push(value: unknown): void
  /**
   * The generator is about to fail without knowing whether its reader has left. If the reader has left, it does not get
   * the error.
   */
  failing(): void
}

/** What a record needs from the pool it belongs to. */
export interface WorkHost {
  readonly idPrefix: string
  now(): number
  /** See {@link Work.stop}. */
  stopWork(record: WorkRecord): Promise<WorkStatus>
}

const NO_ARGS: readonly unknown[] = []

/** The worker on whose lane a work lies: what can be read about the work there, and what can be done with it. */
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
  /** Takes back the newest works that have not begun, at most `limit`. Returns them oldest first. */
  revokeNewest(limit: number): WorkRecord[]
  /** The function has ended, so the work takes no place any more, although its answer has not been read. */
  setAside(work: WorkRecord): void
  /** Ends a running work, and its thread if necessary. Resolves when the function or the thread has ended. */
  evict(work: WorkRecord, reason: unknown, graceMs: number): Promise<void>
  /** Asks a running work to stop. Nothing more happens if the work does not stop. */
  askToStop(work: WorkRecord, reason: unknown): void
  /** Lets the generator of a running stream yield `count` more values. */
  grant(work: WorkRecord, count: number): void
  /** Ends the generator of a running stream, which runs its `finally`. */
  endStream(work: WorkRecord): void
}

/** Where a carrier reports what happened to the works on its lane. The register implements it. */
export interface WorkReports {
  /** The function has returned `value`, or thrown it. */
  answered(work: WorkRecord, threw: boolean, value: unknown): void
  /** The work could not be sent: its arguments cannot be cloned. */
  refused(work: WorkRecord, error: unknown): void
}

/** The options of a work, and what calls such as `broadcast` and `stream` add to them. */
export interface WorkTerms extends ResolvedExecuteOptions {
  /** The only worker that may run it. */
  readonly pinnedTo?: Carrier | undefined
  /** Takes the values that its generator yields. */
  readonly sink?: StreamSink | undefined
}

/**
 * What the pool knows about one work. Only {@link accept} and {@link finish} write its status: the buffer calls the
 * first, the register the second. The worker writes `carrier` and `onLane`, the lane `slot` and `ticket`.
 */
export class WorkRecord implements Sendable, QueueLinks<WorkRecord> {
  readonly serial: number
  readonly task: TaskRecord
  readonly host: WorkHost
  options: WorkTerms | undefined
  readonly submittedAt: number
  transfer: readonly object[] | undefined
  args: readonly unknown[]
  /** Never `running`: that is read from the claim word, see {@link statusOf}. */
  status: WorkStatus = 'waiting'
  /** The worker on whose lane it lies, or whose thread has begun it. */
  carrier: Carrier | undefined
  /** Whether it is on that lane now. A final work stays there while its function still runs. */
  onLane = false
  slot = -1
  ticket = 0
  // Clock ms at which the first attempt started, and at which the work ended. Undefined until then rather than 0: a
  // field that may hold a fraction takes 16 bytes from the start.
  startedAt: number | undefined
  endedAt: number | undefined
  /** Its error, if it ended at the door. Kept for a caller that asks for `accepted` later. */
  endedAtDoor: { readonly error: unknown } | undefined
  acceptance: Deferred<void> | undefined
  resolve!: (value: unknown) => void
  reject!: (error: unknown) => void
  /** The user's handle. */
  handle!: Work<unknown>
  // These belong to the queue that holds the work.
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

  get isCaptured(): boolean {
    return this.options?.onOutput !== undefined
  }

  get label(): string | undefined {
    return this.options?.label
  }

  get pinnedTo(): Carrier | undefined {
    return this.options?.pinnedTo
  }

  /** Whether no other worker may get it once it is on a lane. */
  get staysPut(): boolean {
    return this.transfer !== undefined || this.pinnedTo !== undefined
  }

  get window(): number | undefined {
    return this.options?.sink?.window
  }

  /** The work has entered the buffer. */
  accept(): void {
    this.status = advance(WORK_MOVES, 'a work', this.status, 'queued')
    this.acceptance?.resolve()
  }

  /** The work has ended. Returns the status that it had before. */
  finish(status: FinalStatus): WorkStatus {
    const from = statusOf(this)
    this.status = advance(WORK_MOVES, 'a work', from, status)
    return from
  }

  /** Its task has called `progress(value)`. */
  progressed(value: unknown): void {
    if (!isFinal(this.status)) callGuarded(this.options?.onProgress, value)
  }

  /** Its task has written `text`. */
  wrote(text: string, name: OutputName): void {
    if (!isFinal(this.status)) callGuarded(this.options?.onOutput, text, name)
  }

  /** Its generator has yielded a value. */
  yielded(value: unknown): void {
    if (!isFinal(this.status)) this.options?.sink?.push(value)
  }

  /** See {@link StreamSink.failing}. */
  failing(): void {
    this.options?.sink?.failing()
  }

  /** Releases the arguments, and the listeners with their contexts, once the work is final. */
  release(): void {
    const { options } = this
    if (options !== undefined && (this.isWatched || this.isCaptured || this.window !== undefined))
      this.options = { ...options, onProgress: undefined, onOutput: undefined, sink: undefined }
    this.args = NO_ARGS
    this.transfer = undefined
  }
}

/** The work's status at this instant: the one last written, or `running` if the thread has claimed the work since. */
export function statusOf(record: WorkRecord): WorkStatus {
  return record.status === 'queued' && hasStarted(record) ? 'running' : record.status
}

/** Whether the work's function has begun, in this attempt or an earlier one. */
export function hasStarted(record: WorkRecord): boolean {
  return record.startedAt !== undefined || isBegun(record)
}

/** Whether the thread to which it was sent has begun it. */
export function isBegun(record: WorkRecord): boolean {
  return record.onLane && record.carrier?.hasStarted(record) === true
}
