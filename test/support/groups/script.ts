/** How the starts of a group's threads go, one after the other: for what befalls a successor and not the one before it. */

import { setEnvironmentData } from 'node:worker_threads'

export const SCRIPTED = new URL('./scripted.js', import.meta.url)

/** `wait`: until the script goes on. `stand`: at a NativeGate. The others throw. */
export type Start = 'well' | 'wait' | 'stand' | 'fail' | 'fatal' | 'terminate'

/** For one group whose entry point is {@link SCRIPTED}. Make it before the pool runs, with `using`. */
export class Script implements Disposable {
  readonly #key: string
  readonly #flag = new SharedArrayBuffer(4)

  /** Starts after these go well. */
  constructor(group: string, starts: readonly Start[], gate?: { readonly folder: string }) {
    this.#key = `script of ${group}`
    const count = new SharedArrayBuffer(4)
    setEnvironmentData(this.#key, { starts, count, flag: this.#flag, folder: gate?.folder })
  }

  /** Starts that wait go on, now and later. */
  goOn(): void {
    Atomics.store(new Int32Array(this.#flag), 0, 1)
  }

  [Symbol.dispose](): void {
    setEnvironmentData(this.#key, undefined)
  }
}
