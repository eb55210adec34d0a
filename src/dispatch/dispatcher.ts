/**
 * Knows all works that have been accepted and have not begun, and decides when they move. The pump then decides which
 * worker gets which of them.
 */

import type { Clock } from '../base/clock.js'
import { Turns } from '../base/once-a-turn.js'
import type { PriorityQueue } from '../base/priority-queue.js'
import type { Carrier, WorkRecord } from '../work/record.js'
import type { Worker } from '../worker/worker.js'
import { LaneWatch } from './lane-watch.js'
import { Pump } from './pump.js'
import { WaitingWorks } from './waiting-works.js'

export interface DispatcherHost {
  /** All workers that have not exited. */
  workers(): ReadonlySet<Worker>
  /** Works have begun or ended, or workers have come: the buffer may have room again. */
  placesChanged(): void
  /** Works wait after all places were filled. Places that were free when they were submitted may be taken now. */
  worksWait(): void
  /** The work's function has ended although its answer has not been posted. */
  endedEarly(work: WorkRecord, value: unknown): void
}

export class Dispatcher {
  readonly #host: DispatcherHost
  readonly #waiting = new WaitingWorks()
  readonly #pump: Pump
  readonly #watch: LaneWatch
  readonly #turns: Turns
  /** False if no worker has become idle since none was: then none has to be examined for each work. */
  #mayAnyBeIdle = true

  /** @param limits the time limits of works, which begin to matter when a work is put on a lane */
  constructor(clock: Clock, limits: { sending(work: WorkRecord): void }, host: DispatcherHost) {
    this.#host = host
    this.#turns = new Turns(clock, () => this.#run())
    this.#pump = new Pump(clock, limits, this.#waiting, {
      workers: () => host.workers(),
      again: () => this.schedule(),
    })
    this.#watch = new LaneWatch(clock, {
      workers: () => host.workers(),
      endedEarly: (work, value) => {
        host.endedEarly(work, value)
        this.schedule()
      },
      heldUp: worker => this.reclaim(worker),
      mayGoOn: () => this.schedule(),
      awaits: worker => this.#waiting.pinned.awaits(worker),
    })
  }

  /**
   * Number of works accepted beyond the places of the workers that can take works; negative while places are free. The
   * places of a thread that is about to end do not count, and neither do the works that still run there.
   */
  get backlog(): number {
    let backlog = this.#waiting.queue.size
    for (const worker of this.#host.workers()) if (worker.accepting) backlog += worker.places.held - worker.places.count
    return backlog
  }

  /** Adds an accepted work. {@link moveOn} or {@link schedule} moves it. */
  enqueue(work: WorkRecord): void {
    this.#waiting.add(work)
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
      if (worker.places.held === 0 && worker.hasPlace && !this.#waiting.pinned.awaits(worker)) return true
    }
    this.#mayAnyBeIdle = false
    return false
  }

  /** Takes out a work that has not begun, wherever it is. False if it has begun. */
  withdraw(work: WorkRecord): boolean {
    const isOut = work.onLane ? work.carrier?.revoke(work) === true : this.#waiting.remove(work)
    // Its worker may be idle now, or the next work may go where this one could not, and no answer triggers a pump.
    if (isOut) this.schedule()
    return isOut
  }

  /**
   * Takes back all works that have not begun on this worker. Must be called whenever a worker stops accepting works.
   */
  reclaim(worker: Carrier): void {
    this.#waiting.putBack(worker.revokeNewest(Infinity))
    this.schedule()
  }

  /** Gives a work that comes off a lane its old place in the queue. */
  requeue(work: WorkRecord): void {
    this.#waiting.putBack([work])
    this.schedule()
  }

  /** Takes out the works that only this worker could have run. */
  gone(worker: Carrier): WorkRecord[] {
    return this.#waiting.pinned.removeAll(worker)
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
    yield* this.#waiting
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
    for (const queue of [this.#waiting.queue, door]) {
      for (const { submittedAt } of queue.heads()) oldest = Math.min(oldest, submittedAt)
    }
    for (const worker of this.#host.workers()) {
      if (worker.hasPlace && !this.#waiting.pinned.awaits(worker)) return undefined
      oldest = Math.min(oldest, worker.places.waitingSince())
    }
    return oldest === Infinity ? undefined : oldest
  }

  /** Cancels the last timer. */
  close(): void {
    this.#watch.close()
  }

  #run(): void {
    this.#host.placesChanged()
    this.#pump.run()
    this.#watch.keep(this.#waiting.queue.size > 0)
    if (this.#doWorksWait()) this.#host.worksWait()
  }

  #doWorksWait(): boolean {
    if (this.#waiting.queue.size > 0) return true
    for (const { places } of this.#host.workers()) if (places.ahead > 0) return true
    return false
  }
}
