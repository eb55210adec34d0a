/** The workers of one group: how many there are to be, when they are replaced, whether they still turn. Knows no other group. */

import type { ResolvedGroup } from '../scheme/scheme.js'
import type { JobCounts } from '../shared/records.js'
import { type Backoff, delayAfter } from '../strategies/backoff.js'
import { UnresponsiveError } from '../worker/exit-kind.js'
import type { GroupThread } from '../worker/group-thread.js'
import { Slot, type SlotHost } from '../worker/slot.js'
import { Heartbeats } from './heartbeats.js'
import { type GroupPlan, ThreadRecords } from './thread-records.js'

/** What a group tells beyond what its slots do. */
export interface GroupHost extends Omit<SlotHost, 'launch'> {
  /** The number of workers that are to be there has changed. */
  scaled(group: Group, from: number, to: number): void
  /** The event loop of this worker has not turned for so many ms. */
  unresponsive(slot: Slot, ms: number): void
  /** This worker is about to be replaced. */
  recycling(slot: Slot, reason: string): void
  /** There could not even be a thread for the successor of this worker, which goes on. */
  notReplaced(slot: Slot, error: unknown): void
  /** A strategy of the group threw: what it should have decided is left as it is. */
  strategyFailed(group: Group, error: unknown): void
}

/** Between the attempts to replace a worker that has had its day: each that fails doubles the delay. */
const RECYCLE_AGAIN: Backoff = { initial: 2000, max: 600_000, factor: 2 }

export class Group {
  readonly spec: ResolvedGroup
  readonly slots: readonly Slot[]
  readonly #plan: GroupPlan
  readonly #host: GroupHost
  readonly #records: ThreadRecords
  readonly #heartbeats: Heartbeats
  /** Threads whose replacement has been asked for: how often, and the Clock ms before which it is not asked for again. */
  readonly #attempts = new WeakMap<GroupThread, { readonly count: number; readonly notBefore: number }>()
  /** Clock ms since when nothing has waited and some worker has had nothing to do. */
  #idleSince: number | undefined
  /** Replacements, one after the other: there is one spare record. */
  #replacing: Promise<unknown> = Promise.resolve()
  /** The pool is being stopped: nothing is started any more. */
  #isOver = false

  constructor(plan: GroupPlan, host: GroupHost) {
    this.#plan = plan
    this.spec = plan.spec
    this.#host = host
    this.#heartbeats = new Heartbeats(plan.spec.unresponsiveAfter)
    const { spec, clock, startTimeout, stopTimeout } = plan
    this.#records = new ThreadRecords(plan)
    const slotHost: SlotHost = { ...host, launch: (slot, observer) => this.#records.launch(slot, observer) }
    const slotPlan = { clock, group: spec, startTimeout, stopTimeout }
    this.slots = Array.from({ length: spec.maxWorkers }, (_, i) => new Slot(i + 1, slotPlan, slotHost))
  }

  /** Workers that are available, start, or are about to be started again. */
  get size(): number {
    return this.slots.filter(slot => slot.isWanted).length
  }

  /** No worker runs or is due, and none will ever be again. */
  get isDead(): boolean {
    return this.slots.every(slot => slot.status === 'down')
  }

  /** Starts the workers that are to be there from the beginning. */
  start(): void {
    this.#startIdle(this.slots.slice(0, this.spec.minWorkers))
  }

  /** Those that somebody has started or stopped meanwhile stay as they are. */
  #startIdle(slots: readonly Slot[]): void {
    for (const slot of slots) if (slot.status === 'idle' && !this.#isOver) slot.start()
  }

  /** Ends all workers. Resolves when their threads are gone. */
  async stop(hot: boolean, timeout = this.#plan.stopTimeout): Promise<void> {
    this.#isOver = true
    await Promise.all(this.slots.map(slot => slot.stop(hot, timeout)))
  }

  /** Ends all workers at once and starts as many again, which are returned. Those that are down stay so. */
  async restart(): Promise<readonly Slot[]> {
    const wanted = this.slots.filter(slot => slot.isWanted)
    await Promise.all(wanted.map(slot => slot.halt(false)))
    this.#startIdle(wanted)
    await Promise.all(wanted.map(settled))
    return wanted
  }

  /** Replaces this worker, its successor first, when those before it are done. False if it was not available, or could not be. */
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

  /** Jobs of this worker, over all threads it has had. */
  jobsOf(slot: Slot): JobCounts {
    return this.#records.jobsOf(slot)
  }

  /** Grows or shrinks within the group's bounds. Returns by how much. */
  scale(delta: number): number {
    if (this.#isOver) return 0
    const { minWorkers, maxWorkers } = this.spec
    const from = this.size
    // Never the other way: a group that has fewer than it should is not made larger by a wish for less.
    const to =
      delta < 0
        ? Math.min(from, Math.max(minWorkers, from + delta))
        : Math.max(from, Math.min(maxWorkers, Math.max(minWorkers, from + delta)))
    const grow = this.slots.filter(slot => slot.status === 'idle').slice(0, Math.max(0, to - from))
    this.#startIdle(grow)
    // The newest go first.
    const shrink = this.#wanted()
      .reverse()
      .slice(0, Math.max(0, from - to))
    for (const slot of shrink) void slot.stop(false)
    const now = this.size
    if (now !== from) this.#host.scaled(this, from, now)
    return now - from
  }

  /** Asks the scaling strategy, unless workers are about to come that may be enough. `waiting` senders wait for a place. */
  reconsider(waiting: number): void {
    const { clock, shared } = this.#plan
    const now = clock.now()
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

  /** Looks whether the event loops turn, and whether anybody has had their day. To be called about once a second. */
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
      if (typeof reason !== 'string') continue
      const { count, notBefore } = this.#attempts.get(thread) ?? { count: 0, notBefore: now }
      if (now < notBefore) continue
      // If its successor cannot be started, it goes on, and there is time for whatever is wrong to be mended.
      this.#attempts.set(thread, { count: count + 1, notBefore: now + delayAfter(count + 1, RECYCLE_AGAIN) })
      this.#host.recycling(slot, reason)
      void this.replace(slot)
    }
  }

  #unresponsive(slot: Slot, ms: number): void {
    this.#host.unresponsive(slot, ms)
    const text = `the event loop of worker ${slot.id} has not turned for ${Math.round(ms)} ms`
    if (this.spec.replaceUnresponsive) slot.fail(new UnresponsiveError(text))
  }

  /** What a strategy of the user's says; undefined where it throws. */
  #ask<T>(decide: () => T): T | undefined {
    try {
      return decide()
    } catch (error) {
      this.#host.strategyFailed(this, error)
      return undefined
    }
  }

  /** Resolves when there is a record beyond those that workers without a thread may need. */
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

/** Resolves when it is known what has become of its start, and of those that followed at once. */
async function settled(slot: Slot): Promise<void> {
  for (let thread; slot.status === 'starting' && (thread = slot.thread) !== undefined; ) {
    await thread.up
    // It may have had to end as soon as it was up, and is not gone yet.
    if (!thread.isServing) await thread.gone
  }
}
