import { describe, expect, onTestFailed, test } from 'vitest'
import { StatusMap } from '../../src/work/status-map.js'
import type { WorkStatus } from '../../src/work/status.js'
import type { WorkRecord } from '../../src/work/record.js'
import { workId } from '../../src/lane/work-id.js'
import { random } from '../support/random.js'

const PREFIX = 'abcdefghij-_XYZ'

/** What the statuses reads of a work. */
interface FakeWork {
  readonly serial: number
  status: WorkStatus
  onLane: boolean
  startedAt: number | undefined
}

function work(serial: number, status: WorkStatus = 'queued'): WorkRecord & FakeWork {
  const fake: FakeWork = { serial, status, onLane: false, startedAt: undefined }
  return fake as WorkRecord & FakeWork
}

function id(serial: number): string {
  return workId(PREFIX, serial)
}

function filled(count: number, retain = 1000): { statuses: StatusMap; works: WorkRecord[] } {
  const statuses = new StatusMap(PREFIX, retain)
  const works = Array.from({ length: count }, (_, serial) => work(serial))
  for (const each of works) statuses.add(each)
  return { statuses, works }
}

describe('a statuses', () => {
  test('knows each unfinished work by its id, as it is at this instant', () => {
    const { statuses, works } = filled(3)
    const [first, second] = works as [WorkRecord & FakeWork, WorkRecord & FakeWork]
    expect(statuses.find(id(1))).toBe(second)
    expect([statuses.get(id(0)), statuses.get(id(1)), statuses.get(id(2))]).toEqual(['queued', 'queued', 'queued'])
    first.status = 'waiting'
    expect(statuses.get(id(0))).toBe('waiting')
    second.startedAt = 5
    expect(statuses.get(id(1))).toBe('running')
    expect(statuses.has(id(1))).toBe(true)
  })

  test('knows no other ids', () => {
    const { statuses } = filled(3)
    for (const stranger of [id(3), id(1024), workId('ABCDEFGHIJ-_xyz', 1), '', 'unknown', `${id(1)}x`]) {
      expect(statuses.get(stranger)).toBeUndefined()
      expect(statuses.has(stranger)).toBe(false)
      expect(statuses.find(stranger)).toBeUndefined()
    }
  })

  test('remembers the final status of a finished work, and no longer finds it', () => {
    const { statuses, works } = filled(4)
    const [first, second, third] = works as [WorkRecord, WorkRecord, WorkRecord]
    statuses.finish(second, 'failed')
    statuses.finish(first, 'discarded')
    statuses.finish(third, 'done')
    expect([0, 1, 2, 3].map(serial => statuses.get(id(serial)))).toEqual(['discarded', 'failed', 'done', 'queued'])
    expect([0, 1, 2, 3].map(serial => statuses.find(id(serial)))).toEqual([undefined, undefined, undefined, works[3]])
    expect(statuses.has(id(1))).toBe(true)
    expect(statuses.unfinished).toBe(1)
    expect(statuses.size).toBe(4)
  })

  test('counts what is unfinished', () => {
    const { statuses, works } = filled(2500)
    expect(statuses.unfinished).toBe(2500)
    for (const each of works.slice(0, 1500)) statuses.finish(each, 'done')
    expect(statuses.unfinished).toBe(1000)
    expect(statuses.size).toBe(2000)
    for (const each of works.slice(1500)) statuses.finish(each, 'done')
    expect(statuses.unfinished).toBe(0)
  })

  test('remembers the last so many, in the order in which they finished, and forgets the oldest first', () => {
    const { statuses, works } = filled(10, 3)
    for (const serial of [7, 2, 9, 4, 0]) statuses.finish(works[serial]!, serial % 2 === 0 ? 'done' : 'failed')
    expect([7, 2].map(serial => statuses.get(id(serial)))).toEqual([undefined, undefined])
    expect([9, 4, 0].map(serial => statuses.get(id(serial)))).toEqual(['failed', 'done', 'done'])
    expect(statuses.size).toBe(8)
    expect([...statuses.keys()]).toEqual([9, 4, 0, 1, 3, 5, 6, 8].map(id))
  })

  test('remembers nothing where retain is 0, and everything where it is Infinity', () => {
    const none = filled(5, 0)
    for (const each of none.works) none.statuses.finish(each, 'done')
    expect(none.statuses.size).toBe(0)
    expect(none.statuses.get(id(4))).toBeUndefined()
    const all = filled(3000, Infinity)
    for (const each of all.works) all.statuses.finish(each, 'done')
    expect(all.statuses.size).toBe(3000)
    expect(all.statuses.get(id(0))).toBe('done')
  })

  test('is a Map to read: finished works first, then the unfinished in the order of submission', () => {
    const { statuses, works } = filled(5)
    statuses.finish(works[3]!, 'failed')
    statuses.finish(works[1]!, 'done')
    const entries: [string, WorkStatus][] = [
      [id(3), 'failed'],
      [id(1), 'done'],
      [id(0), 'queued'],
      [id(2), 'queued'],
      [id(4), 'queued'],
    ]
    expect([...statuses]).toEqual(entries)
    expect([...statuses.entries()]).toEqual(entries)
    expect([...statuses.keys()]).toEqual(entries.map(([key]) => key))
    expect([...statuses.values()]).toEqual(entries.map(([, status]) => status))
    const seen: unknown[][] = []
    const self = {}
    statuses.forEach(function (this: unknown, status, key, map) {
      seen.push([key, status, map === statuses, this === self])
    }, self)
    expect(seen).toEqual(entries.map(([key, status]) => [key, status, true, true]))
    expect(new Map(statuses).size).toBe(5)
  })

  test('lists the unfinished works in the order of submission, over all pages', () => {
    const { statuses, works } = filled(5000)
    for (const each of works) if (each.serial % 7 !== 0) statuses.finish(each, 'done')
    const added = [5000, 5001].map(serial => work(serial))
    for (const each of added) statuses.add(each)
    const expected = [...works.filter(each => each.serial % 7 === 0), ...added]
    expect([...statuses.works()].map(each => each.serial)).toEqual(expected.map(each => each.serial))
  })

  test('agrees with a plain list under random use', () => {
    const chance = random()
    onTestFailed(() => console.error(`SEED=${chance.seed}`))
    const retain = 40
    const statuses = new StatusMap(PREFIX, retain)
    const unfinished: WorkRecord[] = []
    const finished: [number, WorkStatus][] = []
    for (let serial = 0, step = 0; step < 6000; step++) {
      // Now many come, now many go: pages fill, empty, and are begun anew.
      if (unfinished.length === 0 || chance.next() < (Math.floor(step / 500) % 2 === 0 ? 0.9 : 0.1)) {
        const added = work(serial++)
        unfinished.push(added)
        statuses.add(added)
      } else {
        const [gone] = unfinished.splice(chance.below(2) === 0 ? 0 : chance.below(unfinished.length), 1) as [WorkRecord]
        const status = (['done', 'failed', 'discarded'] as const)[chance.below(3)] ?? 'done'
        statuses.finish(gone, status)
        finished.push([gone.serial, status])
      }
      expect(statuses.unfinished).toBe(unfinished.length)
      if (step % 200 !== 0) continue
      const remembered = finished.slice(-retain)
      expect([...statuses]).toEqual([
        ...remembered.map(([serial, status]) => [id(serial), status]),
        ...unfinished.map(({ serial }) => [id(serial), 'queued']),
      ])
      expect(statuses.size).toBe(remembered.length + unfinished.length)
    }
  })
})
