/**
 * The places of a thread that runs several works at a time: how many works wait for something, and when the next may
 * begin.
 */

import type { Pause } from './pause.js'

// Taken before any task runs: a task that installs fake timers must not stop its own runner.
const clock = performance.now.bind(performance)

export class ThreadPlaces {
  readonly #count: number
  readonly #pause: Pause
  readonly #onFreed: () => void
  #waiting = 0
  #wake: (() => void) | undefined

  /**
   * @param count works that run at the same time
   * @param onFreed called when a work that waited for something has ended
   */
  constructor(count: number, pause: Pause, onFreed: () => void) {
    this.#count = count
    this.#pause = pause
    this.#onFreed = onFreed
  }

  /** Works that have begun and wait for something, while others run. */
  get waiting(): number {
    return this.#waiting
  }

  /** Resolves when a work may begin beside this one: at once, unless this one has taken the last place. */
  async beside(performing: Promise<number>): Promise<number> {
    let isOver = false
    void performing.then(() => {
      isOver = true
    })
    await undefined
    const ran = clock()
    if (isOver) return ran
    this.#waiting++
    void performing.then(() => this.#freed())
    if (this.#waiting < this.#count) return ran
    await this.#pause.until(new Promise<void>(resolve => (this.#wake = resolve)))
    return clock()
  }

  #freed(): void {
    this.#waiting--
    this.#wake?.()
    this.#wake = undefined
    this.#onFreed()
  }
}
