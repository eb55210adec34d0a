/** Jobs of one sender that wait in a group: their order, and when it is told that some wait. */

import { expect, test } from 'vitest'
import { GroupBooks } from '../../../src/groups/jobs/group-books.js'
import { Job } from '../../../src/groups/jobs/job.js'
import { resolveJobOptions } from '../../../src/groups/jobs/options-check.js'
import { SharedRecords } from '../../../src/groups/shared/records.js'
import { Target } from '../../../src/groups/jobs/target.js'

function setUp() {
  const shared = new SharedRecords(1, 1)
  const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 1, maxJobs: 1 } as const
  const told: boolean[] = []
  const books = new GroupBooks<Job>({ now: () => 0 }, shared, 1, new Target(facts, shared), isWaiting =>
    told.push(isWaiting),
  )
  const job = (serial: number, priority = 0): Job => new Job(serial, books, undefined, resolveJobOptions({ priority }))
  return { shared, waiting: books.waiting, job, told }
}

test('a job that comes back is before those that were sent after it, and behind those of higher priority', () => {
  const { waiting, job } = setUp()
  const jobs = [job(4), job(5), job(6, 1), job(2), job(3)]
  for (const each of jobs) waiting.enter(each)
  expect([...waiting].map(({ serial }) => serial)).toEqual([6, 2, 3, 4, 5])
  expect(waiting.peek()?.serial).toBe(6)
})

test('it is told that jobs wait when the first comes and when the last has gone, and of none that has left already', () => {
  const { shared, waiting, job, told } = setUp()
  const [first, second] = [job(1), job(2)]
  for (const each of [first, second]) waiting.enter(each)
  expect(told).toEqual([true])
  expect(shared.tallies.waits(1, 0)).toBe(true)
  for (const each of [first, first]) waiting.leave(each)
  expect(told).toEqual([true])
  for (const each of [second, second]) waiting.leave(each)
  expect(told).toEqual([true, false])
  expect(shared.tallies.waits(1, 0)).toBe(false)
})
