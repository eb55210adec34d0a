/**
 * What the workers of one group have to do: how many are idle and for how long, and which would lose least by ending.
 * It does not know how many workers the group should have.
 */

import type { SharedRecords } from '../shared/records.js'
import type { GroupThread } from '../worker/group-thread.js'
import type { Slot } from '../worker/slot.js'

/**
 * An event loop that is busy for a smaller share of a quarter of a second counts as idle. The heartbeats of an idle
 * thread come to 0.001. If other programs keep all processors busy, an idle thread loses its processor now and then:
 * then one report in 50 is above 0.05, and one in 200 above this limit.
 */
const IDLE_UTILIZATION = 0.1
/**
 * Without a heartbeat for this many ms, an event loop counts as fully busy: it is blocked, and has reported nothing
 * since. Heartbeats come every 250 ms.
 */
const BLOCKED_MS = 1000

/**
 * Everything that makes a worker busy, the most important first. Each further kind of work, such as open connections,
 * is one more figure here: a worker is idle if all of them are 0.
 */
interface Workload {
  /** Jobs that it was given and that have not ended. */
  readonly jobs: number
  /** Share of the last quarter of a second in which its event loop was not idle; 0 if it was idle by our measure. */
  readonly utilization: number
}
const FIGURES: readonly (keyof Workload)[] = ['jobs', 'utilization']

export class Workloads {
  readonly #shared: SharedRecords
  /** The number of heartbeats of each thread, and Clock ms of the moment when it was first seen. */
  readonly #pulses = new WeakMap<GroupThread, { readonly beats: number; readonly at: number }>()
  /** At n: Clock ms from which on more than n workers have been idle, while no job waited. */
  readonly #idleSince: number[] = []

  constructor(shared: SharedRecords) {
    this.#shared = shared
  }

  /** Takes a look at the workers. `idleFor` is as in ScalingFacts. Call this several times a second. */
  look(slots: readonly Slot[], jobsWait: boolean, now: number): { readonly idle: number; readonly idleFor: number } {
    const idle = this.#idleAmong(slots, now)
    const since = this.#idleSince
    since.length = jobsWait ? 0 : Math.min(since.length, idle)
    while (!jobsWait && since.length < idle) since.push(now)
    return { idle, idleFor: now - (since[0] ?? now) }
  }

  /** These workers are about to end. The times for which the others have been idle go on. */
  ending(slots: readonly Slot[], now: number): void {
    this.#idleSince.splice(0, this.#idleAmong(slots, now))
  }

  /**
   * These workers, sorted: those that are not available come first, then those with the least to do. Among equals, the
   * one with the highest number comes first.
   */
  leastFirst(slots: readonly Slot[], now: number): Slot[] {
    const ranked = slots.map(slot => ({ slot, load: this.#loadOf(slot, now) }))
    return ranked.sort((a, b) => compared(a.load, b.load) || b.slot.number - a.slot.number).map(({ slot }) => slot)
  }

  /** Whether this thread has work that would be lost if it were terminated. */
  hasJobs(thread: GroupThread): boolean {
    return this.#shared.reservations.taken(thread.record) > 0
  }

  #idleAmong(slots: readonly Slot[], now: number): number {
    const isIdle = (load: Workload | undefined): boolean =>
      load !== undefined && FIGURES.every(figure => load[figure] === 0)
    return slots.filter(slot => isIdle(this.#loadOf(slot, now))).length
  }

  /** Undefined if the worker is not available. */
  #loadOf({ status, thread }: Slot, now: number): Workload | undefined {
    if (status !== 'available' || thread === undefined) return undefined
    const { utilization } = this.#shared.reported(thread.record)
    return {
      jobs: this.#shared.reservations.taken(thread.record),
      utilization: this.#isBlocked(thread, now) ? 1 : utilization < IDLE_UTILIZATION ? 0 : utilization,
    }
  }

  #isBlocked(thread: GroupThread, now: number): boolean {
    const beats = this.#shared.beats(thread.record)
    const pulse = this.#pulses.get(thread)
    if (pulse?.beats === beats) return now - pulse.at >= BLOCKED_MS
    this.#pulses.set(thread, { beats, at: now })
    return false
  }
}

function compared(a: Workload | undefined, b: Workload | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  const figure = FIGURES.find(figure => a[figure] !== b[figure])
  return figure === undefined ? 0 : a[figure] - b[figure]
}
