/**
 * Runs the works that come to a thread, one at a time or several: claim, call, answer. Knows lanes and tasks, not how the
 * thread was started or ends.
 */

import { WorkDiscardedError } from '../errors/works.js'
import type { Delivery } from '../lane/batch.js'
import type { LaneEnd } from '../lane/messages.js'
import { onBehalfOf, onNobodysBehalf, RunningWork, setCurrent } from './context.js'
import type { TaskFunction } from './functions.js'
import { type Backlog, type Lane, Lanes } from './lanes.js'
import { handOutAll } from './streaming.js'
import type { ThreadTask } from './tasks.js'

// Taken before any task runs: one that installs fake timers must not stop its own runner.
const clock = performance.now.bind(performance)
const later = setImmediate
const soon = process.nextTick

/**
 * Ms after which the runner goes back to the event loop although works are left: timers, `import()` and the inspector of
 * the thread must get their turn. Unbounded, a task's own 5 ms timer was seen to fire 130 ms late.
 */
const SLICE_MS = 1

/** How long an answer may be held back for its batch, in ms. */
const HOLD_MS = 1
/** How many items a batch may have: half a lane, so that works come while answers are read, and answers while works run. */
const HOLD_ITEMS = 256

/** Whom the runner tells. Both must be cheap. */
export interface RunnerHost {
  /** It goes back to the event loop. */
  afterSlice(): void
  /** Since this Clock ms the thread has been in a function that lets nothing else begin; 0 when it has come back. */
  calling(since: number): void
}

export class Runner {
  readonly #workerId: string
  readonly #lanes: Lanes
  readonly #places: number
  readonly #host: RunnerHost
  #state: 'resting' | 'running' | 'yielding' = 'resting'
  /** All places are taken by works that wait for something. */
  #isWaiting = false
  #tickIsDue = false
  /** Works that have been begun and wait for something, while others go on. */
  #waiting = 0
  #placeIsFree: (() => void) | undefined

  /**
   * @param places works that run at the same time
   * @param backlog in which order works begin; without one in the order of their lane, the lanes taking turns
   */
  constructor(workerId: string, places: number, host: RunnerHost, backlog?: Backlog) {
    this.#workerId = workerId
    this.#places = places
    this.#host = host
    this.#lanes = new Lanes(
      {
        arrived: () => {
          if (this.#state === 'resting') void this.#run()
        },
        // Not at once: it is in the middle of a work's function that this was found.
        found: () => {
          if (this.#state === 'resting') this.#comeBack()
        },
        orphaned: works => {
          for (const work of works) work.abort(new WorkDiscardedError('the end of the thread that had sent it'))
        },
      },
      backlog,
    )
  }

  /** Runs what comes by this lane, too, until its sender closes it. */
  serve(end: LaneEnd): void {
    this.#lanes.add(end)
  }

  /** Nothing runs here, and nothing has arrived that is to. */
  get isIdle(): boolean {
    return this.#state === 'resting' && this.#waiting === 0
  }

  /** Posts the answers held: the thread is about to end. */
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
        now = clock() // what has just come cannot have begun before
        continue
      }
      const lane = lanes.from
      const task = lane.tasks.get(delivery.task)
      if (task.isShort) lanes.flushOld(now - HOLD_MS, HOLD_ITEMS)
      else lanes.flush()
      if (!lane.receiver.claim(delivery, now)) continue
      const started = now
      const work = new RunningWork(this.#workerId, lane.receiver, delivery)
      lane.works[delivery.slot] = work
      // One await for each work, so that what the last one left in the microtask queue runs before the next begins.
      now =
        this.#places === 1
          ? await this.#perform(lane, delivery, task, work)
          : await this.#begin(lane, delivery, task, work, now)
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

  /** Whether works lie in the port: those that came meanwhile, or else those that the answers in hand bring at once. */
  #hasMore(): boolean {
    // What waits, waits for the event loop, which delivers the works as well.
    if (this.#waiting > 0) return false
    if (this.#lanes.poll()) return true
    this.#lanes.flush()
    return this.#lanes.poll()
  }

  /** Calls the function. Returns when the next work may begin: at once, unless this one has taken the last place. */
  #begin(lane: Lane, delivery: Delivery, task: ThreadTask, work: RunningWork, now: number): number | Promise<number> {
    lane.receiver.enterCall(now)
    this.#host.calling(now)
    const performed = onBehalfOf(work, () => this.#perform(lane, delivery, task, work))
    lane.receiver.leaveCall()
    this.#host.calling(0)
    return typeof performed === 'number' ? performed : this.#beside(performed)
  }

  /** When a work may begin beside one that waits for something. */
  async #beside(performing: Promise<number>): Promise<number> {
    let isOver = false
    void performing.then(() => {
      isOver = true
    })
    await undefined
    const ran = clock()
    if (isOver) return ran
    this.#waiting++
    void performing.then(() => this.#placeFreed())
    if (this.#waiting < this.#places) return ran
    await this.#wait(new Promise<void>(resolve => (this.#placeIsFree = resolve)))
    return clock()
  }

  #placeFreed(): void {
    this.#waiting--
    this.#placeIsFree?.()
    this.#placeIsFree = undefined
    // Its answer goes with those of all others that end in this turn of the event loop.
    if (this.#state === 'resting') this.#comeBack()
  }

  /** Calls the function and answers. Returns when it ended; by a promise, which costs as much as a short work, only if it waits. */
  #perform(lane: Lane, delivery: Delivery, task: ThreadTask, work: RunningWork): number | Promise<number> {
    if (this.#places === 1) setCurrent(work)
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
      value = await (this.#places === 1 ? this.#wait(value) : value)
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
    if (this.#places === 1) setCurrent(undefined)
    lane.works[delivery.slot] = undefined
    return ended
  }

  /** No other work can begin meanwhile. The answers in hand do not wait, unless that takes nothing but microtasks. */
  async #wait(promise: unknown): Promise<unknown> {
    this.#isWaiting = true
    // Ticks come when all microtasks have run, and before the event loop goes on.
    if (!this.#tickIsDue) soon(this.#afterMicrotasks)
    this.#tickIsDue = true
    try {
      return await promise
    } finally {
      this.#isWaiting = false
    }
  }

  readonly #afterMicrotasks = (): void => {
    this.#tickIsDue = false
    if (this.#isWaiting) this.#lanes.flush()
  }

  #yield(): void {
    // Whatever the event loop comes to first may take long.
    this.#lanes.flush()
    this.#host.afterSlice()
    this.#comeBack()
  }

  /** Goes on when the event loop has had its turn. */
  #comeBack(): void {
    this.#state = 'yielding'
    onNobodysBehalf(() => later(() => void this.#run()))
  }
}

/** What the function returns; of a generator, a promise of its end. */
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

/** What `await` would wait for. */
export function isThenable(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as { then?: unknown }).then === 'function'
}
