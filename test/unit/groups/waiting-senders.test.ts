/** Senders that wait for a place: who is woken, in which order, and until when. */

import { describe, expect, test } from 'vitest'
import { SharedRecords } from '../../../src/groups/shared/records.js'
import { WaitingSenders } from '../../../src/groups/watch/waiting-senders.js'

const GROUP = 1

/** Three senders that wait in a group, with the numbers 0 to 2, and what they have been told. */
function setUp() {
  const shared = new SharedRecords(2, 3)
  const list = new WaitingSenders(shared)
  const told: string[] = []
  const senders = ['x', 'y', 'z'].map((name, number) => {
    const sender = { name }
    const placeFree = (): void => void told.push(name)
    list.enter(GROUP, sender, { sender: number, placeFree, groupDead: () => told.push(`${name} in vain`) })
    return sender
  })
  return { shared, list, told, senders }
}

describe('a place that comes free', () => {
  test('is told, of senders with as many jobs, to the one that was not told of any for longest', () => {
    const { list, told } = setUp()
    for (let i = 0; i < 4; i++) list.wakeNext(GROUP)
    expect(told).toEqual(['x', 'y', 'z', 'x'])
    list.wakeNext(GROUP, 2)
    expect(told.slice(4)).toEqual(['y', 'z'])
    list.wakeNext(0)
    expect(told).toHaveLength(6)
  })

  test('is told to the sender that has been given fewest jobs, whoever was told last', () => {
    const { shared, list, told } = setUp()
    for (const [sender, given] of [7, 2, 4].entries()) shared.tallies.set(sender, GROUP, 1, given)
    for (let i = 0; i < 2; i++) list.wakeNext(GROUP)
    expect(told).toEqual(['y', 'y'])
    list.wakeNext(GROUP, 2)
    expect(told.slice(2)).toEqual(['y', 'z'])
  })

  test('is told to each of the others once, where nobody wants it, and so is the next one', () => {
    const { list, told } = setUp()
    for (let round = 0; round < 3; round++) {
      told.length = 0
      list.wakeNext(GROUP)
      // More often than there are senders: each that was woken and still waits passes it on.
      for (let i = 0; i < 10; i++) list.passOn(GROUP)
      expect(told.sort()).toEqual(['x', 'y', 'z'])
    }
  })

  test('is told to nobody who has left, or is gone', () => {
    const { shared, list, told, senders } = setUp()
    const [x, y] = senders
    if (x === undefined || y === undefined) expect.fail('there are no senders')
    expect(shared.waiting(GROUP)).toBe(3)
    list.leave(GROUP, x)
    list.drop(y)
    expect([shared.waiting(0), shared.waiting(GROUP)]).toEqual([0, 1])
    list.wakeAll(GROUP)
    list.tellDead(GROUP)
    expect(told).toEqual(['z', 'z in vain'])
  })
})

test('a sender waits once, however often it says so', () => {
  const { shared, list, told, senders } = setUp()
  const [x] = senders
  if (x === undefined) expect.fail('there are no senders')
  expect(list.enter(GROUP, x, { sender: 0, placeFree: () => told.push('twice'), groupDead: () => {} })).toBe(false)
  list.wakeAll(GROUP)
  expect(told).toEqual(['x', 'y', 'z'])
  expect(shared.waiting(GROUP)).toBe(3)
})
