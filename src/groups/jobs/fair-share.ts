/**
 * Decides which sender gets a place that becomes free in a group for which several senders wait: the one that held it,
 * or another one. It reads what the others publish in shared memory and sends no message. README.md has the protocol,
 * an example and its limits.
 */

import type { Clock } from '../../base/clock.js'
import type { SharedRecords } from '../shared/records.js'
import { lead } from '../shared/sender-tallies.js'
import { Pace } from './pace.js'
import { PassedOver } from './passed-over.js'
import type { Target } from './target.js'

/**
 * A sender keeps all its places for this many ms, counted from when it got its first one or last left one to another
 * sender. If there are fewer places than senders, leaving each place at once costs a message per job, which takes as
 * long as several jobs. For jobs of 1 ms, 2 ms of patience more than halve that cost. At 10 ms, the worst-off of three
 * equal senders gets 0.74 of what the best-off gets.
 */
const PATIENCE_MS = 2

/**
 * A place that was left to another sender may stay idle for this many ms, for example while that sender's thread is
 * computing. Until then no further place is left to any sender. After that, the switchboard offers the idle place to
 * every sender that waits. At 2 ms, one thread that only computes costs three others 40 % of their jobs.
 */
export const IDLE_MS = 20

/** Another sender that waits for places in the group. */
interface Rival {
  readonly sender: number
  /** Jobs that it has been given; wraps around. */
  readonly given: number
  /** By how many jobs this sender is ahead of the rival. */
  readonly lead: number
  readonly holdsNone: boolean
}

export class FairShare {
  readonly #clock: Pick<Clock, 'now'>
  readonly #shared: SharedRecords
  readonly #self: number
  readonly #target: Target
  readonly #pace = new Pace()
  readonly #passedOver = new PassedOver()
  /** Whether jobs of this sender wait for places. */
  #waits = false
  /** Places that this sender holds. */
  #held = 0
  /**
   * Number of jobs it has been given. When it begins to wait, its count is set to that of the rival furthest behind.
   * Wraps around.
   */
  #given = 0
  /** Clock ms from which on it has kept all of its places; undefined while it holds none. */
  #keepsSince: number | undefined
  /**
   * The rival that is furthest behind. It is looked for once a turn, when a place becomes free. From then on it is
   * `none` if there is no rival, or if a place was left to that rival.
   */
  #hindmost: Rival | 'none' | 'not looked for' = 'not looked for'

  /** @param self number of the sender in shared memory */
  constructor(clock: Pick<Clock, 'now'>, shared: SharedRecords, self: number, target: Target) {
    this.#clock = clock
    this.#shared = shared
    this.#self = self
    this.#target = target
  }

  /** Jobs begin to wait here, or none waits any longer. */
  setWaits(waits: boolean): void {
    this.#waits = waits
    // What it was given while no sender had to wait was not at the expense of others, and it has no claim to what
    // others were given then.
    if (waits) this.#given = this.#findHindmost(this.#clock.now())?.given ?? this.#given
    this.#publish()
    this.#shared.tallies.setWaits(this.#self, this.#target.facts.index, waits)
  }

  /** A job of this sender was given a place. */
  take(): void {
    this.#held++
    this.#keepsSince ??= this.#clock.now()
    this.#given = (this.#given + 1) | 0
    this.#publish()
  }

  /** A place is about to be given back. Returns true if it is for other senders that wait. */
  giveBack(): boolean {
    this.#held--
    this.#publish()
    if (this.#shared.waiting(this.#target.facts.index) <= Number(this.#waits)) return false
    if (this.#waits && !this.#yields()) return false
    if (this.#held === 0) this.#keepsSince = undefined
    return true
  }

  /** A turn has passed: what was seen of the others may be out of date. */
  turned(): void {
    this.#hindmost = 'not looked for'
  }

  /** Whether this sender, which waits, leaves a place to another one that waits. */
  #yields(): boolean {
    if (this.#hindmost === 'none') return false
    const now = this.#clock.now()
    if (this.#hindmost === 'not looked for') this.#hindmost = this.#findHindmost(now) ?? 'none'
    const rival = this.#hindmost
    if (rival === 'none' || rival.lead < 0) return false
    const slack = this.#pace.slack(this.#given, now)
    // A rival without a place gets one as soon as it is not ahead. Otherwise it might wait for ever.
    if (!rival.holdsNone && rival.lead <= slack) return false
    const keptMs = now - (this.#keepsSince ?? now)
    // An idle place was already left to a rival, which has not taken it yet.
    if (keptMs < PATIENCE_MS || (keptMs < IDLE_MS && this.#target.hasRoom)) return false
    this.#keepsSince = now
    this.#passedOver.add(rival.sender, rival.given, now)
    this.#hindmost = 'none'
    // A larger lead is forgiven. Otherwise this sender would have to leave all its places to the others, and then they
    // would have to leave all of theirs to it.
    if (rival.lead > slack) this.#given = (rival.given + slack) | 0
    return true
  }

  /** The rival that is furthest behind, of those that make use of places. */
  #findHindmost(now: number): Rival | undefined {
    const { tallies } = this.#shared
    const { index } = this.#target.facts
    let hindmost: Rival | undefined
    for (let sender = 0; sender < tallies.senders; sender++) {
      if (sender === this.#self || !tallies.waits(sender, index)) continue
      const { held, given } = tallies.get(sender, index)
      if (this.#passedOver.has(sender, given, now)) continue
      const ahead = lead(this.#given, given)
      if (hindmost === undefined || ahead > hindmost.lead) {
        hindmost = { sender, given, lead: ahead, holdsNone: held === 0 }
      }
    }
    return hindmost
  }

  /** Publishes only while this sender waits, because the tallies of senders that do not wait are never read. */
  #publish(): void {
    if (this.#waits) this.#shared.tallies.set(this.#self, this.#target.facts.index, this.#held, this.#given)
  }
}
