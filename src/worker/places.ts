/**
 * The places of one worker: which works on its lane have one, how long they take, and whether there is room for more.
 * It moves no work, and it knows nothing about the life of the worker.
 */

import type { Clock } from '../base/clock.js'
import { SLOTS } from '../lane/claims.js'
import type { LaneSender } from '../lane/sender.js'
import type { WorkRecord } from '../work/record.js'
import { HoldUp } from './hold-up.js'
import { AHEAD_MS, LaneLoad } from './lane-load.js'

export class Places {
  /** Works that the thread runs at the same time. */
  readonly count: number
  readonly #lane: LaneSender<WorkRecord>
  readonly #clock: Clock
  readonly #load: LaneLoad
  readonly #holdUp: HoldUp
  /** Works that the thread may run in its life. */
  readonly #quota: number
  #answered = 0
  #areOpen = false
  #idleSince: number
  /**
   * Bounds on the priorities of the works on the lane. Usually they give an answer that would otherwise take a walk
   * over the lane.
   */
  #lowestSent = 0
  #highestSent = 0
  /** Works on the lane that were settled before their answer came. */
  #unread = 0
  /** Works on the lane that no other worker may run. */
  #pinned = 0

  /**
   * @param count works that the thread runs at the same time
   * @param quota works that it may run in its life
   */
  constructor(lane: LaneSender<WorkRecord>, clock: Clock, count: number, quota: number) {
    this.#quota = quota
    this.#lane = lane
    this.#load = new LaneLoad(lane)
    this.#holdUp = new HoldUp(clock)
    this.#clock = clock
    this.count = count
    this.#idleSince = clock.now()
  }

  /** Works that take a place, or wait for one: begun or to be begun. */
  get held(): number {
    return this.#lane.outstanding - this.#unread
  }

  /** Whether the thread is available. Before that, works on the lane wait for it to start. */
  get areOpen(): boolean {
    return this.#areOpen
  }

  /** Works that the thread has run and answered. */
  get answered(): number {
    return this.#answered
  }

  /** Whether the thread has been sent all works that it may run in its life. A work that is taken back makes room. */
  get areUsedUp(): boolean {
    return this.#answered + this.#lane.outstanding >= this.#quota
  }

  /** Works beyond the places. On a thread that is starting, all works are. */
  get ahead(): number {
    return Math.max(0, this.held - this.#open)
  }

  /** Places whose works the thread begins as soon as they arrive. */
  get #open(): number {
    return this.#areOpen ? this.count : 0
  }

  /** Clock ms at which the lane became empty. Meaningless while it holds works. */
  get idleSince(): number {
    return this.#idleSince
  }

  /** Clock ms at which the thread was last seen not to move; -Infinity if it has moved since. */
  get heldUpAt(): number {
    return this.#holdUp.at
  }

  /** No work on the lane that could be taken back has a lower priority than this. */
  get lowestSent(): number {
    return this.#lowestSent
  }

