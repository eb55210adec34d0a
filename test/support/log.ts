/** A list in shared memory that tasks write into (see `note` in tasks/log.js): who ran, how often, and in which order. */

export class Log {
  /** Pass this to a task. */
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  /** @param capacity the most notes that the test expects; one more throws inside the task */
  constructor(capacity = 10_000) {
    this.buffer = new SharedArrayBuffer(4 * (capacity + 1))
    this.#words = new Int32Array(this.buffer)
  }

  get length(): number {
    return Atomics.load(this.#words, 0)
  }

  /** What has been noted, the first first. */
  get entries(): number[] {
    return [...this.#words.subarray(1, 1 + this.length)]
  }
}
