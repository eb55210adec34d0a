/** Places that come free where several senders wait: each is given as many jobs as the others, and nobody is forgotten. */

import { describe, expect, test } from 'vitest'
import { FairShare } from '../../../src/groups/jobs/fair-share.js'
import { READY, SharedRecords } from '../../../src/groups/shared/records.js'
import { Target } from '../../../src/groups/jobs/target.js'
import { random } from '../../support/random.js'

/** What a sender sends: for ever more jobs than there are places. */
interface Plan {
  /** Ms that its jobs take, on average. */
  readonly takes: number
  /** Places that it has at the beginning, with jobs that do not end. */
  readonly hung?: number
  /** Ms from which on it takes no place that it is told of. */
  readonly blockedFrom?: number
  /** Ms at which it begins. */
  readonly from?: number
}

/** Senders, the places of one worker, and somebody who passes the word as the Watcher does; time is counted, not waited for. */
class World {
  readonly given: number[]
  /** Words to others. */
  words = 0
  now = 1
  readonly #plans: readonly Plan[]
  readonly #shared: SharedRecords
  readonly #shares: FairShare[]
  /** When which sender's job ends. */
  readonly #ends: { readonly at: number; readonly sender: number }[] = []
  readonly #places: number
  #free: number
  /** When a place is offered to all that somebody has been told of and has not taken. */
  #lookAt = Infinity
  readonly #chance = random()

  constructor(places: number, plans: readonly Plan[]) {
    this.#places = this.#free = places
    this.#plans = plans
    // The first record is the worker's, the others are those of the senders.
    this.#shared = new SharedRecords(1, 1 + plans.length)
    this.#shared.begin(0, 1)
    this.#shared.move(0, READY)
    const facts = {
      name: 'a',
      type: 'job',
      index: 0,
      targets: [],
      firstRecord: 0,
      records: 1,
      maxJobs: places,
    } as const
    const clock = { now: () => this.now }
    this.#shares = plans.map((_, i) => new FairShare(clock, this.#shared, 1 + i, new Target(facts, this.#shared)))
    this.given = plans.map(() => 0)
    plans.forEach(({ hung = 0 }, sender) => {
      for (let i = 0; i < hung; i++) this.#take(sender, Infinity)
    })
    plans.forEach(({ from = 0 }, sender) => {
      if (from === 0) this.#begin(sender)
    })
  }

  run(ms: number): this {
    for (const until = this.now + ms; this.now < until; ) {
      this.#plans.forEach(({ from = 0 }, sender) => {
        if (from >= this.now && from < this.now + 1) this.#begin(sender)
      })
      const due = this.#ends.filter(({ at }) => at < this.now + 1).sort((one, other) => one.at - other.at)
      for (const end of due) {
        this.#ends.splice(this.#ends.indexOf(end), 1)
        this.now = Math.max(this.now, end.at)
        this.#end(end.sender)
      }
      this.now = Math.floor(this.now) + 1
      for (const share of this.#shares) share.turned()
      if (this.now >= this.#lookAt) {
        this.#lookAt = Infinity
        for (const sender of this.#byGiven()) this.#serve(sender)
      }
    }
    return this
  }

  #begin(sender: number): void {
    this.#shares[sender]?.setWaits(true)
    this.#shared.tallies.setWaits(1 + sender, 0, true)
    this.#shared.setWaiting(0, this.#shared.waiting(0) + 1)
    this.#serve(sender)
  }

  #take(sender: number, takes: number): void {
    this.#shared.reservations.reserve(1 + sender, 0, 1, 0, this.#places)
    this.#shares[sender]?.take()
    this.#free--
    if (takes < Infinity) {
      this.given[sender] = (this.given[sender] ?? 0) + 1
      this.#ends.push({ at: this.now + takes * (0.5 + this.#chance.below(1000) / 1000), sender })
    }
  }

  /** The sender takes what is free, `most` places at most. */
  #serve(sender: number, most = Infinity): void {
    const { takes, blockedFrom = Infinity } = this.#plans[sender] as Plan
    for (let i = 0; i < most && this.#free > 0 && this.now < blockedFrom; i++) this.#take(sender, takes)
  }

  #end(sender: number): void {
    const isForOthers = this.#shares[sender]?.giveBack()
    this.#shared.reservations.release(1 + sender, 0, 1, 0)
    this.#free++
    if (isForOthers !== true) return this.#serve(sender, 1)
    this.words++
    const [next = 0] = this.#byGiven()
    this.#serve(next)
    if (this.#free > 0) this.#lookAt = Math.min(this.#lookAt, this.now + 20)
  }

  #byGiven(): number[] {
    const given = (sender: number): number => this.#shared.tallies.get(1 + sender, 0).given
    const waiting = this.#plans.flatMap((_, sender) => (this.#shared.tallies.waits(1 + sender, 0) ? [sender] : []))
    return waiting.sort((one, other) => given(one) - given(other))
  }
}

