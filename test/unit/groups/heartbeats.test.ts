/** Looks at an event loop, once a second: when it stands still, and how busy it is. */

import { describe, expect, test } from 'vitest'
import { Heartbeats } from '../../../src/groups/watch/heartbeats.js'

describe('an event loop', () => {
  test('that stands still for so long is told of once, and again when it has turned meanwhile', () => {
    const heartbeats = new Heartbeats(2500)
    const thread = {}
    const beats = [1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3]
    const told = beats.map((count, second) => heartbeats.take(thread, count, 0, second * 1000).stillFor)
    const no = undefined
    expect(told).toEqual([no, no, no, no, 3000, no, no, no, no, 3000, no])
  })

  test('is as busy as it has been for a minute: nobody is judged by his first seconds', () => {
    const heartbeats = new Heartbeats(Infinity)
    const thread = {}
    const loads = Array.from({ length: 300 }, (_, second) => heartbeats.take(thread, second, 1, second * 1000).load)
    expect(loads[0]).toBeLessThan(0.02)
    expect(loads[30]).toBeLessThan(0.5)
    expect(loads[60]).toBeGreaterThan(0.6)
    expect(loads[299]).toBeGreaterThan(0.99)
    const idle = Array.from({ length: 300 }, (_, second) =>
      heartbeats.take(thread, 300 + second, 0, (300 + second) * 1000),
    )
    expect(idle.at(-1)?.load).toBeLessThan(0.01)
  })

  test('is not blamed for time in which the main thread was blocked, or all threads were suspended', () => {
    const told = (looks: readonly (readonly [second: number, beats: number])[], patience: number) => {
      const heartbeats = new Heartbeats(patience)
      const thread = {}
      return looks.map(([second, beats]) => heartbeats.take(thread, beats, 0, second * 1000).stillFor)
    }
    const no = undefined
    // Suspended for a minute; the first beat after it comes later than the first check.
    expect(told([[0, 1], [60, 1], [61, 2], [62, 3]], 500)).toEqual([no, no, no, no]) // prettier-ignore
    // The same, and it does stand still from then on.
    expect(told([[0, 1], [60, 1], [61, 1]], 500)).toEqual([no, no, 2000]) // prettier-ignore
    // Two blocks count as the two seconds that they are in checks.
    expect(told([[0, 1], [20, 1], [40, 1], [41, 1], [42, 1]], 4000)).toEqual([no, no, no, no, 4000]) // prettier-ignore
    // A main thread that is blocked all the time finds out, too.
    expect(told([[0, 1], [20, 1], [40, 1], [60, 1]], 2000)).toEqual([no, no, no, 3000]) // prettier-ignore
  })

  test('of one thread says nothing of another', () => {
    const heartbeats = new Heartbeats(1000)
    const [one, other] = [{}, {}]
    heartbeats.take(one, 1, 1, 0)
    expect(heartbeats.take(other, 1, 0, 1000)).toEqual({ load: 0, stillFor: undefined })
    expect(heartbeats.take(one, 1, 1, 1000).stillFor).toBe(1000)
  })
})
