import { describe, expect, test } from 'vitest'
import { TimeLimits } from '../../src/work/time-limits.js'
import type { WorkRecord } from '../../src/work/record.js'
import { FakeClock } from '../support/fake-clock.js'

/** What time limits read of a work, and the thread that may begin and end it without telling anybody. */
class FakeWork {
  readonly options: { readonly timeout?: number | undefined; readonly queueTimeout?: number | undefined } | undefined
  readonly submittedAt: number
  onLane = false
  beganAt: number | undefined
  ended = false
  /** What a record has once it has left its lane. */
  get startedAt(): number | undefined {
    return this.onLane ? undefined : this.beganAt
  }
  readonly carrier = {
    hasStarted: () => this.beganAt !== undefined,
    startedAt: () => this.beganAt ?? 0,
    hasEnded: () => this.ended,
    isRunning: () => this.beganAt !== undefined && !this.ended,
  }

  constructor(now: number, options?: FakeWork['options']) {
    this.submittedAt = now
    this.options = options
  }

  /** As the limits see it. */
  get record(): WorkRecord {
    return this as unknown as WorkRecord
  }
}

function setUp(defaultTimeout = Infinity): {
  clock: FakeClock
  limits: TimeLimits
  passed: [string, FakeWork, number, number][]
  submit: (options?: FakeWork['options']) => FakeWork
  send: (work: FakeWork) => void
} {
  const clock = new FakeClock(1000)
  const passed: [string, FakeWork, number, number][] = []
  const note = (what: string) => (work: WorkRecord, limit: number) => {
    passed.push([what, work as unknown as FakeWork, limit, clock.now()])
  }
  const limits = new TimeLimits(clock, defaultTimeout, { waitedTooLong: note('waited'), ranTooLong: note('ran') })
  return {
    clock,
    limits,
    passed,
    submit: options => {
      const work = new FakeWork(clock.now(), options)
      limits.submitted(work.record)
      return work
    },
    send: work => {
      limits.sending(work.record)
      work.onLane = true
    },
  }
}

