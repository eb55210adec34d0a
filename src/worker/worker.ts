/** One thread as the main side sees it: starting it, its lane, ending it, its figures. Knows neither queue nor pool. */

import { nanoid } from 'nanoid'
import type { Clock } from '../base/clock.js'
import type { ControlUp } from '../lane/control.js'
import { type LaneObserver, LaneSender } from '../lane/sender.js'
import type { Usage } from '../lane/usage.js'
import { type ThreadExit, ThreadLife } from '../launch/life.js'
import type { WorkerPhase, WorkerStatus } from '../launch/phase.js'
import { withSite } from '../task/stack.js'
import { fromErrorRecord } from '../values/error-record.js'
import type { Carrier, WorkRecord, WorkReports } from '../work/record.js'
import { Evictor } from './eviction.js'
import { Places } from './places.js'
import type { StartThread, Thread } from './pool-thread.js'

/** Whom a worker tells. */
export interface WorkerObserver {
  /** Where it reports what became of its works. */
  readonly works: WorkReports
  ready(worker: Worker): void
  batchRead(worker: Worker, answers: number): void
  /** It takes works again, or one of its places is free, and no answer will say so. */
  freed(worker: Worker): void
  /** It takes nothing new: what has not begun there must come back. */
  reclaim(worker: Worker): void
  /** Its `teardown` threw. */
  teardownFailed(worker: Worker, error: unknown): void
  /** It did not exit in time. Nobody waits for it any longer; what is still on its lane will never be answered. */
  stuck(worker: Worker): void
  /** The thread is gone and its last answers are read. Called after `stuck`, too. */
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
}

export class Worker implements Carrier {
  readonly id = nanoid(10)
  readonly lane: LaneSender<WorkRecord>
  readonly places: Places
  /** Works that it has answered. */
  finished = 0
  readonly #plan: WorkerPlan
  readonly #observer: WorkerObserver
  readonly #works: WorkReports
  readonly #thread: Thread
  readonly #life: ThreadLife
  readonly #evictor: Evictor
  #retiring = false
  /** Why it was ended: for the sake of a work that ran here. */
  #killedFor: { readonly reason: unknown } | undefined

