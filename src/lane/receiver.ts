/**
 * The receiving end of a lane: takes works out of its messages in order, claims them, and returns answers in batches. It
 * lives in a worker thread and knows nothing of how a task is compiled or run.
 */

import type { TransferListItem } from 'node:worker_threads'
import { UncloneableValueError } from '../errors.js'
import type { Claims } from './claims.js'
import { prepare, uncloneable } from './cloning.js'
import { fromErrorRecord, toErrorRecord } from './error-record.js'
import { KEPT, type LaneDown, type LaneUp, RESULT, THROWN, type TaskDefinition } from './messages.js'
import type { Port } from './port.js'
import { NOT_SMALL, snapshot } from './snapshot.js'
import { markedIn, requireAttached, unmark } from './transfer.js'

/** One work as it came off the lane. */
export interface Delivery {
  readonly slot: number
  /** Tells this offer of the slot from all others. */
  readonly ticket: number
  readonly serial: number
  readonly task: number
  readonly label: string | undefined
  readonly args: unknown[]
}

/** Whom the receiving end tells. */
export interface ReceiverObserver {
  /** Works may have arrived. */
  arrived(): void
  define(definition: TaskDefinition): void
  forget(task: number): void
  /** The sender asks a started work to end. */
  abort(slot: number, ticket: number, reason: unknown): void
}

export class LaneReceiver {
  readonly idPrefix: string
  readonly #port: Port<LaneDown, LaneUp>
  readonly #claims: Claims
  readonly #observer: ReceiverObserver
  readonly #inbox: LaneDown[] = []
  /** How far the first message of the inbox has been read, if it carries works. */
  #read = 0
  #held: unknown[] = []
  #heldSince = 0

  /** @param idPrefix with which the ids of the sender's works begin */
  constructor(port: Port<LaneDown, LaneUp>, claims: Claims, idPrefix: string, observer: ReceiverObserver) {
    this.#port = port
    this.#claims = claims
    this.idPrefix = idPrefix
    this.#observer = observer
    port.listen(
      message => {
        this.#accept(message)
        observer.arrived()
      },
      // Works that cannot be read would never be answered. As an uncaught error, this ends the thread, and they go back.
      error => {
        throw error
      },
    )
  }

  /** The next work in the order of sending, or undefined where nothing more has arrived. */
  next(): Delivery | undefined {
    for (let message; (message = this.#inbox[0]) !== undefined; ) {
      if (message.type === 'works') {
        if (this.#read < message.items.length) return this.#delivery(message.items)
      } else if (message.type === 'task') {
        this.#observer.define(message.definition)
      } else if (message.type === 'forget') {
        this.#observer.forget(message.number)
      }
      this.#inbox.shift()
      this.#read = 0
    }
    return undefined
  }

  /** Looks into the port without going back to the event loop. True if anything lay there. */
  poll(): boolean {
    let any = false
    for (let message; (message = this.#port.poll()) !== undefined; any = true) this.#accept(message)
    return any
  }

  /** Takes the work; false if the sender took it back. To be called right before the function is. */
  claim(work: Delivery, now: number): boolean {
    return this.#claims.start(work.slot, work.ticket, now)
  }

  /** Whether the sender wants this running work to end. Then its reason lies in the port: {@link poll} delivers it. */
  abortRequested(work: Delivery): boolean {
    return this.#claims.abortRequested(work.slot, work.ticket)
  }

  /** Marks the end of a work and holds its result for the batch, or posts it where holding would be wrong. */
  succeed(work: Delivery, value: unknown, now: number): void {
    if (this.#claims.keep(work.slot, value)) {
      this.#claims.finish(work.slot, work.ticket, now)
      this.#hold((work.slot << 2) | KEPT, now)
      return
    }
    this.#claims.finish(work.slot, work.ticket, now)
    const copy = snapshot(value)
    if (copy === NOT_SMALL) this.#postResult(work, value)
    else this.#hold((work.slot << 2) | RESULT, now, copy)
  }

  /** Marks the end of a work that threw. An error record is plain data made for this purpose: it can wait. */
  fail(work: Delivery, error: unknown, now: number): void {
    this.#claims.keepNothing(work.slot)
    this.#claims.finish(work.slot, work.ticket, now)
    this.#hold((work.slot << 2) | THROWN, now, toErrorRecord(error))
  }

  /** Items of the answers that wait here: one for each small answer, two for others. */
  get held(): number {
    return this.#held.length
  }

  /** Clock ms since when answers have been waiting here; Infinity if none are. */
  get heldSince(): number {
    return this.#held.length === 0 ? Infinity : this.#heldSince
  }

  /** Posts the answers held so far. What is held is plain data, so this cannot fail. */
  flush(): void {
    if (this.#held.length === 0) return
    const items = this.#held
    this.#held = []
    this.#post({ type: 'answers', items })
  }

  #accept(message: LaneDown): void {
    if (message.type === 'abort') this.#observer.abort(message.slot, message.ticket, fromErrorRecord(message.reason))
    else this.#inbox.push(message)
  }

  #delivery(items: readonly unknown[]): Delivery {
    const at = this.#read
    const count = items[at + 5] as number
    this.#read = at + 6 + count
    return {
      slot: items[at] as number,
      ticket: items[at + 1] as number,
      serial: items[at + 2] as number,
      task: items[at + 3] as number,
      label: items[at + 4] as string | undefined,
      args: items.slice(at + 6, at + 6 + count),
    }
  }

  #hold(code: number, now: number, value?: unknown): void {
    if (this.#held.length === 0) this.#heldSince = now
    if ((code & 3) === KEPT) this.#held.push(code)
    else this.#held.push(code, value)
  }

  /** Posts a large or special result now, behind those held before it. */
  #postResult(work: Delivery, value: unknown): void {
    this.flush()
    const code = (work.slot << 2) | RESULT
    const transfer = markedIn([value])
    const prepared = prepare([value], 'result', transfer)
    if (prepared instanceof UncloneableValueError) return this.#refuse(work, prepared)
    try {
      requireAttached(transfer)
      this.#post({ type: 'answers', items: [code, prepared[0]] }, transfer as TransferListItem[] | undefined)
      if (transfer !== undefined) unmark([value])
    } catch (error) {
      this.#refuse(work, uncloneable([value], 'result', transfer, error))
    }
  }

  #refuse(work: Delivery, error: unknown): void {
    this.#post({ type: 'answers', items: [(work.slot << 2) | THROWN, toErrorRecord(error)] })
  }

  #post(message: LaneUp, transfer?: readonly TransferListItem[]): void {
    this.#port.post(message, transfer)
  }
}
