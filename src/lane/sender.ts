/**
 * The sending end of a lane: gives each work a slot, takes works back, says how far a work has come, and reads the
 * answers. It knows nothing about queues, promises or threads. Any thread may have one.
 */

import { InvariantError } from '../errors/base.js'
import { isError } from '../errors/words.js'
import { unreadable } from '../values/culprit.js'
import { type ErrorRecord, fromErrorRecord, toErrorRecord } from '../values/error-record.js'
import { type Claims, DONE, OFFERED, STARTED } from './claims.js'
import { isLaneUp, KEPT, type LaneDown, type LaneUp, type OutputName, RESULT } from './messages.js'
import { Outbox, type Outgoing } from './outbox.js'
import { NumberedPort, type Port } from './port.js'
import { Slots } from './slots.js'

/** What the lane needs from a work: what travels, and two fields that only the lane writes. */
export interface Sendable extends Outgoing {
  /** Where the work lies on the lane. */
  slot: number
  /** The number of the offer: it tells this use of the slot from all others. */
  ticket: number
}

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

export class LaneSender<W extends Sendable> {
  readonly #port: NumberedPort<LaneUp, LaneDown>
  readonly #claims: Claims
  readonly #observer: LaneObserver<W>
  readonly #slots = new Slots<W>()
  readonly #outbox: Outbox<W>
  #tickets = 0
  #closed = false

