import { describe, expect, test } from 'vitest'
import { Claims, DONE, OFFERED, REVOKED, SLOTS, STARTED } from '../../src/lane/claims.js'

/** Both sides' views of the same memory. */
function pair(): { sender: Claims; thread: Claims } {
  const sender = new Claims()
  return { sender, thread: new Claims(sender.buffer) }
}

/** Where numbers become larger than 2^29, 2^30, 2^31, 2^32, come round again, and stop being exact. */
const tickets = [
  0,
  1,
  2,
  1023,
  2 ** 28,
  2 ** 29 - 1,
  2 ** 29,
  2 ** 30 - 3,
  2 ** 30 - 2,
  2 ** 30 - 1,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40 + 7,
  Number.MAX_SAFE_INTEGER,
]

describe('a claim word', () => {
  test('goes from free over offered and started to done, and both sides see it', () => {
    const { sender, thread } = pair()
    for (const ticket of tickets) {
      expect(sender.state(3, ticket)).toBeUndefined()
      sender.offer(3, ticket)
      expect([sender.state(3, ticket), thread.state(3, ticket)]).toEqual([OFFERED, OFFERED])
      expect(thread.start(3, ticket, 10)).toBe(true)
      expect([sender.state(3, ticket), thread.state(3, ticket)]).toEqual([STARTED, STARTED])
      thread.finish(3, ticket, 20)
      expect([sender.state(3, ticket), thread.state(3, ticket)]).toEqual([DONE, DONE])
      sender.free(3)
      expect([sender.state(3, ticket), thread.state(3, ticket)]).toEqual([undefined, undefined])
    }
  })

  test('that was revoked cannot be started', () => {
    const { sender, thread } = pair()
    for (const ticket of tickets) {
      sender.offer(0, ticket)
      expect(sender.revoke(0, ticket)).toBe(true)
      expect(sender.state(0, ticket)).toBe(REVOKED)
      expect(thread.start(0, ticket, 1)).toBe(false)
      expect(thread.state(0, ticket)).toBe(REVOKED)
    }
  })

  test('that was started cannot be revoked', () => {
    const { sender, thread } = pair()
    for (const ticket of tickets) {
      sender.offer(0, ticket)
      expect(thread.start(0, ticket, 1)).toBe(true)
      expect(sender.revoke(0, ticket)).toBe(false)
      expect(sender.state(0, ticket)).toBe(STARTED)
      thread.finish(0, ticket, 2)
      expect(sender.revoke(0, ticket)).toBe(false)
      expect(sender.state(0, ticket)).toBe(DONE)
    }
  })

  test('is taken once: a second start and a second revoke fail', () => {
    const { sender, thread } = pair()
    sender.offer(0, 5)
    expect([thread.start(0, 5, 1), thread.start(0, 5, 2)]).toEqual([true, false])
    sender.offer(1, 6)
    expect([sender.revoke(1, 6), sender.revoke(1, 6)]).toEqual([true, false])
    thread.finish(0, 5, 3)
    expect(thread.start(0, 5, 4)).toBe(false)
  })

  test('of a free slot belongs to nobody: nothing is started or revoked there', () => {
    const { sender, thread } = pair()
    for (const ticket of tickets) {
      expect(sender.state(7, ticket)).toBeUndefined()
      expect(thread.start(7, ticket, 1)).toBe(false)
      expect(sender.revoke(7, ticket)).toBe(false)
      expect(thread.abortRequested(7, ticket)).toBe(false)
    }
    sender.offer(7, 1)
    sender.free(7)
    expect(thread.start(7, 1, 1)).toBe(false)
    expect(sender.revoke(7, 1)).toBe(false)
  })

  test('is compared whole: an entry that was taken back does not start under the next offer of its slot', () => {
    const { sender, thread } = pair()
    for (const first of tickets.slice(0, -1)) {
      // Tickets that are a power of two apart, whichever: no bit may be left out of the comparison.
      const others = Array.from({ length: 30 }, (_, bit) => first + 2 ** bit)
      for (const second of others) {
        sender.offer(9, first)
        sender.revoke(9, first)
        sender.offer(9, second)
        expect(thread.start(9, first, 1)).toBe(false)
        expect([thread.state(9, first), sender.revoke(9, first)]).toEqual([undefined, false])
        expect(sender.state(9, second)).toBe(OFFERED)
        expect(thread.start(9, second, 2)).toBe(true)
        expect(thread.state(9, first)).toBeUndefined()
        sender.free(9)
      }
    }
  })

  test('tickets come round only after 10^9 offers', () => {
    const { sender } = pair()
    const period = 2 ** 30 - 1
    for (const ticket of [0, 5, 2 ** 31]) {
      sender.offer(0, ticket)
      expect(sender.state(0, ticket + period)).toBe(OFFERED)
      for (const distance of [1, 2, 1000, period - 1, period + 1])
        expect(sender.state(0, ticket + distance)).toBeUndefined()
    }
  })

  test('slots do not touch each other', () => {
    const { sender, thread } = pair()
    for (let slot = 0; slot < SLOTS; slot++) sender.offer(slot, 1000 + slot)
    for (let slot = 0; slot < SLOTS; slot++) {
      if (slot % 4 === 0) sender.revoke(slot, 1000 + slot)
      else thread.start(slot, 1000 + slot, slot + 0.5)
      if (slot % 4 === 2) thread.finish(slot, 1000 + slot, slot + 0.75)
      if (slot % 4 === 3) sender.requestAbort(slot, 1000 + slot)
    }
    for (let slot = 0; slot < SLOTS; slot++) {
      expect(sender.state(slot, 1000 + slot)).toBe([REVOKED, STARTED, DONE, STARTED][slot % 4])
      if (slot % 4 !== 0) expect(sender.startedAt(slot)).toBe(slot + 0.5)
      if (slot % 4 === 2) expect(sender.endedAt(slot)).toBe(slot + 0.75)
      expect(thread.abortRequested(slot, 1000 + slot)).toBe(slot % 4 === 3)
    }
  })
})

