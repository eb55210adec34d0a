/** What each shipped pickup strategy chooses, of any group and under any load; one strategy after the other, hence the length. */

import { afterEach, describe, expect, onTestFailed, test, vi } from 'vitest'
import { InvariantError } from '../../../src/errors/base.js'
import { pickup } from '../../../src/groups/strategies/pickup.js'
import { pickupRecord, rebuildPickup } from '../../../src/groups/strategies/pickup-rules.js'
import type { Pickup, PickupJob, PickupView } from '../../../src/groups/strategies/pickup-view.js'
import { polluted } from '../../support/polluted.js'
import { random, type Random } from '../../support/random.js'

interface FakeWorker {
  isReady: boolean
  jobs: number
  weight: number
  isBusy: boolean
}

/** A group as a strategy sees it, of workers that the test changes as it likes. */
class FakeGroup implements PickupView {
  readonly workers: FakeWorker[]

  constructor(workers: readonly Partial<FakeWorker>[]) {
    this.workers = workers.map(worker => ({ isReady: true, jobs: 0, weight: 0, isBusy: false, ...worker }))
  }

  get length(): number {
    return this.workers.length
  }

  isReady(index: number): boolean {
    return this.at(index).isReady
  }

  jobs(index: number): number {
    return this.at(index).jobs
  }

  weight(index: number): number {
    return this.at(index).weight
  }

  isBusy(index: number): boolean {
    return this.at(index).isBusy
  }

  at(index: number): FakeWorker {
    const worker = this.workers[index]
    if (worker === undefined) throw new RangeError(`there is no worker ${index}`)
    return worker
  }

  /** What the sender does with a choice. */
  give(index: number, weight = 0): void {
    this.at(index).jobs++
    this.at(index).weight += weight
  }
}

const shipped: readonly (readonly [name: string, make: () => Pickup])[] = [
  ['leastJobs', () => pickup.leastJobs()],
  ['roundRobin', () => pickup.roundRobin()],
  ['random', () => pickup.random()],
  ['firstAvailable', () => pickup.firstAvailable()],
  ['byWeight', () => pickup.byWeight()],
]

const light: PickupJob = { priority: 0, weight: 0 }

function groupOf(chance: Random): FakeGroup {
  const readiness = chance.next()
  return new FakeGroup(
    Array.from({ length: chance.below(8) }, () => ({
      isReady: chance.next() < readiness,
      jobs: chance.below(3),
      weight: chance.below(4),
      isBusy: chance.below(2) === 0,
    })),
  )
}

/** Chance that can be repeated, for this test and for the strategies. */
function seeded(): Random {
  const chance = random()
  onTestFailed(() => console.error(`SEED=${chance.seed}`))
  vi.spyOn(Math, 'random').mockImplementation(() => chance.next())
  return chance
}

/** The choices of as many jobs in a row, each of which stays where it is. */
function burst(strategy: Pickup, group: FakeGroup, jobs: number): number[] {
  return Array.from({ length: jobs }, () => {
    const index = strategy.pick(group, light)
    group.give(index)
    return index
  })
}

