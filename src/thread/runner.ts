/**
 * Runs the works of a thread in the order of the lane, one at a time or several: claim, call, answer. Knows lanes and tasks,
 * not how the thread was started or ends.
 */

import type { Delivery } from '../lane/batch.js'
import { LaneReceiver } from '../lane/receiver.js'
import { Claims, SLOTS } from '../lane/claims.js'
import type { LaneEnd } from '../lane/messages.js'
import { nodePort } from '../lane/port.js'
import { onBehalfOf, onNobodysBehalf, RunningWork, setCurrent, shareThread } from './context.js'
import { type Credit, handOutAll } from './streaming.js'
import { type ThreadTask, ThreadTasks } from './tasks.js'

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

export class Runner {
  readonly #workerId: string
  readonly #lane: LaneReceiver
  readonly #tasks = new ThreadTasks()
  readonly #places: number
  readonly #afterSlice: () => void
  #state: 'resting' | 'running' | 'yielding' = 'resting'
  /** The works that run, by slot. */
  readonly #works: (RunningWork | undefined)[] = new Array<RunningWork | undefined>(SLOTS).fill(undefined)
  /** All places are taken by works that wait for something. */
  #isWaiting = false
  #tickIsDue = false
  /** Works that have been begun and wait for something, while others go on. */
  #waiting = 0
  #placeIsFree: (() => void) | undefined

  /**
   * @param places works that run at the same time
   * @param afterSlice called whenever the runner goes back to the event loop; must be cheap
   */
  constructor(workerId: string, end: LaneEnd, places: number, afterSlice: () => void) {
    this.#workerId = workerId
    this.#places = places
    if (places > 1) shareThread()
    this.#afterSlice = afterSlice
    this.#lane = new LaneReceiver(nodePort(end.port, true), new Claims(end.claims), end.idPrefix, {
      arrived: () => {
        if (this.#state === 'resting') void this.#run()
      },
      define: definition => this.#tasks.define(definition),
      forget: number => this.#tasks.forget(number),
      abort: (slot, ticket, reason) => this.#running(slot, ticket)?.abort(reason),
      credit: (slot, ticket, count) => this.#running(slot, ticket)?.credit?.grant(count),
      close: (slot, ticket) => this.#running(slot, ticket)?.close(),
      // Not at once: it is in the middle of a work's function that this was found.
      found: () => {
        if (this.#state === 'resting') this.#comeBack()
      },
    })
  }

  /** Posts the answers held: the thread is about to end. */
  flush(): void {
    this.#lane.flush()
  }

  #running(slot: number, ticket: number): RunningWork | undefined {
    const work = this.#works[slot]
    return work?.is(slot, ticket) === true ? work : undefined
  }

  async #run(): Promise<void> {
    this.#state = 'running'
    const lane = this.#lane
    let now = clock()
    const sliceEnd = now + SLICE_MS
    for (;;) {
      const delivery = lane.next()
      if (delivery === undefined) {
        if (now >= sliceEnd || !this.#hasMore()) break
        now = clock() // what has just come cannot have begun before
        continue
      }
      const task = this.#tasks.get(delivery.task)
      if (now - lane.heldSince > HOLD_MS || lane.held >= HOLD_ITEMS || !task.isShort) lane.flush()
      if (!lane.claim(delivery, now)) continue
      const started = now
      const work = new RunningWork(this.#workerId, lane, delivery)
      this.#works[delivery.slot] = work
      // One await for each work, so that what the last one left in the microtask queue runs before the next begins.
      now =
        this.#places === 1 ? await this.#perform(work, delivery, task) : await this.#begin(work, delivery, task, now)
      task.ran(now - started)
      if (now >= sliceEnd) {
        this.#yield()
        return
      }
    }
    lane.flush()
    this.#state = 'resting'
    this.#afterSlice()
  }

  /** Whether works lie in the port: those that came meanwhile, or else those that the answers in hand bring at once. */
  #hasMore(): boolean {
    // What waits, waits for the event loop, which delivers the works as well.
    if (this.#waiting > 0) return false
    if (this.#lane.poll()) return true
    this.#lane.flush()
    return this.#lane.poll()
  }

  /** Calls the function, and returns when the next work may begin: at once, unless this one has taken the last place. */
  async #begin(work: RunningWork, delivery: Delivery, task: ThreadTask, now: number): Promise<number> {
    let isOver = false
    this.#lane.enterCall(now)
    const performing = onBehalfOf(work, () => this.#perform(work, delivery, task))
    this.#lane.leaveCall()
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

  /** Calls the function and answers. Returns when it ended. */
  async #perform(work: RunningWork, delivery: Delivery, task: ThreadTask): Promise<number> {
    setCurrent(work)
    let ended: number
    try {
      const loading = task.callable()
      const callable = typeof loading === 'function' ? loading : await loading
      let value: unknown = Reflect.apply(callable, work, delivery.args)
      if (work.credit !== undefined) value = this.#handOut(work, work.credit, delivery, value)
      if (isThenable(value)) value = await (this.#places === 1 ? this.#wait(value) : value)
      ended = clock()
      this.#lane.succeed(delivery, value, ended)
    } catch (error) {
      ended = clock()
      this.#lane.fail(delivery, task.explain(error), ended)
    }
    work.end()
    setCurrent(undefined)
    this.#works[delivery.slot] = undefined
    return ended
  }

  #handOut(work: RunningWork, credit: Credit, delivery: Delivery, generator: unknown): Promise<unknown> {
    const handOut = (value: unknown): void => this.#lane.yield(delivery, value)
    return handOutAll(generator, credit, handOut, () => work.deliverAbort())
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
    if (this.#isWaiting) this.#lane.flush()
  }

  #yield(): void {
    // Whatever the event loop comes to first may take long.
    this.#lane.flush()
    this.#afterSlice()
    this.#comeBack()
  }

  /** Goes on when the event loop has had its turn. */
  #comeBack(): void {
    this.#state = 'yielding'
    onNobodysBehalf(() => later(() => void this.#run()))
  }
}

function isThenable(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as { then?: unknown }).then === 'function'
}
