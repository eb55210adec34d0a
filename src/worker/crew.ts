/**
 * The workers there are against the workers wanted: starts them, replaces those that die, retires those no longer wanted.
 * Knows nothing of the queue; what lies on a lane is the host's business.
 */

import { inRootContext } from '../base/async-context.js'
import type { Clock, Timer } from '../base/clock.js'
import { WorkerStartError } from '../errors/works.js'
import type { ThreadExit } from '../launch/life.js'
import { Worker, type WorkerObserver, type WorkerPlan } from './worker.js'

/** Whom the crew asks and tells. */
export interface CrewHost extends WorkerObserver {
  /** A thread is starting. */
  spawned(worker: Worker): void
  /** No thread can be started; nobody tries again before {@link Crew.tryAgain}. */
  startFailed(error: WorkerStartError): void
  /** The crew gave up while others served, and now these are gone, too. Whoever has works must call {@link Crew.tryAgain}. */
  deserted(): void
  /** A start failed earlier and has succeeded now: nobody else will tell of that failure. */
  startRecovered(error: unknown): void
}

/** Failed starts in a row after which the crew gives up. */
const START_ATTEMPTS = 3
/** Threads that die without having finished a work are replaced at once the first time, then after 10 ms, 20, ... 1 s. */
const FIRST_DELAY_MS = 10
const LONGEST_DELAY_MS = 1000

interface Waiter {
  /** Resolves when so many workers serve; fewer, if fewer are wanted by then. */
  readonly wanted: number
  readonly resolve: (manned: boolean) => void
  readonly reject: (error: WorkerStartError) => void
}

export class Crew {
  readonly #plan: WorkerPlan
  readonly #host: CrewHost
  readonly #clock: Clock
  readonly #workers = new Set<Worker>()
  readonly #stuck = new Set<Worker>()
  /** They serve until their successors do. */
  readonly #outgoing = new Set<Worker>()
  #target: number
  /** Threads in a row that died without finishing a single work. */
  #fruitless = 0
  #failedStarts = 0
  /** Clock ms at which a worker became available last. */
  #lastReady = -Infinity
  #startError: WorkerStartError | undefined
  /** The failure of the last start, until one succeeds or the crew gives up. */
  #lastFailure: { readonly error: unknown } | undefined
  #respawn: Timer | undefined
  #waiters: Waiter[] = []

  constructor(plan: WorkerPlan, target: number, host: CrewHost) {
    this.#plan = plan
    this.#clock = plan.clock
    this.#target = target
    this.#host = host
  }

  /** Those that have not stopped and are not given up. */
  get workers(): ReadonlySet<Worker> {
    return this.#workers
  }

  /** Those that did not exit when told, and have not exited since. */
  get stuck(): ReadonlySet<Worker> {
    return this.#stuck
  }

  get target(): number {
    return this.#target
  }

  get lastReady(): number {
    return this.#lastReady
  }

  /** Workers that have not said yet that they are ready. */
  get starting(): number {
    return this.#count('starting')
  }

  /** Workers that may be given works, now or when they are ready, and are to stay. */
  get #wanted(): Worker[] {
    return [...this.#workers].filter(worker => worker.isStaying && !this.#outgoing.has(worker))
  }

