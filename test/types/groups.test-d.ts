import {
  type GroupWorker,
  type JobContext,
  pickup,
  type Pickup,
  restart,
  type Restart,
  scaling,
  type SlotStatus,
  type WorkerEntryPoint,
  type WorkerGroupOptions,
  WorkerPool,
  type WorkerPoolStats,
  type WorkerView,
} from 'threadcrew/groups'
import { describe, expectTypeOf, test } from 'vitest'

// Nothing here runs: the compiler is the test.
declare const pool: WorkerPool
declare const worker: GroupWorker
declare const url: URL

describe('a pool of groups', () => {
  test('takes groups with what they need, and no more', () => {
    expectTypeOf(pool.describeGroup({ name: 'a', type: 'job', entryPoint: url })).toEqualTypeOf<WorkerPool>()
    // @ts-expect-error no entry point
    pool.describeGroup({ name: 'a', type: 'job' })
    // @ts-expect-error no such type
    pool.describeGroup({ name: 'a', type: 'worker', entryPoint: url })
    // @ts-expect-error no such option
    pool.describeGroup({ name: 'a', type: 'job', entryPoint: url, workers: 3 })
    expectTypeOf<WorkerGroupOptions['restart']>().toEqualTypeOf<Restart | undefined>()
  })

  test('is a promise while it runs, and tells by events', () => {
    expectTypeOf(pool.run()).toEqualTypeOf<Promise<void>>()
    expectTypeOf(pool.started).toEqualTypeOf<Promise<void>>()
    expectTypeOf(pool.stats()).toEqualTypeOf<WorkerPoolStats>()
    expectTypeOf(pool.workers).toEqualTypeOf<readonly WorkerView[]>()
    expectTypeOf<WorkerView['status']>().toEqualTypeOf<SlotStatus>()
    pool.on('workerExit', (exited, code, error) => {
      expectTypeOf(exited).toEqualTypeOf<WorkerView>()
      expectTypeOf(code).toEqualTypeOf<number>()
      expectTypeOf(error).toEqualTypeOf<unknown>()
    })
    // @ts-expect-error no such event
    pool.on('workerStart', () => {})
  })
})

describe('a worker', () => {
  test('says what its handler takes; what a sender gets is the sender’s word', () => {
    worker.handleJobs((image: { width: number }, context) => {
      expectTypeOf(context).toEqualTypeOf<JobContext>()
      return image.width
    })
    worker.handleJobs(data => expectTypeOf(data).toEqualTypeOf<unknown>())
    expectTypeOf(worker.jobs.send('a')).toEqualTypeOf<Promise<unknown>>()
    expectTypeOf(worker.jobs.send<number>('a', { width: 3 }, { timeout: 5 })).toEqualTypeOf<Promise<number>>()
    // @ts-expect-error no such option
    void worker.jobs.send('a', 1, { label: 'x' })
    expectTypeOf(worker.every(5, () => {})).toEqualTypeOf<() => void>()
  })

  test('is what an entry point gets, in each of its forms', () => {
    expectTypeOf<{ run(each: GroupWorker): Promise<void> }>().toExtend<WorkerEntryPoint>()
    expectTypeOf<{ initialize(each: GroupWorker): void }>().toExtend<WorkerEntryPoint>()
    expectTypeOf<{ run(each: GroupWorker<{ url: string }>): void }>().toExtend<WorkerEntryPoint<{ url: string }>>()
    expectTypeOf(worker.data).toEqualTypeOf<unknown>()
    expectTypeOf<GroupWorker<{ url: string }>['data']>().toEqualTypeOf<{ url: string }>()
  })
})

test('strategies are objects with one method', () => {
  expectTypeOf(pickup.leastJobs()).toEqualTypeOf<Pickup>()
  const own: Pickup = { pick: workers => workers.length - 1 }
  void new WorkerPool({ pickup: own, logger: console })
  const never: Restart = { decide: ({ kind }) => ({ restart: false, reason: kind }) }
  pool.describeGroup({ name: 'a', type: 'job', entryPoint: url, restart: never, scaling: scaling.fixed() })
  // @ts-expect-error ms, a number
  restart.window({ period: '10 s' })
})
