/** Decides which worker gets which work. The README of this folder explains the steps of a run. */

import type { Clock } from '../base/clock.js'
import type { WorkRecord } from '../work/record.js'
import type { Places } from '../worker/places.js'
import type { Worker } from '../worker/worker.js'
import { highestAhead, recallLower, recallOverdue, slowOf, steal, takeOlder } from './sent-ahead.js'
import type { WaitingWorks } from './waiting-works.js'

export interface PumpHost {
  /** All workers that have not exited. */
  workers(): ReadonlySet<Worker>
  /** The pump must run again at the end of this turn. */
  again(): void
}

/**
 * Why a worker gets no more works ahead:
 *
 * - `enough`: the queue is empty, or this worker has enough; another worker may still take works
 * - `recall first`: a lane holds a lower work than the next one, so no worker gets more before the next pump
 * - `higher one waits`: a higher work lies unstarted on a lane, so no worker gets more
 */
type NoMoreAhead = 'enough' | 'recall first' | 'higher one waits'

export class Pump {
  readonly #clock: Clock
  readonly #limits: { sending(work: WorkRecord): void }
  readonly #waiting: WaitingWorks
  readonly #host: PumpHost
  /** A lower bound of the priorities of the works that were sent ahead. */
  #lowestAhead = -Infinity

  /** @param limits the time limits of works, which begin to matter when a work is put on a lane */
  constructor(clock: Clock, limits: { sending(work: WorkRecord): void }, waiting: WaitingWorks, host: PumpHost) {
    this.#clock = clock
    this.#limits = limits
    this.#waiting = waiting
    this.#host = host
  }

  run(): void {
    const workers = this.#host.workers()
    const now = this.#clock.now()
    const slow = slowOf(workers, now)
    for (const works of recallOverdue(workers, slow, now)) this.#waiting.putBack(works)
    this.#recallLower()
    this.#sendPinned()
    this.#fillPlaces(slow)
    this.#sendAhead(slow)
    this.#sendToStarting()
    for (const worker of workers) worker.lane.flush()
  }

