/** A place for a job: what may happen between the choice of a strategy and the taking, and what a strategy may return. */

import { describe, expect, test } from 'vitest'
import { GroupBooks } from '../../../src/groups/jobs/group-books.js'
import { takePlace } from '../../../src/groups/jobs/take-place.js'
import { Job } from '../../../src/groups/jobs/job.js'
import { resolveJobOptions } from '../../../src/groups/jobs/options-check.js'
import { LEAVING, READY, SharedRecords } from '../../../src/groups/shared/records.js'
import { Target } from '../../../src/groups/jobs/target.js'

const SENDER = 3

/** A group of two workers with one place each, and a third worker, of another group, behind them. */
function setUp() {
  const shared = new SharedRecords(2, 4)
  for (const record of [0, 1, 2]) {
    shared.begin(record, 1)
    shared.move(record, READY)
  }
  const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 2, maxJobs: 1 } as const
  const target = new Target(facts, shared)
  const books = new GroupBooks<Job>({ now: () => 0 }, shared, SENDER, target, () => {})
  const job = new Job(1, books, 'data', resolveJobOptions({ weight: 2 }))
  const take = (pick: () => number) => takePlace(job, SENDER, shared, { pick })
  const taken = (): number[] => [0, 1, 2].map(record => shared.reservations.taken(record))
  return { shared, take, taken }
}

describe('a place', () => {
  test('is taken with the worker that is chosen next, where somebody else was faster at the first', () => {
    const { shared, take, taken } = setUp()
    const choices = [0, 1]
    const pick = (): number => {
      shared.reservations.reserve(shared.reservations.main, 0, 1, 0, 1)
      return choices.shift() ?? -1
    }
    expect(take(pick)).toEqual({ record: 1, generation: 1 })
    expect(taken()).toEqual([1, 1, 0])
  })

  test('is not taken where the strategy insists on a worker that is full: it is asked a few times, and no more', () => {
    const { shared, take, taken } = setUp()
    shared.reservations.reserve(shared.reservations.main, 0, 1, 0, 1)
    let asked = 0
    expect(take(() => (asked++, 0))).toBeUndefined()
    expect(asked).toBe(3)
    expect(taken()).toEqual([1, 0, 0])
  })

  test('is not taken with a worker that was told to end as it was chosen, nor kept there', () => {
    const { shared, take, taken } = setUp()
    const choices = [0, 1]
    const pick = (): number => {
      shared.move(0, LEAVING)
      return choices.shift() ?? -1
    }
    expect(take(pick)).toEqual({ record: 1, generation: 1 })
    expect(taken()).toEqual([0, 1, 0])
    expect(shared.reservations.weight(0)).toBe(0)
  })

  test.each([2, 3, 0.5, NaN, '0'])(
    'is not taken where a strategy returns %o, which is no worker of the group',
    index => {
      const { take, taken } = setUp()
      expect(() => take(() => index as number)).toThrow(/pickup\.pick\(\) returns must be -1 or an index below 2, got /)
      expect(taken()).toEqual([0, 0, 0])
    },
  )
})
