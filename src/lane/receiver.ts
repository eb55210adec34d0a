/**
 * The receiving end of a lane: takes works out of the messages in order, claims them, and returns answers in batches.
 * It lives in a worker thread and does not know how a task is compiled or run.
 */

import type { Transferable } from 'node:worker_threads'
import { UncloneableValueError } from '../errors/works.js'
import { prepare } from '../values/cloning.js'
import { uncloneable } from '../values/culprit.js'
import { fromErrorRecord, toErrorRecord } from '../values/error-record.js'
import { NOT_SMALL, snapshot } from '../values/snapshot.js'
import { markedIn, requireAttached, unmark } from '../values/transfer.js'
import { AnswerBatch, type Delivery, WorkReader } from './batch.js'
import type { Claims } from './claims.js'
import { type LaneDown, type LaneUp, type OutputName, RESULT, type TaskDefinition, THROWN } from './messages.js'
import { NumberedPort, type Port } from './port.js'

/** Is notified of what the sender sends. */
export interface ReceiverObserver {
  /** Works may have arrived. */
  arrived(): void
  /** Works may have arrived, and were read from the port by {@link LaneReceiver.lookIn}. */
  found(): void
  define(definition: TaskDefinition): void
  forget(task: number): void
  /** The sender asks a started work to end. */
  abort(slot: number, ticket: number, reason: unknown): void
  /** A started generator may yield `count` more values. */
  credit(slot: number, ticket: number, count: number): void
  /** The reader of a started generator has left. */
  close(slot: number, ticket: number): void
  /** The sender is gone, or has closed the lane. */
  closed(): void
}

export class LaneReceiver {
  readonly idPrefix: string
  readonly #port: NumberedPort<LaneDown, LaneUp>
  readonly #claims: Claims
  readonly #observer: ReceiverObserver
  readonly #inbox: LaneDown[] = []
  /** The message whose works are being read. */
  readonly #works = new WorkReader()
  readonly #held = new AnswerBatch()
  #heldSince = 0

