/**
 * Puts the parts together, and is the public face of a pool. It is the only room that knows all parts, and none of them
 * knows this room. Threads start in the constructor, and nothing here blocks.
 */

import { nanoid } from 'nanoid'
import { inRootContext } from '../base/async-context.js'
import { boolean, type Check, number } from '../base/checks.js'
import { realClock } from '../base/clock.js'
import { Emitter } from '../base/emitter.js'
import { gather } from '../calls/broadcast.js'
import type { DiscardTarget } from '../calls/discard-targets.js'
import { isIterable } from '../calls/inputs.js'
import { type MapArgs, type MapOptions, mapWorks, splitMapOptions } from '../calls/map.js'
import { type RemoteModule, remoteModule } from '../calls/remote-module.js'
import { splitStreamOptions, type Streamable, type StreamOptions, StreamReader } from '../calls/stream.js'
import { describe, misfit } from '../errors/words.js'
import { PoolStoppedError, UnshippableFunctionError } from '../errors/works.js'
import { ID_PREFIX_LENGTH } from '../lane/work-id.js'
import { NO_TASK, taskRecord, type TaskRecord } from '../task/record.js'
import type { TaskLike } from '../task/task.js'
import { markedIn } from '../values/transfer.js'
import { resolveExecuteOptions } from '../work/options-check.js'
import { type ExecuteOptions, NO_OPTIONS } from '../work/options.js'
import type { WorkRecord, WorkTerms } from '../work/record.js'
import type { WorkStatus } from '../work/status.js'
import type { Work } from '../work/work.js'
import { type WorkerInfo, WorkerView } from '../worker/info.js'
import { startNodeThread, type StartThread } from '../worker/pool-thread.js'
import type { Worker } from '../worker/worker.js'
import { discard, discardUnstarted } from './discard.js'
import { EVENTS, type PoolEvents, type PoolListener } from './events.js'
import { checks, resolvePoolOptions } from './options-check.js'
import type { HookTask, PoolOptions } from './options.js'
import { Orchestrator } from './orchestrator.js'
import { type RestartReport, type ScaleReport, Scaling } from './scaling.js'
import { resolveStop, Shutdown, type StopOptions } from './shutdown.js'
import type { PoolState } from './state.js'
import { type PoolStats, statsOf } from './stats.js'
import { tellEvents } from './tell-events.js'

/**
 * A pool of worker threads in this process, with one bounded queue in front of them.
 *
 * Threads start at once. An idle pool does not keep the process alive; an unfinished work does.
 *
 * Settings such as {@link total} can be assigned at any time. A wrong value throws the TypeError or RangeError that
 * `new Pool()` would throw, and after `stop()` a {@link PoolStoppedError}.
 *
 * @example
 * ```ts
 * const pool = new Pool({ total: 4 })
 * const sum = await pool.execute((a, b) => a + b, [2, 3]) // 5
 * await pool.stop()
 * ```
 * @group Pool
 */
export class Pool implements AsyncDisposable {
  readonly #events = new Emitter<PoolEvents>(EVENTS)
  readonly #infos = new WeakMap<Worker, WorkerInfo>()
  readonly #whenFull: 'wait' | 'reject'
  readonly #orchestrator: Orchestrator
  readonly #scaling: Scaling
  readonly #shutdown: Shutdown
  readonly #ready: Promise<void>

