/** Places that come free where several senders wait: they even out, and nobody is forgotten. */

import { describe, expect, test } from 'vitest'
import { FairShare } from '../../../src/groups/fair-share.js'
import { SharedState } from '../../../src/groups/shared-state.js'
import { Target } from '../../../src/groups/targets.js'
import { random } from '../../support/random.js'

/** Senders with more jobs than there are places, which go to whoever the others say, by a list like the Watcher's. */
class Senders {
  readonly places: number[]
  readonly jobs: number[]
  /** Words to others. */
  words = 0
  readonly #shared: SharedState
  readonly #shares: FairShare[]
  readonly #list: number[]
  #free: number

  constructor(places: readonly number[], free = 0) {
    // The first record is the worker's, the others are those of the senders.
    this.#shared = new SharedState(1, 1 + places.length)
    this.#shared.begin(0, 1)
    const most = places.reduce((sum, count) => sum + count, free)
    const facts = {
      name: 'a',
      type: 'job',
      index: 0,
      targets: [],
      firstRecord: 0,
      records: 1,
      maxJobs: most,
    } as const
    this.#shares = places.map((_, i) => new FairShare(this.#shared, 1 + i, new Target(facts, this.#shared)))
    this.places = places.map(() => 0)
    this.jobs = places.map(() => 0)
    this.#list = places.map((_, i) => i)
    this.#free = most
    places.forEach((count, sender) => {
      for (let i = 0; i < count; i++) this.take(sender)
      this.#shared.setWaits(1 + sender, 0, true)
    })
    this.#shared.setWaiting(0, places.length)
  }

  take(sender: number): void {
    if (!this.#shared.reservations.reserve(1 + sender, 0, 1, 0, Infinity)) throw new Error('no place')
    this.#shares[sender]?.take()
    this.places[sender] = (this.places[sender] ?? 0) + 1
    this.#free--
  }

  /** A job of this sender has ended. */
  end(sender: number): void {
    this.#shared.reservations.release(1 + sender, 0, 1, 0)
    this.places[sender] = (this.places[sender] ?? 0) - 1
    this.jobs[sender] = (this.jobs[sender] ?? 0) + 1
    this.#free++
    if (this.#shares[sender]?.giveBack(true) === false) return this.take(sender)
    this.words++
    const next = this.#list.shift() ?? 0
    this.#list.push(next)
    while (this.#free > 0) this.take(next)
  }

  turned(): void {
    for (const share of this.#shares) share.turned()
  }
}

/** Lets jobs of any sender end, in turns of the event loop with some for each. */
function run(senders: Senders, steps: number): void {
  const chance = random()
  for (let step = 0; step < steps; step++) {
    const having = senders.places.flatMap((count, sender) => (count > 0 ? [sender] : []))
    senders.end(having[chance.below(having.length)] ?? 0)
    if (chance.below(5) === 0) senders.turned()
  }
}

describe('places of senders that all wait', () => {
  test.each([
    ['one has all', [60, 0, 0]],
    ['one has most', [50, 9, 1]],
    ['one more comes', [30, 30, 0]],
    ['two share a few', [5, 0]],
  ])('even out, whoever had them: %s', (_, places) => {
    const senders = new Senders(places)
    run(senders, 2000)
    const sum = places.reduce((a, b) => a + b)
    expect(senders.places.reduce((a, b) => a + b)).toBe(sum)
    expect(Math.max(...senders.places) * (7 / 8) - Math.min(...senders.places)).toBeLessThanOrEqual(2)
    expect(Math.min(...senders.places)).toBeGreaterThan(0)
  })

  test('that have equal shares are kept without a word', () => {
    const senders = new Senders([20, 20, 20])
    run(senders, 2000)
    expect(senders.words).toBe(0)
  })

  test('go round where there are fewer than senders, so that each has its jobs done', () => {
    const senders = new Senders([1, 1, 0, 0, 0])
    run(senders, 5000)
    for (const jobs of senders.jobs) expect(jobs).toBeGreaterThan(700)
  })
})

describe('a place that a sender gives back', () => {
  const shared = new SharedState(1, 3)
  shared.begin(0, 1)
  const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 1, maxJobs: 9 } as const
  const share = new FairShare(shared, 1, new Target(facts, shared))

  test('is its own where nobody else waits', () => {
    share.take()
    expect(share.giveBack(false)).toBe(false)
    share.take()
    shared.setWaiting(0, 1)
    expect(share.giveBack(true)).toBe(false)
  })

  test('is for those that wait if it does not', () => {
    share.take()
    shared.setWaiting(0, 1)
    expect(share.giveBack(false)).toBe(true)
  })

  test('is not for a sender that waits no longer, though the count says so still', () => {
    shared.setWaiting(0, 2)
    shared.setWaits(2, 0, true)
    shared.abandon(2)
    share.take()
    share.turned()
    expect(share.giveBack(true)).toBe(false)
  })

  test('is for one whose places were with a thread that is gone', () => {
    shared.setWaiting(0, 2)
    shared.setWaits(2, 0, true)
    for (let i = 0; i < 5; i++) shared.reservations.reserve(2, 0, 1, 0, 9)
    const generation = shared.begin(0, 1)
    shared.reservations.reserve(1, 0, generation, 0, 9)
    share.take()
    share.turned()
    expect(share.giveBack(true)).toBe(true)
  })
})