  constructor(port: Port<LaneUp, LaneDown>, claims: Claims, observer: LaneObserver<W>) {
    this.#port = new NumberedPort(port)
    this.#claims = claims
    this.#observer = observer
    this.#outbox = new Outbox(this.#port, {
      hasLeft: work => this.#hasLeft(work),
      refuse: (work, error) => this.#refuse(work, error),
    })
    this.#port.listen(
      message => this.#read(message),
      error => this.#failToRead(error),
    )
  }

  /** Works offered or started here whose answers have not been read. */
  get outstanding(): number {
    return this.#slots.taken
  }

  /** The works on the lane, oldest first. The current one may leave during the walk. */
  [Symbol.iterator](): Generator<W, void, undefined> {
    return this.#slots.oldestFirst()
  }

  // Putting works on the lane, and taking them back.

  /** Puts a work on the lane; it travels with the next {@link flush}. Refuses at once what would arrive damaged. */
  offer(work: W): void {
    work.slot = this.#slots.take(work)
    work.ticket = ++this.#tickets
    this.#claims.offer(work.slot, work.ticket)
    this.#outbox.put(work)
  }

  /** Posts what was offered since the last time. */
  flush(): void {
    this.#outbox.flush()
  }

  /** Takes a work back. Returns true if it will never start here; it has then left the lane. */
  revoke(work: W): boolean {
    const { slot } = work
    if (!this.#claims.revoke(slot, work.ticket)) return false
    this.#slots.leave(slot)
    return true
  }

  /**
   * Takes back the newest works that have not started, at most `limit`, and returns them oldest first. Leaves works
   * that move buffers, because posted buffers do not come back.
   */
  revokeNewest(limit: number): W[] {
    const revoked: W[] = []
    for (const work of this.#slots.newestFirst()) {
      if (revoked.length >= limit) break
      if (work.transfer !== undefined) continue
      // Works start in the order of sending. If one cannot be taken back, all older ones have started as well.
      if (!this.revoke(work)) break
      revoked.push(work)
    }
    return revoked.reverse()
  }

  // What the claim words say.

  /** Whether the thread has taken this work. */
  hasStarted(work: W): boolean {
    return this.#claims.state(work.slot, work.ticket) !== OFFERED
  }

  /** Whether the function of this work is running at this instant. */
  isRunning(work: W): boolean {
    return this.#claims.state(work.slot, work.ticket) === STARTED
  }

  /** Whether the function of this work has ended, although its answer has not been read. */
  hasEnded(work: W): boolean {
    return this.#claims.state(work.slot, work.ticket) === DONE
  }

  /** Clock ms at which the function began. */
  startedAt(work: W): number {
    return this.#claims.startedAt(work.slot)
  }

  /** Clock ms at which the function ended, once it has. */
  endedAt(work: W): number {
    return this.#claims.endedAt(work.slot)
  }

  /**
   * Clock ms at which the thread entered a call that lets nothing else begin; 0 if it is in none, or does not report
   * calls.
   */
  get calledSince(): number {
    return this.#claims.calledSince
  }

  /** How many works here have not started. */
  unstarted(): number {
    let count = 0
    for (const work of this.#slots.newestFirst()) {
      if (this.hasStarted(work)) break
      count++
    }
    return count
  }

  /** The work that the thread begins next. */
  oldestUnstarted(): W | undefined {
    let oldest: W | undefined
    for (const work of this.#slots.newestFirst()) {
      if (this.hasStarted(work)) break
      oldest = work
    }
    return oldest
  }

  // Messages to started works.

  /** Asks a started work to end: its signal aborts with this reason. */
  abort(work: W, reason: unknown): void {
    if (this.#closed) return
    const { slot, ticket } = work
    this.#port.post({ type: 'abort', slot, ticket, reason: toErrorRecord(reason) })
    this.#claims.requestAbort(slot, ticket)
  }

  /** Lets the generator of a started work yield `count` more values. */
  grant({ slot, ticket }: W, count: number): void {
    if (!this.#closed) this.#port.post({ type: 'credit', slot, ticket, count })
  }

  /** Asks the generator of a started work to end. */
  endStream({ slot, ticket }: W): void {
    if (this.#closed) return
    this.#port.post({ type: 'close', slot, ticket })
    // A generator in a loop sees this when it reads its signal.
    this.#claims.requestAbort(slot, ticket)
  }

  // The answers of the thread.

  /** Reads everything that lies in the port now. After the thread's exit, nothing more will come. */
  drain(): void {
    for (let message; (message = this.#port.poll()) !== undefined; ) this.#read(message)
  }

  /**
   * Calls `settle` for each work whose function has ended and whose answer lies in shared memory but was not posted
   * yet, because the thread is busy with the next work, or gone. Such a work stays on the lane until its answer is read
   * or the lane is closed.
   */
  collect(settle: (work: W, value: unknown) => void): void {
    const ended: W[] = []
    // Newest first, because the thread keeps running meanwhile: a work found here must not be reported before one that
    // ended earlier.
    for (const work of this.#slots.newestFirst()) {
      if (this.hasEnded(work) && this.#claims.isKept(work.slot)) ended.push(work)
    }
    for (const work of ended.reverse()) {
      // Its progress, its output and its values lie in the port and come first. Perhaps the answer lies there as well.
      if (work.isWatched || work.isCaptured || work.window !== undefined) this.drain()
      if (!this.#hasLeft(work)) settle(work, this.#claims.kept(work.slot))
    }
  }

  /** Ends the lane. The works that are still on it stay unanswered. */
  close(): void {
    this.#closed = true
    this.#port.close()
  }

  #read(message: LaneUp): void {
    if (!isLaneUp(message)) {
      return this.#observer.unreadable(new Error('a thread posted a message of its own to the port of its lane'))
    }
    if (message.type === 'unread') {
      const error = fromErrorRecord(message.error)
      if (!this.#outbox.wasUnread(message.message, this.#slots.oldestFirst(), error))
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
      if (!this.hasEnded(work) || !this.#claims.isPostedIn(work.slot, this.#port.received)) continue
      this.#fail(work, unreadable('result', error))
      this.#observer.batchRead(1)
      return
    }
    // It may hold a value of a stream, and no stream may go on without it. The thread is ended for it.
    for (const work of [...this.#slots.oldestFirst()]) {
      if (work.window !== undefined && this.hasStarted(work)) this.#fail(work, unreadable('yielded', error))
    }
    this.#observer.unreadable(error)
  }

  #fail(work: W, error: Error): void {
    this.#slots.leave(work.slot)
    this.#claims.free(work.slot)
    this.#observer.answered(work, true, error)
  }

  #hasLeft(work: W): boolean {
    return this.#slots.at(work.slot) !== work
  }

  /** The work cannot be posted. */
  #refuse(work: W, error: unknown): void {
    if (this.#hasLeft(work)) return
    this.#slots.leave(work.slot)
    this.#claims.free(work.slot)
    this.#observer.refused(work, error)
  }
}
