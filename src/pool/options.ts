/** Owns every option a user can give: unit, default, range and the reason for them; must not know how they are checked or obeyed. */

import type { ThreadOptions } from '../launch/options.js'
import type { Task } from '../task/task.js'
import type { RecycleOptions } from '../worker/recycling.js'

/**
 * What `new Pool()` takes. Only own properties count; an unknown one, or a value out of range, throws at construction.
 * `undefined` is the same as leaving the option out.
 */
export interface PoolOptions {
  /**
   * Worker threads wanted. Whole number from 0; 0 pauses the pool, unless autoScale is on.
   *
   * Default: `os.availableParallelism()`, since more threads than that share processors. With autoScale it starts at
   * `min`. Can be changed at any time: `pool.total = 8`.
   */
  total?: number | undefined

  /**
   * Works accepted beyond the free places of available workers. Whole number from 0, or Infinity; 0 accepts only what a
   * worker can take at once.
   *
   * Default 1024: keeps threads supplied through any pause of the submitting side, and a runaway producer harmless. Can
   * be changed at any time: lowering it evicts nothing, raising it lets in what waits.
   */
  workBuffer?: number | undefined

  /**
   * What becomes of a work that finds the buffer full: `'wait'` keeps it at the door, in status `'waiting'`, until there
   * is room (`await work.accepted` to produce no faster than works are done); `'reject'` rejects it with
   * {@link WorkBufferFullError}.
   *
   * Default `'wait'`: loses nothing.
   */
  whenFull?: 'wait' | 'reject' | undefined

  /**
   * Lets the pool change its own number of threads within `min` and `max`: up when works wait for longer than
   * `waitTime`, down when workers idle for longer than `idleTime`.
   *
   * Default: true where `waitTime` is given, else false. Can be changed at any time.
   */
  autoScale?: boolean | undefined

  /**
   * Ms the oldest accepted work may wait before autoScale adds workers. Finite, from 0. Giving it turns autoScale on,
   * unless that is given as false.
   *
   * Default 100: a few times what a thread takes to start, so that a burst that is over sooner starts none. Can be
   * changed at any time, which turns autoScale on as well.
   */
  waitTime?: number | undefined

  /**
   * Workers that one automatic step, or `scale()` without a count, adds or removes. Whole number from 1.
   *
   * Default 1: the gentlest. Can be changed at any time.
   */
  scalingFactor?: number | undefined

  /**
   * AutoScale goes no lower than this. Whole number from 0, not above `max`. Binds autoScale only: `total` and `scale()`
   * may go below.
   *
   * Default: `total` as you set it, 1 where you set neither (but no more than a `max` you give). Can be changed at any
   * time.
   */
  min?: number | undefined

  /**
   * AutoScale goes no higher than this. Whole number from 1, not below `min`. Binds autoScale only: `total` and
   * `scale()` may go beyond.
   *
   * Default: `os.availableParallelism()`, or `total` or `min` where you set one higher. Can be changed at any time.
   */
  max?: number | undefined

  /**
   * Replaces workers that have reached one of these limits: for tasks that leak, or states that should not grow old. The
   * successor starts first; the old one serves until it is available, and then ends its running work. So it may answer
   * some more works than `works`.
   *
   * Default none.
   */
  recycle?: RecycleOptions | undefined

  /**
   * Ms a worker beyond `min` may idle before autoScale ends it. From 0; Infinity keeps it for good.
   *
   * Default 10,000: long against the cost of a new thread, so that a load which comes and goes does not end and start
   * them all the time.
   */
  idleTime?: number | undefined

  /**
   * Ms a work may run, from its start to its answer; time in the queue does not count. Above 0; Infinity for no limit.
   * A work that passes it rejects with {@link WorkTimeoutError} and is ended, a busy loop too. {@link
   * ExecuteOptions.timeout} takes precedence.
   *
   * Default: no limit, because only you know how long your works may take.
   */
  timeout?: number | undefined

  /**
   * Works that one thread runs at the same time. Whole number from 1 to 256. Only works that wait for something, and let
   * others on meanwhile, gain by it: a function that computes holds the others up as long as it does.
   *
   * Default 1: works have a thread to themselves, and a hot discard or a crash costs no other.
   */
  concurrency?: number | undefined

  /**
   * Ms between asking a running work to stop (its signal aborts) and ending its thread. Finite, from 0. The work itself
   * is settled at once in any case. Where several works share a thread (`concurrency`), it takes nothing new meanwhile, and
   * is ended within 100 ms when only works that were asked to stop are left there.
   *
   * Default 0: the thread is ended and replaced right away. Give your tasks some time here if they listen to their signal.
   * With `concurrency` above 1 it is 1000, for the others on the thread.
   */
  grace?: number | undefined

  /**
   * Ms an ended thread may take to be gone before it counts as stuck: native code cannot be interrupted, so that the
   * pool leaves the thread behind, replaces it, and names it in `stats().workers.stuck`. From 0; Infinity waits for it
   * however long it takes, and `stop()` with it.
   *
   * Default 1000: far above the few ms that threads need which are not stuck.
   */
  killTimeout?: number | undefined

  /**
   * Finished works whose final status `pool.jobs` still remembers, by id; of their arguments and results nothing is
   * kept. Whole number from 0, or Infinity, which needs memory for each work ever run.
   *
   * Default 1000.
   */
  retain?: number | undefined

  /**
   * Runs on each new thread before its first work, with `thread.workerData` as its argument; the thread is available
   * when it has ended. A function, inline or named by `task()`, under the same rules as those of works. If it fails, so
   * does the start of the thread.
   *
   * Default: none.
   */
  setup?: HookTask | undefined

  /**
   * Runs on each thread before it ends gracefully, with `thread.workerData` as its argument; not on threads that are
   * ended hot, or crash.
   *
   * Default: none.
   */
  teardown?: HookTask | undefined

  /** How each thread is made. */
  thread?: ThreadOptions | undefined
}

/**
 * What `setup` and `teardown` take: a function, or a task made by `task()`. Either may declare `data` as the type it knows
 * `thread.workerData` to have, which nothing can check.
 */
export type HookTask = Hook['run'] | Task<[never], unknown>

/** Declared as a method, because TypeScript compares the parameters of methods both ways. */
interface Hook {
  run(this: void, data: unknown): unknown
}
