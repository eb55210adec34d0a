/** When each shipped recycling strategy says that a worker has had its day. */

import { describe, expect, onTestFailed, test } from 'vitest'
import { recycle, type Recycle, type RecycleFacts } from '../../../src/groups/strategies/recycle.js'
import { polluted } from '../../support/polluted.js'
import { random } from '../../support/random.js'

const fresh: RecycleFacts = { jobs: 0, age: 0, heap: 0, utilization: 0 }

describe('recycle.byQuota', () => {
  test('[B17] replaces a worker exactly when it has reached any limit that is given', () => {
    const chance = random()
    onTestFailed(() => console.error(`SEED=${chance.seed}`))
    for (let step = 0; step < 20_000; step++) {
      const limitOf = (least: number, most: number): number | undefined =>
        chance.below(2) === 0 ? undefined : least + chance.below(most)
      const options = {
        // One at least.
        jobs: 1 + chance.below(10),
        age: limitOf(1, 10),
        heap: limitOf(1, 10),
        elu: chance.below(2) === 0 ? undefined : (1 + chance.below(10)) / 10,
      }
      const facts = {
        jobs: chance.below(12),
        age: chance.next() * 12,
        heap: chance.below(12),
        utilization: chance.below(11) / 10,
      }
      const { jobs, age = Infinity, heap = Infinity, elu = Infinity } = options
      const isDue = facts.jobs >= jobs || facts.age >= age || facts.heap >= heap || facts.utilization >= elu
      const reason = recycle.byQuota(options).decide(facts)
      if (isDue !== (reason !== undefined)) {
        expect.fail(`step ${step}: ${JSON.stringify({ options, facts })}: ${String(reason)}`)
      }
    }
  })

  test('[B17] each limit works by itself, and says by what it was reached', () => {
    const jobs = recycle.byQuota({ jobs: 100_000 })
    expect(jobs.decide({ ...fresh, jobs: 99_999 })).toBeUndefined()
    expect(jobs.decide({ ...fresh, jobs: 100_000 })).toBe('100,000 jobs (limit 100,000)')

    const age = recycle.byQuota({ age: 3_600_000 })
    expect(age.decide({ ...fresh, age: 3_599_999.9 })).toBeUndefined()
    expect(age.decide({ ...fresh, age: 3_600_412.7 })).toBe('3,600,412 ms of age (limit 3,600,000)')

    const heap = recycle.byQuota({ heap: 512 * 2 ** 20 })
    expect(heap.decide({ ...fresh, heap: 512 * 2 ** 20 - 1 })).toBeUndefined()
    expect(heap.decide({ ...fresh, heap: 600_000_000 })).toBe('600,000,000 bytes of heap (limit 536,870,912)')

    const elu = recycle.byQuota({ elu: 0.95 })
    expect(elu.decide({ ...fresh, utilization: 0.94 })).toBeUndefined()
    expect(elu.decide({ ...fresh, utilization: 0.97 })).toBe('0.97 event loop utilization (limit 0.95)')
  })

  test('[B17] judges each worker by its own figures alone', () => {
    const strategy = recycle.byQuota({ heap: 100 })
    expect([99, 100, 99, 101, 0].map(heap => strategy.decide({ ...fresh, heap }) !== undefined)).toEqual([
      false,
      true,
      false,
      true,
      false,
    ])
  })

  test('needs a limit', () => {
    const byQuota = (options?: unknown): Recycle => Reflect.apply(recycle.byQuota, undefined, [options])
    for (const options of [undefined, {}, { jobs: undefined }, { jobs: Infinity, age: Infinity, heap: Infinity }]) {
      expect(() => byQuota(options)).toThrow(
        new TypeError('recycle.byQuota needs at least one limit: jobs, age, heap or elu; for none, use recycle.none()'),
      )
    }
  })

  test('options that are none are refused by name', () => {
    const byQuota = (options: unknown): Recycle => Reflect.apply(recycle.byQuota, undefined, [options])
    expect(() => byQuota({ elu: 95 })).toThrow(
      new RangeError('recycle.byQuota: elu must be a finite number > 0 and ≤ 1, got 95 (number)'),
    )
    for (const jobs of [0, -1, 1.5, NaN]) expect(() => byQuota({ jobs })).toThrow(/^recycle\.byQuota: jobs must be/)
    for (const age of [0, -1, NaN]) expect(() => byQuota({ age })).toThrow(/^recycle\.byQuota: age must be/)
    for (const heap of [0, -1, NaN]) expect(() => byQuota({ heap })).toThrow(/^recycle\.byQuota: heap must be/)
    for (const elu of [0, 1.1, NaN, Infinity]) expect(() => byQuota({ elu })).toThrow(RangeError)
    expect(() => byQuota({ heap: '512MB' })).toThrow(TypeError)
    expect(() => byQuota({ job: 5 })).toThrow(/^recycle\.byQuota: options has no 'job'; did you mean jobs/)
    for (const options of [5, 'x', []]) expect(() => byQuota(options)).toThrow(/: options must be an object/)
  })

  test('a polluted prototype sets no limit', () => {
    const strategy = polluted({ age: 1, heap: 1, elu: 0.1 }, () => recycle.byQuota({ jobs: 5 }))
    expect(strategy.decide({ jobs: 4, age: 1e9, heap: 1e9, utilization: 1 })).toBeUndefined()
    expect(() => polluted({ jobs: 1 }, () => recycle.byQuota({}))).toThrow(TypeError)
    expect(Object.isFrozen(recycle)).toBe(true)
  })
})

describe('recycle.none', () => {
  test('replaces nobody, whatever they have done', () => {
    expect(recycle.none().decide({ jobs: 1e9, age: 1e12, heap: 1e12, utilization: 1 })).toBeUndefined()
  })
})