  /** @param idPrefix the beginning of the ids of the sender's works */
  constructor(port: Port<LaneDown, LaneUp>, claims: Claims, idPrefix: string, observer: ReceiverObserver) {
    this.#port = new NumberedPort(port)
    this.#claims = claims
    this.idPrefix = idPrefix
    this.#observer = observer
    this.#port.listen(
      message => {
        this.#accept(message)
        observer.arrived()
      },
      // The works in an unreadable message would never be answered.
      error => this.#post({ type: 'unread', message: this.#port.received, error: toErrorRecord(error) }),
      () => observer.closed(),
    )
  }

  /** The next work in the order of sending, or undefined if nothing more has arrived. */
  next(): Delivery | undefined {
    for (;;) {
      const work = this.#works.next()
      if (work !== undefined) return work
      const message = this.#inbox.shift()
      if (message === undefined) return undefined
      if (message.type === 'works') this.#works.open(message)
      else if (message.type === 'task') this.#observer.define(message.definition)
      else if (message.type === 'forget') this.#observer.forget(message.number)
    }
  }

  /** Reads the port without returning to the event loop. Returns true if it held anything. */
  poll(): boolean {
    let any = false
    for (let message; (message = this.#port.poll()) !== undefined; any = true) this.#accept(message)
    return any
  }

  /** Like {@link poll}, for a caller that is not looking for works: the observer is notified of what was found. */
  lookIn(): void {
    if (this.poll()) this.#observer.found()
  }

  /** Claims the work; false if the sender took it back. Call this right before the function. */
  claim(work: Delivery, now: number): boolean {
    return this.#claims.start(work.slot, work.ticket, now)
  }

  /** The function of a claimed work is about to be called, on a thread that runs several works at a time. */
  enterCall(now: number): void {
    this.#claims.enterCall(now)
  }

  /** The function has returned, or waits for something. */
  leaveCall(): void {
    this.#claims.leaveCall()
  }

  /**
   * Whether the sender wants this running work to end. If so, the reason lies in the port, and {@link poll} delivers
   * it.
   */
  abortRequested(work: Delivery): boolean {
    return this.#claims.abortRequested(work.slot, work.ticket)
  }

  /**
   * Sends the value that a running work has passed to `progress`. Throws {@link UncloneableValueError}, without sending
   * anything, if it cannot be cloned.
   */
  progress({ slot, ticket }: Delivery, value: unknown): void {
    // The answers of works that have ended must not wait until this work ends.
    this.flush()
    this.#postValue('progress', value, copied => ({ type: 'progress', slot, ticket, value: copied }))
  }

  /** Sends what the task of a running work has written. */
  output({ slot, ticket }: Delivery, text: string, name: OutputName): void {
    this.flush()
    this.#post({ type: 'output', slot, ticket, name, text })
  }

  /**
   * Sends what the generator of a running work has yielded. Throws {@link UncloneableValueError}, without sending
   * anything, if it cannot be cloned.
   */
  yield({ slot, ticket }: Delivery, value: unknown): void {
    this.#postValue('yielded', value, copied => ({ type: 'item', slot, ticket, value: copied }))
  }

  /**
   * Says, before {@link fail}, that the generator failed. If its reader has left, the generator did not know that yet.
   */
  failing({ slot, ticket }: Delivery): void {
    this.#post({ type: 'failing', slot, ticket })
  }

  /**
   * Marks the end of a work, and holds its result for the batch or, if it is not small plain data, posts it at once.
   */
  succeed(work: Delivery, value: unknown, now: number): void {
    if (this.#claims.keep(work.slot, value)) {
      this.#claims.finish(work.slot, work.ticket, now)
      this.#hold(now)
      this.#held.addKept(work.slot)
      return
    }
    this.#claims.finish(work.slot, work.ticket, now)
    const copy = snapshot(value)
    if (copy === NOT_SMALL) return this.#postResult(work, value)
    this.#hold(now)
    this.#held.addWith(work.slot, RESULT, copy)
  }

  /**
   * Marks the end of a work that threw. The error is held for the batch: its record is plain data that nothing else
   * changes.
   */
  fail(work: Delivery, error: unknown, now: number): void {
    this.#claims.keepNothing(work.slot)
    this.#claims.finish(work.slot, work.ticket, now)
    this.#hold(now)
    this.#held.addWith(work.slot, THROWN, toErrorRecord(error))
  }

  /** How many answers wait here. */
  get held(): number {
    return this.#held.length
  }

  /** Clock ms from which on answers have been waiting here; Infinity if none are. */
  get heldSince(): number {
    return this.#held.length === 0 ? Infinity : this.#heldSince
  }

  /** Posts the answers held so far. They are plain data, so this cannot fail. */
  flush(): void {
    if (this.#held.length > 0) this.#post(this.#held.take())
  }

  #accept(message: LaneDown): void {
    const observer = this.#observer
    if (message.type === 'abort') observer.abort(message.slot, message.ticket, fromErrorRecord(message.reason))
    else if (message.type === 'credit') observer.credit(message.slot, message.ticket, message.count)
    else if (message.type === 'close') observer.close(message.slot, message.ticket)
    else this.#inbox.push(message)
  }

  /** Another answer is about to be held. */
  #hold(now: number): void {
    if (this.#held.length === 0) this.#heldSince = now
  }

  /** Posts a large or special result now, after the answers held before it. */
  #postResult(work: Delivery, value: unknown): void {
    this.flush()
    // If the sender cannot read the message, this tells it whose result is lost.
    this.#claims.posting(work.slot, this.#port.posted + 1)
    try {
      this.#postValue('result', value, copied => {
        this.#held.addWith(work.slot, RESULT, copied)
        return this.#held.take()
      })
    } catch (error) {
      this.#refuse(work, error)
    }
  }

  /**
   * Posts a message that holds a value, and moves what the value marks. Throws {@link UncloneableValueError}, without
   * sending anything, if the value cannot be cloned.
   */
  #postValue(root: 'result' | 'progress' | 'yielded', value: unknown, message: (value: unknown) => LaneUp): void {
    const transfer = markedIn([value])
    const prepared = prepare([value], root, transfer)
    if (prepared instanceof UncloneableValueError) throw prepared
    try {
      requireAttached(transfer)
      this.#post(message(prepared[0]), transfer as Transferable[] | undefined)
      if (transfer !== undefined) unmark([value])
    } catch (error) {
      throw uncloneable([value], root, transfer, error)
    }
  }

  #refuse(work: Delivery, error: unknown): void {
    this.#claims.keepNothing(work.slot)
    this.#held.addWith(work.slot, THROWN, toErrorRecord(error))
    this.flush()
  }

  #post(message: LaneUp, transfer?: readonly Transferable[]): void {
    this.#port.post(message, transfer)
  }
}