const share = (given: readonly number[]): number => Math.min(...given) / Math.max(...given)

describe('senders that all wait', () => {
  test.each<[string, number, Plan[]]>([
    ['as many places as they like', 64, [{ takes: 1 }, { takes: 1 }, { takes: 1 }]],
    ['one place', 1, [{ takes: 1 }, { takes: 1 }, { takes: 1 }, { takes: 1 }]],
    ['one place, and long jobs', 1, [{ takes: 50 }, { takes: 50 }, { takes: 50 }]],
    ['fewer places than there are of them', 3, [{ takes: 2 }, { takes: 2 }, { takes: 2 }, { takes: 2 }, { takes: 2 }]],
    ['half of them with jobs that do not end', 8, [{ takes: 1, hung: 4 }, { takes: 1 }]],
    ['most of them with jobs that do not end', 8, [{ takes: 1, hung: 6 }, { takes: 1 }]],
    ['jobs of different length', 10, [{ takes: 1 }, { takes: 8 }]],
  ])('are given as many jobs each: %s', (_, places, plans) => {
    expect(share(new World(places, plans).run(3000).given)).toBeGreaterThan(0.8)
  })

  test('and get on equally well say nothing to each other, but for a word now and then', () => {
    const { given, words } = new World(90, [{ takes: 1 }, { takes: 1 }, { takes: 1 }]).run(3000)
    const jobs = given.reduce((sum, count) => sum + count)
    expect(jobs).toBeGreaterThan(100_000)
    expect(words).toBeLessThan(jobs / 500)
  })

  test('are not owed what others were given before they came', () => {
    const world = new World(8, [{ takes: 1 }, { takes: 1, from: 2000 }]).run(2000)
    const before = world.given[0] ?? 0
    expect(before).toBeGreaterThan(5000)
    world.run(2000)
    expect(share([(world.given[0] ?? 0) - before, world.given[1] ?? 0])).toBeGreaterThan(0.8)
  })

  test('are given as many jobs each though one of them takes nothing', () => {
    const plans = [{ takes: 1 }, { takes: 1, blockedFrom: 0 }, { takes: 1 }, { takes: 1 }]
    const { given } = new World(4, plans).run(3000)
    expect(given[1]).toBe(0)
    expect(share(given.filter((_, sender) => sender !== 1))).toBeGreaterThan(0.8)
  })

  test('lose little to one that takes nothing', () => {
    const alone = new World(4, [{ takes: 1 }]).run(3000).given[0] ?? 0
    const [given = 0] = new World(4, [{ takes: 1 }, { takes: 1, blockedFrom: 0 }]).run(3000).given
    expect(given / alone).toBeGreaterThan(0.8)
  })
})

describe('a place that a sender gives back', () => {
  const worldOfTwo = (): { shared: SharedRecords; share: FairShare } => {
    const shared = new SharedRecords(1, 3)
    shared.begin(0, 1)
    const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 1, maxJobs: 9 } as const
    return { shared, share: new FairShare({ now: () => 1000 }, shared, 1, new Target(facts, shared)) }
  }

  test('is its own where nobody else waits', () => {
    const { shared, share } = worldOfTwo()
    share.take()
    expect(share.giveBack()).toBe(false)
    share.take()
    share.setWaits(true)
    shared.setWaiting(0, 1)
    expect(share.giveBack()).toBe(false)
  })

  test('is for those that wait if it does not', () => {
    const { shared, share } = worldOfTwo()
    share.take()
    shared.setWaiting(0, 1)
    expect(share.giveBack()).toBe(true)
  })

  test('is for the main thread where that waits, and has none', () => {
    const { shared } = worldOfTwo()
    const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 1, maxJobs: 9 } as const
    let now = 1000
    const share = new FairShare({ now: () => now }, shared, 1, new Target(facts, shared))
    shared.setWaiting(0, 2)
    shared.tallies.setWaits(shared.reservations.main, 0, true)
    share.setWaits(true)
    for (let i = 0; i < 2; i++) share.take()
    now += 1000
    expect(share.giveBack()).toBe(true)
  })

  test('is not for a sender that is gone, though the count says so still', () => {
    const { shared, share } = worldOfTwo()
    shared.setWaiting(0, 2)
    shared.tallies.setWaits(2, 0, true)
    shared.tallies.set(2, 0, 3, 7)
    shared.abandon(2)
    expect(shared.tallies.get(2, 0)).toEqual({ held: 0, given: 0 })
    share.setWaits(true)
    share.take()
    expect(share.giveBack()).toBe(false)
  })
})

