/** A gate in shared memory: tasks stop at it, and the test knows how many stand there. No test has to sleep. */

import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'

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
    await until(() => this.count >= count)
  }

  /** Lets everybody pass, now and later. */
  open(): void {
    Atomics.store(this.#words, OPEN, 1)
    Atomics.notify(this.#words, OPEN)
  }
}

/** Looked at in every turn for so long, so that what comes soon is seen in its very moment. */
const EAGER_MS = 2
/** Later on a look at every turn would only take a processor from the threads that the test waits for. */
const PATIENT_MS = 1

/** Resolves when the condition holds. For what no gate or event can tell; the test's own timeout limits it. */
export async function until(condition: () => boolean): Promise<void> {
  const eager = performance.now() + EAGER_MS
  while (!condition()) await (performance.now() < eager ? turn() : delay(PATIENT_MS))
}
