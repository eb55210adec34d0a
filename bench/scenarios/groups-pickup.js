/** How long does each shipped strategy take to choose one of 64 workers? */

import { pickup } from 'threadcrew/groups'
import { builtModule } from '../../test/support/built-module.js'
import { random } from './random.js'

const { READY, SharedRecords } = await import(await builtModule('groups/shared/records.ts'))
const { Target } = await import(await builtModule('groups/jobs/target.ts'))

export const question = 'µs to choose one of 64 workers, over real shared memory'
export const figures = {
  'all have room': { unit: 'µs', better: 'lower' },
  // For whoever takes the first that he finds, this one is the last.
  'one has room': { unit: 'µs', better: 'lower' },
}

const WORKERS = 64
const MAX_JOBS = 100
const PICKS = 20_000
const JOB = { priority: 0, weight: 1 }
const STRATEGIES = ['leastJobs', 'roundRobin', 'random', 'firstAvailable', 'byWeight']

export function entrants() {
  return STRATEGIES.map(name => ({
    name,
    open: async () => ({ name, strategy: pickup[name](), loose: group(1, MAX_JOBS - 1), tight: group(MAX_JOBS) }),
    round: async ({ name, strategy, loose, tight }) => ({
      'all have room': microseconds(
        strategy,
        loose,
        index => name !== 'leastJobs' || loose.jobs(index) === fewest(loose),
      ),
      'one has room': microseconds(strategy, tight, index => index === WORKERS - 1),
    }),
  }))
}

export const targets = STRATEGIES.flatMap(name =>
  Object.keys(figures).map(figure => ({
    what: `${name}, ${figure}`,
    bound: 'at most',
    wanted: 1,
    value: medians => medians[name][figure],
  })),
)

function microseconds(strategy, workers, isRight) {
  const start = performance.now()
  let sum = 0
  for (let i = 0; i < PICKS; i++) sum += strategy.pick(workers, JOB)
  const µs = ((performance.now() - start) / PICKS) * 1000
  if (!(sum >= 0)) throw new Error('somebody found nobody')
  const index = strategy.pick(workers, JOB)
  if (!workers.isReady(index) || !isRight(index)) throw new Error(`worker ${index} should not have been chosen`)
  return µs
}

/** A group whose workers have from `least` to `most` jobs of some weight; with one number all have as many, but the last. */
function group(least, most = least) {
  const shared = new SharedRecords(1, WORKERS)
  const chance = random(7)
  for (let record = 0; record < WORKERS; record++) {
    const generation = shared.begin(record, record + 1)
    shared.move(record, READY)
    const jobs = least === most ? least - Number(record === WORKERS - 1) : least + Math.floor(chance() * (most - least))
    for (let i = 0; i < jobs; i++) {
      shared.reservations.reserve(shared.reservations.main, record, generation, Math.floor(chance() * 10), MAX_JOBS)
    }
  }
  const facts = { name: 'g', type: 'job', index: 0, targets: [], firstRecord: 0, records: WORKERS, maxJobs: MAX_JOBS }
  return new Target(facts, shared)
}

function fewest(workers) {
  return Math.min(...Array.from({ length: WORKERS }, (_, index) => workers.jobs(index)))
}
