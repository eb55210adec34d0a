/** Decides which worker gets which work, and when. The README of this folder explains the steps of `#pump`. */

import type { Clock } from '../base/clock.js'
import { Turns } from '../base/once-a-turn.js'
import { PriorityQueue } from '../base/priority-queue.js'
import type { Carrier, WorkRecord } from '../work/record.js'
import type { Places } from '../worker/places.js'
import type { Worker } from '../worker/worker.js'
import { LaneWatch } from './lane-watch.js'
import { Pinned } from './pinned.js'
import { highestAhead, recallLower, recallOverdue, slowOf, steal, takeOlder } from './sent-ahead.js'

export interface DispatcherHost {
  /** All workers that have not exited. */
  workers(): ReadonlySet<Worker>
  /** Works have begun or ended, or workers have come: the buffer may have room again. */
  placesChanged(): void
  /** The work's function has ended although its answer has not been posted. */
  endedEarly(work: WorkRecord, value: unknown): void
}

/**
 * Why a worker gets no more works ahead:
 *
 * - `enough`: the queue is empty, or this worker has enough; another worker may still take works
 * - `recall first`: a lane holds a lower work than the next one, so no worker gets more before the next pump
 * - `higher one waits`: a higher work lies unstarted on a lane, so no worker gets more
 */
type NoMoreAhead = 'enough' | 'recall first' | 'higher one waits'

export class Dispatcher {
  readonly #clock: Clock
  readonly #host: DispatcherHost
  readonly #limits: { sending(work: WorkRecord): void }
  readonly #watch: LaneWatch
  readonly #queue = new PriorityQueue<WorkRecord>()
  readonly #pinned = new Pinned()
  readonly #turns: Turns
  /** A lower bound of the priorities of the works that were sent ahead. */
  #lowestAhead = -Infinity
  /** False if no worker has become idle since none was. */
  #mayAnyBeIdle = true

