/** What threads tell each other by way of the main thread: who may send to whom, who waits, and that a place is free. */

import { MessageChannel } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Switchboard } from '../../../src/groups/watch/switchboard.js'
import type { GroupThread } from '../../../src/groups/worker/group-thread.js'
import type { GroupDown } from '../../../src/groups/shared/messages.js'
import { LEAVING, READY, SharedRecords } from '../../../src/groups/shared/records.js'
import { pickup } from '../../../src/groups/strategies/pickup.js'
import { Claims } from '../../../src/lane/claims.js'
import { FakeClock } from '../../support/fake-clock.js'

const WEB = 0
const WORK = 1
/** Records of their threads: each group has a spare one. */
const OF_WEB = 0
const OF_WORK = 2

interface FakeThread extends Pick<GroupThread, 'record' | 'generation'> {
  readonly posted: GroupDown[]
}

/** A reactor that sends to a job worker with one place, and both of them online. */
function setUp() {
  const shared = new SharedRecords(2, 4)
  const facts = (name: string, index: number, more: object) =>
    ({ name, type: 'job', index, targets: [], firstRecord: 2 * index, records: 2, maxJobs: 1, ...more }) as const
  const groups = [facts('web', WEB, { type: 'reactor', targets: [WORK] }), facts('work', WORK, {})]
  const reconsidered: [group: number, waiting: number][] = []
  const dead = new Set<number>()
  const clock = new FakeClock()
  const isDead = (group: number): boolean => dead.has(group)
  const switchboard = new Switchboard(
    { clock, shared, pickup: pickup.leastJobs(), groups, isDead },
    { jobsWait: group => reconsidered.push([group, shared.waiting(group)]), failedUnseen: () => {} },
  )
  const start = (record: number): GroupThread & FakeThread => {
    const posted: GroupDown[] = []
    const thread = { record, generation: shared.begin(record, 1), posted, post: (it: GroupDown) => posted.push(it) }
    shared.move(record, READY)
    switchboard.online(thread as never, record >> 1)
    return thread as never
  }
  return { shared, clock, switchboard, start, reconsidered, dead, web: start(OF_WEB), work: start(OF_WORK) }
}

/** An end of a lane, and whether it was closed. */
function laneEnd() {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const closed = new Promise<true>(resolve => port1.once('close', () => resolve(true)))
  return { end: { port: port2, claims: new Claims().buffer, idPrefix: '' }, closed }
}

describe('the end of a lane', () => {
  test('goes to the thread that it is for', () => {
    const { switchboard, web, work } = setUp()
    const { end } = laneEnd()
    switchboard.heard(web, { type: 'connect', record: OF_WORK, generation: 1, end })
    expect(work.posted).toEqual([{ type: 'lane', end }])
  })

  test('is closed where that thread is gone, though its successor is there, in its record', async () => {
    const { switchboard, start, web, work } = setUp()
    switchboard.gone(work)
    const successor = start(OF_WORK)
    const { end, closed } = laneEnd()
    switchboard.heard(web, { type: 'connect', record: OF_WORK, generation: 1, end })
    expect(await closed).toBe(true)
    expect([...work.posted, ...successor.posted]).toEqual([])
  })

  test.each([
    ['a job worker to its own group', OF_WORK, OF_WORK],
    ['a job worker to a reactor', OF_WORK, OF_WEB],
    ['a reactor to nobody there is', OF_WEB, 4],
  ])('from %s is closed, as the scheme knows nothing of it', async (_, from, to) => {
    const { switchboard, web, work } = setUp()
    const { end, closed } = laneEnd()
    switchboard.heard(from === OF_WEB ? web : work, { type: 'connect', record: to, generation: 1, end })
    expect(await closed).toBe(true)
    expect([...web.posted, ...work.posted]).toEqual([])
  })
})

describe('a thread in which jobs wait', () => {
  const waits = { type: 'waiting', group: WORK, isWaiting: true } as const
  const placeFree = { type: 'placeFree', group: WORK }

  test('has the group thought over at once, each time that it says so', () => {
    const { shared, switchboard, web, reconsidered } = setUp()
    shared.reservations.reserve(shared.reservations.main, OF_WORK, 1, 0, 1)
    for (let i = 0; i < 2; i++) switchboard.heard(web, waits)
    expect(reconsidered).toEqual([
      [WORK, 1],
      [WORK, 1],
    ])
    expect(web.posted).toEqual([])
    switchboard.heard(web, { ...waits, isWaiting: false })
    expect(shared.waiting(WORK)).toBe(0)
  })

  test('is told of a place that came free before anybody knew that it waits', () => {
    const { switchboard, web } = setUp()
    switchboard.heard(web, waits)
    expect(web.posted).toEqual([placeFree])
  })

  test('is told that a worker is online, and that a sender is gone', () => {
    const { shared, switchboard, start, web, work } = setUp()
    shared.move(OF_WORK, LEAVING)
    switchboard.heard(web, waits)
    switchboard.gone(work)
    start(OF_WORK + 1)
    expect(web.posted).toEqual([placeFree, placeFree])
  })

  test('is told where there is nobody to wait for, and nobody else is', () => {
    const { switchboard, start, web, dead } = setUp()
    const other = start(OF_WEB + 1)
    dead.add(WORK)
    switchboard.heard(web, waits)
    expect(web.posted).toEqual([{ type: 'groupDead', group: WORK }])
    switchboard.dead(WORK)
    expect(web.posted).toHaveLength(2)
    expect(other.posted).toEqual([])
  })

  test('has no place kept for it when it is gone', () => {
    const { shared, switchboard, start, web } = setUp()
    const other = start(OF_WEB + 1)
    shared.reservations.reserve(shared.reservations.main, OF_WORK, 1, 0, 1)
    for (const thread of [web, other]) switchboard.heard(thread, waits)
    switchboard.gone(web)
    expect(shared.waiting(WORK)).toBe(1)
    other.posted.length = 0
    switchboard.heard(other, { type: 'freed', group: WORK, places: 1 })
    expect(other.posted).toEqual([placeFree])
    expect(web.posted).toEqual([])
  })

  test('is told of a place that another was told of and has not taken for 20 ms; not of one that was taken', () => {
    const { shared, clock, switchboard, start, web } = setUp()
    const other = start(OF_WEB + 1)
    shared.reservations.reserve(shared.reservations.main, OF_WORK, 1, 0, 1)
    for (const thread of [web, other]) switchboard.heard(thread, waits)
    shared.reservations.release(shared.reservations.main, OF_WORK, 1, 0)
    switchboard.heard(other, { type: 'freed', group: WORK, places: 1 })
    clock.advance(19)
    expect([web.posted, other.posted]).toEqual([[placeFree], []])
    clock.advance(1)
    expect([web.posted, other.posted]).toEqual([[placeFree, placeFree], [placeFree]])
    switchboard.heard(other, { type: 'freed', group: WORK, places: 1 })
    shared.reservations.reserve(OF_WEB, OF_WORK, 1, 0, 1)
    clock.advance(20)
    expect(web.posted.length + other.posted.length).toBe(4)
    // A pool that has ended leaves no timer.
    switchboard.heard(other, { type: 'freed', group: WORK, places: 1 })
    switchboard.close()
    expect(clock.pending).toBe(0)
  })
})
