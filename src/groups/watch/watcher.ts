/** Keeps the groups of one pool alive, and decides how the pool ends. See the README of this folder. */

import type { Clock, Timer } from '../../base/clock.js'
import { deferred } from '../../base/deferred.js'
import { microtask } from '../../base/real-time.js'
import { RestartBudgetExceededError, RestartFailedError } from '../../errors/groups.js'
import { PoolStoppedError } from '../../errors/works.js'
import { fromErrorRecord } from '../../values/error-record.js'
import type { JobSender } from '../jobs/job-sender.js'
import type { ResolvedPoolOptions, Scheme } from '../scheme/scheme.js'
import { unpackFields } from '../shared/log-fields.js'
import type { GroupUp } from '../shared/messages.js'
import { SharedRecords } from '../shared/records.js'
import type { GroupThread } from '../worker/group-thread.js'
import type { Slot } from '../worker/slot.js'
import type { DownFacts } from '../worker/verdict.js'
import { Group, type GroupHost } from './group.js'
import { CHECK_MS } from './heartbeats.js'
import { failed, fateAfter, type FateEvent, type PoolFate, UNTROUBLED, WELL } from './pool-fate.js'
import { replaceAll, restartAll, stopInOrder } from './stop-and-restart.js'
import { Switchboard } from './switchboard.js'
import type { WatcherHost } from './watcher-host.js'

/** Ms between two questions to each scaling strategy: an `idleTime` is exceeded by this at most. */
const RECONSIDER_MS = 100

export class Watcher {
  readonly groups: readonly Group[]
  readonly shared: SharedRecords
  readonly #clock: Clock
  readonly #stopTimeout: number
  readonly #host: WatcherHost
  readonly #switchboard: Switchboard
  readonly #ended = deferred()
  #fate: PoolFate = UNTROUBLED
  /** The next check of each kind, by its interval in ms. */
  readonly #checks = new Map<number, Timer>()