describe('queueTimeout', () => {
  test('[27] counts from submission, and passes once', () => {
    const { clock, passed, submit } = setUp()
    const work = submit({ queueTimeout: 50 })
    clock.advance(49)
    expect(passed).toEqual([])
    clock.advance(1)
    expect(passed).toEqual([['waited', work, 50, 1050]])
    clock.advance(1000)
    expect(passed).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  test('[27] goes on for a work that was sent ahead and has not begun', () => {
    const { clock, passed, submit, send } = setUp()
    const work = submit({ queueTimeout: 50 })
    clock.advance(20)
    send(work)
    clock.advance(29)
    expect(passed).toEqual([])
    clock.advance(1)
    expect(passed).toEqual([['waited', work, 50, 1050]])
  })

  test('[27] does not concern a work that has begun', () => {
    const { clock, passed, submit, send } = setUp()
    const work = submit({ queueTimeout: 50 })
    send(work)
    work.beganAt = clock.now()
    clock.advance(10_000)
    expect(passed).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test('[27] of a work that begins the very moment it is looked at does no harm, and its run time counts', () => {
    const clock = new FakeClock(1000)
    const passed: [string, number][] = []
    const work = new FakeWork(1000, { queueTimeout: 50, timeout: 30 })
    const limits = new TimeLimits(clock, Infinity, {
      waitedTooLong: () => {
        work.beganAt = clock.now()
        passed.push(['waited', clock.now()])
      },
      ranTooLong: () => passed.push(['ran', clock.now()]),
    })
    limits.submitted(work.record)
    limits.sending(work.record)
    work.onLane = true
    clock.advance(1000)
    expect(passed).toEqual([
      ['waited', 1050],
      ['ran', 1080],
    ])
    expect(clock.pending).toBe(0)
  })

  test('of Infinity, or none, sets no timer', () => {
    const { clock, submit } = setUp()
    submit({ queueTimeout: Infinity })
    submit({})
    submit()
    expect(clock.pending).toBe(0)
  })
})

describe('timeout', () => {
  test('[27] counts from the start, not from sending or submission', () => {
    const { clock, passed, submit, send } = setUp()
    const work = submit({ timeout: 100 })
    clock.advance(5000)
    send(work)
    clock.advance(70)
    work.beganAt = clock.now()
    clock.advance(99)
    expect(passed).toEqual([])
    clock.advance(1)
    expect(passed).toEqual([['ran', work, 100, 6170]])
    expect(clock.pending).toBe(0)
  })

  test('[27] is exact however long the work lay on its lane before it began', () => {
    for (const wait of [0, 1, 40, 99, 100, 101, 150, 1000, 1001]) {
      const { clock, passed, submit, send } = setUp()
      const work = submit({ timeout: 100 })
      send(work)
      clock.advance(wait)
      work.beganAt = clock.now()
      clock.advance(99)
      expect(passed).toEqual([])
      clock.advance(2)
      expect(passed).toEqual([['ran', work, 100, 1000 + wait + 100]])
    }
  })

  test('[27] of the pool counts for works without their own, which takes precedence', () => {
    const { clock, passed, submit, send } = setUp(100)
    const [usual, shorter, longer, none] = [
      submit(),
      submit({ timeout: 10 }),
      submit({ timeout: 500 }),
      submit({ timeout: Infinity }),
    ]
    const works = [usual, shorter, longer, none] as FakeWork[]
    for (const work of works) {
      send(work)
      work.beganAt = clock.now()
    }
    clock.advance(10_000)
    expect(passed.map(([what, work, limit, at]) => [what, works.indexOf(work), limit, at])).toEqual([
      ['ran', 1, 10, 1010],
      ['ran', 0, 100, 1100],
      ['ran', 2, 500, 1500],
    ])
    expect(clock.pending).toBe(0)
  })

  test('[27] stays in force for a final work whose function still runs, and for no other', () => {
    const { clock, passed, limits, submit, send } = setUp(100)
    const [running, ended, unlimited] = [submit(), submit(), submit({ timeout: Infinity, queueTimeout: 50 })] as const
    for (const work of [running, ended, unlimited]) {
      send(work)
      work.beganAt = clock.now()
    }
    ended.onLane = false
    for (const work of [running, ended, unlimited]) limits.settled(work.record)
    clock.advance(10_000)
    expect(passed.map(([what, work, limit, at]) => [what, work === running, limit, at])).toEqual([
      ['ran', true, 100, 1100],
    ])
    expect(clock.pending).toBe(0)
  })

  test('[27] does not end a work that has ended in time, however late one looks', () => {
    const { clock, passed, submit, send } = setUp()
    const work = submit({ timeout: 100 })
    send(work)
    work.beganAt = clock.now()
    work.ended = true
    clock.advance(500)
    expect(passed).toEqual([])
  })

  test('[27] says nothing of a work that waits: it cannot have run too long', () => {
    const { clock, passed, submit, send } = setUp(100)
    const work = submit()
    expect(clock.pending).toBe(0)
    send(work)
    clock.advance(10_000)
    expect(passed).toEqual([])
    // It may begin at any time.
    expect(clock.pending).toBe(1)
  })

  test('starts anew for a work that was taken back and sent again', () => {
    const { clock, passed, submit, send } = setUp(100)
    const work = submit()
    send(work)
    clock.advance(60)
    work.onLane = false
    clock.advance(1000)
    expect(passed).toEqual([])
    send(work)
    work.beganAt = clock.now()
    clock.advance(99)
    expect(passed).toEqual([])
    clock.advance(1)
    expect(passed).toEqual([['ran', work, 100, 2160]])
  })

  test('[27] and queueTimeout together: whichever is due', () => {
    const early = setUp()
    const begun = early.submit({ queueTimeout: 50, timeout: 30 })
    early.send(begun)
    early.clock.advance(49)
    begun.beganAt = early.clock.now()
    early.clock.advance(1000)
    expect(early.passed).toEqual([['ran', begun, 30, 1079]])

    const late = setUp()
    const waiting = late.submit({ queueTimeout: 50, timeout: 30 })
    late.send(waiting)
    late.clock.advance(1000)
    expect(late.passed[0]).toEqual(['waited', waiting, 50, 1050])
  })

  test('[27] longer than a queueTimeout does not put that off for a work that was sent ahead', () => {
    const { clock, passed, submit, send } = setUp()
    const work = submit({ queueTimeout: 50, timeout: 1000 })
    clock.advance(20)
    send(work)
    clock.advance(30)
    expect(passed).toEqual([['waited', work, 50, 1050]])
  })
})

describe('time limits', () => {
  test('[27] leave no timer behind when they no longer matter', () => {
    const { clock, passed, limits, submit, send } = setUp(100)
    const works = [submit(), submit({ queueTimeout: 5 }), submit({ timeout: 7, queueTimeout: 9 })] as FakeWork[]
    for (const work of works) send(work)
    expect(clock.pending).toBe(1)
    for (const work of works) limits.clear(work.record)
    expect(clock.pending).toBe(0)
    clock.advance(1000)
    expect(passed).toEqual([])
  })

  test('of a thousand works need one timer', () => {
    const { clock, passed, submit, send } = setUp()
    for (let i = 0; i < 1000; i++) {
      const work = submit({ timeout: 1 + i, queueTimeout: 2000 })
      send(work)
      work.beganAt = clock.now()
      expect(clock.pending).toBe(1)
    }
    clock.advance(5000)
    expect(passed.map(([what, , limit, at]) => [what, at - limit])).toEqual(passed.map(() => ['ran', 1000]))
    expect(passed).toHaveLength(1000)
    expect(clock.pending).toBe(0)
  })
})
