import { describe, expect, it } from 'vitest'
import { Histogram } from '../../src/base/histogram.js'
import { random } from '../support/random.js'

/** Nearest rank, by sorting. */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? 0
}

function expectWithinBounds(actual: number, exact: number, told: string): void {
  const bound = Math.max(0.05 * exact, 0.0001)
  expect(Math.abs(actual - exact), `${told}: ${actual} ms for ${exact} ms`).toBeLessThanOrEqual(bound * 1.000001)
}

function filled(durations: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const ms of durations) histogram.record(ms)
  return histogram
}

describe('a histogram', () => {
  it('shows zeros before the first duration', () => {
    const histogram = new Histogram()
    expect(histogram.count).toBe(0)
    expect(histogram.percentiles()).toEqual({ mean: 0, p50: 0, p90: 0, p99: 0, max: 0 })
  })

  it('[48] has exact mean and maximum, and percentiles within 5 % or 0.1 µs, from nanoseconds to days', () => {
    const { seed, next } = random()
    const distributions: Record<string, () => number> = {
      'around a µs': () => next() * 0.003,
      'even up to 100 ms': () => next() * 100,
      'exponential, 2 ms on average': () => -2 * Math.log(1 - next()),
      'of every magnitude': () => 10 ** (next() * 14 - 6),
      'of two kinds': () => (next() < 0.9 ? 0.001 + next() * 0.001 : 3_600_000 * (1 + next())),
      'all the same': () => 7.7,
    }
    for (const [name, draw] of Object.entries(distributions)) {
      for (const size of [1, 2, 99, 100, 101, 10_000]) {
        const durations = Array.from({ length: size }, draw)
        const { mean, p50, p90, p99, max } = filled(durations).percentiles()
        const sorted = Float64Array.from(durations).sort()
        const told = `seed ${seed}, ${size} ${name}`
        expect(mean, told).toBeCloseTo(durations.reduce((sum, ms) => sum + ms, 0) / size, 9)
        expect(max, told).toBe(sorted.at(-1))
        expectWithinBounds(p50, percentile([...sorted], 50), `${told}, p50`)
        expectWithinBounds(p90, percentile([...sorted], 90), `${told}, p90`)
        expectWithinBounds(p99, percentile([...sorted], 99), `${told}, p99`)
        expect(p50 <= p90 && p90 <= p99 && p99 <= max, told).toBe(true)
      }
    }
  })

  it('[48] keeps each single duration within 5 % or 0.1 µs', () => {
    for (let ms = 1e-6; ms < 1e9; ms *= 1.003) {
      const histogram = filled([ms, ms, ms])
      // A longer one, so that the maximum does not come to the help of the percentiles.
      histogram.record(ms * 2)
      expectWithinBounds(histogram.percentiles().p50, ms, 'one duration')
    }
  })

  it('counts what is below zero or not a number as zero', () => {
    const histogram = filled([-1, -0, NaN, 0])
    expect(histogram.count).toBe(4)
    expect(histogram.percentiles()).toEqual({ mean: 0, p50: 0, p90: 0, p99: 0, max: 0 })
  })

  it('takes what is longer than any work', () => {
    const { p50, max } = filled([1e300, 1e300, 1]).percentiles()
    expect(max).toBe(1e300)
    expect(p50).toBeGreaterThan(1e11)
  })

  it('costs the same per duration after 10⁶ of them as after 10³', () => {
    const time = (histogram: Histogram): number => {
      const start = performance.now()
      for (let i = 0; i < 10_000; i++) histogram.record(i)
      return performance.now() - start
    }
    const long = filled(Array.from({ length: 1_000_000 }, (_, i) => i))
    const short = filled(Array.from({ length: 1000 }, (_, i) => i))
    // In turns, so that neither alone sees the compiler at work or the processor taken away.
    const rounds = Array.from({ length: 30 }, () => ({ long: time(long), short: time(short) }))
    const best = (which: 'long' | 'short'): number => Math.min(...rounds.map(round => round[which]))
    expect(best('long') / best('short')).toBeLessThan(5)
  })
})