test('while a place lies idle that was left to others, no further one is left to them; after 20 ms it is', () => {
  const shared = new SharedRecords(1, 3)
  shared.begin(0, 1)
  shared.move(0, READY)
  const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 1, maxJobs: 9 } as const
  let now = 1000
  const share = new FairShare({ now: () => now }, shared, 1, new Target(facts, shared))
  shared.setWaiting(0, 2)
  shared.tallies.setWaits(2, 0, true)
  share.setWaits(true)
  for (let i = 0; i < 3; i++) share.take()
  const isLeftAfter = (ms: number): boolean => {
    now += ms
    share.turned()
    return share.giveBack()
  }
  expect([isLeftAfter(5), isLeftAfter(10), isLeftAfter(10)]).toEqual([false, false, true])
})

test('a lead is seen across the point where counts wrap around', () => {
  const shared = new SharedRecords(1, 3)
  const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 1, maxJobs: 9 } as const
  let now = 1000
  const share = new FairShare({ now: () => now }, shared, 1, new Target(facts, shared))
  shared.setWaiting(0, 2)
  shared.tallies.setWaits(2, 0, true)
  shared.tallies.set(2, 0, 1, 2 ** 31 - 1)
  share.setWaits(true)
  for (let i = 0; i < 3; i++) share.take()
  now += 1000
  expect(share.giveBack()).toBe(true)
})

test('counts of jobs may run over', () => {
  const shared = new SharedRecords(1, 3)
  shared.tallies.set(2, 0, 5, 2 ** 31 - 1)
  shared.tallies.setWaits(2, 0, true)
  const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 1, maxJobs: 9 } as const
  const share = new FairShare({ now: () => 1000 }, shared, 1, new Target(facts, shared))
  share.setWaits(true)
  share.take()
  expect(shared.tallies.get(1, 0)).toEqual({ held: 1, given: -(2 ** 31) })
})

/** Step by step what src/groups/jobs/README.md tells. The senders a and b are threads, m is the main thread. */
describe('the example of three senders and two places', () => {
  const facts = { name: 'w', type: 'job', index: 0, targets: [], firstRecord: 0, records: 1, maxJobs: 2 } as const

  function setUp() {
    const shared = new SharedRecords(1, 3)
    const generation = shared.begin(0, 1)
    shared.move(0, READY)
    let now = 0
    const sender = (number: number) => {
      const share = new FairShare({ now: () => now }, shared, number, new Target(facts, shared))
      return {
        wait(): void {
          shared.setWaiting(0, shared.waiting(0) + 1)
          share.setWaits(true)
        },
        take(): void {
          expect(shared.reservations.reserve(number, 0, generation, 0, 2)).toBe(true)
          share.take()
        },
        /** One of its jobs ends. */
        end(): 'own' | 'for others' {
          const isForOthers = share.giveBack()
          shared.reservations.release(number, 0, generation, 0)
          return isForOthers ? 'for others' : 'own'
        },
        turn: () => share.turned(),
      }
    }
    const [a, b, m] = [sender(1), sender(2), sender(shared.reservations.main)] as const
    const tallies = (): number[][] =>
      [1, 2, 3].map(number => {
        const { held, given } = shared.tallies.get(number, 0)
        return [held, given]
      })
    const at = (ms: number): void => {
      now = ms
      for (const each of [a, b, m]) each.turn()
    }
    return { at, a, b, m, tallies }
  }

  test('goes as the README says', () => {
    const { at, a, b, m, tallies } = setUp()
    a.wait()
    for (let i = 0; i < 40; i++) {
      a.take()
      if (i < 38) a.end()
    }
    expect(tallies()).toEqual([[2, 40], [0, 0], [0, 0]]) // prettier-ignore

    at(100)
    b.wait()
    m.wait()
    expect(tallies()).toEqual([[2, 40], [0, 40], [0, 40]]) // prettier-ignore

    at(101)
    expect(a.end()).toBe('for others')
    b.take()
    expect(tallies()).toEqual([[1, 40], [1, 41], [0, 40]]) // prettier-ignore
    expect(a.end()).toBe('own')
    a.take()
    expect(tallies()).toEqual([[1, 41], [1, 41], [0, 40]]) // prettier-ignore

    at(102)
    expect(a.end()).toBe('own')
    a.take()
    expect(tallies()).toEqual([[1, 42], [1, 41], [0, 40]]) // prettier-ignore

    // It forgives itself the second job of its lead, and publishes that with its next job.
    at(104)
    expect(a.end()).toBe('for others')
    m.take()
    expect(tallies()).toEqual([[0, 42], [1, 41], [1, 41]]) // prettier-ignore

    at(105)
    expect(b.end()).toBe('own')
    b.take()
    expect(tallies()).toEqual([[0, 42], [1, 42], [1, 41]]) // prettier-ignore

    at(106)
    expect(m.end()).toBe('own')
    m.take()
    expect(tallies()).toEqual([[0, 42], [1, 42], [1, 42]]) // prettier-ignore

    at(107)
    expect(b.end()).toBe('for others')
    a.take()
    expect(tallies()).toEqual([[1, 42], [0, 42], [1, 42]]) // prettier-ignore
  })
})
