/**
 * Looks at the threads of one slot: whether their event loops respond, whether they are due for recycling, and whether
 * those that were told to end have finished their jobs. It replaces nothing itself.
 */

import { type Backoff, delayAfter } from '../strategies/backoff.js'
import type { RecycleFacts } from '../strategies/recycle.js'
import { UnresponsiveError } from '../worker/exit-kind.js'
import type { GroupThread } from '../worker/group-thread.js'
import type { Slot } from '../worker/slot.js'
import { Heartbeats } from './heartbeats.js'
import type { GroupPlan } from './thread-records.js'
import type { Workloads } from './workloads.js'

/** What an examination finds. */
export interface ExaminationHost {
  /** The event loop of this worker has not responded for this many ms. If its group says so, its thread is ended. */
  unresponsive(slot: Slot, ms: number): void
  /** This worker should be replaced now, for this reason. */
  due(slot: Slot, reason: string): void
  /** The recycling strategy threw. The thread goes on as if it had decided to change nothing. */
  strategyFailed(error: unknown): void
}

/** Delays between attempts to recycle a thread, in ms: each failed attempt doubles the delay. */
const RECYCLE_AGAIN: Backoff = { initial: 2000, max: 600_000, factor: 2 }

export class Examination {
  readonly #plan: GroupPlan
  readonly #workloads: Workloads
  readonly #host: ExaminationHost
  readonly #heartbeats: Heartbeats
  /**
   * Threads that are due for recycling: number of attempts, and the Clock ms before which there is no other attempt.
   */
  readonly #attempts = new WeakMap<GroupThread, { readonly count: number; readonly notBefore: number }>()

  constructor(plan: GroupPlan, workloads: Workloads, host: ExaminationHost) {
    this.#plan = plan
    this.#workloads = workloads
    this.#host = host
    this.#heartbeats = new Heartbeats(plan.spec.unresponsiveAfter)
  }

  /** Call this for each slot, about once a second. */
  examine(slot: Slot): void {
    const { clock, shared } = this.#plan
    const now = clock.now()
    const { thread } = slot
    if (slot.status === 'stopping') for (const leaving of slot.threads) this.#examineLeaving(slot, leaving, now)
    if (thread === undefined || !thread.isServing) return
    const utilization = this.#examineLoop(slot, thread, now)
    const { accepted: jobs } = shared.jobs(thread.record)
    const { heap } = shared.reported(thread.record)
    const reason = this.#dueFor({ jobs, age: now - thread.startedAt, heap, utilization })
    if (typeof reason === 'string') this.#recycle(slot, thread, reason, now)
  }

  #dueFor(facts: RecycleFacts): string | false | undefined {
    try {
      return this.#plan.spec.recycle.decide(facts)
    } catch (error) {
      this.#host.strategyFailed(error)
      return undefined
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
    this.#host.due(slot, reason)
  }

  #unresponsive(slot: Slot, thread: GroupThread, ms: number): void {
    this.#host.unresponsive(slot, ms)
    const text = `the event loop of worker ${slot.id} has not responded for ${Math.round(ms)} ms`
    if (this.#plan.spec.replaceUnresponsive) thread.fail(new UnresponsiveError(text))
  }
}
