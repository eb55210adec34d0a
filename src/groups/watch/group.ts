/**
 * The slots of one group: how many of them are in use, when their threads are replaced, whether their event loops
 * respond. It knows nothing about other groups.
 */

import { PoolStoppedError } from '../../errors/works.js'
import type { ResolvedGroup } from '../scheme/scheme.js'
import type { JobCounts } from '../shared/records.js'
import { type Backoff, delayAfter } from '../strategies/backoff.js'
import { UnresponsiveError } from '../worker/exit-kind.js'
import type { GroupThread } from '../worker/group-thread.js'
import type { Replacement, SlotHost } from '../worker/slot-host.js'
import { Slot } from '../worker/slot.js'
import { Heartbeats } from './heartbeats.js'
import { type GroupPlan, ThreadRecords } from './thread-records.js'

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
  /** Clock ms from which on no job has waited and some worker has been idle. */
  #idleSince: number | undefined
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
    const launch = this.#records.launch.bind(this.#records)
    const slotPlan = { clock, group: spec, startTimeout, stopTimeout, launch }
    this.slots = Array.from({ length: spec.maxWorkers }, (_, i) => new Slot(i + 1, slotPlan, host))
  }

  /** Number of workers that are available, are starting, or are about to be restarted. */
  get size(): number {
    return this.#wanted().length
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
   * worker that is down is started.
   */
  replace(slot: Slot): Promise<Replacement> {
    const replaced = this.#replacing.then(async (): Promise<Replacement> => {
      await this.#whenSpare()
      if (this.#isOver) return { is: 'off' }
      if (slot.status === 'down') return this.#revive(slot)
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

  async #revive(slot: Slot): Promise<Replacement> {
    slot.revive()
    slot.start()
    await slot.settled()
    const { status, lastError: error } = slot
    if (status === 'available') return { is: 'done' }
    return status === 'down' || status === 'restarting' ? { is: 'failed', error } : { is: 'off' }
  }

  /** Jobs of this slot, over all the threads it has had. */
  jobsOf(slot: Slot): JobCounts {
    return this.#records.jobsOf(slot)
  }

  /** Grows or shrinks within the group's bounds. Returns the change in the number of workers. */
  scale(delta: number): number {
    if (this.#isOver) return 0
    const { minWorkers, maxWorkers } = this.spec
    const from = this.size
    // Never in the other direction: a request for fewer workers does not enlarge a group that is below its minimum.
    const to =
      delta < 0
        ? Math.min(from, Math.max(minWorkers, from + delta))
        : Math.max(from, Math.min(maxWorkers, Math.max(minWorkers, from + delta)))
    const grow = this.slots.filter(slot => slot.status === 'idle').slice(0, Math.max(0, to - from))
    this.#startIdle(grow)
    // Those with the highest numbers go first.
    const shrink = this.#wanted()
      .reverse()
      .slice(0, Math.max(0, from - to))
    for (const slot of shrink) void slot.stop(false)
    const now = this.size
    if (now !== from) this.#host.scaled(this, from, now)
    return now - from
  }

  /** Like {@link scale}, at the request of the pool's owner: where idle workers are not enough, some that are down start. */
  scaleBy(delta: number): number {
    const idle = this.slots.filter(slot => slot.status === 'idle').length
    const missing = Math.min(delta, this.spec.maxWorkers - this.size) - idle
    if (missing > 0 && !this.#isOver) {
      const down = this.slots.filter(slot => slot.status === 'down')
      for (const slot of down.slice(0, missing)) slot.revive()
    }
    return this.scale(delta)
  }

  /** Asks the scaling strategy, unless workers are starting: they may be enough. */
  reconsider(): void {
    const { clock, shared } = this.#plan
    const now = clock.now()
    const waiting = shared.waiting(this.spec.index)
    const wanted = this.#wanted()
    const isIdle = ({ status, thread }: Slot): boolean =>
      status === 'available' && thread !== undefined && shared.reservations.taken(thread.record) === 0
    const idle = wanted.filter(isIdle).length
    if (waiting > 0 || idle === 0) this.#idleSince = undefined
    else this.#idleSince ??= now
    if (wanted.some(slot => slot.status === 'starting')) return
    const idleFor = this.#idleSince === undefined ? 0 : now - this.#idleSince
    const { minWorkers: min, maxWorkers: max, scaling } = this.spec
    const facts = { workers: wanted.length, min, max, waiting, idle, idleFor }
    const delta = this.#ask(() => scaling.decide(facts)) ?? 0
    if (delta !== 0 && this.scale(delta) !== 0) this.#idleSince = undefined
  }

  /** Checks whether event loops respond, and whether threads are due for recycling. Call this about once a second. */
  examine(): void {
    const { clock, shared } = this.#plan
    const now = clock.now()
    for (const slot of this.slots) {
      const { thread } = slot
      if (thread === undefined || !thread.isServing) continue
      const { heap, utilization } = shared.reported(thread.record)
      const { load, stillFor } = this.#heartbeats.take(thread, shared.beats(thread.record), utilization, now)
      if (stillFor !== undefined) this.#unresponsive(slot, stillFor)
      const { accepted: jobs } = shared.jobs(thread.record)
      const facts = { jobs, age: now - thread.startedAt, heap, utilization: load }
      const reason = this.#ask(() => this.spec.recycle.decide(facts))
      if (typeof reason === 'string') this.#recycle(slot, thread, reason, now)
    }
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

  #unresponsive(slot: Slot, ms: number): void {
    this.#host.unresponsive(slot, ms)
    const text = `the event loop of worker ${slot.id} has not responded for ${Math.round(ms)} ms`
    if (this.spec.replaceUnresponsive) slot.fail(new UnresponsiveError(text))
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
