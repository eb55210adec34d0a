/**
 * Prepares works, collects them into batches, and posts them to the thread. It knows nothing about claim words and
 * reads no answers: the sender tells it which works have left the lane, and gets back the works that cannot be posted.
 */

import type { Transferable } from 'node:worker_threads'
import { UncloneableValueError } from '../errors/works.js'
import { Belongings, lookAt, prepare } from '../values/cloning.js'
import { uncloneable } from '../values/culprit.js'
import { requireAttached, unmark } from '../values/transfer.js'
import { WorkBatch } from './batch.js'
import { SLOTS } from './claims.js'
import type { Introduced, LaneDown, LaneUp } from './messages.js'
import type { NumberedPort } from './port.js'

/** The parts of a work that travel. */
export interface Outgoing {
  readonly serial: number
  readonly task: Introduced
  readonly args: readonly unknown[]
  readonly label: string | undefined
  readonly transfer: readonly object[] | undefined
  /** Whether its progress has a listener. */
  readonly isWatched: boolean
  /** Whether the output of its task has a listener. */
  readonly isCaptured: boolean
  /** For a stream: how many values it may yield at first. */
  readonly window: number | undefined
  readonly slot: number
  readonly ticket: number
}

/** What the outbox needs from the sender. Both are called while works are being posted, and must not throw. */
export interface OutboxHost<W> {
  /** Whether the work is no longer on the lane: reading arguments may run the user's code, which may take it back. */
  hasLeft(work: W): boolean
  /** The work cannot be posted. */
  refuse(work: W, error: unknown): void
}

/** How many task definitions a thread keeps. Beyond that the oldest is forgotten, and sent again when it is needed. */
const KNOWN_TASKS = 500

export class Outbox<W extends Outgoing> {
  readonly #port: NumberedPort<LaneUp, LaneDown>
  readonly #host: OutboxHost<W>
  /** The tasks whose definitions the thread has, the oldest first. */
  readonly #known = new Set<number>()
  readonly #batch = new WorkBatch()
  /** The objects that the works in the batch refer to. */
  readonly #belongings = new Belongings()
  /** The works in the batch. */
  #works: W[] = []
  /** For each slot the number of the message that its work travels in, negative if others travel with it. */
  readonly #sentIn = new Float64Array(SLOTS)

  constructor(port: NumberedPort<LaneUp, LaneDown>, host: OutboxHost<W>) {
    this.#port = port
    this.#host = host
  }

  /** Adds a work to the batch, which {@link flush} posts. A work that moves buffers is posted at once, alone. */
  put(work: W): void {
    this.#sentIn[work.slot] = 0
    // Posted at once, ahead of the work: messages take effect in the order of posting.
    this.#introduce(work.task)
    // Sent in a separate message, so that no other work fails because of its buffers.
    if (work.transfer !== undefined) this.flush()
    const error = this.#add(work)
    if (error !== undefined) this.#host.refuse(work, error)
    else if (work.transfer !== undefined) this.#postTransfer(work)
    else this.#works.push(work)
  }

  /** Posts the batch. */
  flush(): void {
    const works = this.#works
    if (works.length === 0) return
    this.#works = []
    try {
      this.#port.post(this.#take())
      const message = works.length === 1 ? this.#port.posted : -this.#port.posted
      // A work that has left may be on another lane, in a slot of that one.
      for (const work of works) if (!this.#host.hasLeft(work)) this.#sentIn[work.slot] = message
    } catch {
      // One value that cannot be cloned makes the whole post throw, and nothing is sent. So each work is posted alone.
      // Some of them may have left the lane since then, even for another lane.
      for (const work of works) if (!this.#host.hasLeft(work)) this.#postAlone(work)
    }
  }

  /**
   * The thread could not read a message: its stack may be smaller than the one on which the arguments were cloned. A
   * work that was alone in it is refused; of several, each is posted again, alone. Returns false if it held no works.
   *
   * @param works on the lane
   * @param cause what reading the message threw
   */
  wasUnread(message: number, works: Iterable<W>, cause: unknown): boolean {
    let any = false
    for (const work of works) {
      const sentIn = this.#sentIn[work.slot] ?? 0
      if (message <= 0 || Math.abs(sentIn) !== message) continue
      any = true
      if (sentIn > 0) this.#host.refuse(work, uncloneable(work.args, 'args', work.transfer, cause))
      else this.#postAlone(work)
    }
    return any
  }

  #introduce(task: Introduced): void {
    if (this.#known.has(task.number)) return
    if (this.#known.size >= KNOWN_TASKS) {
      const [oldest] = this.#known
      if (oldest !== undefined) {
        // Works in the batch may still need the oldest task.
        this.flush()
        this.#known.delete(oldest)
        this.#port.post({ type: 'forget', number: oldest })
      }
    }
    this.#known.add(task.number)
    this.#port.post({ type: 'task', definition: task.definition })
  }

  /**
   * Adds the work to the batch, or returns why it cannot be posted. Reading the arguments may throw, in a getter or a
   * trap of a Proxy. It may also run code that takes the work back; then the thread cannot claim what was added here.
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
      return new UncloneableValueError('args', 'reading it throws an error', { cause })
    }
  }

  #take(): LaneDown {
    this.#belongings.clear()
    return this.#batch.take()
  }

  #postAlone(work: W): void {
    this.flush()
    // Prepared a second time, which is cheaper than keeping the first result, because this path is rare.
    const error = this.#add(work)
    if (error !== undefined) return this.#host.refuse(work, error)
    try {
      this.#port.post(this.#take())
      this.#sentIn[work.slot] = this.#port.posted
    } catch (error) {
      this.#host.refuse(work, uncloneable(work.args, 'args', undefined, error))
    }
  }

  #postTransfer(work: W): void {
    const message = this.#take()
    // Taken back while its arguments were read: it keeps its buffers.
    if (this.#host.hasLeft(work)) return
    try {
      requireAttached(work.transfer)
      this.#port.post(message, work.transfer as readonly Transferable[])
      this.#sentIn[work.slot] = this.#port.posted
      unmark(work.args)
    } catch (error) {
      this.#host.refuse(work, uncloneable(work.args, 'args', work.transfer, error))
    }
  }
}
