/**
 * Which worker gets which work, and when: the queue of accepted works, what is sent ahead, taken back and stolen. It moves
 * works between queue and lanes; what becomes of a work is not its business.
 */

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
  /** The workers there are. */
  workers(): ReadonlySet<Worker>
  /** Works have begun or ended, workers have come: the buffer may have room again. */
  placesChanged(): void
  /** The work's function has ended although its answer has not been posted. */
  endedEarly(work: WorkRecord, value: unknown): void
}

export class Dispatcher {
  readonly #clock: Clock
  readonly #host: DispatcherHost
  readonly #limits: { sending(work: WorkRecord): void }
  readonly #watch: LaneWatch
  readonly #queue = new PriorityQueue<WorkRecord>()
  readonly #pinned = new Pinned()
  readonly #turns: Turns
  /** No lane holds a lower priority ahead than this, as of the last recall and what has been sent since. */
  #lowestAhead = -Infinity

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

  /** Accepted works that are on no lane. */
  get queued(): number {
    return this.#queue.size
  }

  /**
   * Works accepted beyond the places of the workers that can take any; negative while places are free. A thread that is
   * about to end is no place, and what still runs there takes none.
   */
  get backlog(): number {
    let backlog = this.#queue.size
    for (const worker of this.#host.workers()) if (worker.accepting) backlog += worker.places.held - worker.places.count
    return backlog
  }

  /** Adds an accepted work; it moves on at the end of this turn, together with all others of the turn. */
  enqueue(work: WorkRecord): void {
    if (work.pinnedTo === undefined) this.#queue.push(work)
    else this.#pinned.putBack(work)
    this.schedule()
  }

  /** Takes out a work that has not begun, wherever it is. False if it has. */
  withdraw(work: WorkRecord): boolean {
    if (!work.onLane) return work.pinnedTo === undefined ? this.#queue.remove(work) : this.#pinned.remove(work)
    if (work.carrier?.revoke(work) !== true) return false
    // Its worker may be idle now, and no answer will come to remind anybody.
    this.schedule()
    return true
  }

  /** Takes back what has not begun on this worker. To be called whenever a worker stops accepting, since places go with it. */
  reclaim(worker: Carrier): void {
    this.#putBack(worker.revokeNewest(Infinity))
    this.schedule()
  }

  /** Gives a work that comes off a lane its old place in the queue. */
  requeue(work: WorkRecord): void {
    this.#putBack([work])
    this.schedule()
  }

  /** Takes out the works that only this worker could run: it will not come to them. */
  gone(worker: Carrier): WorkRecord[] {
    return this.#pinned.removeAll(worker)
  }

  #putBack(works: readonly WorkRecord[]): void {
    // Newest first: then each finds its place at once.
    for (const work of works.toReversed()) {
      if (work.pinnedTo === undefined) this.#queue.putBack(work)
      else this.#pinned.putBack(work)
    }
  }

  /** Sees to it that works move once the code that runs now has ended: one flush per turn, not one per work. */
  schedule(): void {
    this.#turns.schedule()
  }

  /** A message with so many answers has been read. Works that the reactions to it submit travel with the same flush. */
  batchRead(answers: number): void {
    this.#turns.answered(answers)
    this.#turns.schedule()
  }

  /** The accepted works that have not begun, the next first; those sent ahead come last. */
  *unstarted(): IterableIterator<WorkRecord> {
    yield* this.#queue
    yield* this.#pinned
    for (const worker of this.#host.workers()) {
      for (const work of worker.lane) if (!worker.lane.hasStarted(work)) yield work
    }
  }

  /** Clock ms at which the oldest work that has not begun was submitted; undefined where there is none. */
  oldestSubmission(): number | undefined {
    let oldest = this.#queue.peek()?.submittedAt
    for (const worker of this.#host.workers()) {
      for (const work of worker.lane) {
        if (worker.lane.hasStarted(work)) continue
        if (oldest === undefined || work.submittedAt < oldest) oldest = work.submittedAt
        break
      }
    }
    return oldest
  }

