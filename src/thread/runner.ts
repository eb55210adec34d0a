/**
 * Runs the works that arrive in a thread, one or several at a time: claims each, calls its function, and answers. It
 * does not know how the thread was started or how it ends.
 */

import { WorkDiscardedError } from '../errors/works.js'
import type { Delivery } from '../lane/batch.js'
import type { LaneEnd } from '../lane/messages.js'
import { isRevoked } from '../values/walk.js'
import { onBehalfOf, onNobodysBehalf, RunningWork, setCurrent } from './context.js'
import type { TaskFunction } from './functions.js'
import { type Backlog, type Lane, Lanes } from './lanes.js'
import { captureOutput } from './output.js'
import { Pause } from './pause.js'
import { ThreadPlaces } from './places.js'
import { handOutAll } from './streaming.js'
import type { ThreadTask } from './tasks.js'

// Taken before any task runs: a task that installs fake timers must not stop its own runner.
const clock = performance.now.bind(performance)
const later = setImmediate

/**
 * Ms after which the runner returns to the event loop although works are left: timers, `import()` and the inspector of
 * the thread must get their turn. Without a bound, a task's own timer of 5 ms fired 130 ms late in a measurement.
 */
const SLICE_MS = 1

/** Ms for which an answer may be held back for its batch. */
const HOLD_MS = 1
/** Most answers in a batch: half a lane, so that the sender can send works while it reads answers. */
const HOLD_ITEMS = 256

/** What the runner reports. Both must be cheap. */
export interface RunnerHost {
  /** The runner returns to the event loop. */
  afterSlice(): void
  /**
   * The thread has been in a function that lets nothing else begin since the Clock ms `since`; 0 when the function has
   * returned.
   */
  calling(since: number): void
}

export class Runner {
  readonly #workerId: string
  readonly #lanes: Lanes
  readonly #host: RunnerHost
  readonly #pause: Pause
  /** Undefined if works run one at a time. */
  readonly #places: ThreadPlaces | undefined
  /** `yielding`: works are left, and #run continues when the event loop has had its turn. */
  #state: 'resting' | 'running' | 'yielding' = 'resting'

  /**
   * @param places works that run at the same time
   * @param backlog decides in which order works begin. Without one, lanes take turns, each in its order of sending.
   */
  constructor(workerId: string, places: number, host: RunnerHost, backlog?: Backlog) {
    this.#workerId = workerId
    this.#host = host
    this.#lanes = new Lanes(
      {
        arrived: () => {
          if (this.#state === 'resting') void this.#run()
        },
        // Not at once, because the function of a work is running: it has read its signal, and that read found works.
        found: () => this.#comeBackIfResting(),
        orphaned: works => {
          for (const work of works) work.abort(new WorkDiscardedError('the end of the thread that sent it'))
        },
      },
      backlog,
    )
    this.#pause = new Pause(() => this.#lanes.flush())
    // When a work that waited has ended, its answer is posted with those of all others that end in this turn.
    if (places > 1) this.#places = new ThreadPlaces(places, this.#pause, () => this.#comeBackIfResting())
  }

  /** From here on also runs the works of this lane, until its sender closes it. */
  serve(end: LaneEnd): void {
    this.#lanes.add(end)
  }

  /** Whether nothing runs here, and no work has arrived that has still to run. */
  get isIdle(): boolean {
    return this.#state === 'resting' && !this.#areOthersWaiting
  }

  /** Posts the answers held. Call this when the thread is about to end. */
  flush(): void {
    this.#lanes.flush()
  }

