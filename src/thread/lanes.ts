/**
 * All lanes that lead to this thread, treated as one: which work comes next, and which answers are held. It knows
 * nothing about functions.
 */

import type { Delivery } from '../lane/batch.js'
import { Claims, SLOTS } from '../lane/claims.js'
import type { LaneEnd } from '../lane/messages.js'
import { nodePort } from '../lane/port.js'
import { LaneReceiver } from '../lane/receiver.js'
import type { RunningWork } from './context.js'
import { ThreadTasks } from './tasks.js'

/** Is notified of what arrives on the lanes. */
export interface LanesObserver {
  /** Works may have arrived. */
  arrived(): void
  /** Works may have arrived, and were found by a read that was not looking for them. */
  found(): void
  /** The sender of these running works is gone, so nothing waits for their answers. */
  orphaned(works: readonly RunningWork[]): void
}

/** One lane, with what is numbered per lane: its tasks, and its works that run. */
export class Lane {
  readonly receiver: LaneReceiver
  readonly tasks = new ThreadTasks()
  /** The running works, by slot. */
  readonly works: (RunningWork | undefined)[] = new Array<RunningWork | undefined>(SLOTS).fill(undefined)
  isOpen = true

  constructor(end: LaneEnd, observer: LanesObserver, closed: (lane: Lane) => void) {
    this.receiver = new LaneReceiver(nodePort(end.port, true), new Claims(end.claims), end.idPrefix, {
      arrived: observer.arrived,
      found: observer.found,
      define: definition => this.tasks.define(definition),
      forget: number => this.tasks.forget(number),
      abort: (slot, ticket, reason) => this.#running(slot, ticket)?.abort(reason),
      credit: (slot, ticket, count) => this.#running(slot, ticket)?.credit?.grant(count),
      close: (slot, ticket) => this.#running(slot, ticket)?.close(),
      closed: () => closed(this),
    })
  }

  #running(slot: number, ticket: number): RunningWork | undefined {
    const work = this.works[slot]
    return work?.is(slot, ticket) === true ? work : undefined
  }
}

/**
 * Holds works that have arrived and not begun, if they should begin in a different order from the one in which they
 * were sent.
 */
export interface Backlog {
  add(lane: Lane, delivery: Delivery): void
  /** Takes out the work that should begin next. */
  take(): { readonly lane: Lane; readonly delivery: Delivery } | undefined
}

export class Lanes {
  readonly #observer: LanesObserver
  readonly #backlog: Backlog | undefined
  readonly #lanes: Lane[] = []
  /**
   * The lane at which the search for the next work begins. Lanes take turns: none comes twice while another has works.
   */
  #turn = 0
  /** The lane of the work that {@link next} returned last. */
  from!: Lane

  constructor(observer: LanesObserver, backlog: Backlog | undefined) {
    this.#observer = observer
    this.#backlog = backlog
  }

  /** Adds a lane. It is removed when its sender closes it. */
  add(end: LaneEnd): void {
    this.#lanes.push(new Lane(end, this.#observer, lane => this.#closed(lane)))
  }

  /** The next work, whose lane is then {@link from}; undefined if nothing more has arrived. */
  next(): Delivery | undefined {
    if (this.#backlog === undefined) return this.#nextInTurn()
    for (let delivery; (delivery = this.#nextInTurn()) !== undefined; ) this.#backlog.add(this.from, delivery)
    for (let found; (found = this.#backlog.take()) !== undefined; ) {
      if (!found.lane.isOpen) continue
      this.from = found.lane
      return found.delivery
    }
    return undefined
  }

  /** Reads the ports without returning to the event loop. True if there was a message. */
  poll(): boolean {
    let any = false
    for (const lane of this.#lanes) if (lane.receiver.poll()) any = true
    return any
  }

  /** Posts all answers held. */
  flush(): void {
    for (const lane of this.#lanes) lane.receiver.flush()
  }

  /** Posts the answers of each lane that holds at least `items`, or has held one since before this Clock ms. */
  flushOld(before: number, items: number): void {
    for (const { receiver } of this.#lanes) if (receiver.heldSince < before || receiver.held >= items) receiver.flush()
  }

  #nextInTurn(): Delivery | undefined {
    const lanes = this.#lanes
    for (let tried = 0; tried < lanes.length; tried++) {
      if (this.#turn >= lanes.length) this.#turn = 0
      const lane = lanes[this.#turn++]
      const delivery = lane?.receiver.next()
      if (lane === undefined || delivery === undefined) continue
      this.from = lane
      return delivery
    }
    return undefined
  }

  #closed(lane: Lane): void {
    lane.isOpen = false
    this.#lanes.splice(this.#lanes.indexOf(lane), 1)
    this.#observer.orphaned(lane.works.filter(work => work !== undefined))
  }
}
