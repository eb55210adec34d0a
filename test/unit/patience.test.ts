/** A limit for others: it passes over time in which nobody could have seen them. */

import { describe, expect, test } from 'vitest'
import { patience } from '../../src/base/patience.js'
import { FakeClock } from '../support/fake-clock.js'

/** A limit of so many ms, and when it passed. */
function setUp(ms: number) {
  const clock = new FakeClock()
  const passed: number[] = []
  const limit = patience(clock, ms, () => passed.push(clock.now()))
  return { clock, passed, limit }
}

describe('a limit for others', () => {
  test.each([0, 0.3, 7, 100, 999, 10_000])(
    'of %d ms passes after as much where nothing holds up the event loop',
    ms => {
      const { clock, passed } = setUp(ms)
      clock.advance(ms - 0.01)
      expect(passed).toEqual([])
      clock.advance(0.02)
      expect(passed).toHaveLength(1)
      expect(passed[0]).toBeCloseTo(ms)
      expect(clock.pending).toBe(0)
    },
  )

  test('counts the longest block as a quarter of a second', async () => {
    const { clock, passed } = setUp(10_000)
    clock.advance(1)
    clock.block(1_000_000)
    clock.advance(0)
    clock.advance(9749)
    expect(passed).toEqual([])
    clock.advance(1)
    expect(passed).toHaveLength(1)
  })

  test('counts it as a quarter of the limit where that is less', () => {
    const { clock, passed } = setUp(100)
    clock.block(1_000_000)
    clock.advance(74)
    expect(passed).toEqual([])
    clock.advance(1)
    expect(passed).toHaveLength(1)
  })

  test('whose last step was blocked lets the event loop turn before it passes, and can be cancelled in this turn', async () => {
    for (const isCancelled of [false, true]) {
      const { clock, passed, limit } = setUp(100)
      clock.advance(99)
      clock.block(5000)
      clock.advance(0)
      expect(passed).toEqual([])
      if (isCancelled) limit.cancel()
      await Promise.resolve()
      expect(passed).toHaveLength(isCancelled ? 0 : 1)
    }
  })

  test('says how much of it is left, and leaves no timer when it is cancelled', () => {
    const { clock, passed, limit } = setUp(1000)
    expect(limit.left).toBe(1000)
    clock.advance(500)
    expect(limit.left).toBe(500)
    limit.cancel()
    expect(clock.pending).toBe(0)
    clock.advance(1000)
    expect(passed).toEqual([])
  })

  test('without end needs no timer', () => {
    expect(setUp(Infinity).clock.pending).toBe(0)
  })
})