  async #run(): Promise<void> {
    this.#state = 'running'
    const lanes = this.#lanes
    let now = clock()
    const sliceEnd = now + SLICE_MS
    for (;;) {
      const delivery = lanes.next()
      if (delivery === undefined) {
        if (now >= sliceEnd || !this.#hasMore()) break
        now = clock() // a work that has just arrived cannot have begun earlier
        continue
      }
      const lane = lanes.from
      const task = lane.tasks.get(delivery.task)
      if (task.isShort) lanes.flushOld(now - HOLD_MS, HOLD_ITEMS)
      else lanes.flush()
      if (!lane.receiver.claim(delivery, now)) continue
      const started = now
      if (delivery.isCaptured) captureOutput()
      const work = new RunningWork(this.#workerId, lane.receiver, delivery)
      lane.works[delivery.slot] = work
      // One await per work, so that the microtasks that a work has left run before the next work begins.
      now =
        this.#places === undefined
          ? await this.#perform(lane, delivery, task, work)
          : await this.#begin(this.#places, lane, delivery, task, work, now)
      task.ran(now - started)
      if (now >= sliceEnd) {
        this.#yield()
        return
      }
    }
    lanes.flush()
    this.#state = 'resting'
    this.#host.afterSlice()
  }

  /** Whether the sender has posted more works: in the meantime, or in reply to the answers that are posted here. */
  #hasMore(): boolean {
    // A work that waits needs the event loop, which delivers new works as well.
    if (this.#areOthersWaiting) return false
    if (this.#lanes.poll()) return true
    this.#lanes.flush()
    return this.#lanes.poll()
  }

  get #areOthersWaiting(): boolean {
    return this.#places !== undefined && this.#places.waiting > 0
  }

  /** Calls the function of a work that shares the thread. Returns the time from which on the next work may begin. */
  #begin(
    places: ThreadPlaces,
    lane: Lane,
    delivery: Delivery,
    task: ThreadTask,
    work: RunningWork,
    now: number,
  ): number | Promise<number> {
    lane.receiver.enterCall(now)
    this.#host.calling(now)
    const performed = onBehalfOf(work, () => this.#perform(lane, delivery, task, work))
    lane.receiver.leaveCall()
    this.#host.calling(0)
    return typeof performed === 'number' ? performed : places.beside(performed)
  }

  /**
   * Calls the function and answers. Returns the time at which it ended. This is a promise only if the function waits,
   * because a promise costs as much as a short work.
   */
  #perform(lane: Lane, delivery: Delivery, task: ThreadTask, work: RunningWork): number | Promise<number> {
    if (this.#places === undefined) setCurrent(work)
    let value: unknown
    try {
      const callable = task.callable()
      value =
        typeof callable === 'function'
          ? call(callable, lane, delivery, work)
          : callable.then(loaded => call(loaded, lane, delivery, work))
      if (isThenable(value)) return this.#await(value, lane, delivery, task, work)
    } catch (error) {
      return this.#fail(error, lane, delivery, task, work)
    }
    return this.#succeed(value, lane, delivery, task, work)
  }

  async #await(value: unknown, lane: Lane, delivery: Delivery, task: ThreadTask, work: RunningWork): Promise<number> {
    try {
      value = await (this.#places === undefined ? this.#pause.until(value) : value)
    } catch (error) {
      return this.#fail(error, lane, delivery, task, work)
    }
    return this.#succeed(value, lane, delivery, task, work)
  }

  #succeed(value: unknown, lane: Lane, delivery: Delivery, task: ThreadTask, work: RunningWork): number {
    const ended = clock()
    try {
      lane.receiver.succeed(delivery, value, ended)
    } catch (error) {
      return this.#fail(error, lane, delivery, task, work)
    }
    return this.#leave(ended, lane, delivery, work)
  }

  #fail(error: unknown, lane: Lane, delivery: Delivery, task: ThreadTask, work: RunningWork): number {
    const ended = clock()
    lane.receiver.fail(delivery, task.explain(error), ended)
    return this.#leave(ended, lane, delivery, work)
  }

  #leave(ended: number, lane: Lane, delivery: Delivery, work: RunningWork): number {
    work.end()
    if (this.#places === undefined) setCurrent(undefined)
    lane.works[delivery.slot] = undefined
    return ended
  }

  #yield(): void {
    // Before the event loop gets its turn, because that may take long.
    this.#lanes.flush()
    this.#host.afterSlice()
    this.#comeBack()
  }

  #comeBackIfResting(): void {
    if (this.#state === 'resting') this.#comeBack()
  }

  /** Continues when the event loop has had its turn. */
  #comeBack(): void {
    this.#state = 'yielding'
    onNobodysBehalf(() => later(() => void this.#run()))
  }
}

/** What the function returns; for a stream, a promise of the end of its generator. */
function call(callable: TaskFunction, { receiver }: Lane, delivery: Delivery, work: RunningWork): unknown {
  const value: unknown = Reflect.apply(callable, work, delivery.args)
  const { credit } = work
  if (credit === undefined) return value
  return handOutAll(
    value,
    credit,
    item => receiver.yield(delivery, item),
    () => work.deliverAbort(),
    () => receiver.failing(delivery),
  )
}

/** Whether `await` would wait for this value. Not for a revoked Proxy, which throws whatever is asked of it. */
export function isThenable(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  try {
    return typeof (value as { then?: unknown }).then === 'function'
  } catch (error) {
    if (isRevoked(value)) return false
    throw error
  }
}
