/** A gate in shared memory: tasks stop at it, and the test knows how many stand there. No test has to sleep. */

import { setImmediate as turn } from 'node:timers/promises'

const OPEN = 0
const ENTERED = 1

export class Gate {
  /** Pass this to a task: see `stand` in tasks/gates.js, or wait on it inline. */
  readonly buffer = new SharedArrayBuffer(8)
  readonly #words = new Int32Array(this.buffer)

  /** How many tasks have reached the gate so far, those that have passed it included. */
  get count(): number {
    return Atomics.load(this.#words, ENTERED)
  }

  /** Resolves when so many tasks have reached the gate. */
  async entered(count = 1): Promise<void> {
    while (this.count < count) await turn()
  }

  /** Lets everybody pass, now and later. */
  open(): void {
    Atomics.store(this.#words, OPEN, 1)
    Atomics.notify(this.#words, OPEN)
  }
}

/** Resolves when the condition holds. For what no gate or event can tell; the test's own timeout limits it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}
