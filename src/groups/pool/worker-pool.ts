/**
 * The public face of a pool of groups. It collects the descriptions of groups, runs them through one Watcher, and turns
 * what the Watcher reports into promises, events and log lines. It knows nothing about threads. Calls return at once;
 * `run()` keeps the process alive until the pool has ended.
 */

import { boolean, number } from '../../base/checks.js'
import { realClock } from '../../base/clock.js'
import { deferred } from '../../base/deferred.js'
import { Emitter } from '../../base/emitter.js'
import { KeepAlive } from '../../base/keep-alive.js'
import { GroupConfigError } from '../../errors/groups.js'
import { PoolStoppedError } from '../../errors/works.js'
import { DEFAULTS } from '../scheme/defaults.js'
import type { WorkerGroupOptions, WorkerPoolOptions } from '../scheme/options.js'
import {
  addGroup,
  checkGroup,
  checkPoolOptions,
  freezeScheme,
  type GroupSpec,
  type ResolvedPoolOptions,
} from '../scheme/scheme.js'
import type { Jobs } from '../shared/group-worker.js'
import type { JobOptions } from '../shared/job-options.js'
import type { WatcherHost } from '../watch/watcher-host.js'
import { Watcher } from '../watch/watcher.js'
import { WORKER_POOL_EVENTS, type WorkerPoolEvents, type WorkerPoolListener } from './events.js'
import { type Log, logTo } from './log.js'
import { ProcessHandlers } from './process-handlers.js'
import { reportsTo } from './reports.js'
import { statsOf, type WorkerPoolStats } from './stats.js'
import { type GroupView, viewOf, type WorkerView } from './view.js'

/**
 * Long-lived workers with roles, which run in threads of this process and are supervised by the pool: it starts,
 * restarts, scales and replaces them. First describe the groups with `describeGroup()`. Then call `run()`, which
 * freezes the scheme, starts the threads, and resolves when the pool has ended.
 *
 * @group Pool
 */
