/** What a sender sees of a group: who is ready, and who is known to be gone before shared memory says so. */

import { expect, test } from 'vitest'
import { READY, SharedRecords } from '../../../src/groups/shared/records.js'
import { Target } from '../../../src/groups/jobs/target.js'

test('a thread that is known to be gone is not ready, any that follows it in its record is, however many there were', () => {
  const shared = new SharedRecords(1, 1)
  const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 1, maxJobs: 1 } as const
  const target = new Target(facts, shared)
  // More than a byte can count.
  for (let i = 0; i < 300; i++) {
    const generation = shared.begin(0, 1)
    shared.move(0, READY)
    expect(target.isReady(0)).toBe(true)
    target.setGone(0, generation)
    expect(target.isReady(0)).toBe(false)
  }
})

test('a thread that is gone is known by its place in its own group, wherever that is in the pool', () => {
  const shared = new SharedRecords(2, 5)
  const facts = { name: 'b', type: 'job', index: 1, targets: [], firstRecord: 3, records: 2, maxJobs: 1 } as const
  const target = new Target(facts, shared)
  const generations = [3, 4].map(record => {
    const generation = shared.begin(record, record)
    shared.move(record, READY)
    return generation
  })
  target.setGone(4, generations[1] ?? NaN)
  expect([target.isReady(0), target.isReady(1), target.hasRoom]).toEqual([true, false, true])
  target.setGone(3, generations[0] ?? NaN)
  expect([target.isReady(0), target.isReady(1), target.hasRoom]).toEqual([false, false, false])
  expect([3, 4].map(record => target.workerId(record))).toEqual(['b-3', 'b-4'])
})