describe('the times beside it', () => {
  test('are there when the word says so, and stand until the slot is taken anew', () => {
    const { sender, thread } = pair()
    sender.offer(2, 1)
    thread.start(2, 1, 123.456)
    expect(sender.startedAt(2)).toBe(123.456)
    thread.finish(2, 1, 789.25)
    expect([sender.startedAt(2), sender.endedAt(2)]).toEqual([123.456, 789.25])
    sender.free(2)
    expect([sender.startedAt(2), sender.endedAt(2)]).toEqual([123.456, 789.25])
    sender.offer(2, 2)
    thread.start(2, 2, 1000)
    expect(sender.startedAt(2)).toBe(1000)
  })
})

describe('a request to abort', () => {
  test('is for one work: others in the slot before and after do not see it', () => {
    const { sender, thread } = pair()
    for (const ticket of tickets.slice(0, -1)) {
      sender.requestAbort(4, ticket)
      expect(thread.abortRequested(4, ticket)).toBe(true)
      for (const other of [ticket + 1, ticket + 2 ** 29, Math.max(0, ticket - 1)]) {
        if (other !== ticket) expect(thread.abortRequested(4, other)).toBe(false)
      }
      expect(thread.abortRequested(5, ticket)).toBe(false)
      expect(thread.abortRequested(3, ticket)).toBe(false)
    }
  })

  test('changes nothing about who may take the work', () => {
    const { sender, thread } = pair()
    sender.offer(4, 1)
    sender.requestAbort(4, 1)
    expect(sender.state(4, 1)).toBe(OFFERED)
    expect(thread.start(4, 1, 1)).toBe(true)
  })
})

