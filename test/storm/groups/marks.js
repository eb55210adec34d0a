/** What is noted of each job in shared memory: by whoever sends it, and by whoever does it. Knows nothing of what it means. */

const BEGUN = 0
const ENDED = 1
/** `threadId` of the last thread that began it. */
const RAN_ON = 2
/** 1 + `threadId` of its sender. */
const SENT = 3
const SETTLED = 4
const FATE = 5
/** Its sender has called it off. */
const TOUCHED = 6
const WORDS = 7

export class Marks {
  #words

  /** @param jobs how many there are; or the buffer of other marks */
  constructor(jobs) {
    this.buffer = typeof jobs === 'number' ? new SharedArrayBuffer(4 * WORDS * jobs) : jobs
    this.#words = new Int32Array(this.buffer)
  }

  begun(i, threadId) {
    Atomics.store(this.#words, WORDS * i + RAN_ON, threadId)
    Atomics.add(this.#words, WORDS * i + BEGUN, 1)
  }

  ended(i) {
    Atomics.add(this.#words, WORDS * i + ENDED, 1)
  }

  sent(i, threadId) {
    Atomics.store(this.#words, WORDS * i + SENT, 1 + threadId)
  }

  touched(i) {
    Atomics.store(this.#words, WORDS * i + TOUCHED, 1)
  }

  settled(i, fate) {
    Atomics.store(this.#words, WORDS * i + FATE, fate)
    Atomics.add(this.#words, WORDS * i + SETTLED, 1)
  }

  of(i) {
    const word = own => Atomics.load(this.#words, WORDS * i + own)
    return {
      begun: word(BEGUN),
      ended: word(ENDED),
      ranOn: word(RAN_ON),
      /** undefined: nobody has sent it. */
      sender: word(SENT) === 0 ? undefined : word(SENT) - 1,
      settled: word(SETTLED),
      fate: word(FATE),
      touched: word(TOUCHED) === 1,
    }
  }
}