  /** Threads to start; negative where there are more than wanted. */
  get #missing(): number {
    return this.#target - this.#wanted.length
  }

  /** Starts or retires workers until there are so many. Returns those retired: if `hot`, they are the caller's to kill. */
  setTarget(target: number, hot = false): Worker[] {
    this.#target = target
    const retired = [...this.#dismiss(-this.#missing, hot), ...this.#relieve(hot)]
    this.#fill()
    this.#tellWaiters()
    return retired
  }

  /** Takes one certain worker out, and lowers the target with it. If `hot`, it is the caller's to kill. */
  dismiss(worker: Worker, hot: boolean): void {
    this.#target = Math.max(0, this.#target - 1)
    this.#retire(worker, hot)
    // One that was being replaced takes its successor along.
    this.#dismiss(-this.#missing, false)
    this.#tellWaiters()
  }

  /** Starts a successor of this worker, which goes on until that is available. */
  replace(worker: Worker): void {
    if (worker.phase !== 'serving' || this.#outgoing.has(worker)) return
    this.#outgoing.add(worker)
    this.#fill()
  }

  /** Lets go of all workers for good: whoever waits for more waits in vain. If `hot`, those there are are the caller's to kill. */
  disband(hot: boolean): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.resolve(false)
    this.setTarget(0, hot)
  }

  /** Resolves when every worker there is now has exited or is stuck. */
  async allGone(): Promise<void> {
    await Promise.all([...this.#workers].map(worker => worker.gone))
  }

  /**
   * Resolves when as many workers serve as are wanted now, or fewer if fewer are wanted by then; rejects when they cannot
   * be started. False: the crew was disbanded before it came to that.
   */
  whenManned(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ wanted: this.#target, resolve, reject })
      this.#tellWaiters()
    })
  }

  /** After the crew gave up: somebody needs it again. */
  tryAgain(): void {
    if (this.#startError === undefined) return
    this.#startError = undefined
    this.#failedStarts = 0
    this.#fruitless = 0
    this.#fill()
  }

  /** The thread said that it is ready. */
  ready(): void {
    this.#lastReady = this.#clock.now()
    this.#failedStarts = 0
    this.#startError = undefined
    if (this.#lastFailure !== undefined) this.#host.startRecovered(this.#lastFailure.error)
    this.#lastFailure = undefined
    this.#relieve(false)
    this.#tellWaiters()
  }

  /** The thread does not end; its place is taken by another. */
  gaveUp(worker: Worker): void {
    this.#workers.delete(worker)
    this.#outgoing.delete(worker)
    this.#stuck.add(worker)
    this.#fill()
    this.#tellWaiters()
  }

  /** The thread is gone: replaces it, if it was not asked to go; not too often, if its kind keeps dying. */
  exited(worker: Worker, exit: ThreadExit): void {
    const known = this.#workers.delete(worker)
    this.#outgoing.delete(worker)
    this.#stuck.delete(worker)
    if (!known) return
    if (exit.asked) {
      this.#fill()
    } else {
      if (worker.finished > 0) this.#fruitless = 0
      this.#fruitless++
      if (!exit.hadStarted) this.#startHasFailed(startFailure(exit))
      this.#fillLater()
    }
    if (this.#startError !== undefined && this.#wanted.length + this.#outgoing.size === 0) this.#host.deserted()
    this.#tellWaiters()
  }

  #count(phase: Worker['phase']): number {
    let count = 0
    for (const worker of this.#workers) if (worker.phase === phase) count++
    return count
  }

  #fillLater(): void {
    if (this.#respawn !== undefined || this.#missing <= 0) return
    if (this.#fruitless <= 1) return this.#fill()
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#fruitless - 2))
    this.#respawn = this.#clock.after(delay, () => {
      this.#fill()
      this.#tellWaiters()
    })
  }

  #fill(): void {
    this.#respawn?.cancel()
    this.#respawn = undefined
    for (let missing = this.#missing; missing > 0; missing--) {
      if (this.#startError !== undefined) return
      try {
        const worker = inRootContext(() => new Worker(this.#plan, this.#host))
        this.#workers.add(worker)
        this.#host.spawned(worker)
      } catch (error) {
        this.#fruitless++
        this.#startHasFailed(error)
        return this.#fillLater()
      }
    }
  }

  #startHasFailed(error: unknown): void {
    this.#failedStarts++
    this.#lastFailure = { error }
    if (this.#failedStarts < START_ATTEMPTS || this.#startError !== undefined) return
    this.#lastFailure = undefined
    this.#startError = new WorkerStartError(this.#failedStarts, error)
    this.#host.startFailed(this.#startError)
  }

  /** Retires so many workers: those that do nothing first, then those that weigh most. */
  #dismiss(count: number, hot: boolean): Worker[] {
    if (count <= 0) return []
    const now = this.#clock.now()
    const wanted = this.#wanted
    const heapOfAll = wanted.reduce((sum, worker) => sum + worker.usage().heap, 1)
    const leaving = wanted
      .map(worker => ({ worker, order: leavingOrder(worker, now, heapOfAll) }))
      .sort((a, b) => b.order - a.order)
      .slice(0, count)
      .map(({ worker }) => worker)
    for (const worker of leaving) this.#retire(worker, hot)
    return leaving
  }

  /** Retires those that have been replaced, as far as the others are enough. */
  #relieve(hot: boolean): Worker[] {
    const relieved: Worker[] = []
    const serving = this.#wanted.filter(worker => worker.phase === 'serving').length
    for (const worker of this.#outgoing) {
      if (serving + this.#outgoing.size <= this.#target) break
      this.#retire(worker, hot)
      relieved.push(worker)
    }
    return relieved
  }

  #retire(worker: Worker, hot: boolean): void {
    this.#outgoing.delete(worker)
    this.#host.reclaim(worker)
    worker.retire(hot)
  }

  #tellWaiters(): void {
    if (this.#waiters.length === 0) return
    const error = this.#startError
    const serving = this.#count('serving')
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) {
      if (error !== undefined) waiter.reject(error)
      else if (serving >= Math.min(waiter.wanted, this.#target)) waiter.resolve(true)
      else this.#waiters.push(waiter)
    }
  }
}

/** What kept a thread from starting. */
export function startFailure({ failure, code }: ThreadExit): unknown {
  return failure === undefined ? new Error(`the thread exited with code ${code}`) : failure.error
}

/** The higher, the sooner it leaves: first who has not begun, then who idles longest, then by share of heap and load. */
function leavingOrder(worker: Worker, now: number, heapOfAll: number): number {
  if (worker.phase === 'starting') return Infinity
  if (worker.lane.outstanding === 0) return 1e9 + now - worker.places.idleSince
  const { heap, utilization } = worker.usage()
  return heap / heapOfAll + utilization
}
