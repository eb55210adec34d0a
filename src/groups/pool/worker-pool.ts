/** The public face of groups: a scheme that is described and then runs. What it says is done by the Watcher. */

import { boolean, number } from '../../base/checks.js'
import { realClock } from '../../base/clock.js'
import { Emitter } from '../../base/emitter.js'
import { KeepAlive } from '../../base/keep-alive.js'
import { GroupConfigError } from '../../errors/groups.js'
import { PoolStoppedError } from '../../errors/works.js'
import { DEFAULTS } from '../scheme/defaults.js'
import type { WorkerGroupOptions, WorkerPoolOptions } from '../scheme/options.js'
import {
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
 * Long-lived workers with roles, in threads of this process, kept alive by a Watcher. Groups are described first; `run()`
 * freezes the scheme, starts the threads and resolves when the pool has ended.
 */
export class WorkerPool {
  /** Sends jobs to the workers of `job` and `service` groups, from the main thread. */
  readonly jobs: Jobs = {
    send: <R>(group: string, data?: unknown, options?: JobOptions) => {
      try {
        if (this.#watcher === undefined) throw new GroupConfigError('jobs can be sent when run() was called')
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
  readonly #described: GroupSpec[] = []
  #watcher: Watcher | undefined
  #views: readonly WorkerView[] = []
  #run: Promise<void> | undefined
  #stop: Promise<void> | undefined
  readonly #started: Promise<void>
  #resolveStarted!: () => void
  #rejectStarted!: (error: unknown) => void

  /**
   * @throws {TypeError} an unknown option, or a value of the wrong type
   * @throws {RangeError} a value out of range
   */
  constructor(options: WorkerPoolOptions = {}) {
    this.#options = checkPoolOptions(options, DEFAULTS)
    this.#log = logTo(this.#options.logger)
    this.#started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve
      this.#rejectStarted = reject
    })
    this.#started.catch(() => {}) // whoever cares looks at `started`, and run() says how it ended
  }

  /**
   * Adds a group to the scheme.
   *
   * @throws {GroupConfigError} names the group and the option that is wrong; or the pool runs already
   */
  describeGroup(options: WorkerGroupOptions): this {
    const group = checkGroup(options, DEFAULTS)
    if (this.#run !== undefined)
      throw new GroupConfigError('the scheme is frozen: describe groups before run()', { group: group.name })
    if (this.#described.some(({ name }) => name === group.name))
      throw new GroupConfigError('there is a group of this name already', { group: group.name, field: 'name' })
    this.#described.push(group)
    return this
  }

  /**
   * Freezes the scheme and starts the workers. Resolves when the pool has ended: it was stopped, or no worker runs or is
   * due. The process stays alive meanwhile. A second call returns the same promise.
   *
   * @throws {GroupConfigError} the scheme as a whole is wrong; as a rejection, like {@link FatalWorkerError}, thrown by a
   * worker, {@link RestartBudgetExceededError}, when the last group went down by failure, and with `handleGlobalErrors` what
   * nobody caught
   */
  run(): Promise<void> {
    this.#run ??= this.#runOnce()
    return this.#run
  }

  /** Resolves when every initial worker is available; rejects with the reason why one is not. */
  get started(): Promise<void> {
    return this.#started
  }

  /** Aborts when the pool is stopped, by whomever, or begins to end by itself. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Every worker there can be, by group and slot; empty before `run()`. */
  get workers(): readonly WorkerView[] {
    return this.#views
  }

  /** The group of this name; undefined if there is none, or before `run()`. */
  group(name: string): GroupView | undefined {
    const group = this.#watcher?.groups.find(({ spec }) => spec.name === name)
    if (group === undefined) return undefined
    const { minWorkers, maxWorkers } = group.spec
    const workers = this.#views.filter(view => view.group === name)
    return { name, size: group.size, minWorkers, maxWorkers, workers }
  }

  /**
   * Ends the pool: workers are told, finish their jobs and what their `run()` does, and are ended after the timeout. First
   * reactors, then services, then those who do jobs for them. Resolves when no port or timer is left, and no thread but those
   * that native code holds; also where nothing runs. Further calls return the same promise; with `hot` they make it come
   * sooner.
   *
   * @param options.timeout ms for all of them together; default the pool's `stopTimeout`. Those whose turn comes late get a tenth
   * of it in any case
   * @param options.hot ends everything now: jobs reject, threads are ended
   */
  stop(options: { readonly timeout?: number | undefined; readonly hot?: boolean | undefined } = {}): Promise<void> {
    const timeout =
      options.timeout === undefined ? undefined : number('timeout', { least: 0, infinity: true })(options.timeout)
    const hot = options.hot === undefined ? false : boolean('hot')(options.hot)
    this.#abort.abort(new PoolStoppedError('the pool'))
    // Before run() there is nothing to end, and then there will be nothing.
    if (this.#watcher === undefined) return Promise.resolve()
    const stopping = this.#watcher.stop(hot, timeout)
    this.#stop ??= stopping
    return this.#stop
  }

  /**
   * Replaces all workers: softly one after the other, the successor first, hard all at once. Resolves when all that were
   * available are replaced.
   *
   * @throws {RestartFailedError} names those whose successor could not be started. Softly, they go on as they were
   */
  async restart({ hard = false }: { readonly hard?: boolean | undefined } = {}): Promise<void> {
    this.#log('info', hard ? 'hard restart' : 'soft restart', {})
    await this.#running('restart()').restart(hard)
  }

  /** Replaces one worker, its successor first. False if it is not available, or its successor could not be started. */
  async restartWorker(id: string): Promise<boolean> {
    const found = this.#running('restartWorker()').find(id)
    return found === undefined ? false : found.group.replace(found.slot)
  }

  /**
   * Adds workers to a group, or takes some away, within its bounds. Returns by how many.
   *
   * @throws {GroupConfigError} there is no such group
   */
  scaleGroup(name: string, delta: number): number {
    const group = this.#running('scaleGroup()').groups.find(({ spec }) => spec.name === name)
    if (group === undefined) throw new GroupConfigError('there is no group of this name', { group: name })
    return group.scale(number('delta', { whole: true })(delta))
  }

  /** Figures of all groups and workers at this moment; without groups before `run()`. */
  stats(): WorkerPoolStats {
    const watcher = this.#watcher
    return watcher === undefined ? { groups: {} } : statsOf(watcher.groups, watcher.shared, realClock.now())
  }

  /** Calls the listener each time. Its AsyncLocalStorage context is that of this call. */
  on<E extends keyof WorkerPoolEvents>(event: E, listener: WorkerPoolListener<E>): this {
    this.#events.on(event, listener, false)
    return this
  }

  /** Like {@link on}, for one time. */
  once<E extends keyof WorkerPoolEvents>(event: E, listener: WorkerPoolListener<E>): this {
    this.#events.on(event, listener, true)
    return this
  }

  /** Takes the listener off. */
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
      if (this.#abort.signal.aborted) return this.#rejectStarted(new PoolStoppedError('run()'))
      const watcher = new Watcher(scheme, this.#options, realClock, this.#reports())
      this.#watcher = watcher
      this.#views = watcher.groups.flatMap(group => group.slots.map(slot => viewOf(slot, group, watcher.shared)))
      keepAlive.hold()
      handlers.install()
      watcher.start().then(() => {
        this.#resolveStarted()
        this.#events.emit('started')
      }, this.#rejectStarted)
      await watcher.ended
      // Whoever is told by stop() is told then, too.
      await this.stop()
    } catch (error) {
      this.#rejectStarted(error)
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