function readyOnes(group: FakeGroup): number[] {
  return group.workers.flatMap((worker, index) => (worker.isReady ? [index] : []))
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(shipped)('pickup.%s', (name, make) => {
  test('[B7] chooses a ready worker whenever there is one, and none where there is none', () => {
    const chance = seeded()
    const strategy = make()
    const groups = Array.from({ length: 50 }, () => groupOf(chance))
    for (let step = 0; step < 20_000; step++) {
      const group = groups[chance.below(groups.length)] ?? groupOf(chance)
      for (const worker of group.workers) if (chance.below(4) === 0) worker.isReady = !worker.isReady
      const index = strategy.pick(group, { priority: chance.below(3), weight: chance.below(3) })
      const ready = readyOnes(group)
      if (ready.length === 0 ? index !== -1 : !ready.includes(index)) {
        expect.fail(`step ${step}: ${index} of the ready ones ${ready.join()}`)
      }
    }
  })

  test('[B8] chooses a worker though none is idle', () => {
    const strategy = make()
    const group = new FakeGroup([
      { jobs: 3, weight: 5 },
      { jobs: 1, weight: 2 },
      { jobs: 2, weight: 9 },
    ])
    for (let i = 0; i < 10; i++) expect(strategy.pick(group, light)).toBeGreaterThanOrEqual(0)
  })

  test('[B5] travels to another thread, and chooses there by the same rule', () => {
    const record = pickupRecord(make())
    expect(record?.kind).toBe(name)
    const copy = structuredClone(record)
    if (copy === undefined) expect.fail('it has no record')
    const rebuilt = rebuildPickup(copy)
    expect(rebuilt.constructor).toBe(make().constructor)
    // On and on: a thread may start threads one day.
    expect(pickupRecord(rebuilt)).toEqual(record)
  })

  test('cannot be given another method, which would not travel', () => {
    expect(Object.isFrozen(make())).toBe(true)
  })

  test('reads each of 64 workers a few times at most for a choice', () => {
    const group = new FakeGroup(Array.from({ length: 64 }, () => ({ jobs: 1, weight: 1, isBusy: true })))
    const reads = (['isReady', 'jobs', 'weight', 'isBusy'] as const).map(method => vi.spyOn(group, method))
    make().pick(group, light)
    expect(reads.reduce((sum, read) => sum + read.mock.calls.length, 0)).toBeLessThanOrEqual(64 * 3)
  })
})

describe('pickup.leastJobs', () => {
  test('[B8] chooses the fewest jobs, and a busy worker only where no other has as few', () => {
    const chance = seeded()
    const strategy = pickup.leastJobs()
    for (let step = 0; step < 20_000; step++) {
      const group = groupOf(chance)
      const index = strategy.pick(group, light)
      if (index === -1) continue
      const ready = readyOnes(group).map(each => group.at(each))
      const rank = ({ jobs, isBusy }: FakeWorker): number => 2 * jobs + Number(isBusy)
      const best = Math.min(...ready.map(rank))
      if (rank(group.at(index)) !== best) expect.fail(`step ${step}: ${JSON.stringify(group.workers)}, ${index}`)
    }
  })

  test('[B8b] spreads a burst evenly, whatever the start', () => {
    for (let size = 1; size < 10; size++) {
      const group = new FakeGroup(Array.from({ length: size }, () => ({})))
      burst(pickup.leastJobs(), group, 3 * size)
      expect(group.workers.map(({ jobs }) => jobs)).toEqual(Array.from({ length: size }, () => 3))
    }
  })

  test('[B8b] goes round among equals even where the jobs of before have ended', () => {
    const group = new FakeGroup([{}, {}, {}, {}])
    const strategy = pickup.leastJobs()
    const choices = Array.from({ length: 8 }, () => strategy.pick(group, light))
    expect(new Set(choices.slice(0, 4)).size).toBe(4)
    expect(choices.slice(4)).toEqual(choices.slice(0, 4))
  })

  test('[B8b] many senders, each with one job, do not all begin with the same worker', () => {
    seeded()
    const chosen = Array.from({ length: 100 }, () => pickup.leastJobs().pick(new FakeGroup([{}, {}, {}, {}]), light))
    expect(new Set(chosen).size).toBe(4)
  })

  test('prefers one job more to none at all on a worker that is not ready', () => {
    const group = new FakeGroup([{ isReady: false }, { jobs: 9 }])
    expect(pickup.leastJobs().pick(group, light)).toBe(1)
  })

  test('prefers a busy worker with fewer jobs to one that is not busy', () => {
    const group = new FakeGroup([{ jobs: 2 }, { jobs: 1, isBusy: true }])
    expect(pickup.leastJobs().pick(group, light)).toBe(1)
  })
})

describe('pickup.roundRobin', () => {
  test('gives each ready worker its turn before any gets another', () => {
    const chance = seeded()
    for (let round = 0; round < 2000; round++) {
      const group = groupOf(chance)
      const ready = readyOnes(group)
      const strategy = pickup.roundRobin()
      const choices = Array.from({ length: 2 * ready.length }, () => strategy.pick(group, light))
      expect(choices.slice(0, ready.length).sort()).toEqual(ready)
      expect(choices.slice(ready.length).sort()).toEqual(ready)
    }
  })

  test('keeps count for each group apart: who sends to two in turns reaches all workers of both', () => {
    const strategy = pickup.roundRobin()
    const groups = [new FakeGroup([{}, {}]), new FakeGroup([{}, {}])]
    for (let i = 0; i < 4; i++) for (const group of groups) group.give(strategy.pick(group, light))
    expect(groups.map(({ workers }) => workers.map(({ jobs }) => jobs))).toEqual([
      [2, 2],
      [2, 2],
    ])
  })

  test('[B8b] many senders, each with one job, do not all begin with the same worker', () => {
    seeded()
    const chosen = Array.from({ length: 100 }, () => pickup.roundRobin().pick(new FakeGroup([{}, {}, {}]), light))
    expect(new Set(chosen).size).toBe(3)
  })

  test('takes no notice of load', () => {
    const group = new FakeGroup([{ jobs: 50 }, {}])
    const strategy = pickup.roundRobin()
    const choices = Array.from({ length: 10 }, () => strategy.pick(group, light))
    expect(choices.filter(index => index === 0)).toHaveLength(5)
  })
})

describe('pickup.random', () => {
  test('[B7] gives all ready workers the same chance, and the others none', () => {
    seeded()
    const group = new FakeGroup([{ isReady: false }, {}, {}, { isReady: false }, {}, {}])
    const strategy = pickup.random()
    const counts = [0, 0, 0, 0, 0, 0]
    for (let i = 0; i < 40_000; i++) {
      const index = strategy.pick(group, light)
      counts[index] = (counts[index] ?? 0) + 1
    }
    expect([counts[0], counts[3]]).toEqual([0, 0])
    // Five standard deviations of a binomial with n = 40,000 and p = 1/4 are 433.
    for (const index of [1, 2, 4, 5]) expect(Math.abs((counts[index] ?? 0) - 10_000)).toBeLessThan(433)
  })
})

describe('pickup.firstAvailable', () => {
  test('chooses the first ready worker as long as it is ready', () => {
    const group = new FakeGroup([{ isReady: false }, { jobs: 7, isBusy: true }, {}])
    const strategy = pickup.firstAvailable()
    expect([strategy.pick(group, light), strategy.pick(group, light)]).toEqual([1, 1])
    group.at(1).isReady = false
    expect(strategy.pick(group, light)).toBe(2)
    group.at(0).isReady = true
    expect(strategy.pick(group, light)).toBe(0)
  })
})

describe('pickup.byWeight', () => {
  const fits = ({ jobs, weight }: FakeWorker, job: PickupJob, limit: number): boolean =>
    jobs === 0 || weight + job.weight <= limit

  test('[B8] [B9] chooses the least weight, then the fewest jobs, among those that keep within the limit', () => {
    const chance = seeded()
    for (let step = 0; step < 20_000; step++) {
      const limit = [1, 2, 4, Infinity][chance.below(4)] ?? Infinity
      const strategy = pickup.byWeight({ limit })
      const group = groupOf(chance)
      const job = { priority: 0, weight: chance.below(5) }
      const index = strategy.pick(group, job)
      const fitting = readyOnes(group).filter(each => fits(group.at(each), job, limit))
      const rank = (each: number): number => 100 * group.at(each).weight + group.at(each).jobs
      const best = Math.min(...fitting.map(rank))
      if (fitting.length === 0 ? index !== -1 : !fitting.includes(index) || rank(index) !== best) {
        expect.fail(`step ${step}: ${JSON.stringify(group.workers)}, limit ${limit}, ${job.weight}: ${index}`)
      }
    }
  })

  test('[B9] the limit holds from the first try on', () => {
    const group = new FakeGroup([
      { jobs: 1, weight: 8 },
      { jobs: 1, weight: 9 },
    ])
    const strategy = pickup.byWeight({ limit: 10 })
    expect(strategy.pick(group, { priority: 0, weight: 2 })).toBe(0)
    expect(strategy.pick(group, { priority: 0, weight: 3 })).toBe(-1)
  })

  test('a job heavier than the limit goes to a worker that has nothing, and to no other', () => {
    const group = new FakeGroup([{ jobs: 1 }, { jobs: 0 }])
    const heavy = { priority: 0, weight: 11 }
    const strategy = pickup.byWeight({ limit: 10 })
    expect(strategy.pick(group, heavy)).toBe(1)
    group.give(1, 11)
    expect(strategy.pick(group, heavy)).toBe(-1)
  })

  test('[B5] the limit travels', () => {
    const record = structuredClone(pickupRecord(pickup.byWeight({ limit: 4 })))
    const strategy = rebuildPickup(record ?? { kind: 'none', options: undefined })
    const group = new FakeGroup([{ jobs: 1, weight: 3 }])
    expect([1, 2].map(weight => strategy.pick(group, { priority: 0, weight }))).toEqual([0, -1])
    expect(structuredClone(pickupRecord(pickup.byWeight()))).toEqual({ kind: 'byWeight', options: Infinity })
  })

  test('jobs without weight spread', () => {
    const group = new FakeGroup([{}, {}, {}])
    burst(pickup.byWeight(), group, 6)
    expect(group.workers.map(({ jobs }) => jobs)).toEqual([2, 2, 2])
  })

  test('options that are none are refused by name', () => {
    const byWeight = (options: unknown): Pickup => Reflect.apply(pickup.byWeight, undefined, [options])
    expect(() => byWeight({ limit: '5' })).toThrow(
      new TypeError("pickup.byWeight: limit must be a number > 0 or Infinity, got '5' (string)"),
    )
    for (const limit of [0, -1, NaN, -Infinity]) expect(() => byWeight({ limit })).toThrow(RangeError)
    expect(() => byWeight({ limits: 5 })).toThrow(/pickup\.byWeight: options has no 'limits'; did you mean limit\?/)
    for (const options of [null, 5, 'limit', [5]]) {
      expect(() => byWeight(options)).toThrow(/^pickup\.byWeight: options must be an object/)
    }
    expect(pickupRecord(byWeight(undefined))).toEqual({ kind: 'byWeight', options: Infinity })
    expect(pickupRecord(byWeight({ limit: undefined }))).toEqual({ kind: 'byWeight', options: Infinity })
  })

  test('a polluted prototype sets no limit', () => {
    const record = polluted({ limit: 1, options: 1, kind: 'random' }, () => pickupRecord(pickup.byWeight()))
    expect(record).toEqual({ kind: 'byWeight', options: Infinity })
  })
})

describe('a pickup record', () => {
  test('is there for shipped strategies only, and not for what looks like one', () => {
    const own: Pickup = { pick: () => 0 }
    expect(pickupRecord(own)).toBeUndefined()
    expect(pickupRecord(Object.create(pickup.random()) as Pickup)).toBeUndefined()
    expect(pickupRecord(new Proxy(pickup.random(), {}))).toBeUndefined()
    expect(polluted({ kind: 'random' }, () => pickupRecord(own))).toBeUndefined()
  })

  test('of no shipped strategy is a bug of ours', () => {
    for (const kind of ['', 'none', 'constructor', '__proto__', 'toString']) {
      expect(() => rebuildPickup({ kind, options: undefined })).toThrow(InvariantError)
    }
    expect(() => rebuildPickup({ kind: 'byWeight', options: { limit: 5 } })).toThrow(InvariantError)
  })

  test('the strategies themselves cannot be replaced', () => {
    expect(Object.isFrozen(pickup)).toBe(true)
  })
})
