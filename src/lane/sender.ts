/**
 * The sending end of a lane: puts works into slots, posts them in batches, takes them back, and reads the answers. It
 * knows what a work needs in order to travel and nothing of queues, promises or threads; any thread may hold one.
 */

import type { TransferListItem } from 'node:worker_threads'
import { InvariantError } from '../errors/base.js'
import { UncloneableValueError } from '../errors/works.js'
import { Belongings, lookAt, prepare, uncloneable } from '../values/cloning.js'
import { type ErrorRecord, fromErrorRecord, toErrorRecord } from '../values/error-record.js'
import { requireAttached, unmark } from '../values/transfer.js'
import { WorkBatch } from './batch.js'
import { type Claims, DONE, OFFERED, STARTED } from './claims.js'
import { isLaneUp, KEPT, type Introduced, type LaneDown, type LaneUp, RESULT } from './messages.js'
import type { Port } from './port.js'
import { Slots } from './slots.js'

/** What the lane needs of a work. `slot` and `ticket` are the lane's to write: where the work lies, and which offer of the slot it is. */
export interface Sendable {
  readonly serial: number
  readonly task: Introduced
  readonly args: readonly unknown[]
  readonly label: string | undefined
  readonly transfer: readonly object[] | undefined
  /** Somebody listens to its progress. */
  readonly isWatched: boolean
  /** Of a stream: how many values it may yield at first. */
  readonly window: number | undefined
  slot: number
  ticket: number
}

/** Whom the lane tells. None of these may throw. */
export interface LaneObserver<W> {
  /** The function ended with `value`, or threw it. The work has left the lane. */
  answered(work: W, threw: boolean, value: unknown): void
  /** The function, which goes on, says so of itself. */
  progressed(work: W, value: unknown): void
  /** The generator, which goes on, has yielded this. */
  yielded(work: W, value: unknown): void
  /** The generator is about to fail, and has not heard that its reader has left, should that be so. */
  failsAhead(work: W): void
  /** The work could not be posted and has left the lane. */
  refused(work: W, error: unknown): void
  /** A message with so many answers has been read to its end. */
  batchRead(answers: number): void
  /** A message came that cannot be read, or answers what was never asked: answers are lost. */
  unreadable(error: Error): void
}

/** Definitions a thread keeps at a time; beyond it the oldest is forgotten and sent again when needed. */
const KNOWN_TASKS = 500

export class LaneSender<W extends Sendable> {
  readonly #port: Port<LaneUp, LaneDown>
  readonly #claims: Claims
  readonly #observer: LaneObserver<W>
  readonly #slots = new Slots<W>()
  readonly #known = new Set<number>()
  readonly #batch = new WorkBatch()
  readonly #belongings = new Belongings()
  #batchWorks: W[] = []
  #tickets = 0
  #closed = false

  constructor(port: Port<LaneUp, LaneDown>, claims: Claims, observer: LaneObserver<W>) {
    this.#port = port
    this.#claims = claims
    this.#observer = observer
    port.listen(
      message => this.#read(message),
      error => observer.unreadable(error),
    )
  }

  /** Works offered or started here whose answer has not been read. */
  get outstanding(): number {
    return this.#slots.taken
  }

  /** Puts a work on the lane; it travels with the next {@link flush}. Refuses at once what would arrive mutilated. */
  offer(work: W): void {
    work.slot = this.#slots.take(work)
    work.ticket = ++this.#tickets
    this.#claims.offer(work.slot, work.ticket)
    // What was offered before must find its task: the order of messages is the order of taking effect.
    this.#introduce(work.task)
    // Its buffers go with a message of its own, and no other work's fate should hang on it.
    if (work.transfer !== undefined) this.flush()
    const error = this.#add(work)
    if (error !== undefined) this.#refuse(work, error)
    else if (work.transfer !== undefined) this.#postTransfer(work)
    else this.#batchWorks.push(work)
  }

