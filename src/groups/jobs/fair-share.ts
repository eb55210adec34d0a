/**
 * Decides who gets a place that comes free in a group for which several senders wait: the sender that held it, or
 * another one. It reads what the others publish in shared memory and sends no message. README.md has the protocol, an
 * example and its limits.
 */

import type { Clock } from '../../base/clock.js'
import type { SharedRecords } from '../shared/records.js'
import { lead } from '../shared/sender-tallies.js'
import { Pace } from './pace.js'
import { PassedOver } from './passed-over.js'
import type { Target } from './target.js'

/**
 * A sender keeps all its places for this many ms, counted from its first one or from the last one that it left to
 * another. If places are fewer than senders, leaving each place at once costs a message for each job, which takes as
 * long as several jobs; 2 ms more than halve that for jobs of 1 ms. At 10 ms, the worst off of three equal senders gets
 * 0.74 of what the best off gets.
 */
const PATIENCE_MS = 2

/**
 * A place that was left to another sender may lie idle for this many ms, as when that sender's thread is computing. For
 * as long no further place is left to anybody; after that the switchboard offers the idle place to every sender that
 * waits. At 2 ms, one thread that only computes costs three others 40 % of their jobs.
 */
export const IDLE_MS = 20

/** Another sender that waits for places in the group. */
interface Rival {
  readonly sender: number
  /** Jobs that it has been given; wraps around. */
  readonly given: number
  /** By how many jobs this sender is ahead of it. */
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
  /** Jobs of this sender wait for places. */
  #waits = false
  /** Places that this sender holds. */
  #held = 0
  /** Jobs it has been given, counted on from where the others stood when it began to wait; wraps around. */
  #given = 0
  /** Clock ms since when it has kept all of its places; undefined while it holds none. */
  #keepsSince: number | undefined
  /**
   * The rival that is furthest behind. It is looked for once a turn, when a place comes free, and `none` from then on
   * if there is no rival, or if a place was left to it.
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
    // What it was given while nobody had to wait was taken from nobody, and what others were given is not owed to it.
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

  /** A place is about to be given back. True: it is for other senders that wait. */
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
    // A rival without a place gets one as soon as it is not ahead: it might wait for ever otherwise.
    if (!rival.holdsNone && rival.lead <= slack) return false
    const keptMs = now - (this.#keepsSince ?? now)
    // A place that lies idle was left to a rival already, which has not taken it yet.
    if (keptMs < PATIENCE_MS || (keptMs < IDLE_MS && this.#target.hasRoom)) return false
    this.#keepsSince = now
    this.#passedOver.add(rival.sender, rival.given, now)
    this.#hindmost = 'none'
    // A larger lead is forgiven. Otherwise this sender would have to leave all its places to the others, and they
    // theirs to it.
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

  /** Only while this sender waits: nobody looks at the others. */
  #publish(): void {
    if (this.#waits) this.#shared.tallies.set(this.#self, this.#target.facts.index, this.#held, this.#given)
  }
}