  /** @param limits the time limits of works, which begin to matter when a work is put on a lane */
  constructor(clock: Clock, limits: { sending(work: WorkRecord): void }, host: DispatcherHost) {
    this.#clock = clock
    this.#limits = limits
    this.#host = host
    this.#turns = new Turns(clock, () => this.#pump())
    this.#watch = new LaneWatch(clock, {
      workers: () => host.workers(),
      endedEarly: (work, value) => {
        host.endedEarly(work, value)
        this.schedule()
      },
      heldUp: worker => this.reclaim(worker),
      mayGoOn: () => this.schedule(),
      awaits: worker => this.#pinned.awaits(worker),
    })
  }

  /**
   * Number of works accepted beyond the places of the workers that can take works; negative while places are free. The
   * places of a thread that is about to end do not count, and neither do the works that still run there.
   */
  get backlog(): number {
    let backlog = this.#queue.size
    for (const worker of this.#host.workers()) if (worker.accepting) backlog += worker.places.held - worker.places.count
    return backlog
  }

  /** Adds an accepted work. The next {@link moveOn} moves it. */
  enqueue(work: WorkRecord): void {
    if (work.pinnedTo === undefined) this.#queue.push(work)
    else this.#pinned.putBack(work)
  }

  /**
   * Moves on the works that were added: at once if a worker is idle, so that its thread does not wait for the code that
   * submitted them; otherwise at the end of this turn, together with all others of the turn.
   */
  moveOn(): void {
    if (this.#mayAnyBeIdle && this.#isAnyIdle()) this.#turns.runNow()
    else this.#turns.schedule()
  }

  #isAnyIdle(): boolean {
    for (const worker of this.#host.workers()) {
      if (worker.places.held === 0 && worker.hasPlace && !this.#pinned.awaits(worker)) return true
    }
    this.#mayAnyBeIdle = false
    return false
  }

  /** Takes out a work that has not begun, wherever it is. False if it has begun. */
  withdraw(work: WorkRecord): boolean {
    const isOut = work.onLane
      ? work.carrier?.revoke(work) === true
      : work.pinnedTo === undefined
        ? this.#queue.remove(work)
        : this.#pinned.remove(work)
    // Its worker may be idle now, or the next work may go where this one could not, and no answer triggers a pump.
    if (isOut) this.schedule()
    return isOut
  }

  /**
   * Takes back all works that have not begun on this worker. Must be called whenever a worker stops accepting works.
   */
  reclaim(worker: Carrier): void {
    this.#putBack(worker.revokeNewest(Infinity))
    this.schedule()
  }

  /** Gives a work that comes off a lane its old place in the queue. */
  requeue(work: WorkRecord): void {
    this.#putBack([work])
    this.schedule()
  }

  /** Takes out the works that only this worker could have run. */
  gone(worker: Carrier): WorkRecord[] {
    return this.#pinned.removeAll(worker)
  }

  #putBack(works: readonly WorkRecord[]): void {
    // Newest first, so that each finds its place at once.
    for (const work of works.toReversed()) {
      if (work.pinnedTo === undefined) this.#queue.putBack(work)
      else this.#pinned.putBack(work)
    }
  }

  /** Makes the pump run once the current code has ended: once per turn, not once per work. */
  schedule(): void {
    this.#mayAnyBeIdle = true
    this.#turns.schedule()
  }

  /**
   * A message with this many answers has been read. Works that are submitted in reaction to it travel with the same
   * flush.
   */
  batchRead(answers: number): void {
    this.#turns.answered(answers)
    this.schedule()
  }

  /** The accepted works that have not begun, the next one first; those sent ahead come last. */
  *unstarted(): IterableIterator<WorkRecord> {
    yield* this.#queue
    yield* this.#pinned
    for (const worker of this.#host.workers()) {
      for (const work of worker.lane) if (!worker.lane.hasStarted(work)) yield work
    }
  }

  /**
   * Clock ms since when the oldest work has waited for a place; undefined if no work waits, or a place is free.
   *
   * @param door works that are not accepted yet
   */
  waitingSince(door: PriorityQueue<WorkRecord>): number | undefined {
    let oldest = Infinity
    for (const queue of [this.#queue, door]) {
      for (const { submittedAt } of queue.heads()) oldest = Math.min(oldest, submittedAt)
    }
    for (const worker of this.#host.workers()) {
      if (worker.hasPlace && !this.#pinned.awaits(worker)) return undefined
      oldest = Math.min(oldest, worker.places.waitingSince())
    }
    return oldest === Infinity ? undefined : oldest
  }

  /** Cancels the last timer. */
  close(): void {
    this.#watch.close()
  }

  #pump(): void {
    this.#host.placesChanged()
    const workers = this.#host.workers()
    const now = this.#clock.now()
    const slow = slowOf(workers, now)
    for (const works of recallOverdue(workers, slow, now)) this.#putBack(works)
    this.#recallLower()
    this.#sendPinned()
    this.#fillPlaces(slow)
    this.#sendAhead(slow)
    this.#sendToStarting()
    for (const worker of workers) worker.lane.flush()
    this.#watch.keep(this.#queue.size > 0)
  }

  /** Makes sure that, while a work waits in the queue, no lane holds a lower one that has not begun. */
  #recallLower(): void {
    const top = this.#queue.topPriority
    this.#lowestAhead = top ?? -Infinity
    if (top === undefined) return
    for (const works of recallLower(this.#host.workers(), top)) this.#putBack(works)
  }

  /** Sends each idle worker the works that are pinned to it. */
  #sendPinned(): void {
    for (const worker of this.#host.workers()) {
      for (let work; worker.idle && (work = this.#pinned.shift(worker)) !== undefined; ) this.#send(worker, work)
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
      if (worker.hasPlace && worker.places.areOpen && !this.#pinned.awaits(worker)) free.push(worker)
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
    const head = this.#queue.peek()
    if (head === undefined) return undefined
    const ahead = highestAhead(this.#host.workers(), head.priority)
    if (ahead?.carrier?.revoke(ahead) === true) return ahead
    return takeOlder(slow, head) ?? this.#queue.shift()
  }

  #stealFor(thief: Worker): boolean {
    const works = steal(this.#host.workers())
    for (const work of works) this.#send(thief, work)
    return works.length > 0
  }

  /** Fills the lanes of busy workers as long as works are short, so that no thread waits for a round trip. */
  #sendAhead(slow: ReadonlySet<Worker>): void {
    if (this.#queue.size === 0) return
    const workers = this.#mayHoldAhead(slow)
    // An equal share each, so that the last works of a burst end everywhere at about the same time.
    const share = Math.ceil(this.#queue.size / workers.length)
    for (const worker of workers) {
      const why = this.#sendShare(worker, share, slow)
      if (why === 'recall first') this.schedule()
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
    if (this.#pinned.awaits(worker)) return 'enough'
    for (let sent = 0; sent < share; sent++) {
      const next = this.#nextAhead(worker, slow)
      if (typeof next === 'string') return next
      this.#send(worker, next)
    }
    return 'enough'
  }

  /** Takes out the work to be sent ahead next to this worker, or says why there is none. */
  #nextAhead(worker: Worker, slow: ReadonlySet<Worker>): WorkRecord | NoMoreAhead {
    const head = this.#queue.peek()
    if (head === undefined || !worker.accepting || !worker.places.hasRoomAhead(head)) return 'enough'
    // This can happen if a work was just refused and a higher one came in through the door.
    if (head.priority > this.#lowestAhead) return 'recall first'
    if (highestAhead(this.#host.workers(), head.priority) !== undefined) return 'higher one waits'
    const older = slow.has(worker) ? undefined : takeOlder(slow, head)
    return older ?? this.#queue.shift() ?? 'enough'
  }

  /** Gives the works that are left to threads that are starting, which begin them as soon as they are available. */
  #sendToStarting(): void {
    if (this.#queue.size === 0) return
    const starting = [...this.#host.workers()].filter(worker => !worker.places.areOpen)
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
    const head = this.#queue.peek()
    // If the start fails, buffers that were moved to the thread are lost.
    if (head === undefined || head.staysPut) return undefined
    // A higher work would begin later, because it cannot move to a thread that is not available.
    if (highestAhead(this.#open(), head.priority) !== undefined) return undefined
    return this.#queue.shift()
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
