/** Summarizes durations in fixed memory: mean, maximum and percentiles. */

/**
 * How long something took, in ms, over all recorded durations. `mean` and `max` are exact. The percentiles are within
 * 5 % or 0.1 µs, whichever is more; they use the nearest rank, so `p90` is the shortest duration that at least 90 % do
 * not exceed. All are 0 before the first duration.
 *
 * @group Workers and figures
 */
export interface Percentiles {
  /** The arithmetic mean. Exact. */
  mean: number
  /** The median. */
  p50: number
  /** The duration that 90 % do not exceed. */
  p90: number
  /** The duration that 99 % do not exceed. */
  p99: number
  /** The longest duration. Exact. */
  max: number
}

/** 2^48 µs are nine years. A longer duration counts as that long in the percentiles. */
const OCTAVES = 48
const BUCKETS_PER_OCTAVE = 16

// The upper 16 bits of a double are its sign, 11 bits of exponent and the first 4 bits of the fraction. For a number of
// 1 or more, these bits are directly the number of its bucket, with 16 buckets per octave, so no logarithm is needed.
// Reading them from memory costs next to nothing. Which half of the eight bytes holds them depends on the machine.
const asDouble = new Float64Array(1)
const asWords = new Uint32Array(asDouble.buffer)
asDouble[0] = 1
const UPPER = asWords[0] === 0 ? 1 : 0
const BUCKET_OF_ONE = (asWords[UPPER] ?? 0) >>> 16

/** Durations, summarized in a fixed 6 KiB. `record` costs about 10 ns, however many durations there have been. */
export class Histogram {
  /** Doubles, because there may be more than 2^32 works. */
  readonly #counts = new Float64Array(OCTAVES * BUCKETS_PER_OCTAVE)
  #count = 0
  #sum = 0
  #max = 0

  /** How many durations have been recorded. Only the model test reads it, to compare the figures with its own count. */
  get count(): number {
    return this.#count
  }

  /** Adds a duration. A negative one, from two clocks that do not quite agree, counts as 0. */
  record(ms: number): void {
    const duration = ms > 0 ? ms : 0
    // In µs, plus 1. Then all numbers are at least 1, and the buckets near 0 are 1/16 µs wide instead of narrower and
    // narrower.
    asDouble[0] = duration * 1000 + 1
    const bucket = Math.min(((asWords[UPPER] ?? 0) >>> 16) - BUCKET_OF_ONE, this.#counts.length - 1)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#count++
    this.#sum += duration
    if (duration > this.#max) this.#max = duration
  }

  /** The summary so far. Costs a few microseconds. */
  percentiles(): Percentiles {
    return {
      mean: this.#count === 0 ? 0 : this.#sum / this.#count,
      p50: this.#percentile(50),
      p90: this.#percentile(90),
      p99: this.#percentile(99),
      max: this.#max,
    }
  }

  /** The middle of the bucket that holds the duration of this rank. A bucket is 3 to 6 % wide. */
  #percentile(percent: number): number {
    const rank = Math.ceil((percent * this.#count) / 100)
    if (rank === 0) return 0
    let passed = 0
    let bucket = -1
    while (passed < rank && ++bucket < this.#counts.length) passed += this.#counts[bucket] ?? 0
    const octave = 2 ** Math.floor(bucket / BUCKETS_PER_OCTAVE)
    const middle = octave * (1 + ((bucket % BUCKETS_PER_OCTAVE) + 0.5) / BUCKETS_PER_OCTAVE)
    // The middle of the bucket that holds the longest duration may lie beyond that duration.
    return Math.min((middle - 1) / 1000, this.#max)
  }
}
