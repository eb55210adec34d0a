/**
 * Passes on what threads tell each other through the main thread: the ends of new lanes, and the news that a sender
 * waits for a place or that a place is free. It knows which threads are available, but starts and ends none. Jobs do
 * not pass through it: they travel directly from thread to thread.
 */

import type { Clock, Timer } from '../../base/clock.js'
import { GroupConfigError } from '../../errors/groups.js'
import type { LaneEnd } from '../../lane/messages.js'
import { IDLE_MS } from '../jobs/fair-share.js'
import { JobSender } from '../jobs/job-sender.js'
import { Target } from '../jobs/target.js'
import type { GroupFacts } from '../shared/group-facts.js'
import type { GroupUp } from '../shared/messages.js'
import type { SharedRecords } from '../shared/records.js'
import type { Pickup } from '../strategies/pickup-view.js'
import type { GroupThread } from '../worker/group-thread.js'
import { WaitingSenders, type Wakeable } from './waiting-senders.js'

export interface SwitchboardPlan {
  readonly clock: Clock
  readonly shared: SharedRecords
  /** How the main thread chooses the worker that gets a job. */
  readonly pickup: Pickup
  readonly groups: readonly GroupFacts[]
  /** Whether no worker of the group at this position runs or is due to start. */
  isDead(group: number): boolean
}

/** What a switchboard reports. Nothing is returned. */
export interface SwitchboardHost {
  /** Jobs wait for this group, and it has no free place for them. */
  jobsWait(group: number): void
  /** A job failed, and its sender had chosen not to wait for the answer. */
  failedUnseen(error: unknown): void
}

/** The messages that threads send to each other through the main thread. */
export type Traffic = Extract<GroupUp, { type: 'connect' | 'waiting' | 'freed' }>

export class Switchboard {
  /** Sends the jobs of the main thread. */
  readonly sender: JobSender
  readonly #plan: SwitchboardPlan
  readonly #host: SwitchboardHost
  readonly #targets: readonly Target[]
  readonly #waiting: WaitingSenders
  /** By group: timers that check whether a sender that was offered a place has taken it. */
  readonly #looks = new Map<number, Timer>()
  /** By record: threads that are available, or were and have not exited yet. */
  readonly #threads = new Map<number, GroupThread>()

  constructor(plan: SwitchboardPlan, host: SwitchboardHost) {
    this.#plan = plan
    this.#host = host
    const { clock, shared, pickup } = plan
    this.#waiting = new WaitingSenders(shared)
    this.#targets = plan.groups.map(facts => new Target(facts, shared))
    this.sender = new JobSender(
      { clock, shared, pickup, self: shared.reservations.main, find: name => this.#find(name) },
      {
        connect: (record, generation, end) => this.#connect(record, generation, end),
        waiting: (group, isWaiting) =>
          this.#waits(group, this.sender, isWaiting, {
            sender: shared.reservations.main,
            placeFree: () => this.sender.placeFree(group),
            groupDead: () => this.sender.groupDead(group),
          }),
        freed: (group, places) => this.#freed(group, places),
        failedUnseen: error => host.failedUnseen(error),
      },
    )
  }

  /** This thread takes jobs from now on. Wakes the senders that wait for its group. */
  online(thread: GroupThread, group: number): void {
    this.#threads.set(thread.record, thread)
    this.#waiting.wakeAll(group)
  }

  /** This thread is gone, and the places that it had taken as a sender are free. */
  gone(thread: GroupThread): void {
    if (this.#threads.get(thread.record) === thread) this.#threads.delete(thread.record)
    this.#waiting.drop(thread)
    for (const { facts } of this.#targets) this.#waiting.wakeAll(facts.index)
  }

  /**
   * This thread was told to end but does not exit. Senders stop waiting for its answers; otherwise as for {@link gone}.
   */
  stuck(thread: GroupThread): void {
    const { record, generation } = thread
    this.sender.threadStuck(record, generation)
    for (const other of this.#threads.values()) {
      if (other !== thread) other.post({ type: 'threadStuck', record, generation })
    }
    this.gone(thread)
  }

  /** No worker of this group runs or is due to start. Jobs that wait for it are rejected. */
  dead(group: number): void {
    this.#waiting.tellDead(group)
  }

  heard(thread: GroupThread, message: Traffic): void {
    switch (message.type) {
      case 'connect':
        // The thread has checked this already, but a user's code in it could post anything.
        if (this.#maySend(thread.record, message.record)) {
          return this.#connect(message.record, message.generation, message.end)
        }
        return message.end.port.close()
      case 'waiting':
        return this.#waits(message.group, thread, message.isWaiting, {
          sender: thread.record,
          placeFree: () => thread.post({ type: 'placeFree', group: message.group }),
          groupDead: () => thread.post({ type: 'groupDead', group: message.group }),
        })
      case 'freed':
        return this.#freed(message.group, message.places)
    }
  }

  /** Cancels all timers. */
  close(): void {
    for (const look of this.#looks.values()) look.cancel()
    this.#looks.clear()
  }

  #freed(group: number, places: number): void {
    this.#waiting.wakeNext(group, places)
    if (this.#looks.has(group)) return
    // The sender that was woken may be busy. Then any of the others may take the place.
    const look = this.#plan.clock.after(IDLE_MS, () => {
      this.#looks.delete(group)
      if (this.#targets[group]?.hasRoom === true) this.#waiting.wakeAll(group)
    })
    this.#looks.set(group, look)
  }

  /** The group with this name, if the main thread may send jobs to it: to every group except reactors. */
  #find(name: string): Target | Error {
    const targets = this.#targets.filter(({ facts }) => facts.type !== 'reactor')
    const target = targets.find(({ facts }) => facts.name === name)
    if (target !== undefined) return target
    const names = targets.map(({ facts }) => facts.name).join(', ')
    return new GroupConfigError(`jobs can be sent to the groups ${names || '(there are none)'}`, {
      group: name,
      field: 'group',
    })
  }

  /** Whether the scheme allows the thread in one record to send jobs to the thread in another. */
  #maySend(from: number, to: number): boolean {
    const [sender, target] = [from, to].map(record => {
      return this.#plan.groups.find(
        ({ firstRecord, records }) => record >= firstRecord && record < firstRecord + records,
      )
    })
    return sender !== undefined && target !== undefined && sender.targets.includes(target.index)
  }

  /** Hands the end of a lane to the thread that it leads to. If that thread is gone, the sender sees its lane close. */
  #connect(record: number, generation: number, end: LaneEnd): void {
    const there = this.#threads.get(record)
    if (there?.generation === generation) there.post({ type: 'lane', end })
    else end.port.close()
  }

  #waits(index: number, sender: object, isWaiting: boolean, tell: Wakeable): void {
    // A user's code in the thread could post any number.
    if (this.#plan.groups[index] === undefined) return
    if (!isWaiting) return this.#waiting.leave(index, sender)
    const isNew = this.#waiting.enter(index, sender, tell)
    if (this.#plan.isDead(index)) return tell.groupDead()
    // The place may have become free before this sender was known to wait. A sender that waited before has seen the
    // place.
    const hasRoom = this.#targets[index]?.hasRoom === true
    if (isNew && hasRoom) return tell.placeFree()
    if (hasRoom) this.#waiting.passOn(index)
    this.#host.jobsWait(index)
  }
}