describe('a kept answer', () => {
  const small: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['false', false],
    ['true', true],
    ['zero', 0],
    ['minus zero', -0],
    ['a fraction', 0.1],
    ['NaN', NaN],
    ['infinity', Infinity],
    ['minus infinity', -Infinity],
    ['the largest number', Number.MAX_VALUE],
    ['the smallest number', Number.MIN_VALUE],
    ['a bigint', 1n],
    ['bigint zero', 0n],
    ['the largest bigint of 64 bits', 2n ** 63n - 1n],
    ['the smallest bigint of 64 bits', -(2n ** 63n)],
    ['the empty string', ''],
    ['a string', 'abc'],
    ['a string of 32 units', '0123456789abcdefghijklmnopqrstuv'],
    ['a string of 32 units beyond Latin 1', '履'.repeat(32)],
    ['a string of 16 pairs', '\u{1f9f5}'.repeat(16)],
    ['a lone high surrogate', 'a\ud83e'],
    ['a lone low surrogate', '\uddf5b'],
    ['a string of zeros', '\0'.repeat(32)],
    ['the last unit', '\uffff'],
  ]

  test.each(small)('is %s on the other side', (_, value) => {
    const { sender, thread } = pair()
    for (const slot of [0, 17, SLOTS - 1]) {
      expect(thread.keep(slot, value)).toBe(true)
      expect(sender.isKept(slot)).toBe(true)
      expect(Object.is(sender.kept(slot), value)).toBe(true)
    }
  })

  const large: [string, unknown][] = [
    ['a string of 33 units', 'x'.repeat(33)],
    ['a long string', 'x'.repeat(100_000)],
    ['a bigint above 64 bits', 2n ** 63n],
    ['a bigint below 64 bits', -(2n ** 63n) - 1n],
    ['an object', {}],
    ['an array', []],
    ['a function', () => {}],
    ['a symbol', Symbol('s')],
    ['a boxed string', Object('x')],
  ]

  test.each(large)('is not %s: that has to be posted', (_, value) => {
    const { sender, thread } = pair()
    // Something was kept there before.
    thread.keep(8, 'before')
    expect(thread.keep(8, value)).toBe(false)
    expect(sender.isKept(8)).toBe(false)
  })

  test('is forgotten by keepNothing, and none is there at first', () => {
    const { sender, thread } = pair()
    expect(sender.isKept(8)).toBe(false)
    thread.keep(8, 5)
    thread.keepNothing(8)
    expect(sender.isKept(8)).toBe(false)
  })

  test('takes the place of the one before it, whatever the two are', () => {
    const { sender, thread } = pair()
    for (const [, first] of small) {
      for (const [, second] of small) {
        thread.keep(8, first)
        thread.keep(8, second)
        expect(Object.is(sender.kept(8), second)).toBe(true)
      }
    }
  })

  test('does not touch those of the slots beside it', () => {
    const { sender, thread } = pair()
    const valueOf = (slot: number): unknown =>
      [String(slot).padEnd(32, 'x'), slot + 0.5, BigInt(slot) - 2n ** 63n, slot % 8 < 4, null][slot % 5]
    for (let slot = 0; slot < SLOTS; slot++) expect(thread.keep(slot, valueOf(slot))).toBe(true)
    for (let slot = 0; slot < SLOTS; slot++) expect(sender.kept(slot)).toBe(valueOf(slot))
  })

  test('stands beside words and times without touching them', () => {
    const { sender, thread } = pair()
    for (let slot = 0; slot < SLOTS; slot++) {
      sender.offer(slot, slot)
      thread.start(slot, slot, slot + 1)
      thread.keep(slot, 'y'.repeat(32))
      sender.requestAbort(slot, slot)
      thread.finish(slot, slot, slot + 2)
    }
    for (let slot = 0; slot < SLOTS; slot++) {
      expect([sender.state(slot, slot), sender.startedAt(slot), sender.endedAt(slot), sender.kept(slot)]).toEqual([
        DONE,
        slot + 1,
        slot + 2,
        'y'.repeat(32),
      ])
      expect(thread.abortRequested(slot, slot)).toBe(true)
    }
  })
})