  /** The timer is no longer needed. */
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
    this.#fillPlaces(slow)
    this.#sendAhead(slow)
    for (const worker of workers) worker.lane.flush()
    this.#watch.keep(this.#queue.size > 0)
  }

  /** While a work of higher priority has not begun, no lane holds a lower one ahead. */
  #recallLower(): void {
    const top = this.#queue.topPriority
    this.#lowestAhead = top ?? -Infinity
    if (top === undefined) return
    for (const works of recallLower(this.#host.workers(), top)) this.#putBack(works)
  }

  /** Each place that is free gets a work. */
  #fillPlaces(slow: ReadonlySet<Worker>): void {
    for (const worker of this.#host.workers()) {
      for (let work; worker.idle && (work = this.#pinned.shift(worker)) !== undefined; ) this.#send(worker, work)
    }
    for (let free = this.#withPlaces(); free.length > 0; free = this.#withPlaces()) {
      for (const worker of free) {
        // Whoever is told of a work that cannot be posted may end a worker, or take a place.
        if (!worker.hasPlace) continue
        const work = this.#next(slow)
        if (work !== undefined) this.#send(worker, work)
        else if (!this.#stealFor(worker)) return
      }
    }
  }

  /**
   * The workers that can begin a work, those that do least first, and among the idle the one that became so last: so those
   * beyond need come to rest. Those that did not move lately come last of all.
   */
  #withPlaces(): Worker[] {
    const free: Worker[] = []
    for (const worker of this.#host.workers()) {
      // It is to become idle for what only it can run.
      if (worker.hasPlace && !this.#pinned.awaits(worker)) free.push(worker)
    }
    if (free.length > 1) free.sort((a, b) => orderOf(a.places, b.places))
    return free
  }

  /** The work to begin next: of the queue, unless one that should come before it lies unstarted on a lane. */
  #next(slow: ReadonlySet<Worker>): WorkRecord | undefined {
    const head = this.#queue.peek()
    if (head === undefined) return undefined
    const ahead = highestAhead(this.#host.workers(), head.priority)
    if (ahead?.carrier?.revoke(ahead) === true) return ahead
    return takeOlder(slow, head) ?? this.#queue.shift()
  }

  /** An idle worker helps the one that has most to do. False where none has anything ahead. */
  #stealFor(thief: Worker): boolean {
    const works = steal(this.#host.workers())
    for (const work of works) this.#send(thief, work)
    return works.length > 0
  }

  /** Fills the lanes of busy workers as far as works are short, so that no thread waits for a round trip. */
  #sendAhead(slow: ReadonlySet<Worker>): void {
    if (this.#queue.size === 0) return
    const now = this.#clock.now()
    const workers = [...this.#host.workers()].filter(worker => worker.accepting && !slow.has(worker))
    // The last to come to it, if it is known at all when they will.
    for (const worker of slow) if (worker.accepting && !worker.places.areOverdue(now)) workers.push(worker)
    if (workers.length === 0) return
    // An equal share each, so that the last works of a burst end everywhere at about the same time.
    const share = Math.ceil(this.#queue.size / workers.length)
    for (const worker of workers) {
      // It is to become idle for what only it can run.
      if (this.#pinned.awaits(worker)) continue
      for (let sent = 0; sent < share; sent++) {
        const head = this.#queue.peek()
        if (head === undefined || !worker.accepting || !worker.places.hasRoomAhead(head)) break
        // A work that was refused meanwhile has let in a higher one: what is lower has to be recalled first, everywhere.
        if (head.priority > this.#lowestAhead) return this.schedule()
        // A higher one that has not begun goes first, wherever it is: the idle workers are served from there.
        if (highestAhead(this.#host.workers(), head.priority) !== undefined) return
        const older = slow.has(worker) ? undefined : takeOlder(slow, head)
        const work = older ?? this.#queue.shift()
        if (work !== undefined) this.#send(worker, work)
      }
    }
  }

  #send(worker: Worker, work: WorkRecord): void {
    this.#lowestAhead = Math.min(this.#lowestAhead, work.priority)
    this.#limits.sending(work)
    worker.send(work)
  }
}

function orderOf(a: Places, b: Places): number {
  // Not a difference: that of two infinities is no number.
  if (a.heldUpAt !== b.heldUpAt) return a.heldUpAt < b.heldUpAt ? -1 : 1
  return a.held - b.held || b.idleSince - a.idleSince
}
