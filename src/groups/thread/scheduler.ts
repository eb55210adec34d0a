/**
 * Who goes on next of the jobs of one thread that wait in `pause()`. Knows priorities, and neither jobs nor lanes.
 *
 * A job takes part from `begin()` to `end()`. It pauses where it can let others go first. What holds:
 *
 * - A pause ends only while no job of higher priority takes part, whether that one pauses, computes or waits for anything
 *   else. So jobs of lower priority can wait for ever, by design; and a job that waits for one of lower priority, which
 *   pauses, waits for ever as well.
 * - Of equal priority, those that pause go on one at a time, in the order in which they paused. One has its turn until it
 *   pauses again, ends, or waits for something that takes the event loop: then it is the next one's turn.
 * - Without others that may go first a pause is over in a few microtasks, but for one each {@link SLICE_MS}, which lets the
 *   event loop turn: messages, timers and sockets are never kept waiting by jobs that pause often enough.
 * - Every pause comes to its end: at the latest with the end of its own job, or with `stopAll()`, which makes it reject.
 *
 * What does not: only pauses are ordered. A job runs its first part when it is begun, and what follows another `await` when
 * that is done, whatever its priority; nobody is interrupted. Whoever wants a job to begin in its turn pauses for it first.
 * Who goes on is decided in a microtask: a job that is begun while that one is being woken comes too late for that.
 */

import type { Clock } from '../../base/clock.js'

/** The place of one job. Its functions need no `this`. */
export interface Seat {
  /** Resolves when it is this job's turn again. Rejects with the reason of `stopAll()`. */
  pause(): Promise<void>
  /** It takes part no longer. Pauses that it still is in end with the next turn of the event loop, and so do later ones. */
  end(): void
}

/** Jobs of one priority that take part. */
interface Level {
  readonly priority: number
  seats: number
  /** Their pauses, in the order of their turns. */
  waiting: Pause[]
  /** Whose turn it is. */
  turn: Seat | undefined
}

interface Pause {
  readonly seat: Seat
  readonly promise: Promise<void>
  resolve(): void
  reject(reason: unknown): void
}

/** Ms for which jobs go on one after the other without a turn of the event loop: so long, a message may have to wait for it. */
const SLICE_MS = 1

export class JobScheduler {
  readonly #clock: Pick<Clock, 'now' | 'nextTurn'>
  /** Those with seats, highest priority first. */
  readonly #levels: Level[] = []
  readonly #seats = new Set<Seat>()
  #isScheduled = false
  /** Clock ms of the first pause that ended in this turn of the event loop; undefined if none has. */
  #sliceBegan: number | undefined
  #stopped: { readonly reason: unknown } | undefined

  constructor(clock: Pick<Clock, 'now' | 'nextTurn'>) {
    this.#clock = clock
  }

  /** A job begins. The higher its priority, the sooner it goes on; any finite number. */
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

  /** All pauses reject with this reason, those of later calls too. The jobs may catch it, and finish. A second call has no effect. */
  stopAll(reason: unknown): void {
    if (this.#stopped !== undefined) return
    this.#stopped = { reason }
    for (const { waiting } of this.#levels) for (const pause of waiting.splice(0)) refuse(pause, reason)
  }

  #pause(seat: Seat, level: Level): Promise<void> {
    const pause = newPause(seat)
    if (this.#stopped !== undefined) {
      refuse(pause, this.#stopped.reason)
    } else if (!this.#seats.has(seat)) {
      // Code that outlives its job may pause in a loop: it must not keep the event loop from turning.
      this.#clock.nextTurn(() => pause.resolve())
    } else {
      level.waiting.push(pause)
      this.#pass(seat, level)
    }
    return pause.promise
  }

  #end(seat: Seat, level: Level): void {
    if (!this.#seats.delete(seat)) return
    // A job can pause in several places at once, and end in another.
    const left = level.waiting.filter(pause => pause.seat === seat)
    if (left.length > 0) {
      level.waiting = level.waiting.filter(pause => pause.seat !== seat)
      this.#clock.nextTurn(() => left.forEach(pause => pause.resolve()))
    }
    if (--level.seats === 0) this.#levels.splice(this.#levels.indexOf(level), 1)
    this.#pass(seat, level)
  }

  /** It is not this job's turn any longer, if it was. */
  #pass(seat: Seat, level: Level): void {
    if (level.turn === seat) level.turn = undefined
    // Where nobody waits in front there is nothing to choose, as for most jobs, which never pause.
    if (this.#isScheduled || (this.#levels[0]?.waiting.length ?? 0) === 0) return
    this.#isScheduled = true
    // Not now: others may be begun by the code that runs.
    queueMicrotask(this.#choose)
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

  /** Whether the event loop is to turn first. */
  #sliceIsOver(): boolean {
    const now = this.#clock.now()
    if (this.#sliceBegan !== undefined) return now - this.#sliceBegan >= SLICE_MS
    this.#sliceBegan = now
    this.#clock.nextTurn(this.#turned)
    return false
  }

  readonly #turned = (): void => {
    this.#sliceBegan = undefined
    // Microtasks come before the event loop turns: whoever has neither paused nor ended waits for something else.
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
  // A job that did not wait for its pause is not to bring the thread down.
  promise.catch(() => {})
  reject(reason)
}
