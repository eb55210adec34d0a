/** Memory that a scenario shares with its tasks: how often each has begun, and a gate that holds them. */

import { setTimeout } from 'node:timers/promises'

export class Marks {
  #starts
  #gates

  constructor(count) {
    this.#starts = shared(count)
    this.#gates = Array.from({ length: count }, () => shared(1))
  }

  /** What the task with this number gets as its argument. */
  of(index) {
    return { starts: this.#starts, index, gate: this.#gates[index] }
  }

  startsOf(index) {
    return Atomics.load(this.#starts, index)
  }

  async untilStarted(...indices) {
    while (indices.some(index => this.startsOf(index) === 0)) await setTimeout(2)
  }

  open(...indices) {
    for (const index of indices) {
      Atomics.store(this.#gates[index], 0, 1)
      Atomics.notify(this.#gates[index], 0)
    }
  }
}

function shared(count) {
  return new Int32Array(new SharedArrayBuffer(4 * count))
}
