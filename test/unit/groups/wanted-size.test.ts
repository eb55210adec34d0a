/** How many workers a group should have, whoever asks for how many more or fewer. */

import { describe, expect, onTestFailed, test } from 'vitest'
import { WantedSize } from '../../../src/groups/watch/wanted-size.js'
import { random } from '../../support/random.js'

describe('a group', () => {
  test('never leaves its bounds by what is asked, and never changes in the other direction', () => {
    const chance = random()
    onTestFailed(() => console.error(`SEED=${chance.seed}`))
    for (let round = 0; round < 500; round++) {
      const minWorkers = chance.below(4)
      const maxWorkers = Math.max(1, minWorkers + chance.below(5))
      const wanted = new WantedSize({ minWorkers, maxWorkers })
      let size = minWorkers
      for (let step = 0; step < 20; step++) {
        // Below the minimum while workers are down.
        if (chance.below(5) === 0) size = chance.below(maxWorkers + 1)
        const delta = chance.below(21) - 10
        const to = chance.below(2) === 0 ? wanted.byHand(size, delta) : wanted.byStrategy(size, delta)
        expect(Math.sign(to - size) * Math.sign(delta)).toBeGreaterThanOrEqual(0)
        // As long as workers are missing, even a request for no change brings the group up to its minimum.
        if (delta >= 0) expect(to).toBeGreaterThanOrEqual(minWorkers)
        expect(to).toBeLessThanOrEqual(maxWorkers)
        if (size >= minWorkers) expect(to).toBeGreaterThanOrEqual(minWorkers)
        expect(wanted.least).toBeGreaterThanOrEqual(minWorkers)
        expect(wanted.least).toBeLessThanOrEqual(maxWorkers)
        size = to
      }
    }
  })

  test('is not shrunk by its strategy below what a person asked for', () => {
    const wanted = new WantedSize({ minWorkers: 1, maxWorkers: 8 })
    expect([wanted.byHand(1, 3), wanted.byStrategy(4, -9)]).toEqual([4, 4])
    expect([wanted.byStrategy(4, 2), wanted.byStrategy(6, -9)]).toEqual([6, 4])
    expect([wanted.byHand(4, -2), wanted.byStrategy(2, -9)]).toEqual([2, 2])
    expect([wanted.byHand(2, 0), wanted.byHand(2, -9), wanted.least]).toEqual([2, 1, 1])
  })

  test('is shrunk by its strategy as before where a person asked for fewer', () => {
    const wanted = new WantedSize({ minWorkers: 1, maxWorkers: 8 })
    expect([wanted.byStrategy(1, 5), wanted.byHand(6, -1), wanted.byStrategy(5, -9)]).toEqual([6, 5, 1])
  })
})
