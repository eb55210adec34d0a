/**
 * A thread without a thread: two ports that are queues, real claims, and the thread's side of the protocol, step by step
 * at a test's command. It must not know what the pool makes of its answers.
 */

import type { Transferable } from 'node:worker_threads'
import { type Delivery, WorkReader } from '../../src/lane/batch.js'
import { Claims, type ClaimState, DONE, OFFERED, STARTED } from '../../src/lane/claims.js'
import { toErrorRecord } from '../../src/values/error-record.js'
import type { ControlDown, ControlUp } from '../../src/lane/control.js'
import type { LaneDown, LaneUp } from '../../src/lane/messages.js'
import type { Port } from '../../src/lane/port.js'
import { newPrintedBuffer } from '../../src/lane/printed.js'
import { LaneReceiver } from '../../src/lane/receiver.js'
import type { ThreadObserver } from '../../src/launch/start.js'
import type { Thread } from '../../src/worker/pool-thread.js'
import { PrintedReader } from '../../src/worker/printed.js'
import type { Usage } from '../../src/lane/usage.js'

/** One end of a channel. What is posted lies at the other end until somebody delivers or polls it. */
export class FakePort<In, Out> implements Port<In, Out> {
  closed = false
  /** Told of each message as it leaves. */
  onPosted: (message: Out) => void = () => {}
  readonly #inbox: In[] = []
  #peer: FakePort<Out, In> | undefined
  #onMessage: ((message: In) => void) | undefined
  #onUnreadable: ((error: Error) => void) | undefined

  static channel<A, B>(): [FakePort<A, B>, FakePort<B, A>] {
    const one = new FakePort<A, B>()
    const other = new FakePort<B, A>()
    one.#peer = other
    other.#peer = one
    return [one, other]
  }

  /** How many messages lie here. */
  get pending(): number {
    return this.#inbox.length
  }

  /** Throws what Node throws where the message cannot be cloned, and moves what is to be moved. */
  post(message: Out, transfer?: readonly Transferable[]): void {
    const options = transfer === undefined ? undefined : { transfer: [...transfer] as ArrayBuffer[] }
    const copy = structuredClone(message, options)
    if (this.closed || this.#peer?.closed !== false) return
    this.#peer.#inbox.push(copy)
    this.onPosted(copy)
  }

  listen(onMessage: (message: In) => void, onUnreadable: (error: Error) => void): void {
    this.#onMessage = onMessage
    this.#onUnreadable = onUnreadable
  }

  poll(): In | undefined {
    return this.#inbox.shift()
  }

  /** The next message comes as an event. False where none lies here. */
  deliver(): boolean {
    if (this.closed) return false
    const message = this.poll()
    if (message === undefined) return false
    this.#onMessage?.(message)
    return true
  }

  /** The next message cannot be read. */
  deliverUnreadable(): void {
    this.#inbox.shift()
    this.#onUnreadable?.(new Error('a message that cannot be read'))
  }

  close(): void {
    this.closed = true
    this.#inbox.length = 0
  }
}

/** Whom a fake thread tells, so that a test can keep its own books. */
export interface FakeThreadWatcher {
  now(): number
  /** A work was put into the thread's port. */
  posted(thread: FakeThread, serial: number): void
  /** A work was claimed: its function begins. */
  started(thread: FakeThread, serial: number): void
  /** The pool is about to end the thread. */
  terminating(thread: FakeThread): void
  /** The pool asks a work that runs here to end. */
  askedToStop(thread: FakeThread, serial: number): void
}

/** The value of a `finish` that leaves nothing in shared memory: too large to be held back, so it is posted at once. */
export const LARGE = Array.from({ length: 100 }, (_, i) => i)

let lastId = 0

export class FakeThread implements Thread {
  readonly id = ++lastId
  readonly workerId: string
  readonly hookSites = { setup: undefined, teardown: undefined }
  readonly claims = new Claims()
  readonly lane: FakePort<LaneUp, LaneDown>
  readonly control: FakePort<ControlUp, ControlDown>
  readonly printed = new PrintedReader(newPrintedBuffer())
  /** What it says of its load. */
  figures: Usage = { heap: 0, cpu: 0, utilization: 0 }
  state: 'starting' | 'up' | 'gone' = 'starting'
  /** The pool called terminate(). */
  terminated = false
  /** The pool asked it to end by itself. */
  stopAsked = false
  /** In native code: it does not do anything, not even obey terminate(). */
  isStuck = false
  /** The works whose functions it has begun, the oldest first. */
  readonly #works: Delivery[] = []
  readonly #places: number
  readonly #laneEnd: FakePort<LaneDown, LaneUp>
  readonly #controlEnd: FakePort<ControlDown, ControlUp>
  readonly #receiver: LaneReceiver
  readonly #observer: ThreadObserver
  readonly #watcher: FakeThreadWatcher
  readonly #defined = new Set<number>()
  /** What the pool last put into each slot of the lane, in the order of sending; the claim words tell what is left of it. */
  readonly #posted = new Map<number, { readonly ticket: number; readonly serial: number }>()

