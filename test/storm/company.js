/** What goes on beside the works of the storm: streams that are read to their end or left, and broadcasts. */

import { setTimeout as delay } from 'node:timers/promises'

/** Says how often it was begun, and how often its `finally` ran. */
function* numbers(marks, count) {
  Atomics.add(marks, 0, 1)
  try {
    for (let n = 0; n < count; n++) yield n
  } finally {
    Atomics.add(marks, 1, 1)
  }
}

function mark(marks, value) {
  Atomics.add(marks, 0, 1)
  return value
}

/** What may become of them through no fault of the pool: threads die, and the adversary ends what runs. */
const FATES = new Set(['ERR_WORKER_LOST', 'ERR_WORK_DISCARDED', 'ERR_WORK_TIMEOUT', 'ERR_WORKER_START'])

export class Company {
  #under = new Set()
  #pool
  #random
  #complain
  /** How many there were so far. */
  /** Labels of what somebody has discarded. */
  #discarded = new Set()
  counts = { streams: 0, values: 0, broadcasts: 0 }

  constructor(pool, random, complain) {
    this.#pool = pool
    this.#random = random
    this.#complain = complain
    pool.on('discarded', work => this.#discarded.add(work.label))
  }

  stream() {
    const { below, chance } = this.#random
    const count = below(60)
    const highWaterMark = 1 + below(20)
    this.#keep(this.#read(count, highWaterMark, chance(0.4) ? below(20) : Infinity, chance(0.2)))
  }

  broadcast() {
    this.#keep(this.#everywhere(this.counts.broadcasts++))
  }

  /** Resolves when all of them have ended. */
  async gone() {
    while (this.#under.size > 0) await Promise.race(this.#under)
  }

  #keep(promise) {
    this.#under.add(promise)
    void promise.finally(() => this.#under.delete(promise))
  }

  async #read(count, highWaterMark, most, isSlow) {
    const label = `stream ${this.counts.streams++}`
    const marks = new Int32Array(new SharedArrayBuffer(8))
    let read = 0
    let failure
    try {
      for await (const value of this.#pool.stream(numbers, [marks, count], { highWaterMark, label })) {
        if (value !== read++) this.#complain(`a stream gave ${value} instead of ${read - 1}`)
        if (isSlow) await delay(1)
        if (read > most) break
      }
    } catch (error) {
      failure = error
    }
    this.counts.values += read
    const [begun, ended] = marks
    const what = `a stream of ${count}, read to ${read} of at most ${most}`
    if (begun > 1 || ended > begun) this.#complain(`${what}: begun ${begun} times, ended ${ended} times`)
    if (failure !== undefined) {
      if (!FATES.has(failure.code)) this.#complain(`${what}: ${String(failure)}`)
      return
    }
    if (read !== Math.min(count, most + 1)) this.#complain(`${what}: values are missing`)
    // Its thread may be ended when it is discarded hot; who leaves before coming to that in the values does not hear of it.
    const isCutOff = read > most && begun === 1 && ended === 0 && this.#discarded.has(label)
    if (isCutOff) return
    if (ended !== begun || begun !== 1) this.#complain(`${what}: its finally ran ${ended} times`)
  }

  async #everywhere(number) {
    const marks = new Int32Array(new SharedArrayBuffer(4))
    const workers = this.#pool.workers.length
    try {
      const results = await this.#pool.broadcast(mark, [marks, number])
      if (results.length > workers || results.some(result => result !== number))
        this.#complain(`a broadcast to ${workers} workers had the results ${results.join()}`)
      if (marks[0] < results.length || marks[0] > workers)
        this.#complain(`a broadcast to ${workers} workers with ${results.length} results began ${marks[0]} times`)
    } catch (error) {
      if (!FATES.has(error?.code)) this.#complain(`a broadcast: ${String(error)}`)
    }
  }
}
