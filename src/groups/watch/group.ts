/**
 * The slots of one group: how many of them are in use, when their threads are replaced, whether their event loops
 * respond. It knows nothing about other groups.
 */

import type { ResolvedGroup } from '../scheme/scheme.js'
import type { JobCounts } from '../shared/records.js'
import { type Backoff, delayAfter } from '../strategies/backoff.js'
import { UnresponsiveError } from '../worker/exit-kind.js'
import type { GroupThread } from '../worker/group-thread.js'
import { Slot, type SlotHost } from '../worker/slot.js'
import { Heartbeats } from './heartbeats.js'
import { type GroupPlan, ThreadRecords } from './thread-records.js'
import { WantedSize } from './wanted-size.js'
import { Workloads } from './workloads.js'

/** What a group reports: what its slots report, and its own decisions. Nothing is returned. */
export interface GroupHost extends SlotHost {
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

/** Delays between attempts to recycle a thread, in ms: each failed attempt doubles the delay. */
const RECYCLE_AGAIN: Backoff = { initial: 2000, max: 600_000, factor: 2 }

export class Group {
  readonly spec: ResolvedGroup
  readonly slots: readonly Slot[]
  readonly #plan: GroupPlan
  readonly #host: GroupHost
  readonly #records: ThreadRecords
  readonly #heartbeats: Heartbeats
  /**
   * Threads that are due for recycling: number of attempts, and the Clock ms before which there is no other attempt.
   */
  readonly #attempts = new WeakMap<GroupThread, { readonly count: number; readonly notBefore: number }>()
  readonly #workloads: Workloads
  readonly #size: WantedSize
  /** The last replacement. Replacements run one after another, because there is only one spare record. */
  #replacing: Promise<unknown> = Promise.resolve()
  /** The pool is stopping, so nothing is started any more. */
  #isOver = false

  constructor(plan: GroupPlan, host: GroupHost) {
    const { spec, clock, startTimeout, stopTimeout } = plan
    this.#plan = plan
    this.spec = spec
    this.#host = host
    this.#heartbeats = new Heartbeats(spec.unresponsiveAfter)
    this.#records = new ThreadRecords(plan)
    this.#workloads = new Workloads(plan.shared)
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

  /** Whether no worker runs or is due for a restart, and none ever will again. */
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
    await Promise.all(this.slots.map(slot => slot.stop(hot, timeout)))
  }

  /**
   * Ends all workers at the same time and starts them again. Resolves with these workers. Those that are down stay
   * down.
   */
  async restart(): Promise<readonly Slot[]> {
    const wanted = this.#wanted()
    await Promise.all(wanted.map(slot => slot.halt(false)))
    this.#startIdle(wanted)
    await Promise.all(wanted.map(settled))
    return wanted
  }

  /**
   * Replaces the thread of this slot, after all replacements that were requested earlier. The successor starts first.
   * Resolves with false if the worker was not available, or its successor did not start.
   */
  replace(slot: Slot): Promise<boolean> {
    const replaced = this.#replacing.then(async () => {
      await this.#whenSpare()
      if (this.#isOver) return false
      try {
        return await slot.replace()
      } catch (error) {
        this.#host.notReplaced(slot, error)
        return false
      }
    })
    this.#replacing = replaced
    return replaced
  }

  /** Jobs of this slot, over all the threads it has had. */
  jobsOf(slot: Slot): JobCounts {
    return this.#records.jobsOf(slot)
  }

  /**
   * Grows or shrinks within the group's bounds because a person asks for it: the scaling strategy does not end workers
   * that were added here. Returns the change in the number of workers.
   */
  scale(delta: number): number {
    return this.#resize(this.#size.byHand(this.size, delta))
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
    const { clock, shared } = this.#plan
    const now = clock.now()
    for (const slot of this.slots) {
      const { thread } = slot
      if (slot.status === 'stopping') for (const leaving of slot.threads) this.#examineLeaving(slot, leaving, now)
      if (thread === undefined || !thread.isServing) continue
      const utilization = this.#examineLoop(slot, thread, now)
      const { accepted: jobs } = shared.jobs(thread.record)
      const { heap } = shared.reported(thread.record)
      const facts = { jobs, age: now - thread.startedAt, heap, utilization }
      const reason = this.#ask(() => this.spec.recycle.decide(facts))
      if (typeof reason === 'string') this.#recycle(slot, thread, reason, now)
    }
  }

  /**
   * A thread that was told to end, perhaps without a limit. As soon as it has no jobs to finish, it has `stopTimeout`,
   * or what is left of an earlier limit.
   */
  #examineLeaving(slot: Slot, thread: GroupThread, now: number): void {
    if (this.#workloads.hasJobs(thread)) this.#examineLoop(slot, thread, now)
    else thread.stop(false, this.#plan.stopTimeout)
  }

  /** Checks whether the event loop of this thread responds. Returns its average utilization. */
  #examineLoop(slot: Slot, thread: GroupThread, now: number): number {
    const { shared } = this.#plan
    const { utilization } = shared.reported(thread.record)
    const { load, stillFor } = this.#heartbeats.take(thread, shared.beats(thread.record), utilization, now)
    if (stillFor !== undefined) this.#unresponsive(slot, thread, stillFor)
    return load
  }

  /**
   * If the successor cannot be started, the thread keeps running, and the next attempt waits so that the cause can be
   * fixed.
   */
  #recycle(slot: Slot, thread: GroupThread, reason: string, now: number): void {
    const { count, notBefore } = this.#attempts.get(thread) ?? { count: 0, notBefore: now }
    if (now < notBefore) return
    this.#attempts.set(thread, { count: count + 1, notBefore: now + delayAfter(count + 1, RECYCLE_AGAIN) })
    this.#host.recycling(slot, reason)
    void this.replace(slot)
  }

  #unresponsive(slot: Slot, thread: GroupThread, ms: number): void {
    this.#host.unresponsive(slot, ms)
    const text = `the event loop of worker ${slot.id} has not responded for ${Math.round(ms)} ms`
    if (this.spec.replaceUnresponsive) thread.fail(new UnresponsiveError(text))
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
    for (const slot of slots) if (slot.status === 'idle' && !this.#isOver) slot.start()
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

/** Resolves when the outcome of the slot's start is known, including restarts that follow at once. */
async function settled(slot: Slot): Promise<void> {
  for (let thread; slot.status === 'starting' && (thread = slot.thread) !== undefined; ) {
    await thread.up
    // It may have been ended as soon as it was up, and not have exited yet.
    if (!thread.isServing) await thread.gone
  }
}