  /** @param places works that it runs at the same time */
  constructor(workerId: string, observer: ThreadObserver, watcher: FakeThreadWatcher, places = 1) {
    this.#places = places
    this.workerId = workerId
    this.#observer = observer
    this.#watcher = watcher
    ;[this.lane, this.#laneEnd] = FakePort.channel<LaneUp, LaneDown>()
    ;[this.control, this.#controlEnd] = FakePort.channel<ControlUp, ControlDown>()
    this.lane.onPosted = message => this.#bookWorks(message)
    this.#controlEnd.listen(() => {
      // A real one would end under a function that waits for a promise.
      if (this.running !== undefined) throw new Error(`told to stop while work ${this.running.serial} runs`)
      this.stopAsked = true
    }, fail)
    this.#receiver = new LaneReceiver(this.#laneEnd, this.claims, '', {
      arrived: () => {},
      found: () => {},
      define: definition => this.#defined.add(definition.number),
      forget: number => this.#defined.delete(number),
      abort: (slot, ticket) => {
        const work = this.#works.find(work => work.slot === slot && work.ticket === ticket)
        if (work !== undefined) watcher.askedToStop(this, work.serial)
      },
      credit: () => {},
      close: () => {},
      closed: () => {},
    })
  }

  usage(): Usage {
    return this.figures
  }

  terminate(): void {
    this.#watcher.terminating(this)
    this.terminated = true
  }

  /** The works that the pool has to believe are here: posted, not taken back, answer not read. Oldest first. */
  get holds(): { serial: number; state: ClaimState }[] {
    const held: { serial: number; state: ClaimState }[] = []
    for (const [slot, { ticket, serial }] of this.#posted) {
      const state = this.claims.state(slot, ticket)
      if (state === OFFERED || state === STARTED || state === DONE) held.push({ serial, state })
    }
    return held
  }

  /** The work whose function it is in; of several, the oldest. */
  get running(): Delivery | undefined {
    return this.#works[0]
  }

  /** The works whose functions it has begun, the oldest first. */
  get begun(): number[] {
    return this.#works.map(({ serial }) => serial)
  }

  /** Whether messages of the pool lie unread here. */
  get hasMail(): boolean {
    return this.#laneEnd.pending + this.#controlEnd.pending > 0
  }

  /** Whether answers lie in its hand. */
  get hasAnswers(): boolean {
    return this.#receiver.heldSince !== Infinity
  }

  /** Has started: says so. */
  boot(): void {
    this.state = 'up'
    this.#controlEnd.post({ type: 'ready' })
  }

  /** `setup` fails: says so, and exits. */
  failStart(error: unknown): void {
    this.#controlEnd.post({ type: 'startFailed', error: toErrorRecord(error) })
    this.die(1)
  }

  /** Reads what the pool has sent. */
  receive(): void {
    while (this.#laneEnd.deliver() || this.#controlEnd.deliver());
  }

  /** Claims the next work that has been received and was not taken back; undefined where there is none. */
  startNext(): Delivery | undefined {
    if (this.state !== 'up' || this.#works.length === this.#places)
      throw new Error('this thread cannot begin a work now')
    for (let delivery; (delivery = this.#receiver.next()) !== undefined; ) {
      if (!this.#receiver.claim(delivery, this.#watcher.now())) continue
      if (!this.#defined.has(delivery.task))
        throw new Error(`work ${delivery.serial} came before its task ${delivery.task}`)
      this.#works.push(delivery)
      this.#watcher.started(this, delivery.serial)
      return delivery
    }
    return undefined
  }

  /**
   * The oldest function returns, or that of a certain work. A small value goes to shared memory, the answer stays in the
   * thread's hand until {@link flush}.
   */
  finish(value?: unknown, serial?: number): void {
    this.#receiver.succeed(this.#end(serial), value, this.#watcher.now())
  }

  /** The function throws. */
  throws(error: unknown, serial?: number): void {
    this.#receiver.fail(this.#end(serial), error, this.#watcher.now())
  }

  /** Posts the answers in its hand. */
  flush(): void {
    this.#receiver.flush()
  }

  /** The thread ends by itself. `process.on('exit')` flushes answers; out of memory does not. What it posted may be unread. */
  die(code: number, { error, flush = false }: { error?: unknown; flush?: boolean } = {}): void {
    if (flush) this.flush()
    this.state = 'gone'
    if (error !== undefined) this.#observer.failed(error)
    this.#observer.exited(code)
  }

  /** Ends if it was told to, one way or the other, and can. */
  obey(): boolean {
    if (this.state === 'gone' || this.isStuck) return false
    if (this.terminated) this.die(1)
    else if (this.stopAsked && this.state === 'up' && this.running === undefined) this.die(0, { flush: true })
    else return false
    return true
  }

  /** One round of a willing thread: reads, runs everything it can, answers. For tests that do not care how. */
  work(value?: unknown): void {
    this.receive()
    while (this.running !== undefined) this.finish(value)
    while (this.startNext() !== undefined) this.finish(value)
    this.flush()
  }

  #end(serial: number | undefined): Delivery {
    const at = serial === undefined ? 0 : this.#works.findIndex(work => work.serial === serial)
    const [delivery] = at === -1 ? [] : this.#works.splice(at, 1)
    if (delivery === undefined) throw new Error('this thread is in no such function')
    return delivery
  }

  #bookWorks(message: LaneDown): void {
    if (message.type !== 'works') return
    const reader = new WorkReader()
    reader.open(message)
    for (let work; (work = reader.next()) !== undefined; ) {
      const { slot, ticket, serial } = work
      // It was taken back between the offer and the post: nobody can claim it.
      if (this.claims.state(slot, ticket) !== OFFERED) continue
      this.#posted.delete(slot)
      this.#posted.set(slot, { ticket, serial })
      this.#watcher.posted(this, serial)
    }
  }
}

function fail(error: Error): void {
  throw error
}
