/**
 * Decides which of a thread's jobs that wait in `pause()` continues next. It knows only their priorities.
 *
 * A job takes part from `begin()` to `end()`. It pauses wherever it can let others go first. The guarantees:
 *
 * - A pause ends only while no job of higher priority takes part, whether that job pauses, computes or waits for
 *   something else. So jobs of lower priority can wait for ever, by design. A job that waits for a pausing job of lower
 *   priority waits for ever as well.
 * - Paused jobs of equal priority continue one at a time, in the order in which they paused. A job has its turn until
 *   it pauses again, ends, or waits for something that needs the event loop; then the next one has its turn.
 * - If no other job may go first, a pause takes a few microtasks. Once every {@link SLICE_MS} it lets the event loop
 *   turn, so that jobs which pause often enough never keep messages, timers and sockets waiting.
 * - Every pause ends, at the latest when its own job ends or when `stopAll()` makes it reject.
 *
 * Not guaranteed: only pauses are ordered. A job runs up to its first `await` as soon as it begins, and continues after
 * any other `await` as soon as that is done, whatever its priority; no job is interrupted. A job that should begin in
 * its turn pauses first. The decision is made in a microtask: a job that begins while another is being woken comes too
 * late for that decision.
 */

import type { Clock } from '../../base/clock.js'
import { microtask } from '../../base/real-time.js'

/** One job's part in the schedule. Its functions need no `this`. */
export interface Seat {
  /** Resolves when it is this job's turn again. Rejects with the reason of `stopAll()`. */
  pause(): Promise<void>
  /** The job no longer takes part. Its open pauses end with the next turn of the event loop, and so do later ones. */
  end(): void
}

/** The jobs of one priority that take part. */
interface Level {
  readonly priority: number
  seats: number
  /** Their open pauses, in order. */
  waiting: Pause[]
  /** The job that has its turn. */
  turn: Seat | undefined
}

interface Pause {
  readonly seat: Seat
  readonly promise: Promise<void>
  resolve(): void
  reject(reason: unknown): void
}

/**
 * Ms for which jobs continue one after another before the event loop turns. They delay a message by no more than this.
 */
const SLICE_MS = 1

export class JobScheduler {
  readonly #clock: Pick<Clock, 'now' | 'nextTurn'>
  /** The priorities that have seats, highest first. */
  readonly #levels: Level[] = []
  readonly #seats = new Set<Seat>()
  #isScheduled = false
  /** Clock ms of the first pause that ended in this turn of the event loop; undefined if none has. */
  #sliceBegan: number | undefined
  #stopped: { readonly reason: unknown } | undefined

  constructor(clock: Pick<Clock, 'now' | 'nextTurn'>) {
    this.#clock = clock
  }

  /** A job begins. Its priority is any finite number; the highest goes first. */
  begin(priority: number): Seat {
    const level = this.#levelOf(priority)
    const seat: Seat = {
      pause: () => this.#pause(seat, level),
      end: () => this.#end(seat, level),
    }
    level.seats++
    this.#seats.add(seat)
    return seat
  }

  /** All pauses reject with this reason, later ones too. Jobs may catch it and finish. A second call has no effect. */
  stopAll(reason: unknown): void {
    if (this.#stopped !== undefined) return
    this.#stopped = { reason }
    for (const { waiting } of this.#levels) for (const pause of waiting.splice(0)) refuse(pause, reason)
  }

  /** Whether this is the reason of `stopAll()`. */
  isStopReason(error: unknown): boolean {
    return this.#stopped !== undefined && this.#stopped.reason === error
  }

  #pause(seat: Seat, level: Level): Promise<void> {
    const pause = newPause(seat)
    if (this.#stopped !== undefined) {
      refuse(pause, this.#stopped.reason)
    } else if (!this.#seats.has(seat)) {
      // Code that outlives its job may pause in a loop. It must not keep the event loop from turning.
      this.#clock.nextTurn(() => pause.resolve())
    } else {
      level.waiting.push(pause)
      this.#pass(seat, level)
    }
    return pause.promise
  }

  #end(seat: Seat, level: Level): void {
    if (!this.#seats.delete(seat)) return
    // A job can have several pauses open at once, and end during them.
    const left = level.waiting.filter(pause => pause.seat === seat)
    if (left.length > 0) {
      level.waiting = level.waiting.filter(pause => pause.seat !== seat)
      this.#clock.nextTurn(() => left.forEach(pause => pause.resolve()))
    }
    if (--level.seats === 0) this.#levels.splice(this.#levels.indexOf(level), 1)
    this.#pass(seat, level)
  }

  /** Ends the turn of this job, if it has it. */
  #pass(seat: Seat, level: Level): void {
    if (level.turn === seat) level.turn = undefined
    // Most jobs never pause, and then there is nothing to choose.
    if (this.#isScheduled || (this.#levels[0]?.waiting.length ?? 0) === 0) return
    this.#isScheduled = true
    // In a microtask, because the code that is running may begin other jobs.
    microtask(this.#choose)
  }

  readonly #choose = (): void => {
    this.#isScheduled = false
    const level = this.#levels[0]
    const pause = level?.waiting[0]
    if (level === undefined || pause === undefined || level.turn !== undefined || this.#sliceIsOver()) return
    level.waiting.shift()
    level.turn = pause.seat
    pause.resolve()
  }

  /** Whether the event loop must turn first. */
  #sliceIsOver(): boolean {
    const now = this.#clock.now()
    if (this.#sliceBegan !== undefined) return now - this.#sliceBegan >= SLICE_MS
    this.#sliceBegan = now
    this.#clock.nextTurn(this.#turned)
    return false
  }

  readonly #turned = (): void => {
    this.#sliceBegan = undefined
    // All microtasks have run by now: a job that has neither paused nor ended is waiting for something else.
    for (const level of this.#levels) level.turn = undefined
    this.#choose()
  }

  #levelOf(priority: number): Level {
    const found = this.#levels.find(level => level.priority === priority)
    if (found !== undefined) return found
    const level: Level = { priority, seats: 0, waiting: [], turn: undefined }
    const lower = this.#levels.findIndex(other => other.priority < priority)
    this.#levels.splice(lower === -1 ? this.#levels.length : lower, 0, level)
    return level
  }
}

function newPause(seat: Seat): Pause {
  let settle!: Pick<Pause, 'resolve' | 'reject'>
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }))
  return { seat, promise, ...settle }
}

function refuse({ promise, reject }: Pause, reason: unknown): void {
  // The rejection must not end the thread if the job did not wait for its pause.
  promise.catch(() => {})
  reject(reason)
}
