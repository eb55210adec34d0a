/**
 * One thread of a pool as the main side sees it, and the crew of all of them. A worker owns its thread, its lane and
 * the works on that lane. It knows nothing about the queue or the pool.
 */

import { nanoid } from 'nanoid'
import type { Clock } from '../base/clock.js'
import type { ControlDown, ControlUp } from '../lane/control.js'
import type { LaneObserver } from '../lane/inbox.js'
import { LaneSender } from '../lane/sender.js'
import type { Usage } from '../lane/usage.js'
import { type ThreadExit, ThreadLife } from '../launch/life.js'
import type { WorkerPhase, WorkerStatus } from '../launch/phase.js'
import { withSite } from '../task/stack.js'
import { fromErrorRecord } from '../values/error-record.js'
import type { Carrier, WorkRecord, WorkReports } from '../work/record.js'
import { Evictor } from './eviction.js'
import { Places } from './places.js'
import type { StartThread, Thread } from './pool-thread.js'

/** The owner of a worker, which is notified of every stage of the thread's life. */
export interface WorkerObserver {
  /** Is notified of what happens to the worker's works. */
  readonly works: WorkReports
  ready(worker: Worker): void
  batchRead(worker: Worker, answers: number): void
  /** The worker takes works again, or one of its places became free and no answer will report that. */
  freed(worker: Worker): void
  /** The thread has been sent all works that it may run in its life. */
  usedUp(worker: Worker): void
  /** The worker takes nothing new: works that have not begun there must come back. */
  reclaim(worker: Worker): void
  /** Its `teardown` threw. */
  teardownFailed(worker: Worker, error: unknown): void
  /**
   * The thread did not exit in time, and nothing waits for it any longer. The works on its lane will never be answered.
   */
  stuck(worker: Worker): void
  /** The thread is gone and its last answers have been read. Called after `stuck`, too. */
  exited(worker: Worker, exit: ThreadExit): void
}

/** What all workers of a pool have in common. */
export interface WorkerPlan {
  readonly clock: Clock
  readonly startThread: StartThread
  /** Ms an ended thread may take to exit before it counts as stuck. */
  readonly killTimeout: number
  /** Works that one thread runs at the same time. */
  readonly concurrency: number
  /** Works that one thread runs in its life. */
  readonly quota: number
}

export class Worker implements Carrier {
  readonly id = nanoid(10)
  readonly lane: LaneSender<WorkRecord>
  readonly places: Places
  /** Resolves when the thread has reported that it is ready, or is gone. */
  readonly up: Promise<void>
  /** Resolves when the thread has exited, or counts as stuck. */
  readonly gone: Promise<void>
  readonly #plan: WorkerPlan
  readonly #observer: WorkerObserver
  readonly #works: WorkReports
  readonly #thread: Thread
  readonly #life: ThreadLife<ControlUp, ControlDown>
  readonly #evictor: Evictor
  /** Whether the worker should send the thread `stop` when its lane is empty. */
  #stopsWhenDone = false