  /**
   * Starts the threads.
   *
   * @param options see {@link PoolOptions}; every option has a default
   * @throws {TypeError} an unknown option, or a value of the wrong type
   * @throws {RangeError} a value out of range
   */
  constructor(options: PoolOptions = {}) {
    const resolved = resolvePoolOptions(options)
    this.#whenFull = resolved.whenFull
    const clock = realClock
    const idPrefix = nanoid(ID_PREFIX_LENGTH)
    const { concurrency, killTimeout, thread } = resolved
    const [setup, teardown] = [hookRecord(resolved.setup), hookRecord(resolved.teardown)]
    const startThread: StartThread = (workerId, observer) =>
      startNodeThread({ idPrefix, concurrency, options: thread, setup, teardown }, workerId, observer)
    this.#orchestrator = new Orchestrator(
      resolved,
      idPrefix,
      { clock, startThread, killTimeout, concurrency, quota: resolved.recycle.works },
      tellEvents(this.#events, worker => this.#info(worker), {
        loadChanged: () => this.#scaling.loadChanged(),
        refusing: () => this.#scaling.refusing(),
      }),
    )
    this.#scaling = new Scaling(resolved, this.#orchestrator, clock, change => this.#events.emit('scaled', change))
    this.#shutdown = new Shutdown(this.#orchestrator, clock, {
      ending: () => (this.#scaling.autoScale = false),
      stopped: () => this.#events.emit('stopped'),
    })
    const { crew, keepAlive } = this.#orchestrator
    this.#ready = inRootContext(async () => {
      if (!(await keepAlive.during(crew.whenManned()))) throw new PoolStoppedError('ready')
    })
    this.#ready.then(
      () => this.#events.emit('ready'),
      () => {}, // A caller that cares awaits `ready`, and every queued work fails with this error.
    )
  }

  /**
   * Runs `fn(...args)` on a thread. Returns a {@link Work} at once: a promise of the result, and a handle on the call.
   *
   * Works of the same priority start in the order of submission, and may end in any order. Arguments are cloned when
   * they are sent, so do not change them until the work runs. If a thread is idle or starting, the work is sent within
   * this call, and the thread begins it while your code goes on; works that move buffers wait for a thread that has
   * started. Wrap a value in {@link transfer} to move its buffers
   * instead.
   *
   * Misuse throws at once. All other errors reject the work: a {@link ThreadcrewError}, or what `fn` throws.
   *
   * @param fn an inline function, which can use its arguments and globals but no variables around it, or a {@link task}
   * @param args its arguments, which must be structured-cloneable
   * @param options of this work: its priority, time limits, signal, `onProgress`, `onOutput` and so on
   * @throws {TypeError} `fn` is not a function or task, `args` is not an array, or an option is unknown or of the wrong
   * type
   * @throws {RangeError} an option is out of range
   */
  execute<R>(fn: TaskLike<[], R>, args?: readonly [], options?: ExecuteOptions): Work<Awaited<R>>
  execute<A extends unknown[], R>(fn: TaskLike<A, R>, args: readonly [...A], options?: ExecuteOptions): Work<Awaited<R>>
  execute(fn: unknown, args: unknown = [], options?: unknown): Work<unknown> {
    if (!Array.isArray(args)) throw misfit(TypeError, 'args', 'an array', args)
    const resolved = resolveExecuteOptions(options)
    const task = this.#shippable(fn, Pool.prototype.execute)
    return this.#submit(task, args, resolved).handle
  }

  /**
   * Runs `fn(input, index)` for each input and yields the results; with `args`, `fn(input, index, ...args)`. A bounded
   * number of inputs is in progress at a time.
   *
   * It waits while the buffer is full, even with `whenFull: 'reject'`. The loop ends early at the first failed work
   * (when its turn comes, if the results are in order), at `break`, at an error of the input, and at `stop()` or an
   * abort while it waits for an input. Outstanding works are then discarded gracefully, the input is closed with
   * `return()`, and the error, if there is one, is thrown.
   *
   * @param inputs an iterable, async or not; it may be endless
   * @param fn an inline function or a {@link task}, which gets an input and its index, from 0
   * @param options `ordered`, `limit`, `args`, and those of each work, as for {@link execute}
   * @throws {TypeError} as for {@link execute}, at once, and for `transfer()` in `options.args`
   */
  map<T, A extends unknown[], R>(
    inputs: Iterable<T> | AsyncIterable<T>,
    fn: TaskLike<[T, number, ...A], R>,
    options: MapOptions & MapArgs<A>,
  ): AsyncIterableIterator<Awaited<R>>
  map<T, R>(
    inputs: Iterable<T> | AsyncIterable<T>,
    fn: TaskLike<[T, number], R>,
    options?: MapOptions,
  ): AsyncIterableIterator<Awaited<R>>
  map(inputs: unknown, fn: unknown, options: unknown = {}): AsyncIterableIterator<unknown> {
    if (!isIterable(inputs)) throw misfit(TypeError, 'inputs', 'iterable', inputs)
    const { ordered, limit, args, rest } = splitMapOptions(options)
    if (markedIn(args) !== undefined)
      throw new TypeError('args of map() go to every work, and what transfer() moves can go to one only')
    const resolved = resolveExecuteOptions(rest)
    const task = this.#shippable(fn, Pool.prototype.map)
    return mapWorks({
      inputs,
      ordered,
      limit: () => limit ?? Math.max(1, 2 * this.#orchestrator.wantedPlaces),
      submit: (input, index) => this.#submit(task, [input, index, ...args], resolved, 'wait', 'map()'),
      discard: (work, error) => this.#orchestrator.endGently(work, error),
      signal: resolved?.signal,
      stopping: this.#shutdown.stopping,
      closeFailed: error => this.#events.report(error),
    })
  }

  /**
   * Runs `fn(...args)` once on every current worker, including those that are starting: to fill a cache, or to change a
   * setting. Each worker runs it after the works already sent to it and before queued ones, even if the buffer is full.
   *
   * Workers that start later do not run `fn`, so what every thread needs belongs in `setup`. A worker that ends before
   * its turn is left out.
   *
   * @param fn an inline function or a {@link task}
   * @param args its arguments, cloned for each worker
   * @returns the results in the order of {@link Pool.workers}, once all have ended
   * @throws the first error of those that failed; {@link PoolStoppedError} after `stop()`; `TypeError` as for
   * {@link execute}, and for `transfer()` in `args`, because only one thread could get what it moves
   */
  broadcast<R>(fn: TaskLike<[], R>, args?: readonly []): Promise<Awaited<R>[]>
  broadcast<A extends unknown[], R>(fn: TaskLike<A, R>, args: readonly [...A]): Promise<Awaited<R>[]>
  broadcast(fn: unknown, args: unknown = [], ...options: unknown[]): Promise<unknown[]> {
    try {
      const option = options.find(given => given !== undefined)
      if (option !== undefined) throw new TypeError(`broadcast() has no options, got ${describe(option)}`)
      if (!Array.isArray(args)) throw misfit(TypeError, 'args', 'an array', args)
      if (markedIn(args) !== undefined)
        throw new TypeError('args of broadcast() go to every worker, and what transfer() moves can go to one only')
      const task = taskRecord(fn, Pool.prototype.broadcast)
      this.#requireRunning('broadcast()')
      const works = this.#orchestrator.admission.submitToEach(task, args).map(work => work.handle)
      return gather(works, () => this.#events.has('failed'))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Runs a generator function on a thread and yields its values as they come. The work is submitted at the first
   * `next()`. However slow the reader is, the thread is never more than `highWaterMark` values ahead.
   *
   * Leaving the loop ends the generator, and waits until its `finally` has run. An error of the generator is thrown
   * here, after the values before it. Read a stream to its end or leave the loop: one that is only put aside keeps its
   * worker.
   *
   * @param generator a generator function, async or not, or any function that returns an iterable
   * @param args its arguments, which must be structured-cloneable
   * @param options `highWaterMark`, and those of a work, as for {@link execute}, except `retries`
   * @throws {TypeError} as for {@link execute}, and for `retries`
   */
  stream<Y>(
    generator: TaskLike<[], Streamable<Y>>,
    args?: readonly [],
    options?: StreamOptions,
  ): AsyncIterableIterator<Awaited<Y>>
  stream<A extends unknown[], Y>(
    generator: TaskLike<A, Streamable<Y>>,
    args: readonly [...A],
    options?: StreamOptions,
  ): AsyncIterableIterator<Awaited<Y>>
  stream(generator: unknown, args: unknown = [], options: unknown = {}): AsyncIterableIterator<unknown> {
    if (!Array.isArray(args)) throw misfit(TypeError, 'args', 'an array', args)
    const { window, rest } = splitStreamOptions(options)
    const resolved = resolveExecuteOptions(rest) ?? NO_OPTIONS
    const task = this.#shippable(generator, Pool.prototype.stream)
    if (resolved.retries > 0)
      throw new TypeError(
        'retries cannot go together with stream(): values of the first attempt have been read already',
      )
    return new StreamReader({
      window,
      submit: sink => this.#submit(task, args, { ...resolved, sink }, this.#whenFull, 'stream()'),
      grant: (work, count) => this.#orchestrator.grant(work, count),
      close: work => this.#orchestrator.endStream(work),
    })
  }

  /**
   * The functions of a module, typed. Each returns a work:
   * `const { fib } = pool.module<typeof import('./math.js')>(url)`.
   *
   * To pass options, use `execute(task(url, name), args, options)`.
   *
   * @param url of the module, which each thread imports when it first needs it
   * @throws {TypeError} not an absolute path or a `file:`, `data:` or `node:` URL
   */
  module<M>(url: string | URL): RemoteModule<M> {
    return remoteModule<M>(
      url,
      (task, args) => this.#submit(taskRecord(task, Pool.prototype.module), args, undefined).handle,
    )
  }

  /**
   * Discards works. A work that has not begun never does. A running one is settled at once and asked to stop. With a
   * graceful discard, its function may still run to its end. With a hot one, its thread is ended after `grace` and
   * replaced.
   *
   * @param works ids or works, or a map or object that gives each id its own `hot` flag
   * @param hot whether the threads of running works are ended; for works without a flag of their own
   * @returns the status of each work: the final one for a work that had ended before, `'unknown'` for an id that is not
   * remembered. A graceful discard resolves at once; a hot one when the function or the thread of each work has ended,
   * at most `grace + killTimeout` later
   * @throws {TypeError} `works` has none of these forms, or a flag is no boolean
   */
  async discard(works: DiscardTarget, hot = false): Promise<Map<string, WorkStatus | 'unknown'>> {
    boolean('hot')(hot)
    return discard(this.#orchestrator, works, hot)
  }

  /**
   * Discards every work that has not begun: those in the buffer, those already sent to a thread, those at the door, and
   * calls of `broadcast` that have not begun. Works that run go on, and the pool stays usable. Exact: none of the works
   * that are counted ever runs.
   *
   * @returns how many works it has discarded
   */
  discardUnstarted(): number {
    return discardUnstarted(this.#orchestrator)
  }

  /**
   * Adds workers, or removes some if `count` is negative, but not below 0 workers. Idle workers leave first, then those
   * with the most heap and load. By default, a busy worker ends its running work first. If `hot`, that work is
   * interrupted and becomes 'discarded'.
   *
   * @param count number of workers to add; a negative one removes as many
   * @param hot whether the running works of removed workers are interrupted
   * @returns a report, once the added workers are available and the removed ones have exited
   * @throws {TypeError} an argument of the wrong type
   * @throws {RangeError} `count` is no whole number
   * @throws {WorkerStartError} threads cannot be started
   * @throws {PoolStoppedError} after `stop()`
   */
  async scale(count: number = this.scalingFactor, hot = false): Promise<ScaleReport> {
    number('count', { whole: true })(count)
    boolean('hot')(hot)
    this.#requireRunning('scale()')
    return this.#scaling.scale(count, hot)
  }

  /**
   * Replaces every worker, for example to load changed modules. Successors start first, so works do not have to wait,
   * and `total` does not change. By default, a worker finishes its running work. If `hot`, that work is interrupted and
   * becomes 'discarded' as soon as the successor is available.
   *
   * @param hot whether running works are interrupted
   * @returns a report, once all replaced workers have exited
   * @throws {WorkerStartError} no successor can be started; the workers that are there go on
   * @throws {PoolStoppedError} after `stop()`
   */
  async restart(hot = false): Promise<RestartReport> {
    boolean('hot')(hot)
    this.#requireRunning('restart()')
    return this.#scaling.restart(hot)
  }

  /** Resolves when no work is waiting, queued or running. The pool stays usable. */
  settled(): Promise<void> {
    return this.#orchestrator.register.settled()
  }

  /**
   * Ends the pool. In a graceful stop, every work submitted before runs to its end, including those at the door. In a
   * hot stop, works that have not begun are discarded and running ones are ended. All calls share one outcome, and
   * `stop(true)` after `stop()` makes it come sooner. A graceful stop also waits for a `setup` or a function that never
   * ends, unless `timeout` is given.
   *
   * @param options `true` for hot, or `{ hot, timeout }`
   * @returns the final status of every work that was unfinished at the first call, once every thread has exited and no
   * port or timer is left. Threads that are stuck in native code for longer than `killTimeout` are left behind and
   * listed in `stats().workers.stuck`. Never rejects
   * @throws {TypeError} an unknown option, or a value of the wrong type
   * @throws {RangeError} a `timeout` that is not above 0
   */
  stop(options: boolean | StopOptions = false): Promise<Map<string, WorkStatus>> {
    const { hot, timeout } = resolveStop(options)
    return this.#shutdown.stop(hot, timeout)
  }

  /** `stop(false)`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(false)
  }

  /** Counts and times at this moment. Costs some microseconds, because it examines each worker's lane. */
  stats(): PoolStats {
    return statsOf(this.#orchestrator)
  }

  /**
   * Calls `listener` at each of these events, in the AsyncLocalStorage context of this call. What it throws is an
   * uncaught exception.
   *
   * @throws {TypeError} there is no such event, or the listener is no function
   */
  on<E extends keyof PoolEvents>(event: E, listener: PoolListener<E>): this {
    this.#events.on(event, listener, false)
    return this
  }

  /** Like {@link on}, for the next of these events only. */
  once<E extends keyof PoolEvents>(event: E, listener: PoolListener<E>): this {
    this.#events.on(event, listener, true)
    return this
  }

  /** Removes a listener. If it was added several times, removes the one added last. */
  off<E extends keyof PoolEvents>(event: E, listener: PoolListener<E>): this {
    this.#events.off(event, listener)
    return this
  }

  /**
   * Resolves when the initial workers are available. Rejects with {@link WorkerStartError} if threads cannot be
   * started, and with {@link PoolStoppedError} if `stop()` came first. If it is not awaited, a rejection is silent.
   */
  get ready(): Promise<void> {
    return this.#ready
  }

  /** `'running'`, `'stopping'` or `'stopped'`. */
  get state(): PoolState {
    return this.#shutdown.state
  }

  /** Number of busy workers. */
  get active(): number {
    return this.#workers().filter(worker => worker.places.held > 0).length
  }

  /** The status of every unfinished work and of the last `retain` finished ones, by id. A live view. */
  get jobs(): ReadonlyMap<string, WorkStatus> {
    return this.#orchestrator.register.statuses
  }

  /** The workers that have not exited. */
  get workers(): readonly WorkerInfo[] {
    return this.#workers().map(worker => this.#info(worker))
  }

  /** Number of workers wanted. Assigning it starts or retires workers. 0 pauses the pool, unless autoScale is on. */
  get total(): number {
    return this.#orchestrator.crew.target
  }

  set total(value: number) {
    this.#scaling.total = this.#changed('total', checks.total, value)
  }

  /** Number of works accepted beyond the free places of available workers. Lowering it evicts nothing. */
  get workBuffer(): number {
    return this.#orchestrator.buffer.size
  }

  set workBuffer(value: number) {
    this.#orchestrator.buffer.size = this.#changed('workBuffer', checks.workBuffer, value)
  }

  /** Ms that the oldest work may wait before autoScale adds workers. Assigning it turns autoScale on. */
  get waitTime(): number {
    return this.#scaling.settings.waitTime
  }

  set waitTime(value: number) {
    const waitTime = this.#changed('waitTime', checks.waitTime, value)
    this.#scaling.change({ waitTime })
    this.#scaling.autoScale = true
  }

  /** Whether the pool changes its number of workers by itself. */
  get autoScale(): boolean {
    return this.#scaling.autoScale
  }

  set autoScale(value: boolean) {
    this.#scaling.autoScale = this.#changed('autoScale', checks.autoScale, value)
  }

  /** Number of workers that one step of autoScale, or `scale()` without a count, adds or removes. */
  get scalingFactor(): number {
    return this.#scaling.settings.scalingFactor
  }

  set scalingFactor(value: number) {
    this.#scaling.change({ scalingFactor: this.#changed('scalingFactor', checks.scalingFactor, value) })
  }

  /** AutoScale does not go below this number of workers. */
  get min(): number {
    return this.#scaling.settings.min
  }

  set min(value: number) {
    this.#scaling.rebound({ min: this.#changed('min', checks.min, value) })
  }

  /**
   * AutoScale does not go above this number of workers. Lowering it below `total` ends no worker: idle ones leave
   * later.
   */
  get max(): number {
    return this.#scaling.settings.max
  }

  set max(value: number) {
    this.#scaling.rebound({ max: this.#changed('max', checks.max, value) })
  }

  /** The workers, except one that has just exited and whose works are still being settled. */
  #workers(): Worker[] {
    return [...this.#orchestrator.crew.workers].filter(worker => worker.phase !== 'stopped')
  }

  #info(worker: Worker): WorkerInfo {
    let info = this.#infos.get(worker)
    if (info === undefined) {
      info = new WorkerView(worker, this.#orchestrator.idPrefix, (leaving, hot) => this.#stopWorker(leaving, hot))
      this.#infos.set(worker, info)
    }
    return info
  }

  async #stopWorker(worker: Worker, hot: boolean): Promise<string | undefined> {
    boolean('hot')(hot)
    this.#requireRunning('worker.stop()')
    return this.#scaling.stopWorker(worker, hot)
  }

  /**
   * The record of a task. If a function cannot be shipped, its error is returned rather than thrown, because the work
   * has to fail with it.
   */
  #shippable(fn: unknown, boundary: (...args: never[]) => unknown): TaskRecord | UnshippableFunctionError {
    try {
      return taskRecord(fn, boundary)
    } catch (error) {
      if (error instanceof UnshippableFunctionError) return error
      throw error
    }
  }

  #submit(
    task: TaskRecord | UnshippableFunctionError,
    args: readonly unknown[],
    options: WorkTerms | undefined,
    whenFull: 'wait' | 'reject' = this.#whenFull,
    by = 'execute()',
  ): WorkRecord {
    if (task instanceof UnshippableFunctionError) return this.#orchestrator.register.refuse(NO_TASK, options, task)
    if (this.state !== 'running') return this.#orchestrator.register.refuse(task, options, new PoolStoppedError(by))
    return this.#orchestrator.admission.submit(task, args, options, whenFull)
  }

  #requireRunning(what: string): void {
    if (this.state !== 'running') throw new PoolStoppedError(what)
  }

  /** Checks the new value of a setting. */
  #changed<T>(setting: string, check: Check<T>, value: unknown): T {
    const checked = check(value)
    this.#requireRunning(setting)
    return checked
  }
}

/** The site of a hook is the caller of `new Pool()`. Modules that the hook imports are resolved from there. */
function hookRecord(hook: HookTask | undefined): TaskRecord | undefined {
  return hook === undefined ? undefined : taskRecord(hook, Pool)
}
