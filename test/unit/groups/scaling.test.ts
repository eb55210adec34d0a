/** How many workers each shipped scaling strategy wants, of any group and at any time. */

import { describe, expect, onTestFailed, test } from 'vitest'
import { scaling, type Scaling, type ScalingFacts } from '../../../src/groups/strategies/scaling.js'
import { polluted } from '../../support/polluted.js'
import { random, type Random } from '../../support/random.js'

const quiet: ScalingFacts = { workers: 2, min: 1, max: 4, waiting: 0, idle: 0, idleFor: 0 }

function stepOf(strategy: Scaling, facts: Partial<ScalingFacts> = {}): number {
  return strategy.decide({ ...quiet, ...facts })
}

interface Case {
  readonly facts: ScalingFacts
  readonly idleTime: number
  readonly step: number
  readonly delta: number
}

function caseOf(chance: Random): Case {
  const min = chance.below(4)
  const max = Math.max(1, min + chance.below(5))
  const idleTime = [0, 1, 200, Infinity][chance.below(4)] ?? 0
  const step = 1 + chance.below(9)
  const facts = {
    // Below min there are some while workers stay down.
    workers: chance.below(max + 1),
    min,
    max,
    waiting: chance.below(2) === 0 ? 0 : 1 + chance.below(100),
    idle: chance.below(3),
    idleFor: chance.below(400),
  }
  return { facts, idleTime, step, delta: scaling.byRequest({ idleTime, step }).decide(facts) }
}

/** The cases in which something wrong is decided. */
function wrongly(isRight: (each: Case) => boolean): Case[] {
  const chance = random()
  onTestFailed(() => console.error(`SEED=${chance.seed}`))
  return Array.from({ length: 20_000 }, () => caseOf(chance)).filter(each => !isRight(each))
}

describe('scaling.byRequest', () => {
  test('[B13] never proposes a size outside the bounds', () => {
    const wrong = wrongly(({ facts: { workers, min, max }, delta }) => {
      return delta === 0 || (workers + delta >= min && workers + delta <= max)
    })
    expect(wrong).toEqual([])
  })

  test('grows exactly when jobs wait and there is room, by step at most, unless it takes more to reach min', () => {
    const wrong = wrongly(({ facts: { workers, min, max, waiting }, step, delta }) => {
      return delta > 0 === (waiting > 0 && workers < max) && delta <= Math.max(step, min - workers)
    })
    expect(wrong).toEqual([])
  })

  test('shrinks exactly when nothing waits and a worker has idled long enough, by one', () => {
    const wrong = wrongly(({ facts: { workers, min, waiting, idle, idleFor }, idleTime, delta }) => {
      const mayShrink = waiting === 0 && idle > 0 && idleFor >= idleTime && workers > min
      return delta < 0 === mayShrink && delta >= -1
    })
    expect(wrong).toEqual([])
  })

  test('[B13] grows while it is below its maximum, whoever asks, and not at its maximum', () => {
    const strategy = scaling.byRequest()
    expect([1, 2, 3, 4].map(workers => stepOf(strategy, { workers, waiting: 1 }))).toEqual([1, 1, 1, 0])
    expect(stepOf(strategy, { workers: 1, max: 1, waiting: 1 })).toBe(0)
    expect(stepOf(strategy, { workers: 0, min: 0, max: 1, waiting: 1 })).toBe(1)
  })

  test('[B13] many who wait call for one step, like one', () => {
    expect(stepOf(scaling.byRequest(), { waiting: 1000, max: 64 })).toBe(1)
    expect(stepOf(scaling.byRequest({ step: 3 }), { waiting: 1000, max: 64 })).toBe(3)
    expect(stepOf(scaling.byRequest({ step: 3 }), { waiting: 1000, max: 4 })).toBe(2)
  })

  test('goes back to its minimum, one worker at a time, and no further', () => {
    const strategy = scaling.byRequest({ idleTime: 1000 })
    expect([4, 3, 2, 1].map(workers => stepOf(strategy, { workers, idle: workers, idleFor: 1000 }))).toEqual([
      -1, -1, -1, 0,
    ])
    expect(stepOf(strategy, { idle: 2, idleFor: 999 })).toBe(0)
  })

  test('with an idleTime of 0 ends nobody who has jobs', () => {
    const strategy = scaling.byRequest({ idleTime: 0 })
    expect(stepOf(strategy, { idle: 0 })).toBe(0)
    expect(stepOf(strategy, { idle: 1 })).toBe(-1)
  })

  test('has an idleTime of 30 s and a step of 1 where nothing else is said', () => {
    for (const strategy of [scaling.byRequest(), scaling.byRequest({ idleTime: undefined, step: undefined })]) {
      expect([29_999, 30_000].map(idleFor => stepOf(strategy, { idle: 1, idleFor }))).toEqual([0, -1])
      expect(stepOf(strategy, { waiting: 5 })).toBe(1)
    }
  })

  test('options that are none are refused by name', () => {
    const byRequest = (options: unknown): Scaling => Reflect.apply(scaling.byRequest, undefined, [options])
    expect(() => byRequest({ step: 0 })).toThrow(
      new RangeError('scaling.byRequest: step must be a whole number ≥ 1, got 0 (number)'),
    )
    for (const step of [-1, 1.5, NaN, Infinity]) expect(() => byRequest({ step })).toThrow(RangeError)
    for (const idleTime of [-1, NaN]) expect(() => byRequest({ idleTime })).toThrow(RangeError)
    expect(() => byRequest({ idleTime: '1s' })).toThrow(/^scaling\.byRequest: idleTime must be .*, got '1s' \(string\)/)
    expect(() => byRequest({ idletime: 5 })).toThrow(
      /^scaling\.byRequest: options has no 'idletime'; did you mean idleTime/,
    )
    for (const options of [null, 5, []]) expect(() => byRequest(options)).toThrow(/: options must be an object/)
  })

  test('a polluted prototype sets no option', () => {
    const strategy = polluted({ step: 50, idleTime: 0 }, () => scaling.byRequest())
    expect(stepOf(strategy, { waiting: 1, max: 64 })).toBe(1)
    expect(stepOf(strategy, { idle: 1, idleFor: 1000 })).toBe(0)
    expect(Object.isFrozen(scaling)).toBe(true)
  })
})

describe('scaling.fixed', () => {
  test('never grows or shrinks', () => {
    const strategy = scaling.fixed()
    expect(wrongly(({ facts }) => strategy.decide(facts) === 0)).toEqual([])
  })
})
