/**
 * Runs the works of a thread, one at a time, in the order of the lane: claim, call, answer. Knows lanes and tasks, not how
 * the thread was started or ends.
 */

import type { Delivery } from '../lane/batch.js'
import { LaneReceiver } from '../lane/receiver.js'
import { Claims } from '../lane/claims.js'
import type { LaneEnd } from '../lane/messages.js'
import { nodePort } from '../lane/port.js'
import { RunningWork, setCurrent } from './context.js'
import { handOutAll } from './streaming.js'
import { type ThreadTask, ThreadTasks } from './tasks.js'

// Taken before any task runs: one that installs fake timers must not stop its own runner.
const clock = performance.now.bind(performance)
const later = setImmediate

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
  readonly #afterSlice: () => void
  #state: 'resting' | 'running' | 'yielding' = 'resting'
  #work: RunningWork | undefined

  /** @param afterSlice called whenever the runner goes back to the event loop; must be cheap */
  constructor(workerId: string, end: LaneEnd, afterSlice: () => void) {
    this.#workerId = workerId
    this.#afterSlice = afterSlice
    this.#lane = new LaneReceiver(nodePort(end.port, true), new Claims(end.claims), end.idPrefix, {
      arrived: () => {
        if (this.#state === 'resting') void this.#run()
      },
      define: definition => this.#tasks.define(definition),
      forget: number => this.#tasks.forget(number),
      abort: (slot, ticket, reason) => {
        if (this.#work?.is(slot, ticket) === true) this.#work.abort(reason)
      },
      credit: (slot, ticket, count) => {
        if (this.#work?.is(slot, ticket) === true) this.#work.credit?.grant(count)
      },
      close: (slot, ticket) => {
        if (this.#work?.is(slot, ticket) === true) this.#work.credit?.close()
      },
    })
  }

  /** Posts the answers held: the thread is about to end. */
  flush(): void {
    this.#lane.flush()
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
      // One await for each work, so that what the last one left in the microtask queue runs before the next begins.
      now = await this.#perform(delivery, task)
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
    if (this.#lane.poll()) return true
    this.#lane.flush()
    return this.#lane.poll()
  }

  /** Calls the function and answers. Returns when it ended, which for the next work is when it starts. */
  async #perform(delivery: Delivery, task: ThreadTask): Promise<number> {
    const work = new RunningWork(this.#workerId, this.#lane, delivery)
    this.#work = work
    setCurrent(work)
    let ended: number
    try {
      const loading = task.callable()
      const callable = typeof loading === 'function' ? loading : await loading
      let value: unknown = Reflect.apply(callable, work, delivery.args)
      if (work.credit !== undefined) {
        this.#lane.flush()
        value = await handOutAll(value, work.credit, item => this.#lane.yield(delivery, item))
      } else if (isThenable(value)) {
        this.#lane.flush()
        value = await value
      }
      ended = clock()
      this.#lane.succeed(delivery, value, ended)
    } catch (error) {
      ended = clock()
      this.#lane.fail(delivery, task.explain(error), ended)
    }
    work.end()
    setCurrent(undefined)
    this.#work = undefined
    return ended
  }

  #yield(): void {
    this.#state = 'yielding'
    // Whatever the event loop comes to first may take long.
    this.#lane.flush()
    this.#afterSlice()
    later(() => void this.#run())
  }
}

function isThenable(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return typeof (value as { then?: unknown }).then === 'function'
}
