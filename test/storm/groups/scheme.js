/** The groups of the storm. */

import { pickup, recycle, restart, scaling, WorkerPool } from 'threadcrew/groups'

const entryPoint = new URL('./worker.js', import.meta.url)
const runner = { resourceLimits: { maxOldGenerationSizeMb: 32 } }
/** Soon again, however often somebody dies. */
const backoff = { initial: 5, max: 40 }

/** A pool for this seed, not running. */
export function poolOf({ pick }) {
  const anyPickup = () =>
    pick([
      () => pickup.leastJobs(),
      () => pickup.roundRobin(),
      () => pickup.random(),
      () => pickup.firstAvailable(),
      () => pickup.byWeight({ limit: 30 }),
    ])()
  return new WorkerPool({ pickup: anyPickup(), stopTimeout: 4000, startTimeout: 15_000 })
    .describeGroup({
      name: 'quick',
      type: 'job',
      entryPoint,
      runner,
      minWorkers: 2,
      maxWorkers: 3,
      maxJobs: 4,
      restart: restart.always({ backoff, healthyAfter: 300 }),
      scaling: scaling.byRequest({ idleTime: 500 }),
    })
    .describeGroup({
      name: 'wide',
      type: 'job',
      entryPoint,
      runner,
      minWorkers: 1,
      maxWorkers: 3,
      maxJobs: 60,
      restart: restart.window({ max: 1000, period: 1000, backoff }),
      scaling: scaling.byRequest({ idleTime: 2000, step: 2 }),
      recycle: recycle.byQuota({ jobs: 1500 }),
    })
    .describeGroup({
      name: 'single',
      type: 'job',
      entryPoint,
      runner,
      maxWorkers: 2,
      maxJobs: 1,
      restart: restart.limited({ max: 1000, backoff, healthyAfter: 100 }),
      scaling: scaling.fixed(),
      unresponsiveAfter: 1500,
      replaceUnresponsive: true,
    })
    .describeGroup({
      name: 'watch',
      type: 'service',
      entryPoint,
      runner,
      jobGroups: ['quick', 'wide'],
      maxJobs: 20,
      pickup: anyPickup(),
      restart: restart.always({ backoff, healthyAfter: 300 }),
    })
    .describeGroup({
      name: 'web',
      type: 'reactor',
      entryPoint,
      runner,
      jobGroups: ['quick', 'wide', 'single', 'watch'],
      minWorkers: 2,
      maxWorkers: 3,
      pickup: anyPickup(),
      restart: restart.always({ backoff, healthyAfter: 300 }),
      scaling: scaling.fixed(),
    })
}
