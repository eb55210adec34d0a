/**
 * Puts the parts together, and is the public face of a pool. Nothing imports this room but the entry point.
 */

import { nanoid } from 'nanoid'
import { inRootContext } from '../base/async-context.js'
import { boolean, type Check, number } from '../base/checks.js'
import { realClock } from '../base/clock.js'
import { Emitter } from '../base/emitter.js'
import { gather } from '../calls/broadcast.js'
import type { DiscardTarget } from '../calls/discard-targets.js'
import { isIterable } from '../calls/inputs.js'
import { type MapOptions, mapWorks, splitMapOptions } from '../calls/map.js'
import { type RemoteModule, remoteModule } from '../calls/remote-module.js'
import { splitStreamOptions, type Streamable, type StreamOptions, StreamReader } from '../calls/stream.js'
import { misfit } from '../errors/words.js'
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
import { discard } from './discard.js'
import { EVENTS, type PoolEvents, type PoolListener } from './events.js'
import { checks, resolvePoolOptions } from './options-check.js'
import type { HookTask, PoolOptions } from './options.js'
import { Orchestrator } from './orchestrator.js'
import { type ScaleReport, Scaling } from './scaling.js'
import { resolveStop, Shutdown, type StopOptions } from './shutdown.js'
import type { PoolState } from './state.js'
import { type PoolStats, statsOf } from './stats.js'
import { tellEvents } from './tell-events.js'

