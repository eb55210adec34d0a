/**
 * Whose a place is that comes free while several senders wait for one in that group. Each is to be given as many jobs as the
 * others, however long these take. Reads what the others say of themselves in shared memory, and tells nobody.
 *
 * A sender that waits keeps the place for its own jobs until it has been given more than another one that waits: more at all if
 * that one has no place, else by what goes by in {@link SLACK_MS}. So senders that get on equally well go on without a word to
 * each other, which would cost as much as some jobs; and where places are fewer than senders, these take turns.
 */

import type { Clock } from '../../base/clock.js'
import type { SharedState } from '../shared/records.js'
import type { Target } from './target.js'

/** Ms of its work by which a sender may be ahead of another. */
const SLACK_MS = 10
/** Ms for which a sender keeps its places, from the first on or since it last gave one away: each word costs as much as some jobs. */
const PATIENCE_MS = 2
/** Ms for which a place that somebody was given may lie idle before something is done about it: a thread that computes takes none. */
export const IDLE_MS = 20
/**
 * Ms for which a sender is left alone that has taken nothing since it was given a place, at first and at most, each time so many
 * times as long: it computes, or does not want what there is.
 */
const IGNORED_MS = { first: 4, most: 500, factor: 4 }

/** Another sender that waits. */
interface Other {
  readonly sender: number
  /** Jobs that it has been given; runs over. */
  readonly given: number
  /** By so many this sender is ahead of it. */
  readonly lead: number
  readonly hasNone: boolean
}

export class FairShare {
  readonly #clock: Pick<Clock, 'now'>
  readonly #shared: SharedState
  readonly #self: number
  readonly #target: Target
  #waits = false
  /** Places that this sender has. */
  #held = 0
  /** Jobs it has been given, counted from where the others were when it began to wait; runs over. */
  #given = 0
  /** As of the last time that was looked at: {@link #given}, Clock ms, and jobs a ms. */
  #pace = { given: 0, at: 0, rate: 0 }
  /** Clock ms since when it has had places, or kept all of them; undefined while it has none. */
  #since: number | undefined
  /** Who is furthest behind of the others, as far as is known in this turn; null for nobody. */
  #last: Other | null | undefined
  /** Whom it has given places: how many jobs they had been given then, and for how many ms from when they are left alone. */
  readonly #ignored = new Map<number, { readonly given: number; readonly at: number; readonly ms: number }>()

  /** @param self  number of the sender in the reservations */
  constructor(clock: Pick<Clock, 'now'>, shared: SharedState, self: number, target: Target) {
    this.#clock = clock
    this.#shared = shared
    this.#self = self
    this.#target = target
  }

  /** Jobs begin to wait here, or none waits any longer. */
  setWaits(waits: boolean): void {
    this.#waits = waits
    // What it was given while nobody had to wait is nobody's loss.
    if (waits) this.#given = this.#look(this.#clock.now())?.given ?? this.#given
    this.#tell()
    this.#shared.shares.setWaits(this.#self, this.#target.facts.index, waits)
  }

  /** A place was taken. */
  take(): void {
    this.#held++
    this.#since ??= this.#clock.now()
    this.#given = (this.#given + 1) | 0
    this.#tell()
  }

  /** A place is about to be given back. True: it is for others that wait. */
  giveBack(): boolean {
    this.#held--
    this.#tell()
    if (this.#shared.waiting(this.#target.facts.index) <= Number(this.#waits)) return false
    if (this.#waits && !this.#givesAway()) return false
    if (this.#held === 0) this.#since = undefined
    return true
  }

  /** What was seen in the last turn may be true no longer. */
  turned(): void {
    this.#last = undefined
  }

  #givesAway(): boolean {
    if (this.#last === null) return false
    const now = this.#clock.now()
    const last = (this.#last ??= this.#look(now) ?? null)
    if (last === null || last.lead < 0) return false
    const slack = this.#slack(now)
    if (!last.hasNone && last.lead <= slack) return false
    const kept = now - (this.#since ?? now)
    if (kept < PATIENCE_MS || (kept < IDLE_MS && this.#target.hasRoom)) return false
    this.#since = now
    this.#ignore(last, now)
    this.#last = null
    // What it is ahead by beyond that is forgiven: it would have to give up all its places, and then the others theirs.
    if (last.lead > slack) this.#given = (last.given + slack) | 0
    return true
  }

  /** Jobs by which it may be ahead of others. */
  #slack(now: number): number {
    const { given, at, rate } = this.#pace
    if (now - at > SLACK_MS) {
      const since = Math.max(0, (this.#given - given) | 0)
      this.#pace = { given: this.#given, at: now, rate: at === 0 ? 0 : since / (now - at) }
    }
    return 1 + Math.ceil(rate * SLACK_MS)
  }

  /** Who is furthest behind of those that wait and make use of places. */
  #look(now: number): Other | undefined {
    const { index } = this.#target.facts
    let last: Other | undefined
    for (let sender = 0; sender < this.#shared.shares.senders; sender++) {
      if (sender === this.#self || !this.#shared.shares.waits(sender, index)) continue
      const { held, given } = this.#shared.shares.get(sender, index)
      const ignored = this.#ignored.get(sender)
      if (ignored?.given === given && now - ignored.at < ignored.ms) continue
      const lead = (this.#given - given) | 0
      if (last === undefined || lead > last.lead) last = { sender, given, lead, hasNone: held === 0 }
    }
    return last
  }

  #ignore({ sender, given }: Other, at: number): void {
    const before = this.#ignored.get(sender)
    const { first, most, factor } = IGNORED_MS
    this.#ignored.set(sender, { given, at, ms: before?.given === given ? Math.min(most, before.ms * factor) : first })
  }

  /** Only those that wait are looked at. */
  #tell(): void {
    if (!this.#waits) return
    this.#shared.shares.set(this.#self, this.#target.facts.index, this.#held, this.#given)
  }
}
