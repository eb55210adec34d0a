/** Places in shared memory: however many senders take and give back at once, the sums are right. */

import { describe, expect, test } from 'vitest'
import { Reservations } from '../../../src/groups/shared/reservations.js'
import { random } from '../../support/random.js'

describe('places', () => {
  test('are never more than there are, and all senders see the same', () => {
    const own = new Reservations(3)
    const other = new Reservations(3, own.buffer)
    own.begin(1, 1)
    expect([1, 2, 3].map(() => own.reserve(0, 1, 1, 5, 2))).toEqual([true, true, false])
    expect([other.taken(1), other.weight(1), other.taken(0), other.taken(2)]).toEqual([2, 10, 0, 0])
    other.release(0, 1, 1, 5)
    expect([own.taken(1), own.weight(1)]).toEqual([1, 5])
    expect(other.reserve(other.main, 1, 1, 0, 2)).toBe(true)
  })

  test('of a thread that is gone are nobody’s: a late release takes nothing from its successor', () => {
    const places = new Reservations(1)
    places.begin(0, 1)
    places.reserve(1, 0, 1, 3, 10)
    places.begin(0, 2)
    expect([places.taken(0), places.weight(0)]).toEqual([0, 0])
    places.reserve(1, 0, 2, 4, 10)
    places.release(1, 0, 1, 3)
    expect([places.taken(0), places.weight(0)]).toEqual([1, 4])
    expect(places.reserve(1, 0, 1, 0, 10)).toBe(false)
  })

  test('that a sender had when it ended are given back, those with a dead thread are not given twice', () => {
    const places = new Reservations(3)
    for (const record of [0, 1, 2]) places.begin(record, 1)
    for (let i = 0; i < 3; i++) places.reserve(2, 0, 1, 2, 10)
    places.reserve(2, 1, 1, 1, 10)
    places.reserve(places.main, 0, 1, 1, 10)
    places.begin(1, 2)
    places.reserve(places.main, 1, 2, 1, 10)
    places.abandon(2)
    expect([0, 1, 2].map(record => [places.taken(record), places.weight(record)])).toEqual([
      [1, 1],
      [1, 1],
      [0, 0],
    ])
    places.abandon(2)
    expect(places.taken(0)).toBe(1)
  })

  test('add up after any number of commands', () => {
    const records = 4
    const places = new Reservations(records)
    const chance = random()
    const generations = Array.from({ length: records }, () => 1)
    generations.forEach((generation, record) => places.begin(record, generation))
    let held: { sender: number; record: number; generation: number; weight: number }[] = []
    for (let step = 0; step < 20_000; step++) {
      const record = chance.below(records)
      const generation = generations[record] ?? 0
      switch (chance.below(20)) {
        case 0:
          generations[record] = generation + 1
          places.begin(record, generations[record] ?? 0)
          break
        case 1: {
          const sender = chance.below(records + 1)
          places.abandon(sender)
          held = held.filter(each => each.sender !== sender)
          break
        }
        case 2:
        case 3:
        case 4:
        case 5:
        case 6:
        case 7: {
          const [one] = held.splice(chance.below(held.length), 1)
          if (one !== undefined) places.release(one.sender, one.record, one.generation, one.weight)
          break
        }
        default: {
          const sender = chance.below(records + 1)
          const weight = chance.below(5)
          const there = held.filter(each => each.record === record && each.generation === generation)
          const got = places.reserve(sender, record, generation, weight, 6)
          expect(got).toBe(there.length < 6)
          if (got) held.push({ sender, record, generation, weight })
        }
      }
      const there = held.filter(each => each.record === record && each.generation === generations[record])
      expect(places.taken(record)).toBe(there.length)
      expect(places.weight(record)).toBe(there.reduce((sum, { weight }) => sum + weight, 0))
    }
  })
})

/** Step by step what src/groups/jobs/README.md tells: the words of the one worker, record 0, as `tag:amount`. */
test('the example of three senders and two places goes as the README says', () => {
  const records = 4
  const places = new Reservations(records)
  const words = new Int32Array(places.buffer)
  const [a, b, c] = [1, 2, 3]
  const told = (): string => {
    const at = [0, ...[a, b, c].map(sender => 2 * (1 + sender) * records)]
    return at.map(index => `${(words[index] ?? 0) >>> 24}:${(words[index] ?? 0) & 0xff_ffff}`).join(' ')
  }
  const reserve = (sender: number, generation: number): boolean => places.reserve(sender, 0, generation, 0, 2)
  const release = (sender: number, generation: number): void => places.release(sender, 0, generation, 0)

  places.begin(0, 1)
  expect(told()).toBe('1:0 0:0 0:0 0:0')
  expect([reserve(a, 1), told()]).toEqual([true, '1:1 1:1 0:0 0:0'])
  expect([reserve(b, 1), told()]).toEqual([true, '1:2 1:1 1:1 0:0'])
  expect([reserve(c, 1), told()]).toEqual([false, '1:2 1:1 1:1 1:0'])
  release(a, 1)
  expect(told()).toBe('1:1 1:0 1:1 1:0')
  expect([reserve(c, 1), told()]).toEqual([true, '1:2 1:0 1:1 1:1'])
  places.begin(0, 2)
  expect(told()).toBe('2:0 1:0 1:1 1:1')
  expect([reserve(a, 2), told()]).toEqual([true, '2:1 2:1 1:1 1:1'])
  release(b, 1)
  expect(told()).toBe('2:1 2:1 1:0 1:1')
  expect([reserve(c, 2), told()]).toEqual([true, '2:2 2:1 1:0 2:1'])
  release(c, 1)
  expect(told()).toBe('2:2 2:1 1:0 2:1')
  places.abandon(a)
  expect(told()).toBe('2:1 0:0 1:0 2:1')
})