  /**
   * Whether a work can begin now. Not while the lane is full of answers that have not been read, because new works need
   * their slots.
   */
  get areFree(): boolean {
    if (this.#lane.outstanding > SLOTS / 2) return false
    return this.held === 0 || (this.held < this.count && !this.#isReserved && !this.#areBlocked)
  }

  /** Whether the thread is held up, or was a moment ago. */
  get areHeldUp(): boolean {
    return this.#holdUp.isOn
  }

  /** Whether the other works wait for a function that does not yield. */
  get #areBlocked(): boolean {
    const { calledSince } = this.#lane
    return this.areHeldUp || (calledSince > 0 && this.#clock.now() - calledSince > AHEAD_MS)
  }

  /** Whether a pinned work needs the thread: it runs alone, even where several works could share the thread. */
  get #isReserved(): boolean {
    return this.#pinned > 0 && this.count > 1
  }

  /** The works that have a place: they run, or are the next to begin. The oldest first. */
  *taken(): Generator<WorkRecord, void, undefined> {
    let left = this.#open
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

  /**
   * The oldest of the highest works that lie ahead, if it is higher than `priority`. It stays where it is. Walks over
   * the lane only if a work of such a priority was sent.
   */
  highestAhead(priority: number): WorkRecord | undefined {
    if (this.#highestSent <= priority || this.ahead === 0) return undefined
    let highest: WorkRecord | undefined
    let left = this.#open
    this.#highestSent = -Infinity
    for (const work of this.#lane) {
      if (!work.onLane) continue
      this.#highestSent = Math.max(this.#highestSent, work.priority)
      // A work with a place is not ahead: it runs, or its thread is waking up for it.
      if (left-- > 0 || this.#lane.hasStarted(work) || work.staysPut) continue
      if (work.priority > (highest?.priority ?? priority)) highest = work
    }
    return highest
  }

  /**
   * Whether any work on the lane may be lower than `priority`. A cheap check, which may return true although there is
   * none.
   */
  mayHoldBelow(priority: number): boolean {
    return this.#lowestSent < priority && this.#lane.outstanding > 0
  }

  /**
   * Takes back the works below `priority` that have not begun, the oldest first.
   *
   * @param revoke takes one work back; false if it has begun
   */
  recallBelow(priority: number, revoke: (work: WorkRecord) => boolean): WorkRecord[] {
    const recalled: WorkRecord[] = []
    this.#lowestSent = Infinity
    for (const work of this.#lane) {
      if (work.staysPut || this.#lane.hasStarted(work)) continue
      if (work.priority < priority && revoke(work)) recalled.push(work)
      else this.#lowestSent = Math.min(this.#lowestSent, work.priority)
    }
    return recalled
  }

  /** Whether the lane may hold this work behind the others: one in any case, more only as long as they are short. */
  hasRoomAhead(work: WorkRecord): boolean {
    if (!this.#areOpen || this.areUsedUp || work.transfer !== undefined || this.#isReserved) return false
    if (this.#lane.outstanding === SLOTS) return false
    return this.held <= this.count || this.#load.hasRoomFor(work)
  }

  /** Whether the works on the lane are expected to take longer than works that are sent ahead should. */
  get areLong(): boolean {
    return this.#load.isLong
  }

  /**
   * Ms for which the oldest of the running works has been running. 0 while places are free, and right after answers
   * were read.
   */
  runningFor(now: number): number {
    return this.held < this.count ? 0 : this.#load.runningFor(this.running(), now)
  }

  /** Whether all running works take longer than was expected, so that the time until the next place is unknown. */
  areOverdue(now: number): boolean {
    return this.held >= this.count && this.#load.areOverdue(this.running(), now)
  }

  /** Ms until a place is expected to be free; Infinity if that is unknown. */
  nextIn(now: number): number {
    if (!this.#areOpen || this.areOverdue(now)) return Infinity
    return this.held < this.count ? 0 : this.#load.firstEndIn(this.taken(), now)
  }

  /**
   * Clock ms since when the oldest work that has not begun has waited; Infinity if all have begun. A thread begins a work
   * with a place within moments. So such a work counts as waiting only after `AHEAD_MS`.
   */
  waitingSince(): number {
    let oldest = Infinity
    let left = this.#open
    for (const work of this.#lane) {
      if (!work.onLane) continue
      const hasPlace = left-- > 0
      if (this.#lane.hasStarted(work)) continue
      oldest = Math.min(oldest, work.submittedAt + (hasPlace ? AHEAD_MS : 0))
      if (!hasPlace) break
    }
    return oldest
  }

  // The worker reports what happens to its thread and to the works on its lane.

  /** The thread is available. */
  opened(): void {
    this.#areOpen = true
    this.#idleSince = this.#clock.now()
    this.#load.moved(this.#idleSince)
  }

  /** The thread does not begin what it was sent. */
  holdUp(): void {
    this.#holdUp.seen()
  }

  /** Answers have been read. */
  moved(): void {
    this.#holdUp.over()
    this.#load.moved(this.#clock.now())
  }

  /** The work is about to be put on the lane. */
  sending(work: WorkRecord): void {
    const { priority } = work
    const isFirst = this.#lane.outstanding === 0
    if (isFirst) this.#load.begin(this.#clock.now())
    this.#lowestSent = isFirst ? priority : Math.min(this.#lowestSent, priority)
    this.#highestSent = isFirst ? priority : Math.max(this.#highestSent, priority)
    if (work.pinnedTo !== undefined) this.#pinned++
  }

  /** The work is on the lane. */
  sent(work: WorkRecord): void {
    this.#load.add(work)
  }

  /** The function of a work has ended, and its answer is still to be read. */
  setAside(): void {
    this.#unread++
  }

  /** The answer of a work has been read. @param wasSetAside whether the work was set aside before */
  read(wasSetAside: boolean): void {
    this.#answered++
    if (wasSetAside) this.#unread--
  }

  /** The work has left the lane, in whatever way. */
  left(work: WorkRecord): void {
    this.#load.remove(work)
    if (work.pinnedTo !== undefined) this.#pinned--
    if (this.#lane.outstanding === 0) this.#idleSince = this.#clock.now()
  }
}
