/**
 * The slots of one group: how many of them are in use, when their threads are replaced, whether their event loops
 * respond. It knows nothing about other groups.
 */

import { PoolStoppedError } from '../../errors/works.js'
import type { ResolvedGroup } from '../scheme/scheme.js'
import type { JobCounts } from '../shared/records.js'
import type { Replacement, SlotHost } from '../worker/slot-host.js'
import { Slot } from '../worker/slot.js'
import { Examination } from './examination.js'
import { type GroupPlan, ThreadRecords } from './thread-records.js'
import { WantedSize } from './wanted-size.js'
import { Workloads } from './workloads.js'

/** What a group reports: what its slots report, and its own decisions. Nothing is returned. */
export interface GroupHost extends SlotHost<Slot> {
  /** The number of workers wanted has changed. */
  scaled(group: Group, from: number, to: number): void
  /** The event loop of this worker has not responded for this many ms. */
  unresponsive(slot: Slot, ms: number): void
  /** This worker is about to be replaced, for this reason. */
  recycling(slot: Slot, reason: string): void
  /** No thread could be created for the successor of this worker. The worker keeps running. */
  notReplaced(slot: Slot, error: unknown): void
  /** A strategy of the group threw. The group continues as if the strategy had decided to change nothing. */
  strategyFailed(group: Group, error: unknown): void
}

export class Group {
  readonly spec: ResolvedGroup
  readonly slots: readonly Slot[]
  readonly #plan: GroupPlan
  readonly #host: GroupHost
  readonly #records: ThreadRecords
  readonly #examination: Examination
  readonly #workloads: Workloads
  readonly #size: WantedSize
  /** The last replacement. Replacements run one after another, because there is only one spare record. */
  #replacing: Promise<unknown> = Promise.resolve()
  /** Idle workers are being started right now. */
  #isStarting = false
  /** The pool is stopping, so nothing is started any more. */
  #isOver = false

