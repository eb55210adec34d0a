/** Where a job may go from where it is: what jobs do, what the table says and what the README draws is the same. */

import { describe, expect, test } from 'vitest'
import { InvariantError } from '../../../src/errors/base.js'
import { GroupBooks } from '../../../src/groups/jobs/group-books.js'
import { JOB_MOVES, type JobStatus } from '../../../src/groups/jobs/job-state.js'
import { Job, type JobCarrier, statesOf } from '../../../src/groups/jobs/job.js'
import { resolveJobOptions } from '../../../src/groups/jobs/options-check.js'
import { Target } from '../../../src/groups/jobs/target.js'
import { SharedRecords } from '../../../src/groups/shared/records.js'
import { codeBlocks, read } from '../../docs/support/markdown.js'

class Carrier implements JobCarrier {
  readonly record = 0
  readonly generation = 1
  readonly states = statesOf(this)
  revoke = (): boolean => true
  abort = (): void => {}
}

const lane = new Carrier()
const commands: Record<string, (job: Job) => void> = {
  wait: job => job.wait(5),
  give: job => job.give(lane),
  settle: job => void job.settle(false, 'answer'),
  vacate: job => void job.vacate(),
}

/** A job to which all of this has happened. */
function jobAfter(steps: readonly string[]): Job {
  const shared = new SharedRecords(1, 1)
  const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 1, maxJobs: 1 } as const
  const books = new GroupBooks<Job>({ now: () => 0 }, shared, 1, new Target(facts, shared), () => {})
  const job = new Job(1, books, 'data', resolveJobOptions(undefined))
  for (const step of steps) commands[step]?.(job)
  return job
}

/** A way to each state. */
const ways: Record<JobStatus, readonly string[]> = {
  placing: [],
  waiting: ['wait'],
  given: ['wait', 'give'],
  holding: ['give', 'settle'],
  over: ['give', 'settle', 'vacate'],
}

describe.each(Object.entries(ways))('a job that is %s', (status, way) => {
  test('goes where the table lets it, and nowhere else', () => {
    expect(jobAfter(way).state.at).toBe(status)
    const reached = new Set<string>()
    for (const command of Object.values(commands)) {
      const job = jobAfter(way)
      try {
        command(job)
      } catch (error) {
        expect(error).toBeInstanceOf(InvariantError)
        expect(job.state.at).toBe(status)
      }
      if (job.state.at !== status) reached.add(job.state.at)
    }
    expect([...reached].sort()).toEqual([...JOB_MOVES[status as JobStatus]].sort())
  })

  test('is settled, and on a lane, or not, as its state says', () => {
    const job = jobAfter(way)
    const isSettled = status === 'holding' || status === 'over'
    expect(job.isSettled).toBe(isSettled)
    expect(job.state.lane).toBe(status === 'given' || status === 'holding' ? lane : undefined)
    expect(job.settle(false, 'late')).toBe(isSettled ? 'before' : 'now')
  })
})

test('a job that comes back has waited since it first had to', () => {
  const job = jobAfter([])
  expect(job.waitedMs(7)).toBe(0)
  job.wait(5)
  job.give(lane)
  job.vacate()
  job.wait(20)
  expect(job.waitedMs(30)).toBe(25)
})

test('the README has the diagram of a job, and a cause for each of its moves', () => {
  const document = 'src/groups/jobs/README.md'
  const moves = Object.entries(JOB_MOVES).flatMap(([from, next]) => next.map(to => [from, to]))
  const [diagram = ''] = codeBlocks(document).flatMap(({ language, code }) => (language === 'mermaid' ? [code] : []))
  const drawn = Array.from(diagram.matchAll(/^ {2}(\w+) --> (\w+)$/gm), ([, from, to]) => [from, to])
  expect(drawn).toEqual(moves)
  const causes = Array.from(read(document).matchAll(/^\| `(\w+)` → `(\w+)` +\| [^|]+ \|$/gm), ([, from, to]) => [
    from,
    to,
  ])
  expect(causes).toEqual(moves)
})
