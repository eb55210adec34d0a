/** Owns a time that stands still until a test moves it; must not know what waits for it. */

import type { Clock, Timer } from '../../src/base/clock.js'

interface FakeTimer {
  readonly at: number
  readonly fn: () => void
}

/** More timers than any test sets: a loop that re-arms itself at the same instant for ever fails instead of hanging. */
const TOO_MANY = 1_000_000

export class FakeClock implements Clock {
  #now: number
  /** By time; what was created earlier comes first among equals. */
  readonly #timers: FakeTimer[] = []

  constructor(start = 0) {
    this.#now = start
  }

  /** How many timers are armed. */
  get pending(): number {
    return this.#timers.length
  }

  now(): number {
    return this.#now
  }

  after(ms: number, fn: () => void): Timer {
    const timer: FakeTimer = { at: this.#now + Math.max(0, ms), fn }
    const later = this.#timers.findIndex(other => other.at > timer.at)
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, timer)
    return {
      cancel: () => {
        const index = this.#timers.indexOf(timer)
        if (index !== -1) this.#timers.splice(index, 1)
      },
    }
  }

  nextTurn(fn: () => void): void {
    queueMicrotask(fn)
  }

  /** Lets time pass in which nothing fires: the event loop is blocked, or the process is suspended. */
  block(ms: number): void {
    this.#now += ms
  }

  /** Moves time on by `ms` and fires what is due on the way, also what is created on the way; `now()` is exact in each. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let fired = 0; ; fired++) {
      const next = this.#timers[0]
      if (next === undefined || next.at > end) break
      if (fired === TOO_MANY) throw new Error(`${TOO_MANY} timers fired within advance(${ms}): an endless re-arming?`)
      this.#timers.shift()
      this.#now = Math.max(this.#now, next.at)
      next.fn()
    }
    this.#now = Math.max(this.#now, end)
  }
}
