/**
 * Keeps as many workers as are wanted: starts them, replaces those that die, and retires those that are no longer
 * wanted. It knows nothing about the queue; the host takes care of the works on the lanes.
 */

import { inRootContext } from '../base/async-context.js'
import type { Clock, Timer } from '../base/clock.js'
import type { WorkerStartError } from '../errors/works.js'
import type { ThreadExit } from '../launch/life.js'
import { chooseLeaving } from './leaving.js'
import { Outgoing } from './outgoing.js'
import { StartBudget } from './start-budget.js'
import { Waiters } from './waiters.js'
import { Worker, type WorkerObserver, type WorkerPlan } from './worker.js'

/** The owner of the crew. */
export interface CrewHost extends WorkerObserver {
  /** A thread is starting. */
  spawned(worker: Worker): void
  /** No thread can be started, and none is tried again before {@link Crew.tryAgain}. */
  startFailed(error: WorkerStartError): void
  /**
   * The crew had given up starting threads while some workers still served, and now the last of these is gone. If works
   * are left, the host should call {@link Crew.tryAgain}.
   */
  deserted(): void
  /** This worker has been replaced, and is to be ended now with what runs on it. */
  interrupt(worker: Worker): void
  /** A start failed earlier, and one has succeeded now. This is the only report of that failure. */
  startRecovered(error: unknown): void
}

export class Crew {
  readonly #plan: WorkerPlan
  readonly #host: CrewHost
  readonly #clock: Clock
  readonly #workers = new Set<Worker>()
  readonly #stuck = new Set<Worker>()
  readonly #outgoing = new Outgoing()
  readonly #budget = new StartBudget()
  readonly #waiters = new Waiters()
  #target: number
  /** Clock ms at which a worker became available last. */
  #lastReady = -Infinity
  #respawn: Timer | undefined

  constructor(plan: WorkerPlan, target: number, host: CrewHost) {
    this.#plan = plan
    this.#clock = plan.clock
    this.#target = target
    this.#host = host
  }

  /** The workers that have neither stopped nor count as stuck. */
  get workers(): ReadonlySet<Worker> {
    return this.#workers
  }

  /** The workers that did not exit in time when they were ended, and have not exited since. */
  get stuck(): ReadonlySet<Worker> {
    return this.#stuck
  }

  get target(): number {
    return this.#target
  }

  get lastReady(): number {
    return this.#lastReady
  }

  /** How many workers have not reported yet that they are ready, without the successors of workers that still serve. */
  get starting(): number {
    return Math.max(0, this.#count('starting') - this.#outgoing.size)
  }

  /** The workers that should stay, ready or not. */
  get #wanted(): Worker[] {
    return [...this.#workers].filter(worker => worker.isStaying && !this.#outgoing.has(worker))
  }

  /** How many threads to start; negative if there are more than wanted. */
  get #missing(): number {
    return this.#target - this.#wanted.length
  }

