/**
 * Watches over all groups: starts and ends them, hears what their threads have to say, and knows when nothing is left to
 * watch. What a group does with its workers is the group's business.
 */

import type { Clock, Timer } from '../../base/clock.js'
import { RestartBudgetExceededError, RestartFailedError } from '../../errors/groups.js'
import { PoolStoppedError } from '../../errors/works.js'
import { fromErrorRecord } from '../../values/error-record.js'
import type { JobSender } from '../jobs/job-sender.js'
import type { ResolvedPoolOptions, Scheme } from '../scheme/scheme.js'
import { unpackFields } from '../shared/log-fields.js'
import type { GroupUp } from '../shared/messages.js'
import { SharedRecords } from '../shared/records.js'
import type { GroupThread } from '../worker/group-thread.js'
import type { DownFacts, Slot } from '../worker/slot.js'
import { Group, type GroupHost } from './group.js'
import { replaceAll, restartAll, stopInOrder } from './stop-and-restart.js'
import { Exchange } from './switchboard.js'
import type { WatcherHost } from './watcher-host.js'

/** Ms between two looks at each worker: at whether it turns, whether it has had its day, whether the group may shrink. */
const EXAMINE_MS = 1000

export class Watcher {
  readonly groups: readonly Group[]
  /** Resolves when no worker is left or due, rejects if that came about by failure. */
  readonly ended: Promise<void>
  readonly shared: SharedRecords
  readonly #clock: Clock
  readonly #stopTimeout: number
  readonly #host: WatcherHost
  readonly #exchange: Exchange
  #state: 'running' | 'stopping' | 'ended' = 'running'
  /** Hard restarts that go on: groups are empty for a moment, and come back. */
  #restarts = 0
  /** What the end of the pool would be due to: a fatal error, or that the group which ended last did so by failure. */
  #failure: { readonly error: unknown } | undefined
  #examination: Timer | undefined
  #resolveEnded!: () => void
  #rejectEnded!: (error: unknown) => void

