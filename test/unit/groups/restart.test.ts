/** What each shipped restart strategy decides, of any row of ends; one strategy after the other, hence the length. */

import { describe, expect, onTestFailed, test } from 'vitest'
import {
  restart,
  type ExitKind,
  type Restart,
  type RestartDecision,
  type RestartFacts,
} from '../../../src/groups/strategies/restart.js'
import { polluted } from '../../support/polluted.js'
import { random, type Random } from '../../support/random.js'

const KINDS: readonly ExitKind[] = ['returned', 'failed', 'exited', 'out-of-memory', 'unresponsive', 'not-started']

const crash: RestartFacts = { kind: 'failed', exitCode: 1, error: new Error('it'), failures: 0, restarts: [], now: 0 }

function decisionOf(strategy: Restart, facts: Partial<RestartFacts> = {}): RestartDecision {
  return strategy.decide({ ...crash, ...facts })
}

/** Ms until the restart after so many in a row; undefined for none. */
function delayOf(strategy: Restart, failures: number): number | undefined {
  const decision = decisionOf(strategy, { failures })
  return decision.restart ? decision.after : undefined
}

function seeded(): Random {
  const chance = random()
  onTestFailed(() => console.error(`SEED=${chance.seed}`))
  return chance
}

/** One worker in the hands of a strategy, with the clock and the bookkeeping that the Watcher has. */
class FakeWorker {
  now = 0
  failures = 0
  restarts: number[] = []
  readonly #strategy: Restart

  constructor(strategy: Restart) {
    this.#strategy = strategy
  }