  /** Starts a thread. Throws what Node throws for options it refuses. */
  constructor(plan: WorkerPlan, observer: WorkerObserver) {
    this.#plan = plan
    this.#observer = observer
    this.#works = observer.works
    this.#thread = plan.startThread(this.id, {
      failed: error => this.#life.failed(error),
      exited: code => this.#life.exited(code),
    })
    this.#life = new ThreadLife(`worker ${this.id}`, plan.clock, plan.killTimeout, this.#thread, {
      heard: message => this.#heard(message),
      drain: () => this.lane.drain(),
      faulted: () => observer.reclaim(this),
      stuck: () => {
        this.#evictor.allEnded()
        // Answers that it posted before it got stuck may still lie in the port, if this thread was busy meanwhile.
        this.lane.drain()
        this.#thread.printed.close()
        observer.stuck(this)
      },
      exited: exit => {
        this.#evictor.allEnded()
        this.#thread.printed.close()
        observer.exited(this, exit)
        this.lane.close()
      },
    })
    this.up = this.#life.up
    this.gone = this.#life.gone
    this.lane = new LaneSender(this.#thread.lane, this.#thread.claims, this.#laneObserver())
    this.places = new Places(this.lane, plan.clock, plan.concurrency, plan.quota)
    this.#evictor = new Evictor(plan.clock, this.lane, this.places, {
      kill: () => this.kill(),
      freed: () => observer.freed(this),
    })
  }

  get threadId(): number {
    return this.#thread.id
  }

  get phase(): WorkerPhase {
    return this.#life.phase
  }

  get status(): WorkerStatus {
    if (this.phase !== 'serving') return this.phase
    return this.places.held > 0 ? 'busy' : 'available'
  }

  /** Whether the thread has neither ended nor been told to end. */
  get isStaying(): boolean {
    return this.#life.isStaying
  }

  /** Whether new works may be sent here. A thread that is starting begins them as soon as it is available. */
  get accepting(): boolean {
    return this.isStaying && !this.#evictor.isBusy && !this.places.areUsedUp
  }

  /** Whether a work that is sent here can begin now, or when the thread is available. */
  get hasPlace(): boolean {
    return this.accepting && this.places.areFree
  }

  /** Whether the worker could begin a work now and has none. */
  get idle(): boolean {
    return this.places.areOpen && this.places.held === 0 && this.hasPlace
  }

  /** If the thread was ended for the sake of a work that ran here: the reason why that work had to end. */
  get killedFor(): { readonly reason: unknown } | undefined {
    return this.#evictor.killedFor
  }

  /** Resolves when what the thread has printed so far has reached this process; undefined if it has. */
  whenPrinted(): Promise<void> | undefined {
    return this.#thread.printed.whenArrived()
  }

  usage(): Usage {
    return this.#thread.usage(this.#plan.clock.now())
  }

  /** The works whose functions are running at this instant. */
  running(): WorkRecord[] {
    // Works that were lost with their thread stay on its lane for good.
    return this.phase === 'stopped' ? [] : [...this.places.running()]
  }

  /** Puts a work on the lane. */
  send(work: WorkRecord): void {
    this.places.sending(work)
    work.carrier = this
    work.onLane = true
    this.lane.offer(work)
    // Not if it was refused, or taken back while its arguments were read.
    if (!work.onLane) return
    this.places.sent(work)
    if (this.places.areUsedUp) this.#observer.usedUp(this)
  }

  revoke(work: WorkRecord): boolean {
    if (!this.lane.revoke(work)) return false
    this.#left(work)
    work.carrier = undefined
    return true
  }

  /** Works whose buffers were moved to the thread stay there. */
  revokeNewest(limit: number): WorkRecord[] {
    const works = this.lane.revokeNewest(limit)
    for (const work of works) {
      this.#left(work)
      work.carrier = undefined
    }
    return works
  }

  /** Takes back all works below `priority` that have not begun, the oldest first. */
  revokeBelow(priority: number): WorkRecord[] {
    return this.places.recallBelow(priority, work => this.revoke(work))
  }

  setAside(work: WorkRecord): void {
    if (!work.onLane) return
    work.startedAt ??= this.lane.startedAt(work)
    work.onLane = false
    this.places.setAside()
    this.#evictor.ended(work)
  }

  /** All other works must have been taken back before: a work that begins meanwhile would be lost with the thread. */
  evict(victim: WorkRecord, reason: unknown, graceMs: number): Promise<void> {
    // A listener may call this while the works that the thread has left behind are being cleared.
    if (this.phase === 'stopped') return this.gone
    return Promise.race([this.#evictor.evict(victim, reason, graceMs), this.gone])
  }

  hasStarted(work: WorkRecord): boolean {
    return this.lane.hasStarted(work)
  }

  isRunning(work: WorkRecord): boolean {
    return this.lane.isRunning(work)
  }

  hasEnded(work: WorkRecord): boolean {
    return this.lane.hasEnded(work)
  }

  startedAt(work: WorkRecord): number {
    return this.lane.startedAt(work)
  }

  endedAt(work: WorkRecord): number {
    return this.lane.endedAt(work)
  }

  grant(work: WorkRecord, count: number): void {
    this.lane.grant(work, count)
  }

  endStream(work: WorkRecord): void {
    this.lane.endStream(work)
  }

  askToStop(work: WorkRecord, reason: unknown): void {
    this.lane.abort(work, reason)
  }

  /**
   * From here on the worker takes nothing new. If `hot`, the caller kills it; otherwise it ends when its lane is empty,
   * after its `teardown`.
   */
  retire(hot: boolean): void {
    if (!this.#life.retire()) return
    this.#stopsWhenDone = !hot
    this.#stopIfDone()
  }

  /** Ends the thread now. Native code may hold it: see {@link WorkerObserver.stuck}. */
  kill(): void {
    this.#life.kill()
  }

  #laneObserver(): LaneObserver<WorkRecord> {
    return {
      answered: (work, threw, value) => {
        // Done before it leaves the lane: from here on only the record knows that the work has begun.
        work.startedAt ??= this.lane.startedAt(work)
        this.places.read(!work.onLane)
        this.#left(work)
        this.#evictor.ended(work)
        this.#works.answered(work, threw, value)
      },
      progressed: (work, value) => work.progressed(value),
      wrote: (work, text, name) => work.wrote(text, name),
      yielded: (work, value) => work.yielded(value),
      failing: work => work.failing(),
      refused: (work, error) => {
        this.#left(work)
        this.#works.refused(work, error)
        this.#observer.freed(this)
      },
      batchRead: answers => {
        this.places.moved()
        this.#observer.batchRead(this, answers)
      },
      unreadable: error => this.#life.fault(error),
    }
  }

  #left(work: WorkRecord): void {
    work.onLane = false
    this.places.left(work)
    this.#stopIfDone()
  }

  #stopIfDone(): void {
    if (!this.#stopsWhenDone || this.lane.outstanding > 0) return
    this.#stopsWhenDone = false
    this.#life.post({ type: 'stop' })
  }

  #heard(message: ControlUp): void {
    switch (message?.type) {
      case 'ready':
        if (!this.#life.started()) break
        this.places.opened()
        this.#observer.ready(this)
        break
      case 'printed':
        this.#thread.printed.arrived(message.stream, message.number)
        break
      case 'startFailed':
        this.#life.failed(withSite(fromErrorRecord(message.error), this.#thread.hookSites.setup, 'new Pool'))
        break
      case 'teardownFailed':
        this.#observer.teardownFailed(
          this,
          withSite(fromErrorRecord(message.error), this.#thread.hookSites.teardown, 'new Pool'),
        )
        break
    }
  }
}