export class WorkerPool {
  /** Sends jobs from the main thread to workers of `job` and `service` groups. */
  readonly jobs: Jobs = {
    send: <R>(group: string, data?: unknown, options?: JobOptions) => {
      try {
        if (this.#watcher === undefined) throw new GroupConfigError('call run() before you send jobs')
        if (this.#abort.signal.aborted) throw new PoolStoppedError('jobs.send()')
        return this.#watcher.sender.send(group, data, options) as Promise<R>
      } catch (error) {
        return Promise.reject(error)
      }
    },
  }
  readonly #options: ResolvedPoolOptions
  readonly #events = new Emitter<WorkerPoolEvents>(WORKER_POOL_EVENTS)
  readonly #log: Log
  readonly #abort = new AbortController()
  readonly #described = new Map<string, GroupSpec>()
  readonly #started = deferred()
  #watcher: Watcher | undefined
  #views: readonly WorkerView[] = []
  #run: Promise<void> | undefined
  #stop: Promise<void> | undefined

  /**
   * Makes a pool without groups. Nothing starts before {@link run}.
   *
   * @param options see {@link WorkerPoolOptions}; every option has a default
   * @throws {TypeError} an unknown option, or a value of the wrong type
   * @throws {RangeError} a value out of range
   */
  constructor(options: WorkerPoolOptions = {}) {
    this.#options = checkPoolOptions(options, DEFAULTS)
    this.#log = logTo(this.#options.logger)
    // A failed start must not become an unhandled rejection: run() reports it as well.
    this.started.catch(() => {})
  }

  /**
   * Adds a group to the scheme.
   *
   * @returns the pool, so that calls can be chained
   * @throws {GroupConfigError} an option is wrong, and the error names the group and the option; or `run()` was already
   * called
   */
  describeGroup(options: WorkerGroupOptions): this {
    const group = checkGroup(options, DEFAULTS)
    if (this.#run !== undefined) {
      throw new GroupConfigError('the scheme is frozen: describe groups before run()', { group: group.name })
    }
    addGroup(this.#described, group)
    return this
  }

  /**
   * Freezes the scheme and starts the workers. Resolves when the pool has ended: because it was stopped, or because no
   * worker runs or is due for a restart. Until then the process stays alive. Further calls return the same promise.
   *
   * @throws {GroupConfigError} the scheme as a whole is wrong. Like the following errors, it arrives as a rejection:
   * {@link FatalWorkerError}, thrown by a worker; {@link RestartBudgetExceededError}, the last group went down by
   * failure; with `handleGlobalErrors`, an uncaught error of the main thread
   */
  run(): Promise<void> {
    this.#run ??= this.#runOnce()
    return this.#run
  }

  /** Resolves when every initial worker is available; rejects with the reason if one could not be started. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  /** Aborts when `stop()` is called, or when the pool begins to end by itself. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** One view for each of the `maxWorkers` workers of each group, by group and slot; empty before `run()`. */
  get workers(): readonly WorkerView[] {
    return this.#views
  }

  /** The group with this name; undefined if there is none, or before `run()`. */
  group(name: string): GroupView | undefined {
    const group = this.#watcher?.groups.find(({ spec }) => spec.name === name)
    if (group === undefined) return undefined
    const { minWorkers, maxWorkers } = group.spec
    const workers = this.#views.filter(view => view.group === name)
    return { name, size: group.size, minWorkers, maxWorkers, workers }
  }

  /**
   * Ends the pool. Workers are told to end, finish their jobs and return from `run()`; when the timeout has passed,
   * their threads are terminated. Reactors end first, then services, then job workers, which do jobs for the others.
   * Resolves when no port or timer is left, and no thread except those that are stuck in native code. Also resolves if
   * nothing runs. Further calls return the same promise; a call with `hot` makes it resolve sooner.
   *
   * @throws {TypeError} an option of the wrong type. @throws {RangeError} a negative timeout
   */
  stop(
    options: {
      /**
       * Ms for all workers together. From 0; Infinity for no limit. Groups whose turn comes late get at least a tenth
       * of it.
       *
       * @defaultValue the `stopTimeout` of the pool
       */
      readonly timeout?: number | undefined
      /**
       * Whether everything ends now: jobs reject, and threads are terminated.
       *
       * @defaultValue `false`
       */
      readonly hot?: boolean | undefined
    } = {},
  ): Promise<void> {
    const timeout =
      options.timeout === undefined ? undefined : number('timeout', { least: 0, infinity: true })(options.timeout)
    const hot = options.hot === undefined ? false : boolean('hot')(options.hot)
    this.#abort.abort(new PoolStoppedError('the pool'))
    // Before run() there is nothing to end, and a later run() will start nothing.
    if (this.#watcher === undefined) return Promise.resolve()
    const stopping = this.#watcher.stop(hot, timeout)
    this.#stop ??= stopping
    return this.#stop
  }

  /**
   * Replaces all workers. A soft restart, the default, replaces one worker after another: it starts each successor
   * first, and the old thread finishes its jobs. A hard restart ends all threads at once, without waiting for their
   * jobs, and starts each worker again as soon as its own thread is gone. Both start workers that are down by failure.
   * Resolves when all workers that were available are replaced.
   *
   * @throws {RestartFailedError} some workers could not be started. The error names them, and its `cause` is the reason
   * for the first. After a soft restart, the old threads of these workers keep running
   * @throws {PoolStoppedError} the pool does not run
   */
  async restart({
    hard = false,
  }: {
    /**
     * Whether all threads end at once, without waiting for their jobs.
     *
     * @defaultValue `false`
     */
    readonly hard?: boolean | undefined
  } = {}): Promise<void> {
    this.#log('info', hard ? 'hard restart' : 'soft restart', {})
    await this.#running('restart()').restart(hard)
  }

  /**
   * Replaces one worker, and starts its successor first. A worker that is down, for whatever reason, or that
   * waits for its next start, is started. Resolves with false if there is no such worker, if it is in another state, or
   * if it could not be started.
   *
   * @throws {PoolStoppedError} the pool does not run
   */
  async restartWorker(id: string): Promise<boolean> {
    const found = this.#running('restartWorker()').find(id)
    return found !== undefined && (await found.group.replace(found.slot)).is === 'done'
  }

  /**
   * Adds workers to a group, or removes some if `delta` is negative, between `minWorkers` and `maxWorkers`. If there
   * are too few idle workers to add, workers that are down are started. Returns the change in the number of workers.
   *
   * The scaling strategy does not end workers that were added here. To be removed, idle workers are chosen first, then
   * those with the fewest jobs. They finish their jobs, however long that takes; after that, they have `stopTimeout` to
   * end.
   *
   * @throws {GroupConfigError} there is no such group
   * @throws {PoolStoppedError} the pool does not run
   * @throws {TypeError} `delta` is not a number. @throws {RangeError} it is not a whole number
   */
  scaleGroup(name: string, delta: number): number {
    const group = this.#running('scaleGroup()').groups.find(({ spec }) => spec.name === name)
    if (group === undefined) throw new GroupConfigError('there is no group of this name', { group: name })
    return group.scale(number('delta', { whole: true })(delta))
  }

  /** Figures of all groups and workers at this moment. There are no groups before `run()`. */
  stats(): WorkerPoolStats {
    const watcher = this.#watcher
    return watcher === undefined ? { groups: {} } : statsOf(watcher.groups, watcher.shared, realClock.now())
  }

  /**
   * Calls the listener at each such event, in the AsyncLocalStorage context of this call to `on()`. What it throws is
   * an uncaught exception.
   *
   * @throws {TypeError} there is no such event, or the listener is no function
   */
  on<E extends keyof WorkerPoolEvents>(event: E, listener: WorkerPoolListener<E>): this {
    this.#events.on(event, listener, false)
    return this
  }

  /** Like {@link on}, but only for the next event. */
  once<E extends keyof WorkerPoolEvents>(event: E, listener: WorkerPoolListener<E>): this {
    this.#events.on(event, listener, true)
    return this
  }

  /** Removes the listener. If it was added several times, removes the one added last. */
  off<E extends keyof WorkerPoolEvents>(event: E, listener: WorkerPoolListener<E>): this {
    this.#events.off(event, listener)
    return this
  }

  async #runOnce(): Promise<void> {
    const keepAlive = new KeepAlive()
    const handlers = new ProcessHandlers(
      this.#options,
      {
        stop: options => this.stop(options),
        restart: options => this.restart(options),
        fail: error => this.#watcher?.fail(error),
      },
      this.#log,
    )
    try {
      const scheme = freezeScheme(this.#described)
      if (this.#abort.signal.aborted) return this.#started.reject(new PoolStoppedError('run()'))
      const watcher = new Watcher(scheme, this.#options, realClock, this.#reports())
      this.#watcher = watcher
      this.#views = watcher.groups.flatMap(group => group.slots.map(slot => viewOf(slot, group, watcher.shared)))
      keepAlive.hold()
      handlers.install()
      watcher.start().then(() => {
        this.#started.resolve()
        this.#events.emit('started')
      }, this.#started.reject)
      await watcher.ended
      // So that run() resolves only after the promise that stop() returned.
      await this.stop()
    } catch (error) {
      this.#started.reject(error)
      await this.stop()
      throw error
    } finally {
      handlers.remove()
      keepAlive.close()
      this.#events.emit('stopped')
    }
  }

  #running(what: string): Watcher {
    if (this.#watcher === undefined || this.#watcher.isStopping) throw new PoolStoppedError(what)
    return this.#watcher
  }

  #reports(): WatcherHost {
    return {
      ...reportsTo(this.#events, this.#log, id => this.#viewOf(id)),
      stopping: () => this.#abort.abort(new PoolStoppedError('the pool')),
    }
  }

  #viewOf(id: string): WorkerView {
    const view = this.#views.find(each => each.id === id)
    if (view === undefined) throw new TypeError(`there is no worker ${id}`)
    return view
  }
}
