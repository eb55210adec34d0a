/** Sums up durations in fixed memory: mean, maximum and percentiles. */

/**
 * How long something took, over all that was recorded, in ms. `mean` and `max` are exact; the percentiles (nearest rank:
 * `p90` is the shortest duration that at least 90 % do not exceed) within 5 % or 0.1 µs, whichever is more. All are
 * 0 before the first.
 */
export interface Percentiles {
  /** The arithmetic mean. Exact. */
  mean: number
  /** The median. */
  p50: number
  /** What nine in ten do not exceed. */
  p90: number
  /** What 99 in a hundred do not exceed. */
  p99: number
  /** The longest. Exact. */
  max: number
}

/** 2^48 µs are nine years; what takes longer counts as that long in the percentiles. */
const OCTAVES = 48
const BUCKETS_PER_OCTAVE = 16

// The upper 16 bits of a double are its sign, 11 bits of exponent and the first 4 of the fraction: for a number from 1 on,
// they are the number of its bucket, 16 to the octave, without a logarithm. Reading them out of memory costs next to
// nothing, but which half of the eight bytes has them is the machine's choice.
const asDouble = new Float64Array(1)
const asWords = new Uint32Array(asDouble.buffer)
asDouble[0] = 1
const UPPER = asWords[0] === 0 ? 1 : 0
const BUCKET_OF_ONE = (asWords[UPPER] ?? 0) >>> 16

/** Durations, summed up in a fixed 6 KiB: `record` costs about 10 ns, however many there have been. */
export class Histogram {
  /** Doubles, because 2^32 works are not out of reach. */
  readonly #counts = new Float64Array(OCTAVES * BUCKETS_PER_OCTAVE)
  #count = 0
  #sum = 0
  #max = 0

  /** How many durations have been recorded. */
  get count(): number {
    return this.#count
  }

  /** Adds a duration. One below 0 (of two clocks that do not quite agree) counts as 0. */
  record(ms: number): void {
    const duration = ms > 0 ? ms : 0
    // In µs, and plus 1: thus the buckets near 0 are 1/16 µs wide instead of ever smaller, and all are above 1.
    asDouble[0] = duration * 1000 + 1
    const bucket = Math.min(((asWords[UPPER] ?? 0) >>> 16) - BUCKET_OF_ONE, this.#counts.length - 1)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#count++
    this.#sum += duration
    if (duration > this.#max) this.#max = duration
  }

  /** The summary so far. Costs some microseconds. */
  percentiles(): Percentiles {
    return {
      mean: this.#count === 0 ? 0 : this.#sum / this.#count,
      p50: this.#percentile(50),
      p90: this.#percentile(90),
      p99: this.#percentile(99),
      max: this.#max,
    }
  }

  /** The middle of the bucket that holds the duration of that rank: a bucket is 3 to 6 % wide. */
  #percentile(percent: number): number {
    const rank = Math.ceil((percent * this.#count) / 100)
    if (rank === 0) return 0
    let passed = 0
    let bucket = -1
    while (passed < rank && ++bucket < this.#counts.length) passed += this.#counts[bucket] ?? 0
    const octave = 2 ** Math.floor(bucket / BUCKETS_PER_OCTAVE)
    const middle = octave * (1 + ((bucket % BUCKETS_PER_OCTAVE) + 0.5) / BUCKETS_PER_OCTAVE)
    // Of the bucket that holds the longest, the middle may lie beyond it.
    return Math.min((middle - 1) / 1000, this.#max)
  }
}
