/**
 * The records of one group in shared memory: which are free, which thread has which, and the job counts of threads that
 * are gone.
 */

import type { Clock } from '../../base/clock.js'
import { InvariantError } from '../../errors/base.js'
import type { ResolvedGroup } from '../scheme/scheme.js'
import type { GroupBoot, PickupPlan } from '../shared/messages.js'
import { DOWN, type JobCounts, LEAVING, READY, type SharedRecords } from '../shared/records.js'
import { pickupRecord } from '../strategies/pickup-rules.js'
import { GroupThread, type GroupThreadObserver } from '../worker/group-thread.js'
import type { Slot } from '../worker/slot.js'

export interface GroupPlan {
  readonly clock: Clock
  readonly spec: ResolvedGroup
  readonly shared: SharedRecords
  /** Ms. */
  readonly startTimeout: number
  /** Ms. */
  readonly stopTimeout: number
  /** What all threads of the pool get at their start. */
  readonly boot: Pick<GroupBoot, 'groups' | 'shared' | 'records'>
}

export class ThreadRecords {
  readonly #plan: GroupPlan
  readonly #free: number[]
  /** Job counts of the threads that are gone. */
  readonly #past = new Map<Slot, JobCounts>()

  constructor(plan: GroupPlan) {
    this.#plan = plan
    const { firstRecord, records } = plan.spec
    this.#free = Array.from({ length: records }, (_, i) => firstRecord + i)
  }

  /** Number of records without a thread. */
  get free(): number {
    return this.#free.length
  }

  /** Jobs of this slot, over all the threads it has had. */
  jobsOf(slot: Slot): JobCounts {
    const counts = [...slot.threads].map(({ record }) => this.#plan.shared.jobs(record))
    return [this.#past.get(slot) ?? NO_JOBS, ...counts].reduce(added)
  }

  /** Starts a thread for this slot, in a free record. Throws what Node throws, and if no record is free. */
  launch(slot: Slot, observer: Omit<GroupThreadObserver, 'leaving'>): GroupThread {
    const { shared, clock, boot, spec, stopTimeout } = this.#plan
    const record = this.#free.shift()
    if (record === undefined)
      throw new Error(`group ${spec.name} has no room for another thread: earlier ones are stuck`)
    const generation = shared.begin(record, slot.number)
    try {
      return new GroupThread(
        {
          id: slot.id,
          group: spec,
          clock,
          stopTimeout,
          generation,
          boot: {
            ...boot,
            workerId: slot.id,
            record,
            group: spec.name,
            entryPoint: spec.entryPoint,
            pickup: pickupPlan(spec),
            data: spec.data,
          },
        },
        {
          ...observer,
          ready: () => {
            shared.move(record, READY)
            observer.ready()
          },
          leaving: () => shared.move(record, LEAVING),
          stuck: exit => {
            // The thread runs no more JavaScript, so it will not give back the places that it had taken as a sender.
            shared.move(record, LEAVING)
            shared.abandon(record)
            observer.stuck(exit)
          },
          exited: exit => {
            // Jobs that it had begun will never end.
            const done = { ...shared.jobs(record), running: 0 }
            this.#past.set(slot, added(this.#past.get(slot) ?? NO_JOBS, done))
            this.#ended(record)
            observer.exited(exit)
          },
        },
      )
    } catch (error) {
      this.#ended(record)
      throw error
    }
  }

  #ended(record: number): void {
    const { shared } = this.#plan
    shared.move(record, DOWN)
    // Frees the places that it had taken as a sender.
    shared.abandon(record)
    this.#free.push(record)
  }
}

/** How the threads of the group create their pickup strategy. */
function pickupPlan({ pickup }: ResolvedGroup): PickupPlan {
  if ('url' in pickup) return { type: 'module', url: pickup.url, exportName: pickup.export, options: pickup.options }
  const record = pickupRecord(pickup)
  if (record === undefined)
    throw new InvariantError('the scheme accepted a pickup strategy that cannot be sent to a thread')
  return { type: 'shipped', record }
}

const NO_JOBS: JobCounts = { accepted: 0, processed: 0, failed: 0, running: 0 }

function added(a: JobCounts, b: JobCounts): JobCounts {
  return {
    accepted: a.accepted + b.accepted,
    processed: a.processed + b.processed,
    failed: a.failed + b.failed,
    running: a.running + b.running,
  }
}
