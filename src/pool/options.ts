/** The options of a pool: unit, range and default of each, and the reason for the default. */

import type { ThreadOptions } from '../launch/options.js'
import type { Task } from '../task/task.js'
import type { RecycleOptions } from '../worker/recycling.js'

/**
 * What `new Pool()` takes. Only own properties count. An unknown option, or a value out of range, throws at
 * construction. `undefined` is the same as leaving the option out.
 *
 * @group Options
 */
export interface PoolOptions {
  /**
   * Number of worker threads wanted. Whole number from 0. 0 pauses the pool, unless autoScale is on.
   *
   * The default is `os.availableParallelism()`, since more threads than that would share processors. With autoScale,
   * the pool starts with `min` instead. Can be changed at any time: `pool.total = 8`.
   *
   * @defaultValue one per processor; with autoScale `min`
   */
  total?: number | undefined

  /**
   * Number of works accepted beyond the free places of available workers. Whole number from 0, or Infinity. 0 accepts
   * only what a worker can take at once.
   *
   * The default keeps the threads supplied while the submitting side pauses, and keeps a runaway producer harmless. Can
   * be changed at any time. Lowering it evicts nothing, and raising it lets in works that wait at the door.
   *
   * @defaultValue `1024`
   */
  workBuffer?: number | undefined

  /**
   * Whether a work waits when the buffer is full, or is refused. `'wait'` keeps it at the door, in status `'waiting'`,
   * until there is room; await `work.accepted` to submit no faster than works are done. `'reject'` rejects it with
   * {@link WorkBufferFullError}.
   *
   * The default loses nothing.
   *
   * @defaultValue `'wait'`
   */
  whenFull?: 'wait' | 'reject' | undefined

  /**
   * Lets the pool change its own number of workers between `min` and `max`: up when works wait for longer than
   * `waitTime`, down when workers idle for longer than `idleTime`.
   *
   * Can be changed at any time.
   *
   * @defaultValue `true` if `waitTime` is given, otherwise `false`
   */
  autoScale?: boolean | undefined

  /**
   * Ms that the oldest accepted work may wait before autoScale adds workers. Finite, from 0. Giving it turns autoScale
   * on, unless `autoScale` is false.
   *
   * The default is a few times what a thread takes to start, so that a burst that is over sooner starts no thread. Can
   * be changed at any time, which also turns autoScale on.
   *
   * @defaultValue `100`
   */
  waitTime?: number | undefined

  /**
   * Number of workers that one step of autoScale, or `scale()` without a count, adds or removes. Whole number from 1.
   *
   * Can be changed at any time.
   *
   * @defaultValue `1`
   */
  scalingFactor?: number | undefined

  /**
   * AutoScale does not go below this number of workers. Whole number from 0, not above `max`. It limits autoScale only:
   * `total` and `scale()` may go below. Can be changed at any time.
   *
   * @defaultValue the `total` you give, otherwise `1`, but never more than a `max` you give
   */
  min?: number | undefined

  /**
   * AutoScale does not go above this number of workers. Whole number from 1, not below `min`. It limits autoScale only:
   * `total` and `scale()` may go above. Can be changed at any time.
   *
   * @defaultValue one per processor, or a `total` or `min` you give if that is higher
   */
  max?: number | undefined

  /**
   * Replaces workers that have reached one of these limits, for tasks that leak or state that should not grow old. The
   * successor starts first, and the old worker serves until its successor is available. `works` is exact all the same:
   * a worker that has begun its last work begins no other.
   *
   * @defaultValue no limits
   */
  recycle?: RecycleOptions | undefined

  /**
   * Ms that a worker beyond `min` may idle before autoScale ends it. From 0; Infinity keeps it for good.
   *
   * The default is long compared with the cost of a new thread, so that a load that comes and goes does not end and
   * start threads all the time.
   *
   * @defaultValue `10_000`
   */
  idleTime?: number | undefined

  /**
   * Ms that a work may run, from its start to its answer. Time in the queue does not count. Above 0; Infinity for no
   * limit. A work that exceeds it rejects with {@link WorkTimeoutError} and is ended, even in a busy loop.
   * {@link ExecuteOptions.timeout} takes precedence.
   *
   * There is no limit by default, because only you know how long your works may take.
   *
   * @defaultValue `Infinity`
   */
  timeout?: number | undefined

  /**
   * Number of works that one thread runs at the same time. Whole number from 1 to 256. Only works that wait for
   * something, and leave the thread to others meanwhile, gain from more than 1. A function that computes holds the
   * others up.
   *
   * By default, each work has a thread to itself, and a hot discard or a crash costs no other work.
   *
   * @defaultValue `1`
   */
  concurrency?: number | undefined

  /**
   * Ms between asking a running work to stop (its signal aborts) and ending its thread. From 0, or Infinity. The work
   * itself is settled at once in any case. If several works share the thread (`concurrency`), the thread takes no new
   * works in the meantime, and it is ended within 100 ms once only works that were asked to stop are left on it.
   * {@link ExecuteOptions.grace} takes precedence.
   *
   * With Infinity, no thread is ended for the sake of a work: the function goes on until it returns, and keeps its
   * place until then. That is for native code that does not survive the end of its thread, such as asynchronous addons
   * that hash passwords. Only a hot `stop()` still ends the thread, and does so at once.
   *
   * The default of 0 ends and replaces the thread right away. If your tasks listen to their signal, give them some time
   * here. With `concurrency` above 1 the default is 1000, for the sake of the other works on the thread.
   *
   * Time in which the pool's own thread was blocked, or the process was suspended, counts as no more than a quarter of
   * it.
   *
   * @defaultValue `0`; with `concurrency` above 1 `1000`
   */
  grace?: number | undefined

  /**
   * Ms that an ended thread may take to exit before it counts as stuck. Native code cannot be interrupted, so the pool
   * leaves a stuck thread behind, replaces it, and lists it in `stats().workers.stuck`. From 0, or Infinity. With
   * Infinity, the pool and its `stop()` wait for the thread however long it takes.
   *
   * Time in which the pool's own thread was blocked, or the process was suspended, counts as no more than a quarter of
   * it.
   *
   * The default is far above the few ms that other threads need.
   *
   * @defaultValue `1000`
   */
  killTimeout?: number | undefined

  /**
   * Number of finished works whose final status `pool.jobs` remembers, by id. Their arguments and results are not kept.
   * Whole number from 0, or Infinity, which needs memory for every work that ever ran.
   *
   * @defaultValue `1000`
   */
  retain?: number | undefined

  /**
   * Runs on each new thread before its first work, with `thread.workerData` as its argument. The thread is available
   * when it has ended; if it fails, so does the start of the thread. A function, inline or named by `task()`, under the
   * same rules as the functions of works.
   *
   * @defaultValue none
   */
  setup?: HookTask | undefined

  /**
   * Runs on each thread before it ends gracefully, with `thread.workerData` as its argument. It does not run on threads
   * that are ended hot or crash.
   *
   * @defaultValue none
   */
  teardown?: HookTask | undefined

  /**
   * Options of each thread.
   *
   * @defaultValue those of {@link ThreadOptions}
   */
  thread?: ThreadOptions | undefined
}

/**
 * What `setup` and `teardown` take: a function, or a task made by `task()`. Either may declare a type for its parameter
 * `data`, which is `thread.workerData`. That type cannot be checked.
 *
 * @group Tasks
 */
export type HookTask = Hook['run'] | Task<[never], unknown>

/** Declared as a method, because TypeScript compares the parameters of methods in both directions. */
interface Hook {
  run(this: void, data: unknown): unknown
}