  constructor(scheme: Scheme, options: ResolvedPoolOptions, clock: Clock, host: WatcherHost) {
    this.#clock = clock
    this.#stopTimeout = options.stopTimeout
    this.#host = host
    this.ended = new Promise((resolve, reject) => {
      this.#resolveEnded = resolve
      this.#rejectEnded = reject
    })
    this.shared = new SharedRecords(scheme.groups.length, scheme.records)
    const facts = scheme.groups.map(({ name, type, index, targets, firstRecord, records, maxJobs }) => {
      return { name, type, index, targets, firstRecord, records, maxJobs }
    })
    const boot = { groups: facts, shared: this.shared.memory, records: scheme.records }
    const { startTimeout, stopTimeout } = options
    const { shared } = this
    this.groups = scheme.groups.map(
      spec => new Group({ clock, spec, shared, startTimeout, stopTimeout, boot }, this.#groupHost()),
    )
    this.#exchange = new Exchange({
      clock,
      shared,
      pickup: options.pickup,
      groups: facts,
      groupAt: index => this.groups[index],
      failedUnseen: error => host.error(error),
    })
  }

  /** Sends the jobs of the main thread. */
  get sender(): JobSender {
    return this.#exchange.sender
  }

  get isStopping(): boolean {
    return this.#state !== 'running'
  }

  /** Starts what is to be there from the beginning. Resolves when that is available; rejects with why it is not. */
  async start(): Promise<void> {
    for (const group of this.groups) group.start()
    this.#examineLater()
    const initial = this.groups.flatMap(({ slots, spec }) => slots.slice(0, spec.minWorkers))
    this.#endIfNothingIsLeft()
    await Promise.all(initial.map(slot => slot.started))
  }

  /** Ends all workers, because somebody wants that. Resolves when no thread is left, or none that could be ended. */
  stop(hot: boolean, timeout?: number): Promise<void> {
    // Groups that went down before are not what it ends by.
    if (!this.isStopping && this.#isAnybodyLeft) this.#failure = undefined
    return this.#stop(hot, timeout)
  }

  /** Ends all workers because of this error. */
  fail(error: unknown): void {
    if (this.#state === 'ended') return
    this.#failure = { error }
    if (!this.isStopping) void this.#stop(false)
  }

  async #stop(hot: boolean, timeout = this.#stopTimeout): Promise<void> {
    if (this.#state === 'running') {
      this.#state = 'stopping'
      this.#examination?.cancel()
      this.#host.stopping()
    }
    if (hot) {
      this.sender.stop(new PoolStoppedError('jobs.send()'))
      await Promise.all(this.groups.map(group => group.stop(true, timeout)))
    } else {
      await stopInOrder(this.groups, timeout, this.#clock)
      this.sender.stop(new PoolStoppedError('jobs.send()'))
    }
    this.#end()
  }

  /**
   * Softly one worker after the other is replaced, hard all at once. Resolves when that is done.
   *
   * @throws {RestartFailedError} names those that could not be replaced
   */
  async restart(hard: boolean): Promise<void> {
    const failed = hard ? await this.#restartHard() : await replaceAll(this.groups, () => this.isStopping)
    if (failed.length > 0 && !this.isStopping) throw new RestartFailedError(failed.map(({ id }) => id))
  }

  async #restartHard(): Promise<readonly Slot[]> {
    this.#restarts++
    try {
      return await restartAll(this.groups)
    } finally {
      this.#restarts--
      this.#endIfNothingIsLeft()
    }
  }

  /** The group and the worker with this id. */
  find(id: string): { readonly group: Group; readonly slot: Slot } | undefined {
    for (const group of this.groups) for (const slot of group.slots) if (slot.id === id) return { group, slot }
    return undefined
  }

  #groupHost(): GroupHost {
    const host = this.#host
    return {
      online: (slot, thread) => {
        host.online(slot, thread)
        this.#exchange.online(thread, this.#groupOf(slot).spec.index)
      },
      exited: (slot, thread, exit, kind) => {
        host.exited(slot, thread, exit, kind)
        this.#exchange.gone(thread)
      },
      restarting: (slot, after, kind) => host.restarting(slot, after, kind),
      down: (slot, facts) => {
        const group = this.#groupOf(slot)
        // Before anybody hears of it, and stops the pool for it.
        const failure = this.#judge(group, slot, facts)
        host.down(slot, facts)
        if (failure !== undefined) host.groupDown(group, failure)
        this.#endIfNothingIsLeft()
      },
      idle: () => {
        // It was told to end: that is no failure, whatever became of other groups before.
        if (!this.isStopping && this.#restarts === 0) this.#failure = undefined
        this.#endIfNothingIsLeft()
      },
      fatal: (_slot, error) => this.fail(error),
      heard: (slot, thread, message) => this.#heard(slot, thread, message),
      stuck: (slot, thread) => {
        this.#exchange.stuck(thread)
        host.error(new Error(`a thread of worker ${slot.id} was told to end and does not: native code holds it`))
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
        return this.#exchange.heard(thread, message)
      case 'jobFailed':
        return this.#host.error(fromErrorRecord(message.error))
      case 'log':
        return this.#host.log(slot, { ...message, fields: unpackFields(message.fields) })
      case 'message':
        return this.#host.message(slot, message.message)
    }
  }

  #groupOf(slot: Slot): Group {
    const group = this.groups.find(({ slots }) => slots.includes(slot))
    if (group === undefined) throw new TypeError(`worker ${slot.id} belongs to no group`)
    return group
  }

  /** A worker stays down. Returns the error if its group is down with it, by failure. */
  #judge(group: Group, slot: Slot, { reason, error, byFailure }: DownFacts): Error | undefined {
    if (group.size > 0 || this.isStopping) return undefined
    if (group.isDead) this.#exchange.dead(group.spec.index)
    this.#failure = undefined
    if (!byFailure) return undefined
    const restarts = Math.max(0, slot.starts - 1)
    const why = `worker ${slot.id} ended: ${reason}`
    const failure = new RestartBudgetExceededError(group.spec.name, why, { cause: error, restarts })
    this.#failure = { error: failure }
    return failure
  }

  #endIfNothingIsLeft(): void {
    // Not at once: whoever has just told of the last worker's end may be in the middle of something.
    queueMicrotask(() => {
      if (this.isStopping || this.#restarts > 0) return
      if (!this.#isAnybodyLeft) void this.#stop(false)
    })
  }

  /** Some worker runs, or is due. */
  get #isAnybodyLeft(): boolean {
    return this.groups.some(group => group.size > 0)
  }

  #end(): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#exchange.close()
    if (this.#failure === undefined) this.#resolveEnded()
    else this.#rejectEnded(this.#failure.error)
  }

  #examineLater(): void {
    this.#examination = this.#clock.after(EXAMINE_MS, () => {
      for (const group of this.groups) {
        group.examine()
        group.reconsider(this.shared.waiting(group.spec.index))
      }
      if (!this.isStopping) this.#examineLater()
    })
  }
}
