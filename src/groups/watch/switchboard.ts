/**
 * Carries what senders and workers tell each other through the main thread: ends of new lanes, who waits for a place, that one
 * is free. Jobs do not come by here. Knows which threads there are, and starts and ends none.
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
import type { Group } from './group.js'
import { WaitingList, type Wakeable } from './waiting-senders.js'

/** What an exchange is given. */
export interface ExchangePlan {
  readonly clock: Clock
  readonly shared: SharedRecords
  readonly pickup: Pickup
  readonly groups: readonly GroupFacts[]
  /** The group at this position. */
  groupAt(index: number): Group | undefined
  /** A job failed whose sender did not want to wait for that. */
  failedUnseen(error: unknown): void
}

/** What threads say to each other by way of it. */
export type Traffic = Extract<GroupUp, { type: 'connect' | 'waiting' | 'freed' }>

export class Exchange {
  /** Sends the jobs of the main thread. */
  readonly sender: JobSender
  readonly #plan: ExchangePlan
  readonly #targets: readonly Target[]
  readonly #waiting: WaitingList
  /** By group: looks at whether a place is still free that somebody was told of. */
  readonly #looks = new Map<number, Timer>()
  /** The threads that are available, or were, by record. */
  readonly #threads = new Map<number, GroupThread>()

  constructor(plan: ExchangePlan) {
    this.#plan = plan
    const { clock, shared, pickup } = plan
    this.#waiting = new WaitingList(shared)
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
        failedUnseen: plan.failedUnseen,
      },
    )
  }

  /** This thread takes jobs from here on: whoever waits for its group may try. */
  online(thread: GroupThread, group: number): void {
    this.#threads.set(thread.record, thread)
    this.#waiting.wakeAll(group)
  }

  /** This thread is gone. What it had taken anywhere is free. */
  gone(thread: GroupThread): void {
    if (this.#threads.get(thread.record) === thread) this.#threads.delete(thread.record)
    this.#waiting.drop(thread)
    for (const { facts } of this.#targets) this.#waiting.wakeAll(facts.index)
  }

  /** This thread does not end when told: nobody shall wait for it. Likewise. */
  stuck(thread: GroupThread): void {
    const { record, generation } = thread
    this.sender.threadStuck(record, generation)
    for (const other of this.#threads.values()) {
      if (other !== thread) other.post({ type: 'threadStuck', record, generation })
    }
    this.gone(thread)
  }

  /** No worker of this group runs or will run again: nobody shall wait for one. */
  dead(group: number): void {
    this.#waiting.tellDead(group)
  }

  heard(thread: GroupThread, message: Traffic): void {
    switch (message.type) {
      case 'connect':
        // Its own side has looked already; code in the thread can post what it likes.
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

  /** Nothing waits any longer. */
  close(): void {
    for (const look of this.#looks.values()) look.cancel()
    this.#looks.clear()
  }

  #freed(group: number, places: number): void {
    this.#waiting.wakeNext(group, places)
    if (this.#looks.has(group)) return
    // Whoever was told of it may have no time for it: then it is for any of the others.
    const look = this.#plan.clock.after(IDLE_MS, () => {
      this.#looks.delete(group)
      if (this.#targets[group]?.hasRoom === true) this.#waiting.wakeAll(group)
    })
    this.#looks.set(group, look)
  }

  /** Where the main thread may send to: to whoever does jobs. */
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

  /** Whether the scheme lets the thread of one record send jobs to that of another. */
  #maySend(from: number, to: number): boolean {
    const [sender, target] = [from, to].map(record => {
      return this.#plan.groups.find(
        ({ firstRecord, records }) => record >= firstRecord && record < firstRecord + records,
      )
    })
    return sender !== undefined && target !== undefined && sender.targets.includes(target.index)
  }

  /** Hands the end of a lane to the thread it leads to; a sender whose lane leads nowhere sees it closed. */
  #connect(record: number, generation: number, end: LaneEnd): void {
    const there = this.#threads.get(record)
    if (there?.generation === generation) there.post({ type: 'lane', end })
    else end.port.close()
  }

  #waits(index: number, sender: object, isWaiting: boolean, tell: Wakeable): void {
    const group = this.#plan.groupAt(index)
    if (group === undefined) return
    if (!isWaiting) return this.#waiting.leave(index, sender)
    const isNew = this.#waiting.enter(index, sender, tell)
    if (group.isDead) return tell.groupDead()
    // A place that came free before anybody could know that somebody waits. Who was woken before has seen it.
    const hasRoom = this.#targets[index]?.hasRoom === true
    if (isNew && hasRoom) return tell.placeFree()
    if (hasRoom) this.#waiting.passOn(index)
    group.reconsider(this.#plan.shared.waiting(index))
  }
}