  /**
   * Starts or retires workers until there are `target`. Returns the retired ones; if `hot`, the caller has to kill
   * them.
   */
  setTarget(target: number, hot = false): Worker[] {
    this.#target = target
    const retired = [...this.#dismiss(-this.#missing, hot), ...this.#relieve(hot)]
    this.#fill()
    this.#tellWaiters()
    return retired
  }

  /** Retires this worker, and lowers the target with it. If `hot`, the caller has to kill it. */
  dismiss(worker: Worker, hot: boolean): void {
    this.#target = Math.max(0, this.#target - 1)
    this.#retire(worker, hot)
    // If it was being replaced, its successor is one too many now.
    this.#dismiss(-this.#missing, false)
    this.#tellWaiters()
  }

  /** Starts a successor of this worker, which serves until the successor is available. */
  replace(worker: Worker): void {
    if (worker.phase !== 'serving') return
    this.#outgoing.due(worker)
    this.#fill()
  }

  /**
   * Replaces all workers that are there. Those that are starting end at once. Resolves with all of them when they are
   * gone. Rejects if no successors can be started; then the workers that serve go on.
   *
   * @param hot whether each is ended as soon as its successor is available, with what runs on it
   */
  async replaceAll(hot: boolean): Promise<readonly Worker[]> {
    this.tryAgain()
    const replaced = [...this.#workers].filter(worker => worker.isStaying)
    for (const worker of replaced) {
      if (worker.phase === 'serving') this.#outgoing.restart(worker, hot)
      else this.#endStarting(worker)
    }
    this.#fill()
    try {
      await this.#when(() => replaced.every(worker => !this.#workers.has(worker)))
    } catch (error) {
      this.#outgoing.restartFailed(replaced)
      throw error
    }
    // A stop of the pool meanwhile ends them as well.
    await Promise.all(replaced.map(worker => worker.gone))
    return replaced
  }

  /** Nothing runs there, and its `setup` may never end. */
  #endStarting(worker: Worker): void {
    this.#retire(worker, true)
    worker.kill()
  }

  /**
   * Retires all workers for good; {@link whenManned} resolves with false. If `hot`, the caller has to kill the workers.
   */
  disband(hot: boolean): void {
    this.#waiters.giveUp()
    this.setTarget(0, hot)
  }

  /** Resolves when every worker that exists now has exited or counts as stuck. */
  async allGone(): Promise<void> {
    await Promise.all([...this.#workers].map(worker => worker.gone))
  }

  /**
   * Resolves when as many workers serve as are wanted now, or fewer if fewer are wanted by then; with false if the crew
   * was disbanded before that. Rejects if they cannot be started.
   */
  whenManned(): Promise<boolean> {
    const wanted = this.#target
    return this.#when(() => this.#count('serving') >= Math.min(wanted, this.#target))
  }

  /** Starts threads again after the crew gave up. */
  tryAgain(): void {
    if (this.#budget.renew()) this.#fill()
  }

  /** A thread reported that it is ready. */
  ready(): void {
    this.#lastReady = this.#clock.now()
    const failure = this.#budget.startSucceeded()
    if (failure !== undefined) this.#host.startRecovered(failure.error)
    this.#relieve(false)
    this.#tellWaiters()
  }

  /** The thread does not exit, and another one takes its place. */
  gaveUp(worker: Worker): void {
    this.#workers.delete(worker)
    this.#outgoing.delete(worker)
    this.#stuck.add(worker)
    this.#fill()
    this.#tellWaiters()
  }

  /**
   * The thread is gone. Starts another one if needed: at once if this one was asked to end, otherwise as the budget
   * allows.
   */
  exited(worker: Worker, exit: ThreadExit): void {
    const known = this.#workers.delete(worker)
    this.#outgoing.delete(worker)
    this.#stuck.delete(worker)
    if (!known) return
    if (exit.asked) {
      this.#fill()
    } else {
      this.#budget.died(worker.places.answered > 0)
      if (!exit.hadStarted) this.#startHasFailed(startFailure(exit))
      this.#fillLater()
    }
    if (this.#budget.spent !== undefined && this.#wanted.length + this.#outgoing.size === 0) this.#host.deserted()
    this.#tellWaiters()
  }

  #count(phase: Worker['phase']): number {
    let count = 0
    for (const worker of this.#workers) if (worker.phase === phase) count++
    return count
  }

  #fillLater(): void {
    if (this.#respawn !== undefined || this.#missing <= 0) return
    const { delay } = this.#budget
    if (delay === 0) return this.#fill()
    this.#respawn = this.#clock.after(delay, () => {
      this.#fill()
      this.#tellWaiters()
    })
  }

  #fill(): void {
    this.#respawn?.cancel()
    this.#respawn = undefined
    for (let missing = this.#missing; missing > 0; missing--) {
      if (this.#budget.spent !== undefined) return
      try {
        const worker = inRootContext(() => new Worker(this.#plan, this.#host))
        this.#workers.add(worker)
        this.#host.spawned(worker)
      } catch (error) {
        this.#budget.died(false)
        this.#startHasFailed(error)
        return this.#fillLater()
      }
    }
  }

  #startHasFailed(error: unknown): void {
    const spent = this.#budget.startFailed(error)
    if (spent !== undefined) this.#host.startFailed(spent)
  }

  #dismiss(count: number, hot: boolean): Worker[] {
    if (count <= 0) return []
    const leaving = chooseLeaving(this.#wanted, count, this.#clock.now())
    for (const worker of leaving) this.#retire(worker, hot)
    return leaving
  }

  /** Retires workers that have been replaced, as long as the others are enough. */
  #relieve(hot: boolean): Worker[] {
    const relieved: Worker[] = []
    const serving = this.#wanted.filter(worker => worker.phase === 'serving').length
    for (const worker of this.#outgoing) {
      if (serving + this.#outgoing.size <= this.#target) break
      const endsAtOnce = this.#outgoing.endsAtOnce(worker)
      this.#retire(worker, hot || endsAtOnce)
      if (endsAtOnce && !hot) this.#host.interrupt(worker)
      relieved.push(worker)
    }
    return relieved
  }

  #retire(worker: Worker, hot: boolean): void {
    this.#outgoing.delete(worker)
    this.#host.reclaim(worker)
    worker.retire(hot)
  }

  #when(isMet: () => boolean): Promise<boolean> {
    const met = this.#waiters.when(isMet)
    this.#tellWaiters()
    return met
  }

  #tellWaiters(): void {
    this.#waiters.check(this.#budget.spent)
  }
}

/** What kept a thread from starting. */
export function startFailure({ failure, code }: ThreadExit): unknown {
  return failure === undefined ? new Error(`the thread exited with code ${code}`) : failure.error
}
