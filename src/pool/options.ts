/** The options of a pool: unit, range and default of each, and the reason for the default. */

import type { ThreadOptions } from '../launch/options.js'
import type { Task } from '../task/task.js'
import type { RecycleOptions } from '../worker/recycling.js'

/**
 * What `new Pool()` takes. Only own properties count. An unknown option, or a value out of range, throws at
 * construction. `undefined` is the same as leaving the option out.
 */
export interface PoolOptions {
  /**
   * Number of worker threads wanted. Whole number from 0. 0 pauses the pool, unless autoScale is on.
   *
   * Default: `os.availableParallelism()`, since more threads than that would share processors. With autoScale, the pool
   * starts with `min` instead. Can be changed at any time: `pool.total = 8`.
   */
  total?: number | undefined

  /**
   * Number of works accepted beyond the free places of available workers. Whole number from 0, or Infinity. 0 accepts
   * only what a worker can take at once.
   *
   * Default: 1024, which keeps the threads supplied while the submitting side pauses, and keeps a runaway producer
   * harmless. Can be changed at any time. Lowering it evicts nothing, and raising it lets in works that wait at the
   * door.
   */
  workBuffer?: number | undefined

  /**
   * What happens to a work when the buffer is full. `'wait'` keeps it at the door, in status `'waiting'`, until there
   * is room; await `work.accepted` to submit no faster than works are done. `'reject'` rejects it with
   * {@link WorkBufferFullError}.
   *
   * Default: `'wait'`, which loses nothing.
   */
  whenFull?: 'wait' | 'reject' | undefined

  /**
   * Lets the pool change its own number of workers between `min` and `max`: up when works wait for longer than
   * `waitTime`, down when workers idle for longer than `idleTime`.
   *
   * Default: true if `waitTime` is given, false otherwise. Can be changed at any time.
   */
  autoScale?: boolean | undefined

  /**
   * Ms that the oldest accepted work may wait before autoScale adds workers. Finite, from 0. Giving it turns autoScale
   * on, unless `autoScale` is false.
   *
   * Default: 100, a few times what a thread takes to start, so that a burst that is over sooner starts no thread. Can
   * be changed at any time, which also turns autoScale on.
   */
  waitTime?: number | undefined

  /**
   * Number of workers that one step of autoScale, or `scale()` without a count, adds or removes. Whole number from 1.
   *
   * Default: 1, the smallest step. Can be changed at any time.
   */
  scalingFactor?: number | undefined

  /**
   * AutoScale does not go below this number of workers. Whole number from 0, not above `max`. It limits autoScale only:
   * `total` and `scale()` may go below.
   *
   * Default: the `total` you give, otherwise 1, but never more than a `max` you give. Can be changed at any time.
   */
  min?: number | undefined

  /**
   * AutoScale does not go above this number of workers. Whole number from 1, not below `min`. It limits autoScale only:
   * `total` and `scale()` may go above.
   *
   * Default: `os.availableParallelism()`, or a `total` or `min` you give if that is higher. Can be changed at any time.
   */
  max?: number | undefined

  /**
   * Replaces workers that have reached one of these limits, for tasks that leak or state that should not grow old. The
   * successor starts first. The old worker serves until its successor is available and then ends its running work, so
   * it may answer a few more works than `works`.
   *
   * Default: no limits.
   */
  recycle?: RecycleOptions | undefined

  /**
   * Ms that a worker beyond `min` may idle before autoScale ends it. From 0. Infinity keeps it for good.
   *
   * Default: 10,000, long compared with the cost of a new thread, so that a load that comes and goes does not end and
   * start threads all the time.
   */
  idleTime?: number | undefined

  /**
   * Ms that a work may run, from its start to its answer. Time in the queue does not count. Above 0; Infinity for no
   * limit. A work that exceeds it rejects with {@link WorkTimeoutError} and is ended, even in a busy loop.
   * {@link ExecuteOptions.timeout} takes precedence.
   *
   * Default: no limit, because only you know how long your works may take.
   */
  timeout?: number | undefined

  /**
   * Number of works that one thread runs at the same time. Whole number from 1 to 256. Only works that wait for
   * something, and leave the thread to others meanwhile, gain from more than 1. A function that computes holds the
   * others up.
   *
   * Default: 1, so that each work has a thread to itself and a hot discard or a crash costs no other work.
   */
  concurrency?: number | undefined

  /**
   * Ms between asking a running work to stop (its signal aborts) and ending its thread. From 0. The work itself is
   * settled at once in any case. If several works share the thread (`concurrency`), the thread takes no new works in
   * the meantime, and it is ended within 100 ms once only works that were asked to stop are left on it.
   * {@link ExecuteOptions.grace} takes precedence.
   *
   * With Infinity, no thread is ended for the sake of a work: the function goes on until it returns, and keeps its place
   * until then. That is for native code that does not survive the end of its thread, such as asynchronous addons that
   * hash passwords. Only a hot `stop()` still ends the thread, and does so at once.
   *
   * Default: 0, which ends and replaces the thread right away. If your tasks listen to their signal, give them some
   * time here. With `concurrency` above 1 the default is 1000, for the sake of the other works on the thread.
   *
   * Time in which the pool's own thread was blocked, or the process was suspended, counts as no more than a quarter of it.
   */
  grace?: number | undefined

  /**
   * Ms that an ended thread may take to exit before it counts as stuck. Native code cannot be interrupted, so the pool
   * leaves a stuck thread behind, replaces it, and lists it in `stats().workers.stuck`. From 0. With Infinity, the pool
   * and its `stop()` wait for the thread however long it takes.
   *
   * Time in which the pool's own thread was blocked, or the process was suspended, counts as no more than a quarter of it.
   *
   * Default: 1000, far above the few ms that other threads need.
   */
  killTimeout?: number | undefined

  /**
   * Number of finished works whose final status `pool.jobs` remembers, by id. Their arguments and results are not kept.
   * Whole number from 0, or Infinity, which needs memory for every work that ever ran.
   *
   * Default: 1000.
   */
  retain?: number | undefined

  /**
   * Runs on each new thread before its first work, with `thread.workerData` as its argument. The thread is available
   * when it has ended; if it fails, so does the start of the thread. A function, inline or named by `task()`, under the
   * same rules as the functions of works.
   *
   * Default: none.
   */
  setup?: HookTask | undefined

  /**
   * Runs on each thread before it ends gracefully, with `thread.workerData` as its argument. It does not run on threads
   * that are ended hot or crash.
   *
   * Default: none.
   */
  teardown?: HookTask | undefined

  /** Options of each thread. */
  thread?: ThreadOptions | undefined
}

/**
 * What `setup` and `teardown` take: a function, or a task made by `task()`. Either may declare a type for its parameter
 * `data`, which is `thread.workerData`. That type cannot be checked.
 */
export type HookTask = Hook['run'] | Task<[never], unknown>

/** Declared as a method, because TypeScript compares the parameters of methods in both directions. */
interface Hook {
  run(this: void, data: unknown): unknown
}
