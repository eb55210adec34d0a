/** The jobs of one sender, with threads that the test plays: it takes jobs off their lanes and ends when it likes. */

import { describe, expect, onTestFinished, test } from 'vitest'
import { PoolStoppedError, WorkerLostError } from '../../../src/errors/works.js'
import { JobSender } from '../../../src/groups/jobs/job-sender.js'
import { READY, SharedRecords } from '../../../src/groups/shared/records.js'
import { pickup } from '../../../src/groups/strategies/pickup.js'
import type { Pickup } from '../../../src/groups/strategies/pickup-view.js'
import { Target } from '../../../src/groups/jobs/target.js'
import type { Delivery } from '../../../src/lane/batch.js'
import { Claims } from '../../../src/lane/claims.js'
import type { LaneEnd } from '../../../src/lane/messages.js'
import { nodePort } from '../../../src/lane/port.js'
import { LaneReceiver } from '../../../src/lane/receiver.js'
import { FakeClock } from '../../support/fake-clock.js'
import { until } from '../../support/gate.js'

/** The thread at the other end of a lane. */
class FakeThread {
  readonly #receiver: LaneReceiver
  readonly #end: LaneEnd

  constructor(end: LaneEnd) {
    this.#end = end
    const nothing = (): void => {}
    this.#receiver = new LaneReceiver(nodePort(end.port, true), new Claims(end.claims), end.idPrefix, {
      ...{ arrived: nothing, found: nothing, define: nothing, forget: nothing },
      ...{ abort: nothing, credit: nothing, close: nothing, closed: nothing },
    })
  }

  /** Begins the next job. */
  async begin(): Promise<Delivery> {
    let delivery: Delivery | undefined
    await until(() => (delivery = this.#receiver.next()) !== undefined)
    if (delivery === undefined || !this.#receiver.claim(delivery, 0)) throw new Error('the job was taken back')
    return delivery
  }

  /** The job has ended; its answer is held for those of others. */
  end(job: Delivery, answer: unknown): void {
    this.#receiver.succeed(job, answer, 0)
  }

  /** The job says something of itself. */
  tell(job: Delivery, what: unknown): void {
    this.#receiver.progress(job, what)
  }

  die(): void {
    this.#end.port.close()
  }
}

/** Sends to a group of two workers, the first of them first if the strategy is not another. */
function setUp(strategy: Pickup = pickup.firstAvailable()) {
  const shared = new SharedRecords(1, 2)
  for (const record of [0, 1]) {
    shared.begin(record, record + 1)
    shared.move(record, READY)
  }
  const facts = { name: 'a', type: 'job', index: 0, targets: [], firstRecord: 0, records: 2, maxJobs: 9 } as const
  const target = new Target(facts, shared)
  const threads: FakeThread[] = []
  const sender = new JobSender(
    {
      clock: new FakeClock(),
      shared,
      self: shared.reservations.main,
      pickup: strategy,
      find: () => target,
    },
    {
      connect: (_record, _generation, end) => threads.push(new FakeThread(end)),
      waiting: () => {},
      freed: () => {},
      failedUnseen: () => {},
    },
  )
  onTestFinished(() => sender.stop(new PoolStoppedError('the test')))
  const taken = (): number[] => [0, 1].map(record => shared.reservations.taken(record))
  const thread = (number: number): FakeThread => threads[number - 1] ?? expect.fail(`there is no thread ${number}`)
  return { shared, sender, taken, threads, thread }
}

test('a job that was done when its thread died has its answer, where that lies in shared memory', async () => {
  const { shared, sender, thread } = setUp()
  const answers = ['text', 12, undefined].map(answer => [sender.send('a', 'data'), answer] as const)
  for (const [, answer] of answers) thread(1).end(await thread(1).begin(), answer)
  thread(1).die()
  for (const [job, answer] of answers) expect(await job).toBe(answer)
  expect(shared.reservations.taken(0)).toBe(0)
})

test('a job that was done, and whose answer was lost with its thread, says so, and is not done again', async () => {
  const { shared, sender, threads, thread } = setUp()
  const job = sender.send('a', 'data', { retries: 1 })
  thread(1).end(await thread(1).begin(), { lies: 'in the heap' })
  thread(1).die()
  const error: unknown = await job.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(WorkerLostError)
  expect(error).toMatchObject({ workerId: 'a-1', started: true, reason: 'answer-lost' })
  expect(threads).toHaveLength(1)
  expect(shared.reservations.taken(0)).toBe(0)
})

test('a job that was begun when its thread died goes to another as often as it may; one that was not begun does in any case', async () => {
  const { shared, sender, threads, thread } = setUp()
  const [once, twice] = [{}, { retries: 1 }].map(options => sender.send('a', 'data', options))
  const later = sender.send('a', 'later')
  for (let i = 0; i < 2; i++) await thread(1).begin()
  thread(1).die()
  await expect(once).rejects.toMatchObject({ code: 'ERR_WORKER_LOST', started: true, reason: 'crash' })
  expect([shared.reservations.taken(0), shared.reservations.taken(1)]).toEqual([0, 2])
  for (const answer of [1, 2]) thread(2).end(await thread(2).begin(), answer)
  thread(2).die()
  expect(await Promise.all([twice, later])).toEqual([1, 2])
  expect(threads).toHaveLength(2)
})

// Found by the storm of groups: the answer was read from shared memory, and what lay in the port before it was dropped.
test('what a job has said of itself is heard before its answer, also where its sender is stopped at that moment', async () => {
  const { sender, thread } = setUp()
  const heard: unknown[] = []
  const job = sender.send('a', 'data', { onProgress: value => heard.push(value) })
  const begun = await thread(1).begin()
  thread(1).tell(begun, 'half')
  thread(1).end(begun, 'whole')
  sender.stop(new PoolStoppedError('the test'))
  expect(await job).toBe('whole')
  expect(heard).toEqual(['half'])
})

describe('a strategy, which may do anything while it chooses,', () => {
  const isCalledOff = (job: Promise<unknown>): Promise<void> =>
    expect(job).rejects.toMatchObject({ code: 'ERR_WORK_DISCARDED' })

  test('may call off the job for which it chooses: that one is not sent, and holds no place', async () => {
    const abort = new AbortController()
    const strategy = { pick: (): number => (abort.abort(), 0) }
    const { sender, taken, threads } = setUp(strategy)
    await isCalledOff(sender.send('a', 'data', { signal: abort.signal }))
    expect(taken()).toEqual([0, 0])
    expect(threads).toEqual([])
  })

  test('may call off one that waits, and want none for it: the next is given what there is', async () => {
    const abort = new AbortController()
    const strategy = { pick: (): number => -1 }
    const { sender, taken, thread } = setUp(strategy)
    const first = isCalledOff(sender.send('a', 'first', { signal: abort.signal }))
    const second = sender.send('a', 'second')
    strategy.pick = () => {
      strategy.pick = () => 0
      abort.abort()
      return -1
    }
    sender.placeFree(0)
    await first
    expect(taken()).toEqual([1, 0])
    thread(1).end(await thread(1).begin(), 'answer')
    thread(1).die()
    expect(await second).toBe('answer')
  })

  test('may call off one that was given a place: the job for which it chooses is given one place, not two', async () => {
    const abort = new AbortController()
    const strategy = { pick: (): number => 0 }
    const { sender, taken } = setUp(strategy)
    const first = isCalledOff(sender.send('a', 'first', { signal: abort.signal }))
    strategy.pick = () => -1
    const second = expect(sender.send('a', 'second')).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
    strategy.pick = () => {
      strategy.pick = () => 0
      abort.abort()
      return 1
    }
    sender.placeFree(0)
    await first
    expect(taken()).toEqual([0, 1])
    sender.stop(new PoolStoppedError('the test'))
    await second
  })

  test('may stop the pool: the job for which it chooses is rejected, and no lane is made for it', async () => {
    const strategy = { pick: (): number => 0 }
    const { sender, taken, threads } = setUp(strategy)
    strategy.pick = () => {
      sender.stop(new PoolStoppedError('the test'))
      return 0
    }
    await expect(sender.send('a', 'data')).rejects.toMatchObject({ code: 'ERR_POOL_STOPPED' })
    expect(taken()).toEqual([0, 0])
    expect(threads).toEqual([])
  })
})
