/**
 * The shared record of each thread: what one side writes, the other reads, and nothing else changes.
 *
 * Of the original's WorkersStorage and WorkerState these have no counterpart: read-only openers and slots that are refused,
 * since views are ours alone and nobody opens one by name; totals of the application and memory of the process, which
 * `stats()` and `process.memoryUsage()` give; connections, which come with shared ports. Weights are in reservations.test.ts.
 */

import { describe, expect, test } from 'vitest'
import { DOWN, LEAVING, READY, SharedRecords, STARTING } from '../../../src/groups/shared/records.js'

describe('a record [WorkersStorage, WorkerState]', () => {
  test('is seen by every view, and a write to one changes no other [B26]', () => {
    const watcher = new SharedRecords(2, 3)
    const thread = new SharedRecords(2, 3, watcher.memory)
    watcher.begin(1, 7)
    watcher.move(1, READY)
    thread.jobBegun(1)
    thread.jobBegun(1)
    thread.jobEnded(1, true)
    thread.jobEnded(1, false)
    thread.jobBegun(1)
    thread.beat(1)
    thread.setBusy(1, true)
    thread.report(1, { heap: 5e9, utilization: 0.25 })
    watcher.setWaiting(1, 4)
    expect(watcher.jobs(1)).toEqual({ accepted: 3, processed: 1, failed: 1, running: 1 })
    expect(watcher.reported(1)).toEqual({ heap: 5e9, utilization: 0.25 })
    expect([watcher.beats(1), watcher.isBusy(1), thread.state(1), thread.slot(1)]).toEqual([1, true, READY, 7])
    expect([thread.waiting(0), thread.waiting(1)]).toEqual([0, 4])
    for (const record of [0, 2]) {
      expect(thread.jobs(record)).toEqual({ accepted: 0, processed: 0, failed: 0, running: 0 })
      expect(thread.reported(record)).toEqual({ heap: 0, utilization: 0 })
      expect([thread.state(record), thread.slot(record), thread.beats(record)]).toEqual([DOWN, 0, 0])
    }
  })

  test('is all zeros with each thread that begins in it, however many views there are', () => {
    const watcher = new SharedRecords(3, 2)
    const views = [1, 2].map(() => new SharedRecords(3, 2, watcher.memory))
    watcher.begin(0, 1)
    views[0]?.jobBegun(0)
    views[0]?.report(0, { heap: 1, utilization: 1 })
    views[1]?.tallies.setWaits(0, 2, true)
    expect(watcher.tallies.waits(0, 2)).toBe(true)
    watcher.abandon(0)
    watcher.begin(0, 1)
    for (const view of [watcher, ...views]) {
      expect(view.jobs(0)).toEqual({ accepted: 0, processed: 0, failed: 0, running: 0 })
      expect([view.reported(0).heap, view.tallies.waits(0, 2), view.generation(0), view.generation(1)]).toEqual([
        0,
        false,
        2,
        0,
      ])
    }
  })

  test('starts anew with each thread, under another generation', () => {
    const shared = new SharedRecords(1, 1)
    const generations = Array.from({ length: 300 }, (_, i) => {
      const generation = shared.begin(0, i + 1)
      expect(shared.state(0)).toBe(STARTING)
      expect(shared.jobs(0).accepted).toBe(0)
      expect(shared.generation(0)).toBe(generation)
      shared.jobBegun(0)
      return generation
    })
    expect(generations).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
  })

  test('keeps nothing of the thread before', () => {
    const shared = new SharedRecords(1, 1)
    shared.begin(0, 1)
    const fresh = () => [shared.jobs(0), shared.reported(0), shared.beats(0), shared.isBusy(0), shared.ending(0)]
    const atFirst = fresh()
    shared.jobBegun(0)
    shared.jobEnded(0, true)
    shared.jobBegun(0)
    shared.jobEnded(0, false)
    shared.jobBegun(0)
    shared.report(0, { heap: 1, utilization: 0.5 })
    shared.beat(0)
    // It died within a job.
    shared.setBusy(0, true)
    shared.setEnding(0, { exitCode: 3, crashed: false })
    expect(fresh()).not.toEqual(atFirst)
    shared.begin(0, 1)
    expect(fresh()).toEqual(atFirst)
  })

  test('has room when it is ready, for as many jobs as its group lets it have', () => {
    const shared = new SharedRecords(1, 1)
    const generation = shared.begin(0, 1)
    expect(shared.hasRoom(0, 1)).toBe(false)
    shared.move(0, READY)
    expect(shared.hasRoom(0, 1)).toBe(true)
    shared.reservations.reserve(1, 0, generation, 0, 1)
    expect([shared.hasRoom(0, 1), shared.hasRoom(0, 2)]).toEqual([false, true])
    shared.move(0, LEAVING)
    expect(shared.hasRoom(0, 2)).toBe(false)
  })

  test('tells how its thread ended: by process.exit, by an error, or without a word', () => {
    const shared = new SharedRecords(1, 1)
    shared.begin(0, 1)
    expect(shared.ending(0)).toEqual({ exitCode: 1, crashed: true })
    for (const exitCode of [0, 3, 255]) {
      for (const crashed of [true, false]) {
        shared.setEnding(0, { exitCode, crashed })
        expect(shared.ending(0)).toEqual({ exitCode, crashed })
      }
    }
    shared.begin(0, 1)
    expect(shared.ending(0)).toEqual({ exitCode: 1, crashed: true })
  })
})

test.each([
  [1, 1],
  [2, 3],
  [3, 8],
  [8, 7],
])(
  'whether jobs for one of %i groups wait in a sender is known of each of %i threads and of the main thread, apart',
  (groups, records) => {
    const shared = new SharedRecords(groups, records)
    const other = new SharedRecords(groups, records, shared.memory)
    const all = Array.from({ length: (records + 1) * groups }, (_, i) => [Math.floor(i / groups), i % groups] as const)
    for (const [sender, group] of all) {
      shared.tallies.setWaits(sender, group, true)
      expect(all.filter(each => other.tallies.waits(...each))).toEqual([[sender, group]])
      shared.tallies.setWaits(sender, group, false)
    }
    expect(all.filter(each => other.tallies.waits(...each))).toEqual([])
  },
)
