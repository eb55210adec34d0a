/** The jobs that have arrived in a thread and not begun: by priority, and within a priority in order of arrival. */

import type { Fifo } from '../../base/fifo.js'
import { PriorityQueue, type QueueLinks } from '../../base/priority-queue.js'
import type { Delivery } from '../../lane/batch.js'
import type { Backlog, Lane } from '../../thread/lanes.js'

class Arrival implements QueueLinks<Arrival> {
  list: Fifo<Arrival> | undefined
  next: Arrival | undefined
  previous: Arrival | undefined
  readonly serial: number
  readonly lane: Lane
  readonly delivery: Delivery

  constructor(serial: number, lane: Lane, delivery: Delivery) {
    this.serial = serial
    this.lane = lane
    this.delivery = delivery
  }

  get priority(): number {
    return priorityOf(this.delivery)
  }
}

export class JobBacklog implements Backlog {
  readonly #queue = new PriorityQueue<Arrival>()
  #arrivals = 0

  add(lane: Lane, delivery: Delivery): void {
    this.#queue.push(new Arrival(++this.#arrivals, lane, delivery))
  }

  take(): Arrival | undefined {
    return this.#queue.shift()
  }
}

/** A job's arguments are its data and, unless it is 0, its priority. A delivery of any other shape goes last. */
function priorityOf({ args }: Delivery): number {
  const priority = args.length < 2 ? 0 : args[1]
  return typeof priority === 'number' && Number.isFinite(priority) ? priority : -Number.MAX_VALUE
}
