/**
 * Reads what the thread posts: answers, values, progress, output, and what it could not read itself. It posts nothing,
 * and it knows nothing about the works that have not been posted.
 */

import { InvariantError } from '../errors/base.js'
import { isError } from '../errors/words.js'
import { unreadable } from '../values/culprit.js'
import { type ErrorRecord, fromErrorRecord } from '../values/error-record.js'
import { type Claims, type ClaimState, DONE, OFFERED } from './claims.js'
import { isLaneUp, KEPT, type LaneDown, type LaneUp, type OutputName, RESULT } from './messages.js'
import type { Outgoing } from './outbox.js'
import type { NumberedPort } from './port.js'
import type { Slots } from './slots.js'

/** Is notified of what the thread sends. None of these may throw. */
export interface LaneObserver<W> {
  /** The function ended with `value`, or threw it. The work has left the lane. */
  answered(work: W, threw: boolean, value: unknown): void
  /** The running function has called `progress(value)`. */
  progressed(work: W, value: unknown): void
  /** The task of the running work has written `text`. */
  wrote(work: W, text: string, name: OutputName): void
  /** The running generator has yielded this value. */
  yielded(work: W, value: unknown): void
  /**
   * The answer of this work will be an error: its generator failed. If its reader has left, the generator did not know
   * that yet.
   */
  failing(work: W): void
  /** The work could not be posted and has left the lane. */
  refused(work: W, error: unknown): void
  /** A message with this many answers has been read to its end. */
  batchRead(answers: number): void
  /** A message cannot be read, or answers no work. Answers are lost, and it is unknown which ones. */
  unreadable(error: Error): void
}

/** The part that knows in which message each work was sent. */
interface SentWorks<W> {
  /** The thread could not read this message. Returns false if it held no works. */
  wasUnread(message: number, works: Iterable<W>, cause: unknown): boolean
}

export class Inbox<W extends Outgoing> {
  readonly #port: NumberedPort<LaneUp, LaneDown>
  readonly #claims: Claims
  readonly #slots: Slots<W>
  readonly #observer: LaneObserver<W>
  readonly #sent: SentWorks<W>

  constructor(
    port: NumberedPort<LaneUp, LaneDown>,
    claims: Claims,
    slots: Slots<W>,
    observer: LaneObserver<W>,
    sent: SentWorks<W>,
  ) {
    this.#port = port
    this.#claims = claims
    this.#slots = slots
    this.#observer = observer
    this.#sent = sent
    port.listen(
      message => this.#read(message),
      error => this.#failToRead(error),
    )
  }

  /** Reads everything that lies in the port now. */
  drain(): void {
    for (let message; (message = this.#port.poll()) !== undefined; ) this.#read(message)
  }

  #read(message: LaneUp): void {
    if (!isLaneUp(message)) {
      return this.#observer.unreadable(new Error('a thread posted a message of its own to the port of its lane'))
    }
    if (message.type === 'unread') {
      const error = fromErrorRecord(message.error)
      if (!this.#sent.wasUnread(message.message, this.#slots.oldestFirst(), error))
        this.#observer.unreadable(isError(error) ? error : new Error('a thread could not read a message'))
      return
    }
    if (message.type !== 'answers') {
      const work = this.#slots.at(message.slot)
      if (work === undefined || work.ticket !== message.ticket) return
      if (message.type === 'progress') this.#observer.progressed(work, message.value)
      else if (message.type === 'output') this.#observer.wrote(work, message.text, message.name)
      else if (message.type === 'item') this.#observer.yielded(work, message.value)
      else this.#observer.failing(work)
      return
    }
    const { numbers, values } = message
    let next = 0
    for (let i = 0; i < numbers.length; i++) {
      const code = numbers[i] ?? 0
      const slot = code >> 2
      const kind = code & 3
      const work = this.#slots.at(slot)
      if (work === undefined) {
        this.#observer.unreadable(new InvariantError(`an answer for slot ${slot}, which holds no work`))
        return
      }
      // Freed first, so that the observer finds the place free. The slot keeps its times and its value until it is
      // reused.
      this.#slots.leave(slot)
      this.#claims.free(slot)
      if (kind === KEPT) this.#observer.answered(work, false, this.#claims.kept(slot))
      else if (kind === RESULT) this.#observer.answered(work, false, values[next++])
      else this.#observer.answered(work, true, fromErrorRecord(values[next++] as ErrorRecord))
    }
    this.#observer.batchRead(numbers.length)
  }

  /**
   * A message has come, but cannot be read. If it holds the result of a work, that work fails: the stack of this thread
   * may be smaller than that of the thread that has cloned the result.
   */
  #failToRead(error: Error): void {
    for (const work of this.#slots.oldestFirst()) {
      if (this.#stateOf(work) !== DONE || !this.#claims.isPostedIn(work.slot, this.#port.received)) continue
      this.#fail(work, unreadable('result', error))
      this.#observer.batchRead(1)
      return
    }
    // First, so that no work that is submitted in reaction to the next lines is sent to this thread.
    this.#observer.unreadable(error)
    // The message may hold a value of a stream, and no stream may go on without it.
    for (const work of this.#slots.oldestFirst()) {
      if (work.window !== undefined && this.#stateOf(work) !== OFFERED) this.#fail(work, unreadable('yielded', error))
    }
  }

  #fail(work: W, error: Error): void {
    this.#slots.leave(work.slot)
    this.#claims.free(work.slot)
    this.#observer.answered(work, true, error)
  }

  #stateOf({ slot, ticket }: W): ClaimState | undefined {
    return this.#claims.state(slot, ticket)
  }
}
