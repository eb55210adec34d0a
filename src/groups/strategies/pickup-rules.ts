/**
 * How the shipped pickup strategies choose, and the records by which they travel to the threads that send jobs. Those
 * threads load no other file of this folder, so this file knows nothing about users' options.
 */

import { InvariantError } from '../../errors/base.js'
import type { PickupRecord } from '../shared/messages.js'
import type { Pickup, PickupJob, PickupView } from './pickup-view.js'

/** The record that each shipped strategy was made from. Not a property, which a user's object could have as well. */
const records = new WeakMap<object, PickupRecord>()

/** The record of a shipped strategy; undefined for a user's own, which cannot travel. */
export function pickupRecord(pickup: Pickup): PickupRecord | undefined {
  return records.get(pickup)
}

/**
 * Returns a new strategy as described by the record, with its own memory.
 *
 * @throws {InvariantError} the record is of no known kind
 */
export function rebuildPickup(record: PickupRecord): Pickup {
  const { kind, options } = record
  // Frozen, because a method that a user replaced would not travel.
  const pickup = Object.freeze(make(kind, options))
  records.set(pickup, Object.freeze({ kind, options }))
  return pickup
}

function make(kind: string, options: unknown): Pickup {
  switch (kind) {
    case 'leastJobs':
      return new LeastJobs()
    case 'roundRobin':
      return new RoundRobin()
    case 'random':
      return new RandomReady()
    case 'firstAvailable':
      return new FirstAvailable()
    case 'byWeight':
      if (typeof options === 'number') return new ByWeight(options)
      throw new InvariantError(`a pickup record of kind byWeight carries ${typeof options} instead of its limit`)
    default:
      throw new InvariantError(`there is no pickup strategy of kind ${String(kind)}`)
  }
}

/**
 * Where the next search of a group begins. Counted separately for each group: with one count for all groups, a sender
 * that alternates between two groups would only ever begin at every second worker.
 */
class Rota {
  readonly #next = new WeakMap<PickupView, number>()

  /** Random the first time, because otherwise all senders would begin at the same worker. */
  begin(workers: PickupView): number {
    const next = this.#next.get(workers) ?? Math.floor(Math.random() * workers.length)
    return next < workers.length ? next : 0
  }

  /** This worker was chosen, so the next search begins after it. */
  pass(workers: PickupView, index: number): void {
    this.#next.set(workers, index + 1)
  }
}

class LeastJobs implements Pickup {
  readonly #rota = new Rota()

  pick(workers: PickupView): number {
    const { length } = workers
    let index = this.#rota.begin(workers)
    let best = -1
    let fewest = Infinity
    let isBestBusy = false
    for (let left = length; left > 0; left--) {
      const jobs = workers.jobs(index)
      if ((jobs < fewest || (jobs === fewest && isBestBusy)) && workers.isReady(index)) {
        const isBusy = workers.isBusy(index)
        if (jobs < fewest || !isBusy) {
          best = index
          fewest = jobs
          isBestBusy = isBusy
          // No other can be better.
          if (jobs === 0 && !isBusy) break
        }
      }
      index = index + 1 < length ? index + 1 : 0
    }
    if (best !== -1) this.#rota.pass(workers, best)
    return best
  }
}

class RoundRobin implements Pickup {
  readonly #rota = new Rota()

  pick(workers: PickupView): number {
    const { length } = workers
    let index = this.#rota.begin(workers)
    for (let left = length; left > 0; left--) {
      if (workers.isReady(index)) {
        this.#rota.pass(workers, index)
        return index
      }
      index = index + 1 < length ? index + 1 : 0
    }
    return -1
  }
}

/** How often a worker is drawn at random before all of them are examined. */
const DRAWS = 4

class RandomReady implements Pickup {
  pick(workers: PickupView): number {
    const { length } = workers
    // Usually most workers are ready. Drawing again after hitting one that is not gives each ready worker the same
    // probability.
    for (let draw = 0; draw < DRAWS; draw++) {
      const index = Math.floor(Math.random() * length)
      if (index < length && workers.isReady(index)) return index
    }
    let choice = -1
    let ready = 0
    // The nth ready worker replaces the choice with a probability of 1/n (a reservoir of one: Knuth, TAOCP 2, 3.4.2,
    // algorithm R). Counting them first would ask each one twice, and it might not be ready the second time.
    for (let index = 0; index < length; index++) {
      if (workers.isReady(index) && Math.random() * ++ready < 1) choice = index
    }
    return choice
  }
}

class FirstAvailable implements Pickup {
  pick(workers: PickupView): number {
    const { length } = workers
    for (let index = 0; index < length; index++) if (workers.isReady(index)) return index
    return -1
  }
}

class ByWeight implements Pickup {
  readonly #rota = new Rota()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  pick(workers: PickupView, job: PickupJob): number {
    const { length } = workers
    const most = this.#limit - job.weight
    let index = this.#rota.begin(workers)
    let best = -1
    let least = Infinity
    let fewest = Infinity
    for (let left = length; left > 0; left--) {
      const weight = workers.weight(index)
      if (weight <= least && workers.isReady(index)) {
        const jobs = workers.jobs(index)
        // At equal weight, the worker with fewer jobs is better, so that jobs without a weight are spread as well.
        const isBetter = weight < least || jobs < fewest
        // A job heavier than the limit goes to a worker without jobs; otherwise it would wait for ever.
        if (isBetter && (weight <= most || jobs === 0)) {
          best = index
          least = weight
          fewest = jobs
        }
      }
      index = index + 1 < length ? index + 1 : 0
    }
    if (best !== -1) this.#rota.pass(workers, best)
    return best
  }
}