  /** Posts what was offered since the last time. */
  flush(): void {
    const works = this.#batchWorks
    if (works.length === 0) return
    this.#batchWorks = []
    try {
      this.#post(this.#take())
    } catch {
      // One value that cannot be cloned makes the whole post throw, with nothing sent.
      // Some may have left since, for another lane even.
      for (const work of works) if (!this.#hasLeft(work)) this.#postAlone(work)
    }
  }

  /** Takes a work back. True: it will never start here, and has left the lane. */
  revoke(work: W): boolean {
    const { slot } = work
    if (!this.#claims.revoke(slot, work.ticket)) return false
    this.#slots.leave(slot)
    return true
  }

  /** Takes back the newest works that have not started, `limit` at most, oldest first. Buffers once posted do not come back. */
  revokeNewest(limit: number): W[] {
    const revoked: W[] = []
    for (const work of this.#slots.newestFirst()) {
      if (revoked.length >= limit) break
      if (work.transfer !== undefined) continue
      // Works start in the order of sending: the first that cannot be taken back is the last that could be running.
      if (!this.revoke(work)) break
      revoked.push(work)
    }
    return revoked.reverse()
  }

  /** The works on the lane, oldest first. The current one may leave during the walk. */
  [Symbol.iterator](): Generator<W, void, undefined> {
    return this.#slots.oldestFirst()
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

  /** The work that runs, and the one to begin next. */
  front(): { readonly running: W | undefined; readonly next: W | undefined } {
    let next: W | undefined
    for (const work of this.#slots.newestFirst()) {
      if (this.hasStarted(work)) return { running: this.isRunning(work) ? work : undefined, next }
      next = work
    }
    return { running: undefined, next }
  }

  /** Whether the thread has taken this work. */
  hasStarted(work: W): boolean {
    return this.#claims.state(work.slot, work.ticket) !== OFFERED
  }

  /** Whether the function of this work is running at this instant. */
  isRunning(work: W): boolean {
    return this.#claims.state(work.slot, work.ticket) === STARTED
  }

  /** Clock ms since when the thread has been in a call that lets nothing else begin; 0 where it is in none that it tells of. */
  get calledSince(): number {
    return this.#claims.calledSince
  }

  /** Clock ms at which the function began. */
  startedAt(work: W): number {
    return this.#claims.startedAt(work.slot)
  }

  /** Clock ms at which the function ended, once it has. */
  endedAt(work: W): number {
    return this.#claims.endedAt(work.slot)
  }

  /** Asks a started work to end: its signal turns aborted with this reason. */
  abort(work: W, reason: unknown): void {
    if (this.#closed) return
    const { slot, ticket } = work
    this.#post({ type: 'abort', slot, ticket, reason: toErrorRecord(reason) })
    this.#claims.requestAbort(slot, ticket)
  }

  /** The generator of a started work may yield so many values more. */
  grant({ slot, ticket }: W, count: number): void {
    if (!this.#closed) this.#post({ type: 'credit', slot, ticket, count })
  }

  /** The generator of a started work is to end. */
  endStream({ slot, ticket }: W): void {
    if (this.#closed) return
    this.#post({ type: 'close', slot, ticket })
    // So that a read of its signal sees it in a loop.
    this.#claims.requestAbort(slot, ticket)
  }

  /** Reads now what still lies in the port: after the thread's exit nothing more will come. */
  drain(): void {
    for (let message; (message = this.#port.poll()) !== undefined; ) this.#read(message)
  }

  /**
   * The works whose function has ended and whose answer lies in shared memory, not posted yet: the thread is busy with the
   * next one, or gone. `settle` is told each; the work stays on the lane until its answer comes or the lane closes.
   */
  collect(settle: (work: W, value: unknown) => void): void {
    const ended: W[] = []
    // The newest first: the thread goes on meanwhile, and a work is not to be told of before one that ended before it.
    for (const work of this.#slots.newestFirst()) {
      if (this.hasEnded(work) && this.#claims.isKept(work.slot)) ended.push(work)
    }
    for (const work of ended.reverse()) {
      // What it said of itself before it ended lies in the port, and with it perhaps the answer.
      if (work.isWatched || work.window !== undefined) this.drain()
      if (!this.#hasLeft(work)) settle(work, this.#claims.kept(work.slot))
    }
  }

  /** Whether the work's function ended, which for a work without an answer means that the answer was lost. */
  hasEnded(work: W): boolean {
    return this.#claims.state(work.slot, work.ticket) === DONE
  }

  /** Ends the lane. Whatever is still on it stays unanswered. */
  close(): void {
    this.#closed = true
    this.#port.close()
  }

  #read(message: LaneUp): void {
    if (!isLaneUp(message)) return this.#observer.unreadable(new Error('a thread sent a message that is none of ours'))
    if (message.type !== 'answers') {
      const work = this.#slots.at(message.slot)
      if (work === undefined || work.ticket !== message.ticket) return
      if (message.type === 'progress') this.#observer.progressed(work, message.value)
      else if (message.type === 'item') this.#observer.yielded(work, message.value)
      else this.#observer.failsAhead(work)
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
      // Free first, so that whoever is told finds the place free. The slot's times and value stand until it is taken anew.
      this.#slots.leave(slot)
      this.#claims.free(slot)
      if (kind === KEPT) this.#observer.answered(work, false, this.#claims.kept(slot))
      else if (kind === RESULT) this.#observer.answered(work, false, values[next++])
      else this.#observer.answered(work, true, fromErrorRecord(values[next++] as ErrorRecord))
    }
    this.#observer.batchRead(numbers.length)
  }

  #introduce(task: Introduced): void {
    if (this.#known.has(task.number)) return
    if (this.#known.size >= KNOWN_TASKS) {
      const [oldest] = this.#known
      if (oldest !== undefined) {
        this.flush()
        this.#known.delete(oldest)
        this.#post({ type: 'forget', number: oldest })
      }
    }
    this.#known.add(task.number)
    this.#post({ type: 'task', definition: task.definition })
  }

  /**
   * Adds the work to the batch; returns why it cannot be posted. Reading the user's arguments may throw, by an accessor or a
   * trap of a Proxy, and may run code that takes the work back: then nobody can claim what was added here.
   */
  #add(work: W): UncloneableValueError | undefined {
    try {
      const look = lookAt(work.args, work.transfer)
      const prepared = prepare(work.args, 'args', work.transfer, look)
      if (prepared instanceof UncloneableValueError) return prepared
      if (look !== undefined) {
        if (this.#belongings.overlaps(look)) this.flush()
        this.#belongings.add(look)
      }
      this.#batch.add(work, work.task.number, prepared)
      return undefined
    } catch (cause) {
      if (cause instanceof UncloneableValueError) return cause
      return new UncloneableValueError('args', 'it throws when it is read', { cause })
    }
  }

  #take(): LaneDown {
    this.#belongings.clear()
    return this.#batch.take()
  }

  #postAlone(work: W): void {
    // Prepared again rather than kept: this is the rare path.
    const error = this.#add(work)
    if (error !== undefined) return this.#refuse(work, error)
    try {
      this.#post(this.#take())
    } catch (error) {
      this.#refuse(work, uncloneable(work.args, 'args', undefined, error))
    }
  }

  #postTransfer(work: W): void {
    const message = this.#take()
    // Taken back while its arguments were read: it keeps its buffers.
    if (this.#hasLeft(work)) return
    try {
      requireAttached(work.transfer)
      this.#post(message, work.transfer as readonly TransferListItem[])
      unmark(work.args)
    } catch (error) {
      this.#refuse(work, uncloneable(work.args, 'args', work.transfer, error))
    }
  }

  /** Reading arguments may run the user's code, and that may have taken the work back. */
  #hasLeft(work: W): boolean {
    return this.#slots.at(work.slot) !== work
  }

  #refuse(work: W, error: unknown): void {
    if (this.#hasLeft(work)) return
    this.#slots.leave(work.slot)
    this.#claims.free(work.slot)
    this.#observer.refused(work, error)
  }

  #post(message: LaneDown, transfer?: readonly TransferListItem[]): void {
    this.#port.post(message, transfer)
  }
}