  constructor(plan: GroupPlan, host: GroupHost) {
    const { spec, clock, startTimeout, stopTimeout } = plan
    this.#plan = plan
    this.spec = spec
    this.#host = host
    this.#records = new ThreadRecords(plan)
    this.#workloads = new Workloads(plan.shared)
    this.#examination = new Examination(plan, this.#workloads, {
      unresponsive: (slot, ms) => host.unresponsive(slot, ms),
      due: (slot, reason) => {
        host.recycling(slot, reason)
        void this.replace(slot)
      },
      strategyFailed: error => host.strategyFailed(this, error),
    })
    this.#size = new WantedSize(spec)
    const launch = this.#records.launch.bind(this.#records)
    const slotPlan = { clock, group: spec, startTimeout, stopTimeout, launch }
    this.slots = Array.from({ length: spec.maxWorkers }, (_, i) => new Slot(i + 1, slotPlan, host))
  }

  /** Number of workers that are available, are starting, or are about to be restarted. */
  get size(): number {
    return this.#wanted().length
  }

  /**
   * Whether workers run or are due for a restart, or will run when they are needed: a group without a minimum is at rest
   * when it has no workers.
   */
  get isAlive(): boolean {
    return this.size > 0 || (this.spec.minWorkers === 0 && !this.isDead)
  }

  /** Whether no worker runs, is due for a restart or will be started unless the pool's owner revives it. */
  get isDead(): boolean {
    return this.slots.every(slot => slot.status === 'down')
  }

  /** Starts the initial workers. */
  start(): void {
    this.#startIdle(this.slots.slice(0, this.spec.minWorkers))
  }

  /** Ends all workers. Resolves when their threads are gone, or given up as stuck. */
  async stop(hot: boolean, timeout = this.#plan.stopTimeout): Promise<void> {
    this.#isOver = true
    const reason = (slot: Slot): Error => new PoolStoppedError(`the start of worker ${slot.id}`)
    await Promise.all(this.slots.map(slot => slot.stop(hot, timeout, reason(slot))))
  }

  /**
   * Ends all workers at the same time, without waiting for their jobs. Each is started again as soon as its own threads
   * are gone; those that are down by failure start, too. Resolves with these workers when the outcome is known.
   */
  async restart(): Promise<readonly Slot[]> {
    if (this.#isOver) return []
    const failed = this.slots.filter(slot => slot.hasFailed)
    const wanted = this.#wanted()
    for (const slot of failed) slot.revive()
    this.#startIdle(failed)
    // A listener may have stopped some of them meanwhile.
    for (const slot of wanted) if (slot.isWanted) slot.restart()
    const restarted = [...failed, ...wanted]
    await Promise.all(restarted.map(slot => slot.settled()))
    return restarted
  }

  /**
   * Replaces the thread of this slot, after all replacements that were requested earlier. The successor starts first. A
   * worker that is down, or waits for its next start, is started now.
   */
  replace(slot: Slot): Promise<Replacement> {
    const replaced = this.#replacing.then(async (): Promise<Replacement> => {
      await this.#whenSpare()
      if (this.#isOver) return { is: 'off' }
      if (slot.status === 'down' || slot.status === 'restarting') return this.#startNow(slot)
      try {
        return await slot.replace()
      } catch (error) {
        this.#host.notReplaced(slot, error)
        return { is: 'failed', error }
      }
    })
    this.#replacing = replaced
    return replaced
  }

  async #startNow(slot: Slot): Promise<Replacement> {
    slot.startNow()
    await slot.settled()
    const { status, lastError: error } = slot
    if (status === 'available') return { is: 'done' }
    return status === 'down' || status === 'restarting' ? { is: 'failed', error } : { is: 'off' }
  }

  /** Jobs of this slot, over all the threads it has had. */
  jobsOf(slot: Slot): JobCounts {
    return this.#records.jobsOf(slot)
  }

  /** Asks the scaling strategy, unless workers are starting: they may be enough. Call this several times a second. */
  reconsider(): void {
    const { clock, shared } = this.#plan
    const waiting = shared.waiting(this.spec.index)
    const wanted = this.#wanted()
    const { idle, idleFor } = this.#workloads.look(wanted, waiting > 0, clock.now())
    if (wanted.some(slot => slot.status === 'starting')) return
    const { maxWorkers: max, scaling } = this.spec
    const facts = { workers: wanted.length, min: this.#size.least, max, waiting, idle, idleFor }
    const delta = this.#ask(() => scaling.decide(facts)) ?? 0
    if (delta !== 0) this.#resize(this.#size.byStrategy(this.size, delta))
  }

  /** Returns the change in the number of workers. */
  #resize(to: number): number {
    if (this.#isOver) return 0
    const from = this.size
    const grow = this.slots.filter(slot => slot.status === 'idle')
    this.#startIdle(grow.slice(0, Math.max(0, to - from)))
    if (to < from) this.#shrink(from - to)
    const now = this.size
    if (now !== from) this.#host.scaled(this, from, now)
    return now - from
  }

  /**
   * Grows or shrinks within the group's bounds at the request of the pool's owner: the scaling strategy does not end
   * workers that were added here. If idle workers are not enough, some that are down start. Returns the change in the
   * number of workers.
   */
  scale(delta: number): number {
    const idle = this.slots.filter(slot => slot.status === 'idle').length
    const missing = Math.min(delta, this.spec.maxWorkers - this.size) - idle
    // A listener that is told of a failed start within the call that starts workers must not begin another round.
    if (missing > 0 && !this.#isOver && !this.#isStarting) {
      const down = this.slots.filter(slot => slot.status === 'down')
      for (const slot of down.slice(0, missing)) slot.revive()
    }
    return this.#resize(this.#size.byHand(this.size, delta))
  }

  #shrink(count: number): void {
    const now = this.#plan.clock.now()
    const least = this.#workloads.leastFirst(this.#wanted(), now).slice(0, count)
    this.#workloads.ending(least, now)
    // No job is lost because its worker is one too many; examine() limits the time of those that have none.
    for (const slot of least) void slot.stop(false, Infinity)
  }

  /**
   * Checks whether event loops respond, whether threads are due for recycling, and whether those that were told to end
   * have finished their jobs. Call this about once a second.
   */
  examine(): void {
    for (const slot of this.slots) this.#examination.examine(slot)
  }

  /** What a strategy decides; undefined if it throws. */
  #ask<T>(decide: () => T): T | undefined {
    try {
      return decide()
    } catch (error) {
      this.#host.strategyFailed(this, error)
      return undefined
    }
  }

  /**
   * Starts those that are still idle: a listener may have started some of them in the meantime, or stopped the pool.
   */
  #startIdle(slots: readonly Slot[]): void {
    const isInner = this.#isStarting
    this.#isStarting = true
    for (const slot of slots) if (slot.status === 'idle' && !this.#isOver) slot.start()
    this.#isStarting = isInner
  }

  /**
   * Resolves when there are more free records than slots without a thread may need, or when no thread is about to
   * leave.
   */
  async #whenSpare(): Promise<void> {
    for (;;) {
      const owned = this.slots.filter(slot => slot.threads.size === 0 && slot.status !== 'down').length
      const leaving = this.slots.flatMap(slot => [...slot.threads].filter(thread => !thread.isStaying))
      if (this.#records.free > owned || leaving.length === 0) return
      await Promise.race(leaving.map(thread => thread.gone))
    }
  }

  #wanted(): Slot[] {
    return this.slots.filter(slot => slot.isWanted)
  }
}
