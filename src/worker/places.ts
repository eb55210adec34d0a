/**
 * The places of one worker: which works on its lane have one, how long those take, and whether there is room for more. It
 * moves no work, and knows nothing of the life of the worker.
 */

import type { Clock } from '../base/clock.js'
import { SLOTS } from '../lane/claims.js'
import type { LaneSender } from '../lane/sender.js'
import type { WorkRecord } from '../work/record.js'
import { AHEAD_MS, LaneLoad } from './lane-load.js'

/**
 * Ms for which a thread that did not begin what it was sent counts as held up, by a function that does not yield or by a timer's.
 * Then it may be tried again, and if it still does not move, after twice the time: it takes a message each time.
 */
const FIRST_HOLD_UP_MS = 50
const LONGEST_HOLD_UP_MS = 1000

export class Places {
  /** Works that the thread runs at the same time. */
  readonly count: number
  /** Clock ms since when nothing is on the lane. */
  idleSince: number
  /** Clock ms at which it was seen last that the thread does not move; -Infinity if it has moved since. */
  heldUpAt = -Infinity
  /** Bounds on the priorities sent since the lane was last empty: most of the time they answer what needs a walk else. */
  lowestSent = 0
  highestSent = 0
  readonly #lane: LaneSender<WorkRecord>
  readonly #clock: Clock
  readonly #load = new LaneLoad()
  /** Works on the lane that were settled before their answer came. */
  #unread = 0
  /** Works on the lane that no other worker may run. */
  #pinned = 0
  #holdUpMs = 0

  constructor(lane: LaneSender<WorkRecord>, clock: Clock, count: number) {
    this.#lane = lane
    this.#clock = clock
    this.count = count
    this.idleSince = clock.now()
  }

  /** Works that take a place, or wait for one: begun or to be begun. */
  get held(): number {
    return this.#lane.outstanding - this.#unread
  }

  /** Works beyond the places. */
  get ahead(): number {
    return Math.max(0, this.held - this.count)
  }

  /**
   * Whether a work can begin now. Not while the lane is full of answers that nobody has read: what it is sent needs slots.
   */
  get areFree(): boolean {
    if (this.#lane.outstanding > SLOTS / 2) return false
    return this.held === 0 || (this.held < this.count && !this.#isReserved && !this.#areBlocked)
  }

  /** The thread does not move, or did not a moment ago. */
  get areHeldUp(): boolean {
    return this.#clock.now() < this.heldUpAt + this.#holdUpMs
  }

  /** Others wait for a function that does not yield. */
  get #areBlocked(): boolean {
    const { calledSince } = this.#lane
    return this.areHeldUp || (calledSince > 0 && this.#clock.now() - calledSince > AHEAD_MS)
  }

  /** A work of its own runs alone, even where several would have places. */
  get #isReserved(): boolean {
    return this.#pinned > 0 && this.count > 1
  }

  /** The works that have a place: they run, or are the next to begin. The oldest first. */
  *taken(): Generator<WorkRecord, void, undefined> {
    let left = this.count
    for (const work of this.#lane) {
      if (!work.onLane) continue
      if (left-- === 0) return
      yield work
    }
  }

  /** The works whose functions are running at this instant. */
  *running(): Generator<WorkRecord, void, undefined> {
    for (const work of this.#lane) if (this.#lane.isRunning(work)) yield work
  }

  /** The works whose functions have not ended: they run, or will. */
  *occupants(): Generator<WorkRecord, void, undefined> {
    for (const work of this.#lane) if (!this.#lane.hasEnded(work)) yield work
  }

  /** Whether the lane may hold this work behind those it has: one in any case, more only as long as they are short. */
  hasRoomAhead(work: WorkRecord): boolean {
    if (work.transfer !== undefined || this.#isReserved || this.#lane.outstanding === SLOTS) return false
    return this.held <= this.count || this.#load.hasRoomFor(work)
  }

  /**
   * Ms for which the works that run have been running, the oldest of them; 0 while there are places free, or where answers
   * have come since.
   */
  runningFor(now: number): number {
    if (this.held < this.count || !this.#load.isSilent(now)) return 0
    const [oldest] = this.running()
    return oldest === undefined ? 0 : now - this.#lane.startedAt(oldest)
  }

  /** Whether all of them run longer than was expected, so that nobody knows how much longer it takes. */
  areOverdue(now: number): boolean {
    if (this.held < this.count) return false
    let any = false
    for (const work of this.running()) {
      if (now - this.#lane.startedAt(work) <= this.#load.estimateOf(work) + AHEAD_MS) return false
      any = true
    }
    return any
  }

  /** The thread does not begin what it was sent. */
  holdUp(): void {
    this.heldUpAt = this.#clock.now()
    this.#holdUpMs = Math.min(LONGEST_HOLD_UP_MS, 2 * this.#holdUpMs || FIRST_HOLD_UP_MS)
  }

  /** Answers have been read. */
  moved(): void {
    this.heldUpAt = -Infinity
    this.#holdUpMs = 0
    this.#load.moved(this.#clock.now())
  }

  // What happens to works on the lane.

  /** The work is about to be put on it. */
  sending(work: WorkRecord): void {
    const { priority } = work
    const isFirst = this.#lane.outstanding === 0
    if (isFirst) this.#load.begin(this.#clock.now())
    this.lowestSent = isFirst ? priority : Math.min(this.lowestSent, priority)
    this.highestSent = isFirst ? priority : Math.max(this.highestSent, priority)
    if (work.pinnedTo !== undefined) this.#pinned++
  }

  /** It is there. */
  sent(work: WorkRecord): void {
    this.#load.add(work)
  }

  /** Its function has ended, and its answer is still to be read. */
  setAside(): void {
    this.#unread++
  }

  /** The answer of a work that was set aside has been read. */
  read(): void {
    this.#unread--
  }

  /** It has left the lane, in whatever way. */
  left(work: WorkRecord): void {
    this.#load.remove(work)
    if (work.pinnedTo !== undefined) this.#pinned--
    if (this.#lane.outstanding === 0) this.idleSince = this.#clock.now()
  }
}
