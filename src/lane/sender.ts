/**
 * The sending end of a lane: gives each work a slot, takes works back, and says how far a work has come. Its outbox posts
 * works, and its inbox reads the answers. It knows nothing about queues, promises or threads. Any thread may have one.
 */

import { toErrorRecord } from '../values/error-record.js'
import { type Claims, DONE, OFFERED, STARTED } from './claims.js'
import { Inbox, type LaneObserver } from './inbox.js'
import type { LaneDown, LaneUp } from './messages.js'
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

export class LaneSender<W extends Sendable> {
  readonly #port: NumberedPort<LaneUp, LaneDown>
  readonly #claims: Claims
  readonly #observer: LaneObserver<W>
  readonly #slots = new Slots<W>()
  readonly #outbox: Outbox<W>
  readonly #inbox: Inbox<W>
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
    this.#inbox = new Inbox(this.#port, claims, this.#slots, observer, this.#outbox)
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
    this.#inbox.drain()
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
