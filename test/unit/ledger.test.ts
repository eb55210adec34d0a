import { describe, expect, onTestFailed, test } from 'vitest'
import { Ledger } from '../../src/work/status-map.js'
import type { WorkStatus } from '../../src/work/status.js'
import type { WorkRecord } from '../../src/work/record.js'
import { workId } from '../../src/lane/work-id.js'
import { random } from '../support/random.js'

const PREFIX = 'abcdefghij-_XYZ'

/** What the ledger reads of a work. */
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

function filled(count: number, retain = 1000): { ledger: Ledger; works: WorkRecord[] } {
  const ledger = new Ledger(PREFIX, retain)
  const works = Array.from({ length: count }, (_, serial) => work(serial))
  for (const each of works) ledger.add(each)
  return { ledger, works }
}

describe('a ledger', () => {
  test('knows each unfinished work by its id, as it is at this instant', () => {
    const { ledger, works } = filled(3)
    const [first, second] = works as [WorkRecord & FakeWork, WorkRecord & FakeWork]
    expect(ledger.find(id(1))).toBe(second)
    expect([ledger.get(id(0)), ledger.get(id(1)), ledger.get(id(2))]).toEqual(['queued', 'queued', 'queued'])
    first.status = 'waiting'
    expect(ledger.get(id(0))).toBe('waiting')
    second.startedAt = 5
    expect(ledger.get(id(1))).toBe('running')
    expect(ledger.has(id(1))).toBe(true)
  })

  test('knows no other ids', () => {
    const { ledger } = filled(3)
    for (const stranger of [id(3), id(1024), workId('ABCDEFGHIJ-_xyz', 1), '', 'unknown', `${id(1)}x`]) {
      expect(ledger.get(stranger)).toBeUndefined()
      expect(ledger.has(stranger)).toBe(false)
      expect(ledger.find(stranger)).toBeUndefined()
    }
  })

  test('remembers the final status of a finished work, and no longer finds it', () => {
    const { ledger, works } = filled(4)
    const [first, second, third] = works as [WorkRecord, WorkRecord, WorkRecord]
    ledger.finish(second, 'failed')
    ledger.finish(first, 'discarded')
    ledger.finish(third, 'done')
    expect([0, 1, 2, 3].map(serial => ledger.get(id(serial)))).toEqual(['discarded', 'failed', 'done', 'queued'])
    expect([0, 1, 2, 3].map(serial => ledger.find(id(serial)))).toEqual([undefined, undefined, undefined, works[3]])
    expect(ledger.has(id(1))).toBe(true)
    expect(ledger.unfinished).toBe(1)
    expect(ledger.size).toBe(4)
  })

  test('counts what is unfinished', () => {
    const { ledger, works } = filled(2500)
    expect(ledger.unfinished).toBe(2500)
    for (const each of works.slice(0, 1500)) ledger.finish(each, 'done')
    expect(ledger.unfinished).toBe(1000)
    expect(ledger.size).toBe(2000)
    for (const each of works.slice(1500)) ledger.finish(each, 'done')
    expect(ledger.unfinished).toBe(0)
  })

  test('remembers the last so many, in the order in which they finished, and forgets the oldest first', () => {
    const { ledger, works } = filled(10, 3)
    for (const serial of [7, 2, 9, 4, 0]) ledger.finish(works[serial]!, serial % 2 === 0 ? 'done' : 'failed')
    expect([7, 2].map(serial => ledger.get(id(serial)))).toEqual([undefined, undefined])
    expect([9, 4, 0].map(serial => ledger.get(id(serial)))).toEqual(['failed', 'done', 'done'])
    expect(ledger.size).toBe(8)
    expect([...ledger.keys()]).toEqual([9, 4, 0, 1, 3, 5, 6, 8].map(id))
  })

  test('remembers nothing where retain is 0, and everything where it is Infinity', () => {
    const none = filled(5, 0)
    for (const each of none.works) none.ledger.finish(each, 'done')
    expect(none.ledger.size).toBe(0)
    expect(none.ledger.get(id(4))).toBeUndefined()
    const all = filled(3000, Infinity)
    for (const each of all.works) all.ledger.finish(each, 'done')
    expect(all.ledger.size).toBe(3000)
    expect(all.ledger.get(id(0))).toBe('done')
  })

  test('is a Map to read: finished works first, then the unfinished in the order of submission', () => {
    const { ledger, works } = filled(5)
    ledger.finish(works[3]!, 'failed')
    ledger.finish(works[1]!, 'done')
    const entries: [string, WorkStatus][] = [
      [id(3), 'failed'],
      [id(1), 'done'],
      [id(0), 'queued'],
      [id(2), 'queued'],
      [id(4), 'queued'],
    ]
    expect([...ledger]).toEqual(entries)
    expect([...ledger.entries()]).toEqual(entries)
    expect([...ledger.keys()]).toEqual(entries.map(([key]) => key))
    expect([...ledger.values()]).toEqual(entries.map(([, status]) => status))
    const seen: unknown[][] = []
    const self = {}
    ledger.forEach(function (this: unknown, status, key, map) {
      seen.push([key, status, map === ledger, this === self])
    }, self)
    expect(seen).toEqual(entries.map(([key, status]) => [key, status, true, true]))
    expect(new Map(ledger).size).toBe(5)
  })

  test('lists the unfinished works in the order of submission, over all pages', () => {
    const { ledger, works } = filled(5000)
    for (const each of works) if (each.serial % 7 !== 0) ledger.finish(each, 'done')
    const added = [5000, 5001].map(serial => work(serial))
    for (const each of added) ledger.add(each)
    const expected = [...works.filter(each => each.serial % 7 === 0), ...added]
    expect([...ledger.works()].map(each => each.serial)).toEqual(expected.map(each => each.serial))
  })

  test('agrees with a plain list under random use', () => {
    const chance = random()
    onTestFailed(() => console.error(`SEED=${chance.seed}`))
    const retain = 40
    const ledger = new Ledger(PREFIX, retain)
    const unfinished: WorkRecord[] = []
    const finished: [number, WorkStatus][] = []
    for (let serial = 0, step = 0; step < 6000; step++) {
      // Now many come, now many go: pages fill, empty, and are begun anew.
      if (unfinished.length === 0 || chance.next() < (Math.floor(step / 500) % 2 === 0 ? 0.9 : 0.1)) {
        const added = work(serial++)
        unfinished.push(added)
        ledger.add(added)
      } else {
        const [gone] = unfinished.splice(chance.below(2) === 0 ? 0 : chance.below(unfinished.length), 1) as [WorkRecord]
        const status = (['done', 'failed', 'discarded'] as const)[chance.below(3)] ?? 'done'
        ledger.finish(gone, status)
        finished.push([gone.serial, status])
      }
      expect(ledger.unfinished).toBe(unfinished.length)
      if (step % 200 !== 0) continue
      const remembered = finished.slice(-retain)
      expect([...ledger]).toEqual([
        ...remembered.map(([serial, status]) => [id(serial), status]),
        ...unfinished.map(({ serial }) => [id(serial), 'queued']),
      ])
      expect(ledger.size).toBe(remembered.length + unfinished.length)
    }
  })
})
