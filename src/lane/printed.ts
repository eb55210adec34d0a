/**
 * How much of what a thread has printed is still on its way to the process of the pool. A thread numbers its output; the
 * last numbers on their way stand in shared memory, so that an idle pool can see them without asking.
 */

import { OUTPUT_NAMES } from './messages.js'

export function newPrintedBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * OUTPUT_NAMES.length)
}

export class Printed {
  readonly #words: Int32Array

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer)
  }

  /**
   * Thread: output with this number, from 1, is on its way. 0: everything has arrived.
   *
   * @param stream index of its name
   */
  onItsWay(stream: number, number: number): void {
    Atomics.store(this.#words, stream, number)
  }

  /** Pool: for each stream, the number of the last output that is on its way; 0 if everything has arrived. */
  get lastOnTheirWay(): number[] {
    return OUTPUT_NAMES.map((_, stream) => Atomics.load(this.#words, stream))
  }
}