/**
 * A pool of worker threads in this process, with one bounded queue in front of them.
 *
 * Threads start at once. An idle pool does not keep the process alive; a work that has not ended does.
 *
 * @example
 * ```ts
 * const pool = new Pool({ total: 4 })
 * const sum = await pool.execute((a, b) => a + b, [2, 3]) // 5
 * await pool.stop()
 * ```
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
      { clock, startThread, killTimeout, concurrency },
      tellEvents(
        this.#events,
        worker => this.#info(worker),
        () => this.#scaling.loadChanged(),
      ),
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
   * Runs `fn(...args)` on a thread and returns at once: a {@link Work} is a promise of the result and a handle.
   *
   * Works start in order of submission within a priority, and may end in any order. Arguments are cloned when they are
   * sent, so leave them alone until the work runs; wrap a value in {@link transfer} to move its buffers instead.
   *
   * @param fn an inline function, which sees its arguments and globals but nothing it closes over, or a {@link task}
   * @param args its arguments, structured-cloneable
   * @throws {TypeError} `fn` is no function or task, `args` is no array, an unknown option; `RangeError` for a value out
   * of range. All else rejects the work: see {@link ThreadcrewError} and its subclasses, and what `fn` throws
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
   * Runs `fn(input, index)` for each input and yields the results, with a bounded number of inputs under way.
   *
   * Waits when the buffer is full, whatever `whenFull`. The first failure ends it (in order, that is when its turn comes),
   * and so do `break`, an error of the input, and `stop()` or an abort while it waits for an input: what is outstanding is
   * discarded gracefully, the input is closed with `return()`, and an error is thrown.
   *
   * @throws {TypeError} as {@link execute}
   */
  map<T, R>(
    inputs: Iterable<T> | AsyncIterable<T>,
    fn: TaskLike<[T, number], R>,
    options: MapOptions = {},
  ): AsyncIterableIterator<Awaited<R>> {
    if (!isIterable(inputs)) throw misfit(TypeError, 'inputs', 'iterable', inputs)
    const { ordered, limit, rest } = splitMapOptions(options)
    const resolved = resolveExecuteOptions(rest)
    const task = this.#shippable(fn, Pool.prototype.map)
    return mapWorks<T, Awaited<R>>({
      inputs,
      ordered,
      limit: () => limit ?? Math.max(1, 2 * this.#orchestrator.wantedPlaces),
      submit: (input, index) => this.#submit(task, [input, index], resolved, 'wait', 'map()'),
      discard: (work, error) => this.#orchestrator.endGently(work, error),
      signal: resolved?.signal,
      stopping: this.#shutdown.stopping,
      closeFailed: error => this.#events.report(error),
    })
  }

  /**
   * Runs `fn(...args)` once on every worker there is, starting ones included: to fill a cache, or to change a setting. Each
   * worker does so when it has ended what was sent to it before, ahead of what is queued; a full buffer does not matter.
   *
   * What every thread must know belongs in `setup`: workers that start later do not run `fn`, and one that ends before its
   * turn is left out.
   *
   * @returns the results in the order of {@link Pool.workers}, when all have ended
   * @throws the first error of those that failed; {@link PoolStoppedError} after `stop()`; `TypeError` as
   * {@link execute}, and for args with a `transfer()`, which only one thread could have
   */
  broadcast<R>(fn: TaskLike<[], R>, args?: readonly []): Promise<Awaited<R>[]>
  broadcast<A extends unknown[], R>(fn: TaskLike<A, R>, args: readonly [...A]): Promise<Awaited<R>[]>
  broadcast(fn: unknown, args: unknown = []): Promise<unknown[]> {
    try {
      if (!Array.isArray(args)) throw misfit(TypeError, 'args', 'an array', args)
      if (markedIn(args) !== undefined)
        throw new TypeError('args of broadcast() go to every worker, and what transfer() moves can go to one only')
      const task = taskRecord(fn, Pool.prototype.broadcast)
      this.#requireRunning('broadcast()')
      const works = this.#orchestrator.submitToEach(task, args).map(work => work.handle)
      return gather(works, () => this.#events.has('failed'))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Runs a generator function on a thread and yields its values as they come. The thread goes no further ahead than
   * `highWaterMark` values, however slow the reader is; the work is submitted at the first `next()`.
   *
   * Leaving the loop ends the generator by way of its `finally`, and waits for that. What it throws is thrown here, behind
   * the values before it. Read it to its end or leave the loop: a stream that is only put aside keeps its worker.
   *
   * @param generator a generator function, async or not, or any function that returns an iterable
   * @throws {TypeError} as {@link execute}, and for `retries`
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
   * The functions of a module as works, typed: `const { fib } = pool.module<typeof import('./math.js')>(url)`.
   *
   * For options use `execute(task(url, name), args, options)`.
   *
   * @param url of the module, which each thread imports at its first use
   */
  module<M>(url: string | URL): RemoteModule<M> {
    return remoteModule<M>(
      url,
      (task, args) => this.#submit(taskRecord(task, Pool.prototype.module), args, undefined).handle,
    )
  }

  /**
   * Discards works. One that has not begun never does. A running one is settled at once; gracefully it is asked to stop
   * and its function left to end, hot its thread is ended after `grace` and replaced.
   *
   * @param works ids or works, or a map or object from id to its own `hot` flag
   * @param hot for those without a flag of their own
   * @returns the status of each: final for works that had ended before, `'unknown'` for ids that are not remembered.
   * Gracefully it resolves at once; hot when every thread concerned has exited, at most `grace + killTimeout` later
   */
  async discard(works: DiscardTarget, hot = false): Promise<Map<string, WorkStatus | 'unknown'>> {
    boolean('hot')(hot)
    return discard(this.#orchestrator, works, hot)
  }

  /**
   * Adds workers, or removes them with a negative count; stops at 0. Idle ones leave first, then those that weigh most by
   * heap and load. Gracefully a busy one ends its running work first; hot it is interrupted and its work 'discarded'.
   *
   * @param count default `scalingFactor`
   * @returns when those added are available and those removed have exited
   * @throws {WorkerStartError} threads cannot be started; {@link PoolStoppedError} after `stop()`
   */
  async scale(count: number = this.scalingFactor, hot = false): Promise<ScaleReport> {
    number('count', { whole: true })(count)
    boolean('hot')(hot)
    this.#requireRunning('scale()')
    return this.#scaling.scale(count, hot)
  }

  /** Resolves when nothing waits, is queued or runs. The pool goes on. */
  settled(): Promise<void> {
    return this.#orchestrator.register.settled()
  }

  /**
   * Ends the pool. Gracefully, every work that `execute()` returned before runs to its end, those at the door too; hot,
   * works that have not begun are discarded and running ones ended. All calls share one outcome; `stop(true)` after
   * `stop()` makes it come sooner. Gracefully it waits for a `setup` or a function that never ends, too: `timeout` bounds that.
   *
   * @param options `true` for hot, or `{ hot, timeout }`
   * @returns the final status of every work unfinished at the first call, when every thread has exited and every port and
   * timer is gone. Threads stuck in native code for longer than `killTimeout` are left behind: `stats().workers.stuck`. It
   * never rejects
   */
  stop(options: boolean | StopOptions = false): Promise<Map<string, WorkStatus>> {
    const { hot, timeout } = resolveStop(options)
    return this.#shutdown.stop(hot, timeout)
  }

  /** `stop(false)`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(false)
  }

  /** Counts and times at this instant. Costs some microseconds and a look at each lane. */
  stats(): PoolStats {
    return statsOf(this.#orchestrator)
  }

  /** Calls `listener` at each such event, in the AsyncLocalStorage context of this call. */
  on<E extends keyof PoolEvents>(event: E, listener: PoolListener<E>): this {
    this.#events.on(event, listener, false)
    return this
  }

  /** Calls `listener` at the next such event only. */
  once<E extends keyof PoolEvents>(event: E, listener: PoolListener<E>): this {
    this.#events.on(event, listener, true)
    return this
  }

  /** Takes a listener off. */
  off<E extends keyof PoolEvents>(event: E, listener: PoolListener<E>): this {
    this.#events.off(event, listener)
    return this
  }

  /**
   * All threads wanted at first are available. Rejects with {@link WorkerStartError}, or with {@link PoolStoppedError} if
   * `stop()` came first; silent if nobody looks.
   */
  get ready(): Promise<void> {
    return this.#ready
  }

  /** Where the pool is: `'running'`, `'stopping'` or `'stopped'`. */
  get state(): PoolState {
    return this.#shutdown.state
  }

  /** Workers that are busy. */
  get active(): number {
    return this.#workers().filter(worker => worker.places.held > 0).length
  }

  /** The status of every unfinished work, and of the last `retain` finished ones, by id. A live view. */
  get jobs(): ReadonlyMap<string, WorkStatus> {
    return this.#orchestrator.register.statuses
  }

  /** The workers that have not stopped. */
  get workers(): readonly WorkerInfo[] {
    return this.#workers().map(worker => this.#info(worker))
  }

  /** Workers wanted. Assigning starts or retires some; 0 pauses the pool, unless autoScale is on. */
  get total(): number {
    return this.#orchestrator.crew.target
  }

  set total(value: number) {
    this.#scaling.total = this.#changed('total', checks.total, value)
  }

  /** Works accepted beyond the free places of available workers. Lowering it evicts nothing. */
  get workBuffer(): number {
    return this.#orchestrator.buffer.size
  }

  set workBuffer(value: number) {
    this.#orchestrator.buffer.size = this.#changed('workBuffer', checks.workBuffer, value)
  }

  /** Ms the oldest work may wait before autoScale adds workers. Assigning it turns autoScale on. */
  get waitTime(): number {
    return this.#scaling.settings.waitTime
  }

  set waitTime(value: number) {
    const waitTime = this.#changed('waitTime', checks.waitTime, value)
    this.#scaling.change({ waitTime })
    this.#scaling.autoScale = true
  }

  /** Whether the pool changes its own size. */
  get autoScale(): boolean {
    return this.#scaling.autoScale
  }

  set autoScale(value: boolean) {
    this.#scaling.autoScale = this.#changed('autoScale', checks.autoScale, value)
  }

  /** Workers that one step of autoScale, or `scale()` without a count, adds or removes. */
  get scalingFactor(): number {
    return this.#scaling.settings.scalingFactor
  }

  set scalingFactor(value: number) {
    this.#scaling.change({ scalingFactor: this.#changed('scalingFactor', checks.scalingFactor, value) })
  }

  /** AutoScale goes no lower. */
  get min(): number {
    return this.#scaling.settings.min
  }

  set min(value: number) {
    this.#scaling.rebound({ min: this.#changed('min', checks.min, value) })
  }

  /** AutoScale goes no higher. Lowering it below `total` ends nobody: whoever idles leaves in time. */
  get max(): number {
    return this.#scaling.settings.max
  }

  set max(value: number) {
    this.#scaling.rebound({ max: this.#changed('max', checks.max, value) })
  }

  /** Without one that has just exited, while its works are still being settled. */
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

  /** The record of a task. A function that cannot be shipped gives a work that fails, so its error is returned. */
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
    return this.#orchestrator.submit(task, args, options, whenFull)
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

/** Its site is the caller of `new Pool()`: the modules that it imports are looked up from there. */
function hookRecord(hook: HookTask | undefined): TaskRecord | undefined {
  return hook === undefined ? undefined : taskRecord(hook, Pool)
}
