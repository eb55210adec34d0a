/**
 * Decides when a pool should have more workers or fewer. {@link decide} makes the decision; the class calls it at the
 * right times.
 */

import type { Clock, Timer } from '../base/clock.js'

/** The input of the decision. All times are Clock ms, all spans ms. */
export interface Load {
  readonly now: number
  readonly target: number
  readonly min: number
  readonly max: number
  readonly scalingFactor: number
  readonly waitTime: number
  readonly idleTime: number
  /** Workers that are not available yet. */
  readonly starting: number
  /** Since when the oldest work without a place has waited; undefined if there is none, or a place is free. */
  readonly waitingSince: number | undefined
  /** Whether a work is about to be refused because the buffer is full. */
  readonly refusing: boolean
  /** For each idle worker, the time at which it became idle. */
  readonly idleSince: readonly number[]
  /** When autoScale last changed the target. */
  readonly lastStep: number
}

/**
 * How many workers there should be, and after how many ms to decide again. Infinity if nothing can change by itself.
 */
export interface Decision {
  readonly target: number
  readonly askAgainIn: number
}

/**
 * One step up when the oldest work has waited for `waitTime`. A work that would be refused cannot wait, so it counts as
 * one that has waited long enough. The time starts again after each step, and there is no step while workers start;
 * otherwise a burst would start all of them before the first is available. One step down when workers beyond `min` have
 * idled for `idleTime`.
 */
export function decide(load: Load): Decision {
  const { now, target, min, max, scalingFactor, waitTime, idleTime, starting, idleSince } = load
  if (target < min) return { target: min, askAgainIn: waitTime }

  let askAgainIn = Infinity
  const waitingSince = load.refusing ? -Infinity : load.waitingSince
  if (waitingSince !== undefined && target < max) {
    if (target === 0) return { target: Math.max(1, min), askAgainIn: waitTime }
    const due = Math.max(waitingSince, load.lastStep) + waitTime
    if (now >= due && starting === 0) return { target: Math.min(max, target + scalingFactor), askAgainIn: waitTime }
    askAgainIn = Math.max(due - now, starting > 0 ? waitTime : 0)
  }
  if (target > min && idleTime !== Infinity) {
    const idle = idleSince.filter(since => now - since >= idleTime).length
    // While works wait, an idle worker is about to get one.
    if (idle > 0 && waitingSince === undefined) {
      return { target: target - Math.min(scalingFactor, idle, target - min), askAgainIn: idleTime }
    }
    const next = idleSince.reduce((soonest, since) => Math.min(soonest, since + idleTime - now), idleTime)
    askAgainIn = Math.min(askAgainIn, Math.max(next, 0))
  }
  return { target, askAgainIn }
}

/** The shortest time between two decisions. With a `waitTime` of 0 they are frequent, but not continuous. */
const SHORTEST_MS = 1

export class Autoscaler {
  readonly #clock: Clock
  readonly #read: (refusing: boolean, lastStep: number) => Load
  readonly #apply: (target: number) => void
  #timer: Timer | undefined
  /** Clock ms from which on the next decision is at most `waitTime` away. Infinity if no decision is due. */
  #soonEnoughFrom = -Infinity
  #lastStep = -Infinity
  #on = false

  /** @param apply changes the target */
  constructor(clock: Clock, read: (refusing: boolean, lastStep: number) => Load, apply: (target: number) => void) {
    this.#clock = clock
    this.#read = read
    this.#apply = apply
  }

  get on(): boolean {
    return this.#on
  }

  switch(on: boolean): void {
    this.#on = on
    if (on) this.#ask()
    else this.#rest()
  }

  /** The load has changed: works came, workers came or went. Cheap if the next decision is due soon anyway. */
  poke(): void {
    // The next decision may be due only when a worker has idled for long enough. Works cannot wait for that.
    if (this.#on && this.#clock.now() < this.#soonEnoughFrom) this.#ask()
  }

  /** A work is about to be refused. */
  refusing(): void {
    if (this.#on) this.#ask(true)
  }

  /** A setting has changed, so the last decision no longer holds. */
  reconsider(): void {
    if (this.#on) this.#ask()
  }

  #ask(refusing = false): void {
    this.#rest()
    const load = this.#read(refusing, this.#lastStep)
    const { target, askAgainIn } = decide(load)
    this.#soonEnoughFrom = load.now + askAgainIn - load.waitTime
    if (askAgainIn !== Infinity) {
      this.#timer = this.#clock.after(Math.max(SHORTEST_MS, askAgainIn), () => this.#ask())
    }
    if (target === load.target) return
    this.#lastStep = load.now
    this.#apply(target)
  }

  #rest(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}