  /** Makes sure that, while a work waits in the queue, no lane holds a lower one that has not begun. */
  #recallLower(): void {
    const top = this.#waiting.queue.topPriority
    this.#lowestAhead = top ?? -Infinity
    if (top === undefined) return
    for (const works of recallLower(this.#host.workers(), top)) this.#waiting.putBack(works)
  }

  /** Sends each idle worker the works that are pinned to it. */
  #sendPinned(): void {
    for (const worker of this.#host.workers()) {
      for (let work; worker.idle && (work = this.#waiting.pinned.shift(worker)) !== undefined; )
        this.#send(worker, work)
    }
  }

  /** Gives each free place a work. */
  #fillPlaces(slow: ReadonlySet<Worker>): void {
    for (let free = this.#withPlaces(); free.length > 0; free = this.#withPlaces()) {
      for (const worker of free) {
        // A listener that was notified of a work that cannot be posted may have ended the worker, or taken its place.
        if (worker.hasPlace && !this.#feed(worker, slow)) return
      }
    }
  }

  /**
   * The available workers that can begin a work. Those with the least to do come first. Among idle workers, the one that became
   * idle last comes first, so that surplus workers stay idle. Workers that were recently held up come last.
   */
  #withPlaces(): Worker[] {
    const free: Worker[] = []
    for (const worker of this.#host.workers()) {
      // A worker that pinned works wait for has to become idle.
      if (worker.hasPlace && worker.places.areOpen && !this.#waiting.pinned.awaits(worker)) free.push(worker)
    }
    if (free.length > 1) free.sort((a, b) => orderOf(a.places, b.places))
    return free
  }

  /** Gives a worker a work to begin, or works that another lane holds ahead. False if there are none anywhere. */
  #feed(worker: Worker, slow: ReadonlySet<Worker>): boolean {
    const work = this.#nextToBegin(slow)
    if (work === undefined) return this.#stealFor(worker)
    this.#send(worker, work)
    return true
  }

  /** Takes out the work to begin next: the head of the queue, unless one on a lane should come before it. */
  #nextToBegin(slow: ReadonlySet<Worker>): WorkRecord | undefined {
    const head = this.#waiting.queue.peek()
    if (head === undefined) return undefined
    const ahead = highestAhead(this.#host.workers(), head.priority)
    if (ahead?.carrier?.revoke(ahead) === true) return ahead
    return takeOlder(this.#longLanes(slow), head) ?? this.#waiting.queue.shift()
  }

  /**
   * The workers whose next work will not begin soon. Without the lanes that hold long works, a work that lies ahead there
   * and is taken back now and then would be overtaken again and again.
   */
  *#longLanes(slow: ReadonlySet<Worker>): Generator<Worker, void, undefined> {
    for (const worker of this.#host.workers()) if (slow.has(worker) || worker.places.areLong) yield worker
  }

  /**
   * The slow workers whose next place is expected later than that of this worker. With works of equal length, the worker
   * that has been busy for longer is free sooner; works that were taken from it would be moved to and fro for ever.
   */
  *#slowerThan(worker: Worker, slow: ReadonlySet<Worker>): Generator<Worker, void, undefined> {
    if (slow.size === 0) return
    const now = this.#clock.now()
    const own = worker.places.nextIn(now)
    for (const other of slow) if (other.places.nextIn(now) > own) yield other
  }

  #stealFor(thief: Worker): boolean {
    const works = steal(this.#host.workers())
    for (const work of works) this.#send(thief, work)
    return works.length > 0
  }

  /** Fills the lanes of busy workers as long as works are short, so that no thread waits for a round trip. */
  #sendAhead(slow: ReadonlySet<Worker>): void {
    if (this.#waiting.queue.size === 0) return
    const workers = this.#mayHoldAhead(slow)
    // An equal share each, so that the last works of a burst end everywhere at about the same time.
    const share = Math.ceil(this.#waiting.queue.size / workers.length)
    for (const worker of workers) {
      const why = this.#sendShare(worker, share, slow)
      if (why === 'recall first') this.#host.again()
      if (why !== 'enough') return
    }
  }

  /** The available workers that may get works ahead. The slow ones come last, and not at all if their end cannot be foreseen. */
  #mayHoldAhead(slow: ReadonlySet<Worker>): Worker[] {
    const now = this.#clock.now()
    const open = this.#open().filter(worker => worker.accepting)
    const quick = open.filter(worker => !slow.has(worker))
    return [...quick, ...open.filter(worker => slow.has(worker) && !worker.places.areOverdue(now))]
  }

  /** Sends up to `share` works ahead to one worker, and says why there are no more. */
  #sendShare(worker: Worker, share: number, slow: ReadonlySet<Worker>): NoMoreAhead {
    // A worker that pinned works wait for has to become idle.
    if (this.#waiting.pinned.awaits(worker)) return 'enough'
    for (let sent = 0; sent < share; sent++) {
      const next = this.#nextAhead(worker, slow)
      if (typeof next === 'string') return next
      this.#send(worker, next)
    }
    return 'enough'
  }

  /** Takes out the work to be sent ahead next to this worker, or says why there is none. */
  #nextAhead(worker: Worker, slow: ReadonlySet<Worker>): WorkRecord | NoMoreAhead {
    const head = this.#waiting.queue.peek()
    if (head === undefined || !worker.accepting || !worker.places.hasRoomAhead(head)) return 'enough'
    // This can happen if a work was just refused and a higher one came in through the door.
    if (head.priority > this.#lowestAhead) return 'recall first'
    if (highestAhead(this.#host.workers(), head.priority) !== undefined) return 'higher one waits'
    const older = slow.has(worker) ? undefined : takeOlder(this.#slowerThan(worker, slow), head)
    return older ?? this.#waiting.queue.shift() ?? 'enough'
  }

  /** Gives the works that are left to threads that are starting, which begin them as soon as they are available. */
  #sendToStarting(): void {
    if (this.#waiting.queue.size === 0) return
    const starting = [...this.#host.workers()].filter(
      worker => !worker.places.areOpen && !this.#waiting.pinned.awaits(worker),
    )
    for (let free = starting; (free = free.filter(worker => worker.hasPlace)).length > 0; ) {
      free.sort((a, b) => a.places.held - b.places.held)
      for (const worker of free) {
        const work = this.#nextForStarting()
        if (work === undefined) return
        this.#send(worker, work)
      }
    }
  }

  #nextForStarting(): WorkRecord | undefined {
    const head = this.#waiting.queue.peek()
    // If the start fails, buffers that were moved to the thread are lost.
    if (head === undefined || head.staysPut) return undefined
    // A higher work would begin later, because it cannot move to a thread that is not available.
    if (highestAhead(this.#open(), head.priority) !== undefined) return undefined
    return this.#waiting.queue.shift()
  }

  /** The workers whose threads have started. */
  #open(): Worker[] {
    return [...this.#host.workers()].filter(worker => worker.places.areOpen)
  }

  #send(worker: Worker, work: WorkRecord): void {
    this.#lowestAhead = Math.min(this.#lowestAhead, work.priority)
    this.#limits.sending(work)
    worker.send(work)
  }
}

function orderOf(a: Places, b: Places): number {
  // Compared, not subtracted: the difference of two infinities is NaN.
  if (a.heldUpAt !== b.heldUpAt) return a.heldUpAt < b.heldUpAt ? -1 : 1
  return a.held - b.held || b.idleSince - a.idleSince
}
