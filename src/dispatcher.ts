/**
 * Which worker gets which work, and when: the queue of accepted works, what is sent ahead, taken back and stolen. It moves
 * works between queue and lanes; what becomes of a work is not its business.
 */

import type { Clock, Timer } from './clock.js'
import { PriorityQueue } from './queue/priority.js'
import type { WorkRecord } from './work.js'
import type { Worker } from './worker.js'

/** Ms between two looks at the words of lanes that hold works: a thread that is busy cannot post the answers in its hand. */
const WATCH_MS = 5

export interface DispatcherHost {
  /** The workers there are. */
  readonly workers: ReadonlySet<Worker>
  /** The buffer may have room again. */
  admit(): void
  /** The work is about to be put on a lane: its time limit begins to matter. */
  sending(work: WorkRecord): void
  /** The work's function has ended although its answer has not been posted. */
  endedEarly(work: WorkRecord, value: unknown): void
}

export class Dispatcher {
  readonly #clock: Clock
  readonly #host: DispatcherHost
  readonly #queue = new PriorityQueue<WorkRecord>()
  #scheduled = false
  #watch: Timer | undefined
  /** Per worker the oldest unstarted work at the last look: still there at the next, its thread is held up. */
  #seenWaiting = new WeakMap<Worker, WorkRecord>()

  constructor(clock: Clock, host: DispatcherHost) {
    this.#clock = clock
    this.#host = host
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
    for (const worker of this.#host.workers) if (worker.accepting) backlog += worker.lane.outstanding - 1
    return backlog
  }

  /** Adds an accepted work; it moves on at the end of this turn, together with all others of the turn. */
  enqueue(work: WorkRecord): void {
    this.#queue.push(work)
    this.schedule()
  }

  /** Takes out a work that has not begun, wherever it is. False if it has. */
  withdraw(work: WorkRecord): boolean {
    if (work.onLane) return work.worker?.revoke(work) === true
    return this.#queue.remove(work)
  }

  /** Takes back what has not begun on this worker, to the head of the queue. */
  reclaim(worker: Worker): void {
    this.#putBack(worker.revokeNewest(Infinity))
  }

  /** Puts works that come off a lane to the head of the queue, where they were before. */
  #putBack(works: WorkRecord[]): void {
    for (const work of works.reverse()) this.#queue.unshift(work)
    if (works.length > 0) this.schedule()
  }

  /** Puts a work of a dead thread to the head of the queue; several are to be given newest first. */
  requeue(work: WorkRecord): void {
    this.#queue.unshift(work)
    this.schedule()
  }

  /** Sees to it that works move once the code that runs now has ended: one flush per turn, not one per work. */
  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(this.#pump)
  }

  /** The accepted works that have not begun, the next first; those sent ahead come last. */
  *unstarted(): IterableIterator<WorkRecord> {
    yield* this.#queue
    for (const worker of this.#host.workers) {
      for (const work of worker.lane) if (!worker.lane.hasStarted(work)) yield work
    }
  }

  /** Clock ms at which the oldest work that has not begun was submitted; undefined where there is none. */
  oldestSubmission(): number | undefined {
    let oldest = this.#queue.peek()?.submittedAt
    for (const worker of this.#host.workers) {
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
    this.#watch?.cancel()
    this.#watch = undefined
  }

  readonly #pump = (): void => {
    this.#scheduled = false
    this.#host.admit()
    this.#recallLower()
    this.#feedIdle()
    this.#sendAhead()
    for (const worker of this.#host.workers) worker.lane.flush()
    this.#keepWatch()
  }

  /** While a work of higher priority has not begun, no lane holds a lower one ahead. */
  #recallLower(): void {
    const top = this.#queue.topPriority
    if (top === undefined) return
    for (const worker of this.#host.workers) {
      if (worker.lowestSent >= top || worker.lane.outstanding === 0) continue
      worker.lowestSent = Infinity
      const recalled: WorkRecord[] = []
      for (const work of worker.lane) {
        if (work.priority < top && work.transfer === undefined && worker.revoke(work)) recalled.push(work)
        else worker.lowestSent = Math.min(worker.lowestSent, work.priority)
      }
      this.#putBack(recalled)
    }
  }

  /** Every idle worker gets a work, the one that became idle last first: so those beyond need come to rest. */
  #feedIdle(): void {
    const idle: Worker[] = []
    for (const worker of this.#host.workers) {
      if (worker.accepting && worker.lane.outstanding === 0) idle.push(worker)
    }
    if (idle.length > 1) idle.sort((a, b) => b.idleSince - a.idleSince)
    for (const worker of idle) {
      // A work that cannot be posted leaves its worker idle: the next one, then.
      while (worker.lane.outstanding === 0) {
        const work = this.#next()
        if (work !== undefined) this.#send(worker, work)
        else if (!this.#steal(worker)) return
      }
    }
  }