  /** It has lived for so many ms, and ends. */
  live(ms: number, kind: ExitKind = 'failed'): RestartDecision {
    const { healthyAfter = 30_000 } = this.#strategy
    this.now += ms
    if (ms >= healthyAfter) this.failures = 0
    const { now, failures, restarts } = this
    const decision = decisionOf(this.#strategy, { kind, now, failures, restarts })
    if (decision.restart) {
      this.failures++
      this.restarts = [...restarts, now].slice(-1000)
      this.now += decision.after
    }
    return decision
  }
}

function backoffOf(chance: Random): { initial: number; max: number; factor: number } {
  const initial = [0.5, 1, 100, 5000][chance.below(4)] ?? 1
  return { initial, max: initial * (1 + chance.below(1000)), factor: [1, 1.5, 2, 1e9][chance.below(4)] ?? 2 }
}

describe('the delays of a row of restarts', () => {
  test('after starts that failed begin with half a second by default, and as the user wants where he has a wish', () => {
    const delays = (strategy: Restart) =>
      [0, 1, 2, 3, 4, 5, 100].map(failures => decisionOf(strategy, { failures, kind: 'not-started' }))
    const after = (...ms: number[]) => ms.map(each => ({ restart: true, after: each }))
    const byDefault = after(500, 1000, 2000, 4000, 8000, 10_000, 10_000)
    const limit = { max: 1000 }
    for (const strategy of [restart.always(), restart.limited(limit), restart.window(limit), restart.onFailure()])
      expect(delays(strategy)).toEqual(byDefault)
    const own = restart.always({ backoff: { initial: 1, max: 4 } })
    expect(delays(own)).toEqual(after(0, 1, 2, 4, 4, 4, 4))
  })

  test('begin with none, never shrink, grow by no more than factor and never exceed max', () => {
    const chance = seeded()
    for (let round = 0; round < 500; round++) {
      const backoff = backoffOf(chance)
      const strategies = [
        restart.always({ backoff }),
        restart.limited({ backoff, max: 5000 }),
        restart.window({ backoff }),
      ]
      for (const strategy of strategies) {
        expect(delayOf(strategy, 0)).toBe(0)
        expect(delayOf(strategy, 1)).toBe(backoff.initial)
        let before = backoff.initial
        for (let failures = 2; failures < 40; failures++) {
          const after = delayOf(strategy, failures) ?? NaN
          const isRight = after >= before && after <= backoff.max && after <= before * backoff.factor * (1 + 1e-12)
          if (!isRight) expect.fail(`${JSON.stringify(backoff)}: ${after} ms after ${before} ms`)
          before = after
        }
        expect(delayOf(strategy, 4000)).toBe(backoff.factor === 1 ? backoff.initial : backoff.max)
      }
    }
  })

  test('never overflow', () => {
    const backoff = { initial: Number.MAX_VALUE / 2, max: Number.MAX_VALUE, factor: Number.MAX_VALUE }
    for (const failures of [8, 1100, Number.MAX_SAFE_INTEGER]) {
      expect(delayOf(restart.always(), failures)).toBe(10_000)
      expect(delayOf(restart.always({ backoff }), failures)).toBe(Number.MAX_VALUE)
      expect(delayOf(restart.always({ backoff: { initial: Number.MIN_VALUE } }), failures)).toBeGreaterThan(0)
    }
  })

  test('[B10] are there for every strategy that was not told any', () => {
    const defaults = [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]
    for (const strategy of [restart.always(), restart.limited({ max: 100 }), restart.window(), restart.onFailure()]) {
      expect(defaults.map((_, failures) => delayOf(strategy, failures))).toEqual(defaults)
    }
  })

  test('of 0 ms cannot be asked for, save for the first', () => {
    expect(() => restart.always({ backoff: { initial: 0 } })).toThrow(RangeError)
    expect(() => restart.always({ backoff: { max: 0 } })).toThrow(RangeError)
  })

  test('keep to what the user set where a default contradicts it', () => {
    const delays = (backoff: { initial?: number; max?: number }): unknown[] =>
      [1, 2, 20].map(failures => delayOf(restart.always({ backoff }), failures))
    expect(delays({ max: 50 })).toEqual([50, 50, 50])
    expect(delays({ initial: 60_000 })).toEqual([60_000, 60_000, 60_000])
    expect(delays({ initial: 60_000, max: 100_000 })).toEqual([60_000, 100_000, 100_000])
  })
})

describe('restart.always', () => {
  test('starts a worker again however it ended, and however often', () => {
    for (const kind of KINDS) {
      for (const failures of [0, 1, 1e6]) {
        expect(decisionOf(restart.always(), { kind, failures }).restart).toBe(true)
      }
    }
  })

  test('[B10] a worker that dies at once is started some ten times in its first half minute, not thousands of times', () => {
    const worker = new FakeWorker(restart.always())
    while (worker.now < 30_000) worker.live(1)
    expect(worker.restarts.length).toBeGreaterThan(5)
    expect(worker.restarts.length).toBeLessThan(15)
  })

  test('begins anew after a time of health', () => {
    const worker = new FakeWorker(restart.always({ healthyAfter: 5000 }))
    const delays = [1, 1, 1, 4999, 5000, 1].map(ms => worker.live(ms))
    expect(delays.map(decision => decision.restart && decision.after)).toEqual([0, 100, 200, 400, 0, 100])
  })
})

describe('restart.never', () => {
  test('[B11] leaves every worker down, and says that this is nobody’s failure', () => {
    for (const kind of KINDS) {
      expect(decisionOf(restart.never(), { kind })).toEqual({
        restart: false,
        reason: 'its group restarts no workers',
        exhausted: false,
      })
    }
  })

  test('[B11] no strategy remembers an end: what one worker did is not held against it, or another, later', () => {
    for (const make of [restart.always, restart.never, restart.limited, restart.window, restart.onFailure]) {
      const strategy: Restart = make()
      const first = KINDS.map(kind => decisionOf(strategy, { kind }))
      for (let i = 0; i < 100; i++) decisionOf(strategy, { failures: i, restarts: [0, 0, 0, 0, 0] })
      expect(KINDS.map(kind => decisionOf(strategy, { kind }))).toEqual(first)
    }
  })
})

describe('restart.limited', () => {
  test('never gives a row more than max restarts, and each row that many', () => {
    const chance = seeded()
    for (let round = 0; round < 1000; round++) {
      const max = chance.below(6)
      const worker = new FakeWorker(restart.limited({ max, healthyAfter: 1000, backoff: backoffOf(chance) }))
      let row = 0
      for (let end = 0; end < 30; end++) {
        const ms = chance.below(1100)
        if (ms >= 1000) row = 0
        const decision = worker.live(ms)
        if (decision.restart !== row < max) expect.fail(`${row} of at most ${max}: ${JSON.stringify(decision)}`)
        if (!decision.restart) break
        row++
      }
    }
  })

  test('says that the budget is used up, with its figures', () => {
    const worker = new FakeWorker(restart.limited())
    expect([1, 1, 1].map(ms => worker.live(ms).restart)).toEqual([true, true, true])
    expect(worker.live(1)).toEqual({
      restart: false,
      reason: 'it was restarted 3 times in a row (limit 3)',
      exhausted: true,
    })
  })

  test('never uses up its budget where the worker has lived for long enough each time', () => {
    const worker = new FakeWorker(restart.limited({ max: 1 }))
    for (let i = 0; i < 1000; i++) expect(worker.live(30_000)).toEqual({ restart: true, after: 0 })
  })

  test('with a max of 0 restarts nobody', () => {
    expect(decisionOf(restart.limited({ max: 0 }))).toMatchObject({ restart: false, exhausted: true })
  })
})

describe('restart.window', () => {
  test('[B12] never exceeds max restarts in any period, and is never short of them', () => {
    const chance = seeded()
    for (let round = 0; round < 1000; round++) {
      const max = 1 + chance.below(5)
      const period = [10, 100.5, 1000][chance.below(3)] ?? 10
      const worker = new FakeWorker(
        restart.window({ max, period, healthyAfter: 50, backoff: { initial: 1, max: 1 + chance.below(50) } }),
      )
      const granted: number[] = []
      for (let end = 0; end < 60; end++) {
        const decision = worker.live(chance.below(2) === 0 ? chance.below(5) : chance.next() * period)
        // If it stays down, the Watcher asks no more. Here somebody starts it by hand.
        if (decision.restart) granted.push(worker.restarts.at(-1) ?? NaN)
        const before = decision.restart ? granted.slice(0, -1) : granted
        const recent = before.filter(at => at >= worker.now - (decision.restart ? decision.after : 0) - period)
        if (decision.restart !== recent.length < max) {
          expect.fail(`${recent.length} of at most ${max} within ${period}: ${JSON.stringify(decision)}`)
        }
      }
      const inPeriodFrom = (from: number): number => granted.filter(at => at >= from && at <= from + period).length
      expect(Math.max(...granted.map(inPeriodFrom))).toBeLessThanOrEqual(max)
    }
  })

  test('[B12] moves: it limits in every period, not in the first one only', () => {
    const strategy = restart.window({ max: 2, period: 1000 })
    for (let start = 0; start < 1e6; start += 100_000) {
      const restarts = [start - 5000, start, start + 500]
      expect(decisionOf(strategy, { restarts, now: start + 900 })).toMatchObject({ restart: false, exhausted: true })
      expect(decisionOf(strategy, { restarts, now: start + 1000 })).toMatchObject({ restart: false })
      expect(decisionOf(strategy, { restarts, now: start + 1000.1 })).toMatchObject({ restart: true })
    }
  })

  test('says that the budget is used up, with its figures', () => {
    const worker = new FakeWorker(restart.window())
    expect([1, 1, 1].map(ms => worker.live(ms).restart)).toEqual([true, true, true])
    expect(worker.live(1)).toEqual({
      restart: false,
      reason: 'it was restarted 3 times within 10000 ms (limit 3)',
      exhausted: true,
    })
  })

  test('keeps a worker for ever that fails now and then', () => {
    const worker = new FakeWorker(restart.window({ max: 1, period: 1000, healthyAfter: 500 }))
    for (let i = 0; i < 2000; i++) expect(worker.live(1001)).toEqual({ restart: true, after: 0 })
  })

  test('cannot be told to count more restarts than are remembered', () => {
    expect(() => restart.window({ max: 1001 })).toThrow(
      new RangeError(
        'restart.window: max must be a whole number ≥ 0 and ≤ 1000 (no more restarts are remembered), got 1001 (number)',
      ),
    )
    const restarts = Array.from({ length: 1000 }, () => 0)
    expect(decisionOf(restart.window({ max: 1000 }), { restarts })).toMatchObject({ restart: false })
  })
})

describe('restart.onFailure', () => {
  test('leaves a worker down whose run() returned, and says that this is no failure', () => {
    expect(decisionOf(restart.onFailure(), { kind: 'returned' })).toEqual({
      restart: false,
      reason: 'its run() returned, which is not a failure',
      exhausted: false,
    })
  })

  test('asks the other strategy about every other end, with all the facts', () => {
    const asked: RestartFacts[] = []
    class Own implements Restart {
      readonly #after = 7

      decide(facts: RestartFacts): RestartDecision {
        asked.push(facts)
        return { restart: true, after: this.#after }
      }
    }
    const strategy = restart.onFailure(new Own())
    const ends = KINDS.map(kind => ({ ...crash, kind }))
    const decisions = ends.map(facts => strategy.decide(facts))
    expect(decisions.filter(({ restart }) => restart)).toEqual(
      Array.from({ length: 5 }, () => ({ restart: true, after: 7 })),
    )
    expect(asked).toEqual(ends.filter(({ kind }) => kind !== 'returned'))
  })

  test('has the budget and the time of health of the other strategy', () => {
    expect(restart.onFailure(restart.limited({ healthyAfter: 5 })).healthyAfter).toBe(5)
    expect(restart.onFailure({ decide: () => ({ restart: true, after: 0 }) }).healthyAfter).toBe(30_000)
    expect(decisionOf(restart.onFailure(restart.limited()), { failures: 3 })).toMatchObject({ exhausted: true })
  })

  test('refuses what is no strategy', () => {
    const onFailure = (inner: unknown): Restart => Reflect.apply(restart.onFailure, undefined, [inner])
    expect(() => onFailure({ max: 3 })).toThrow(
      new TypeError('restart.onFailure: inner must be a restart strategy, got { max: 3 } (object)'),
    )
    for (const inner of [null, 5, 'always', restart.always]) expect(() => onFailure(inner)).toThrow(TypeError)
  })
})

describe('options of restart strategies', () => {
  const makers = { always: restart.always, limited: restart.limited, window: restart.window }
  const make = (name: keyof typeof makers, options: unknown): Restart =>
    Reflect.apply(makers[name], undefined, [options])

  test('are refused by name, with the value', () => {
    expect(() => make('always', { backoff: { factor: 0.5 } })).toThrow(
      new RangeError('restart.always: backoff.factor must be a finite number ≥ 1, got 0.5 (number)'),
    )
    expect(() => make('limited', { max: 2.5 })).toThrow(/^restart\.limited: max must be a whole number ≥ 0, got 2\.5/)
    expect(() => make('window', { period: 0 })).toThrow(/^restart\.window: period must be a finite number > 0, got 0/)
    expect(() => make('window', { backoff: { initial: 9, max: 8 } })).toThrow(
      new RangeError('restart.window: backoff.initial must be ≤ backoff.max, got initial 9 and max 8'),
    )
    expect(() => make('always', { backof: {} })).toThrow(
      /^restart\.always: options has no 'backof'; did you mean backoff/,
    )
    expect(() => make('always', { max: 3 })).toThrow(/^restart\.always: options has no 'max'/)
    expect(() => make('limited', { backoff: { min: 3 } })).toThrow(/^restart\.limited: backoff has no 'min'/)
  })

  test.each(['always', 'limited', 'window'] as const)('restart.%s refuses values that are none', name => {
    for (const options of [null, 5, 'x', []]) expect(() => make(name, options)).toThrow(/: options must be an object/)
    for (const backoff of [null, 100, []]) expect(() => make(name, { backoff })).toThrow(/: backoff must be an object/)
    for (const healthyAfter of [0, -1, NaN]) expect(() => make(name, { healthyAfter })).toThrow(RangeError)
    for (const initial of [-1, NaN, Infinity]) expect(() => make(name, { backoff: { initial } })).toThrow(RangeError)
    for (const max of [-1, NaN, Infinity]) expect(() => make(name, { backoff: { max } })).toThrow(RangeError)
    for (const factor of [0, NaN, Infinity]) expect(() => make(name, { backoff: { factor } })).toThrow(RangeError)
    expect(() => make(name, { backoff: { initial: '100' } })).toThrow(TypeError)
  })

  test('have defaults, and undefined is as good as not given', () => {
    for (const name of ['always', 'limited', 'window'] as const) {
      const strategies = [undefined, {}, { backoff: undefined, healthyAfter: undefined }].map(each => make(name, each))
      expect(strategies.map(({ healthyAfter }) => healthyAfter)).toEqual([30_000, 30_000, 30_000])
      expect(strategies.map(strategy => delayOf(strategy, 1))).toEqual([100, 100, 100])
    }
    expect(make('always', { healthyAfter: Infinity }).healthyAfter).toBe(Infinity)
  })

  test('are not read again later, and not from a polluted prototype', () => {
    const backoff = { initial: 5 }
    const strategy = restart.always({ backoff })
    backoff.initial = 50
    expect(delayOf(strategy, 1)).toBe(5)
    const evil = { initial: 1, max: 1, factor: 1, backoff: { initial: 1 }, healthyAfter: 1, period: 1, infinity: true }
    polluted(evil, () => {
      const strategies = [restart.always(), restart.limited(), restart.window(), restart.always({ backoff: {} })]
      expect(strategies.map(each => [each.healthyAfter, delayOf(each, 2)])).toEqual(strategies.map(() => [30_000, 200]))
      expect(() => restart.always({ backoff: { max: Infinity } })).toThrow(RangeError)
    })
    expect(Object.isFrozen(restart)).toBe(true)
  })
})
