/**
 * The shipped deciders of who gets a job, and the records by which they travel to the threads that send. A thread needs no
 * more than this file of them; it must not know what options users write.
 */

import { InvariantError } from '../../errors/base.js'
import type { PickupRecord } from '../shared/messages.js'
import type { Pickup, PickupJob, PickupView } from './pickup-view.js'

/** By which record each was made. Not a property of theirs: whatever merely looks like one of ours is not. */
const records = new WeakMap<object, PickupRecord>()

/** How a shipped strategy travels; undefined for a user's own, which cannot. */
export function pickupRecord(pickup: Pickup): PickupRecord | undefined {
  return records.get(pickup)
}

/**
 * A strategy as the record says, with a memory of its own.
 *
 * @throws {InvariantError} no record of ours
 */
export function rebuildPickup(record: PickupRecord): Pickup {
  const { kind, options } = record
  // Frozen, as a method that somebody put in place of ours would not travel.
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
 * At which worker the next look at a group begins. For each group of its own: one count for all would, for somebody who
 * sends to two groups in turns, begin at every other worker only.
 */
class Rota {
  readonly #next = new WeakMap<PickupView, number>()

  /** At first anywhere, or all senders would begin with the same worker. */
  begin(workers: PickupView): number {
    const next = this.#next.get(workers) ?? Math.floor(Math.random() * workers.length)
    return next < workers.length ? next : 0
  }

  /** This worker has had its turn. */
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
          // It does not get better than this.
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

/** So often one is drawn blindly before all are looked at. */
const DRAWS = 4

class RandomReady implements Pickup {
  pick(workers: PickupView): number {
    const { length } = workers
    // Most are ready as a rule, and a draw that is thrown away where it hits none leaves all of them the same chance.
    for (let draw = 0; draw < DRAWS; draw++) {
      const index = Math.floor(Math.random() * length)
      if (index < length && workers.isReady(index)) return index
    }
    let choice = -1
    let ready = 0
    // Each ready one takes the place of those before it with a chance of 1 in so many (a reservoir of one: Knuth, TAOCP 2,
    // 3.4.2, algorithm R). To count them first would ask each twice, and between the two it may no longer be ready.
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
        // Among equals the fewest jobs: jobs to which nobody gave a weight spread, too.
        const isBetter = weight < least || jobs < fewest
        // A job heavier than the limit would never find a worker, unless one that holds nothing takes it.
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