  constructor(scheme: Scheme, options: ResolvedPoolOptions, clock: Clock, host: WatcherHost) {
    this.#clock = clock
    this.#stopTimeout = options.stopTimeout
    this.#host = host
    this.shared = new SharedRecords(scheme.groups.length, scheme.records)
    const facts = scheme.groups.map(({ name, type, index, targets, firstRecord, records, maxJobs }) => {
      return { name, type, index, targets, firstRecord, records, maxJobs }
    })
    const boot = { groups: facts, shared: this.shared.memory, records: scheme.records }
    const { startTimeout, stopTimeout, pickup } = options
    const { shared } = this
    const groupHost = this.#groupHost()
    this.groups = scheme.groups.map(
      spec => new Group({ clock, spec, shared, startTimeout, stopTimeout, boot }, groupHost),
    )
    this.#switchboard = new Switchboard(
      { clock, shared, pickup, groups: facts, isDead: index => this.groups[index]?.isDead === true },
      { jobsWait: index => this.groups[index]?.reconsider(), failedUnseen: error => host.error(error) },
    )
  }

  /** Sends the jobs of the main thread. */
  get sender(): JobSender {
    return this.#switchboard.sender
  }

  /** Resolves when no worker is left or due; rejects if that was due to a failure. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get isStopping(): boolean {
    return this.#fate.at !== 'running'
  }

  /**
   * Starts the initial workers. Resolves when all of them are available; rejects with the reason if one could not be
   * started.
   */
  async start(): Promise<void> {
    for (const group of this.groups) group.start()
    // A thread that cannot be created is reported in this very turn, and a listener may stop the pool because of it.
    this.#every(CHECK_MS, group => group.examine())
    this.#every(RECONSIDER_MS, group => group.reconsider())
    const initial = this.groups.flatMap(({ slots, spec }) => slots.slice(0, spec.minWorkers))
    this.#endIfEmpty()
    await Promise.all(initial.map(slot => slot.started))
  }

  /** Ends all workers on request. Resolves when no thread is left, except those that are stuck in native code. */
  stop(hot: boolean, timeout?: number): Promise<void> {
    this.#happened({ type: 'stop-asked', isEmpty: this.#isEmpty })
    return this.#stopThreads(hot, timeout)
  }

  /** Ends all workers because of this error, which becomes the outcome of the pool. */
  fail(error: unknown): void {
    if (this.#happened({ type: 'fatal', error }) === 'stopping') void this.#stopThreads(false)
  }

  /**
   * Replaces one worker after the other (soft), or all of them at once (hard). Resolves when that is done.
   *
   * @throws {RestartFailedError} names the workers that could not be replaced
   */
  async restart(hard: boolean): Promise<void> {
    const failures = hard ? await restartAll(this.groups) : await replaceAll(this.groups, () => this.isStopping)
    const [first] = failures
    // A hard restart may be what ends the pool: because its last worker does not come back.
    if (first === undefined || (this.isStopping && !hard)) return
    throw new RestartFailedError(
      failures.map(({ slot }) => slot.id),
      { cause: first.error },
    )
  }

  /** The worker with this id, and its group. */
  find(id: string): { readonly group: Group; readonly slot: Slot } | undefined {
    for (const group of this.groups) for (const slot of group.slots) if (slot.id === id) return { group, slot }
    return undefined
  }

  async #stopThreads(hot: boolean, timeout = this.#stopTimeout): Promise<void> {
    if (hot) {
      this.sender.stop(new PoolStoppedError('jobs.send()'))
      await Promise.all(this.groups.map(group => group.stop(true, timeout)))
    } else {
      await stopInOrder(this.groups, timeout, this.#clock)
      this.sender.stop(new PoolStoppedError('jobs.send()'))
    }
    this.#happened({ type: 'threads-gone' })
  }

  /**
   * The only writer of the fate. Carries out what a change of its state requires, and returns the new state if it has
   * changed.
   */
  #happened(event: FateEvent): PoolFate['at'] | undefined {
    const before = this.#fate.at
    this.#fate = fateAfter(this.#fate, event)
    const { at } = this.#fate
    if (at === before) return undefined
    if (at === 'stopping') {
      for (const timer of this.#checks.values()) timer.cancel()
      this.#host.stopping()
    }
    if (this.#fate.at === 'ended') {
      const { outcome } = this.#fate
      this.#switchboard.close()
      if (outcome.is === 'well') this.#ended.resolve()
      else this.#ended.reject(outcome.error)
    }
    return at
  }

  #endIfEmpty(): void {
    // Not in this turn: the caller that reported the last worker's end may be about to start another one.
    microtask(() => {
      if (this.#isEmpty && this.#happened({ type: 'empty' }) === 'stopping') void this.#stopThreads(false)
    })
  }

  /** No worker runs, no restart is due, and no group could start a worker for a job that comes. */
  get #isEmpty(): boolean {
    return this.groups.every(group => !group.isAlive)
  }

  #groupHost(): GroupHost {
    const host = this.#host
    return {
      online: (slot, thread) => {
        host.online(slot, thread)
        this.#switchboard.online(thread, slot.group.index)
      },
      exited: (slot, thread, exit, kind) => {
        host.exited(slot, thread, exit, kind)
        this.#switchboard.gone(thread)
      },
      restarting: (slot, after, kind) => host.restarting(slot, after, kind),
      down: (slot, facts) => this.#down(slot, facts),
      idle: () => {
        this.#happened({ type: 'worker-stopped' })
        this.#endIfEmpty()
      },
      fatal: (_slot, error) => this.fail(error),
      heard: (slot, thread, message) => this.#heard(slot, thread, message),
      stuck: (slot, thread) => {
        this.#switchboard.stuck(thread)
        host.error(
          new Error(
            `a thread of worker ${slot.id} was told to end but has not exited for a second: native code holds it, or the ` +
              'machine is overloaded',
          ),
        )
      },
      scaled: (group, from, to) => host.scaled(group, from, to),
      unresponsive: (slot, ms) => host.unresponsive(slot, ms),
      recycling: (slot, reason) => host.recycling(slot, reason),
      notReplaced: (slot, cause) => host.error(new Error(`worker ${slot.id} could not be replaced`, { cause })),
      strategyFailed: ({ spec }, cause) => host.error(new Error(`a strategy of group ${spec.name} threw`, { cause })),
    }
  }

  #heard(slot: Slot, thread: GroupThread, message: Exclude<GroupUp, { type: 'ready' | 'ending' }>): void {
    switch (message.type) {
      case 'connect':
      case 'waiting':
      case 'freed':
        return this.#switchboard.heard(thread, message)
      case 'jobFailed':
        return this.#host.error(fromErrorRecord(message.error))
      case 'log':
        return this.#host.log(slot, { ...message, fields: unpackFields(message.fields) })
      case 'message':
        return this.#host.message(slot, message.message)
    }
  }

  /** A worker stays down, and possibly its group with it. */
  #down(slot: Slot, facts: DownFacts): void {
    const group = this.groups[slot.group.index]
    const isLast = group?.isAlive === false && !this.isStopping
    const failure = isLast && facts.byFailure ? groupFailure(slot, facts) : undefined
    if (isLast) {
      // Before listeners are notified: if one of them stops the pool, the outcome must already be recorded.
      this.#happened({ type: 'group-down', outcome: failure === undefined ? WELL : failed(failure) })
    }
    // Also while the pool stops: a reactor that is ending may wait for such a job.
    if (group?.isDead === true) this.#switchboard.dead(slot.group.index)
    this.#host.down(slot, facts)
    if (group !== undefined && failure !== undefined) this.#host.groupDown(group, failure)
    this.#endIfEmpty()
  }

  /** Checks all groups after each interval, until the pool stops. */
  #every(ms: number, check: (group: Group) => void): void {
    if (this.isStopping) return
    const timer = this.#clock.after(ms, () => {
      for (const group of this.groups) check(group)
      this.#every(ms, check)
    })
    this.#checks.set(ms, timer)
  }
}

/** The error of a group that is down, made from the end of its last worker. */
function groupFailure({ id, group, starts }: Slot, { reason, error }: DownFacts): RestartBudgetExceededError {
  const restarts = Math.max(0, starts - 1)
  return new RestartBudgetExceededError(group.name, `worker ${id} ended: ${reason}`, { cause: error, restarts })
}