  /** The work to begin next: of the queue, unless one of higher priority lies unstarted on a lane. */
  #next(): WorkRecord | undefined {
    const top = this.#queue.topPriority
    if (top === undefined) return undefined
    const ahead = this.#highestAhead(top)
    if (ahead !== undefined && ahead.worker?.revoke(ahead) === true) return ahead
    return this.#queue.shift()
  }

  /** The oldest of the highest unstarted works on the lanes, if it is higher than `priority`. */
  #highestAhead(priority: number): WorkRecord | undefined {
    let highest: WorkRecord | undefined
    for (const worker of this.#host.workers) {
      if (worker.highestSent <= priority || worker.lane.outstanding < 2) continue
      const [first] = worker.lane
      worker.highestSent = first?.priority ?? -Infinity
      for (const work of worker.lane) {
        // The first on a lane is not ahead: it runs, or its thread is waking up for it.
        if (work === first || worker.lane.hasStarted(work)) continue
        worker.highestSent = Math.max(worker.highestSent, work.priority)
        if (work.priority > (highest?.priority ?? priority)) highest = work
      }
    }
    return highest
  }

  /**
   * Gives an idle worker the later half of what the fullest lane holds ahead; where priorities differ only the highest
   * work there is. False where no lane holds anything ahead.
   */
  #steal(thief: Worker): boolean {
    let fullest: Worker | undefined
    let most = 0
    let lowest = Infinity
    for (const worker of this.#host.workers) {
      if (worker.lane.outstanding < 2) continue
      lowest = Math.min(lowest, worker.lowestSent)
      const ahead = Math.min(worker.lane.unstarted(), worker.lane.outstanding - 1)
      if (ahead > most) {
        most = ahead
        fullest = worker
      }
    }
    const highest = this.#highestAhead(lowest)
    if (highest?.worker?.revoke(highest) === true) {
      this.#send(thief, highest)
      return true
    }
    const works = fullest?.revokeNewest(Math.ceil(most / 2)) ?? []
    for (const work of works) this.#send(thief, work)
    return works.length > 0
  }

  /** Fills the lanes of busy workers as far as works are short, so that no thread waits for a round trip. */
  #sendAhead(): void {
    if (this.#queue.size === 0) return
    const workers = [...this.#host.workers].filter(worker => worker.accepting)
    if (workers.length === 0) return
    // An equal share each, so that the last works of a burst end everywhere at about the same time.
    const share = Math.ceil(this.#queue.size / workers.length)
    for (const worker of workers) {
      for (let sent = 0; sent < share; sent++) {
        const work = this.#queue.peek()
        if (work === undefined || !worker.hasRoomAhead(work)) break
        // A higher one that has not begun goes first, wherever it is: the idle workers are served from there.
        if (this.#highestAhead(work.priority) !== undefined) return
        this.#queue.shift()
        this.#send(worker, work)
      }
    }
  }

  #send(worker: Worker, work: WorkRecord): void {
    this.#host.sending(work)
    worker.send(work)
  }

  #keepWatch(): void {
    if (this.#watch !== undefined || !this.#needsWatching()) return
    this.#watch = this.#clock.after(WATCH_MS, () => {
      this.#watch = undefined
      this.#look()
      this.#keepWatch()
    })
  }

  /** A lane on which nothing waits can do no harm by being silent. */
  #needsWatching(): boolean {
    for (const { lane } of this.#host.workers) {
      if (lane.outstanding > 1) return true
      for (const work of lane) if (!lane.hasStarted(work)) return true
    }
    return false
  }

  /** Reads the words of the lanes: a thread that is busy cannot post the answers it holds, nor begin what it was sent. */
  #look(): void {
    for (const worker of this.#host.workers) {
      if (worker.lane.outstanding === 0) continue
      worker.lane.collect((work, value) => this.#host.endedEarly(work, value))
      const [first] = worker.lane
      if (first === undefined || worker.lane.hasStarted(first)) this.#seenWaiting.delete(worker)
      else if (this.#seenWaiting.get(worker) !== first) this.#seenWaiting.set(worker, first)
      else if (this.#someoneIsIdle()) {
        // Something that an earlier task left behind blocks this thread: others first, until it moves again.
        this.reclaim(worker)
        worker.idleSince = 0
      }
    }
  }

  #someoneIsIdle(): boolean {
    for (const worker of this.#host.workers) if (worker.accepting && worker.lane.outstanding === 0) return true
    return false
  }
}
