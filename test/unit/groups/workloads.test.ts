/** What the workers of a group have to do, as far as shared memory tells. */

import { describe, expect, test } from 'vitest'
import { READY, SharedRecords } from '../../../src/groups/shared/records.js'
import { Workloads } from '../../../src/groups/watch/workloads.js'
import type { GroupThread } from '../../../src/groups/worker/group-thread.js'
import type { Slot } from '../../../src/groups/worker/slot.js'

const SENDER = 0

/** This many available workers, whose event loops the test plays. */
function setUp(count: number) {
  const shared = new SharedRecords(1, count)
  const workloads = new Workloads(shared)
  const slots = Array.from({ length: count }, (_, record) => {
    const thread = { record, generation: shared.begin(record, record + 1) } as GroupThread
    shared.move(record, READY)
    return { number: record + 1, status: 'available', thread } as Slot
  })
  const at = (number: number): Slot => slots[number - 1] ?? expect.fail(`there is no worker ${number}`)
  /** The event loop of this worker has a turn, and reports this utilization. */
  const report = (number: number, utilization: number): void => {
    shared.beat(number - 1)
    shared.report(number - 1, { heap: 0, utilization })
  }
  const give = (number: number): void => void shared.reservations.reserve(SENDER, number - 1, 1, 0, 100)
  const answer = (number: number): void => shared.reservations.release(SENDER, number - 1, 1, 0)
  let now = 0
  /** All event loops go on for this many ms; then the workers are looked at. */
  const look = (ms: number, { among = slots, jobsWait = false, blocked = [] as number[] } = {}) => {
    now += ms
    for (const { number } of slots) if (!blocked.includes(number)) shared.beat(number - 1)
    return workloads.look(among, jobsWait, now)
  }
  const order = (among = slots): number[] => workloads.leastFirst(among, now).map(({ number }) => number)
  const ending = (...numbers: number[]): void => workloads.ending(numbers.map(at), now)
  return { slots, report, give, answer, look, order, ending, at }
}

describe('a worker is idle', () => {
  test('without jobs, and while its event loop does next to nothing', () => {
    const { report, give, answer, look } = setUp(2)
    expect(look(0).idle).toBe(2)
    give(1)
    expect(look(100).idle).toBe(1)
    report(2, 0.22)
    expect(look(100).idle).toBe(0)
    answer(1)
    report(2, 0.01)
    expect(look(100).idle).toBe(2)
  })

  test('not while its event loop is blocked and cannot report that', () => {
    const { look } = setUp(2)
    look(0)
    const blocked = [2]
    expect([500, 400, 100, 5000].map(ms => look(ms, { blocked }).idle)).toEqual([2, 2, 1, 1])
    expect(look(100).idle).toBe(2)
  })

  test('not before it is available', () => {
    const { at, look } = setUp(1)
    expect(look(0, { among: [{ ...at(1), status: 'starting' } as Slot] }).idle).toBe(0)
  })
})

describe('the time for which some worker has been idle', () => {
  test('begins again when all have something to do, or when a job waits', () => {
    const { give, answer, look } = setUp(2)
    look(0)
    give(1)
    expect(look(500)).toEqual({ idle: 1, idleFor: 500 })
    give(2)
    expect(look(100)).toEqual({ idle: 0, idleFor: 0 })
    answer(1)
    expect(look(100)).toEqual({ idle: 1, idleFor: 0 })
    expect(look(100)).toEqual({ idle: 1, idleFor: 100 })
    expect(look(100, { jobsWait: true })).toEqual({ idle: 1, idleFor: 0 })
    expect(look(100)).toEqual({ idle: 1, idleFor: 0 })
  })

  test('goes on for the others when one of them ends', () => {
    const { slots, give, answer, look, ending } = setUp(4)
    look(0)
    give(1)
    give(2)
    look(1000)
    answer(2)
    look(1000)
    // One has been idle for the whole time, like another one, and a third for 1000 ms.
    ending(4)
    expect(look(100, { among: slots.slice(0, 3) })).toEqual({ idle: 2, idleFor: 2100 })
    ending(3)
    expect(look(100, { among: slots.slice(0, 2) })).toEqual({ idle: 1, idleFor: 200 })
    // It was busy, so its end changes nothing.
    ending(1)
    expect(look(100, { among: [slots[1] ?? expect.fail()] })).toEqual({ idle: 1, idleFor: 300 })
  })
})

describe('workers end in an order', () => {
  test('that begins with those that are not available, then by jobs, then by utilization, then the newest', () => {
    const { slots, report, give, order, at } = setUp(6)
    give(6)
    give(6)
    give(4)
    report(4, 0.5)
    give(5)
    report(3, 0.9)
    report(1, 0.01)
    expect(order()).toEqual([2, 1, 3, 5, 4, 6])
    const starting = { ...at(6), status: 'starting' } as Slot
    expect(order([...slots.slice(0, 5), starting])).toEqual([6, 2, 1, 3, 5, 4])
  })
})