  /** Starts a thread. Throws what Node throws for options it refuses. */
  constructor(plan: WorkerPlan, observer: WorkerObserver) {
    this.#plan = plan
    this.#observer = observer
    this.#works = observer.works
    this.#life = new ThreadLife(`worker ${this.id}`, plan.clock, plan.killTimeout, {
      terminate: () => this.#thread.terminate(),
      drain: () => {
        for (let message; (message = this.#thread.control.poll()) !== undefined; ) this.#heard(message)
        this.lane.drain()
      },
      stuck: () => {
        this.#evictor.allEnded()
        // What it answered before it got stuck may still lie in the port, if this very thread was busy meanwhile.
        this.lane.drain()
        this.#observer.stuck(this)
      },
      exited: exit => this.#exited(exit),
    })
    this.#evictor = new Evictor(plan.clock, plan.concurrency > 1, {
      isRunning: work => this.lane.isRunning(work),
      occupants: () => this.places.occupants(),
      askToStop: (work, reason) => this.lane.abort(work, reason),
      kill: reason => {
        this.#killedFor ??= { reason }
        this.kill()
      },
      freed: () => this.#observer.freed(this),
    })
    this.#thread = plan.startThread(this.id, {
      failed: error => this.#life.failed(error),
      exited: code => this.#life.exited(code),
    })
    this.lane = new LaneSender(this.#thread.lane, this.#thread.claims, this.#laneObserver())
    this.places = new Places(this.lane, plan.clock, plan.concurrency)
    this.#thread.control.listen(
      message => this.#heard(message),
      error => this.#fault(error),
    )
  }

  get threadId(): number {
    return this.#thread.id
  }

  /** Resolves when the thread has said that it is ready, or is gone. */
  get up(): Promise<void> {
    return this.#life.up
  }

  /** Resolves when the thread has exited, or is given up as stuck. */
  get gone(): Promise<void> {
    return this.#life.gone
  }

  get phase(): WorkerPhase {
    return this.#life.phase
  }

  get status(): WorkerStatus {
    if (this.phase !== 'serving') return this.phase
    return this.places.held > 0 ? 'busy' : 'available'
  }

  /** It has neither been told to end nor ended. */
  get isStaying(): boolean {
    return this.#life.isStaying
  }

  /** Whether new works may be sent to it. */
  get accepting(): boolean {
    return this.phase === 'serving' && !this.#evictor.isBusy
  }

  /** It was told to end and has not: native code. */
  get isStuck(): boolean {
    return this.#life.isStuck
  }

  usage(): Usage {
    return this.#thread.usage(this.#plan.clock.now())
  }

  /** Free to begin a work now. */
  get hasPlace(): boolean {
    return this.accepting && this.places.areFree
  }

  /** Nothing is to be done here. */
  get idle(): boolean {
    return this.places.held === 0 && this.hasPlace
  }

  /** The works whose functions are running at this instant. */
  running(): WorkRecord[] {
    // What it went down with lies on its lane for good.
    return this.phase === 'stopped' ? [] : [...this.places.running()]
  }

  /** Why it was ended, if that was for the sake of a work that ran here. */
  get killedFor(): { readonly reason: unknown } | undefined {
    return this.#killedFor
  }

  /** The function of this work has ended: it takes no place any longer, although its answer is still to be read. */
  setAside(work: WorkRecord): void {
    if (!work.onLane) return
    work.startedAt ??= this.lane.startedAt(work)
    work.onLane = false
    this.places.setAside()
    this.#evictor.ended(work)
  }

  /** Puts a work on the lane. */
  send(work: WorkRecord): void {
    this.places.sending(work)
    work.carrier = this
    work.onLane = true
    this.lane.offer(work)
    // Not if it was refused, or taken back while its arguments were read.
    if (work.onLane) this.places.sent(work)
  }

  /** Takes back one work. False if it has begun. */
  revoke(work: WorkRecord): boolean {
    if (!this.lane.revoke(work)) return false
    this.#left(work)
    work.carrier = undefined
    return true
  }

  /** Takes back the newest works that have not begun, `limit` at most; oldest first. Works with buffers aboard stay. */
  revokeNewest(limit: number): WorkRecord[] {
    const works = this.lane.revokeNewest(limit)
    for (const work of works) {
      this.#left(work)
      work.carrier = undefined
    }
    return works
  }

  /**
   * Ends a work that runs here: asks it to stop, and ends the thread if it is still running after `graceMs`. Everything
   * else must have been taken back before, so that nothing innocent can have begun. Resolves when the function or the
   * thread has ended.
   */
  evict(victim: WorkRecord, reason: unknown, graceMs: number): Promise<void> {
    // A listener may ask while what the thread has left behind is being cleared.
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

  /** Asks a running work to stop, without any consequence if it does not. */
  askToStop(work: WorkRecord, reason: unknown): void {
    this.lane.abort(work, reason)
  }

  /** Takes nothing new. Gracefully it ends when the lane is empty, after its `teardown`; hot somebody will kill it. */
  retire(hot: boolean): void {
    if (!this.#life.retire()) return
    this.#retiring = !hot
    this.#leaveIfDone()
  }

  /** Ends the thread now. Native code may hold it: see {@link WorkerObserver.stuck}. */
  kill(): void {
    this.#life.kill()
  }

  #laneObserver(): LaneObserver<WorkRecord> {
    return {
      answered: (work, threw, value) => {
        this.finished++
        // Before it leaves: from here on the record alone knows that it has begun.
        work.startedAt ??= this.lane.startedAt(work)
        if (!work.onLane) this.places.read()
        this.#left(work)
        this.#evictor.ended(work)
        this.#works.answered(work, threw, value)
      },
      progressed: (work, value) => work.progressed(value),
      yielded: (work, value) => work.yielded(value),
      failsAhead: work => work.failsAhead(),
      refused: (work, error) => {
        this.#left(work)
        this.#works.refused(work, error)
        this.#observer.freed(this)
      },
      batchRead: answers => {
        this.places.moved()
        this.#observer.batchRead(this, answers)
      },
      unreadable: error => this.#fault(error),
    }
  }

  #left(work: WorkRecord): void {
    work.onLane = false
    this.places.left(work)
    this.#leaveIfDone()
  }

  /** A retiring worker that has nothing left to do is told to go, once. */
  #leaveIfDone(): void {
    if (!this.#retiring || this.lane.outstanding > 0) return
    this.#retiring = false
    this.#thread.control.post({ type: 'stop' })
  }

  #heard(message: ControlUp): void {
    // A task can get hold of this port as well, and post what it likes.
    switch (message?.type) {
      case 'ready':
        if (!this.#life.started()) break
        this.places.idleSince = this.#plan.clock.now()
        this.#observer.ready(this)
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

  /** Answers are lost, nobody knows which: only the thread's end makes that safe. */
  #fault(error: Error): void {
    if (!this.#life.fault(error)) return
    this.#observer.reclaim(this)
    this.kill()
  }

  #exited(exit: ThreadExit): void {
    this.#evictor.allEnded()
    this.#observer.exited(this, exit)
    this.lane.close()
    this.#thread.control.close()
  }
}
