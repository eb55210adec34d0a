/**
 * One supervised worker over all the threads it has had. A slot holds its thread, the successor while that thread is
 * replaced, or the restart that is due, and follows the restart strategy of its group. It knows nothing about other
 * slots, shared memory or the pool. Nothing here blocks; starting a slot costs one new thread.
 */

import type { Clock } from '../../base/clock.js'
import { deferred } from '../../base/deferred.js'
import { advance } from '../../base/moves.js'
import { InvariantError } from '../../errors/base.js'
import { PoolStoppedError } from '../../errors/works.js'
import type { ResolvedGroup } from '../scheme/scheme.js'
import type { GroupUp } from '../shared/messages.js'
import type { ExitKind } from '../strategies/restart.js'
import { type AnyExitKind, exitKindOf } from './exit-kind.js'
import type { GroupExit, GroupThread, GroupThreadObserver } from './group-thread.js'
import { RestartHistory } from './restart-history.js'
import { SLOT_MOVES, type SlotState, type SlotStatus, statusOf } from './slot-state.js'
import { type DownFacts, errorOf, terminated, type UnaskedVerdict, type Verdict, verdictOn } from './verdict.js'

/**
 * What a slot reports. The calls return nothing. The slot's state is final before each call, so the host may stop the
 * slot.
 */
export interface SlotHost {
  /** The thread is available. */
  online(slot: Slot, thread: GroupThread): void
  /** The thread has exited. `kind` is undefined if it was told to end. */
  exited(slot: Slot, thread: GroupThread, exit: GroupExit, kind: AnyExitKind | undefined): void
  /** The slot will be started again after this many ms. */
  restarting(slot: Slot, after: number, kind: ExitKind): void
  /** The slot stays down. */
  down(slot: Slot, facts: DownFacts): void
  /** A thread threw an error that ends the whole pool. */
  fatal(slot: Slot, error: unknown): void
  /** The thread has sent a message to the Watcher. */
  heard(slot: Slot, thread: GroupThread, message: Exclude<GroupUp, { type: 'ready' | 'ending' }>): void
  /** The thread was told to end but does not exit. Nothing waits for it any longer. */
  stuck(slot: Slot, thread: GroupThread): void
  /** The slot was told to end, and its threads are gone. */
  idle(slot: Slot): void
}

/** Starts a thread for a slot. Throws what Node throws for options it refuses. */
export type Launch = (slot: Slot, observer: Omit<GroupThreadObserver, 'leaving'>) => GroupThread

export interface SlotPlan {
  readonly clock: Clock
  readonly group: ResolvedGroup
  /** Ms. */
  readonly startTimeout: number
  /** Ms. */
  readonly stopTimeout: number
  readonly launch: Launch
}

const NOTHING: Verdict = { then: 'nothing' }

export class Slot {
  /** Counted from 1 within the group. */
  readonly number: number
  readonly id: string
  readonly group: ResolvedGroup
  /** Number of threads it has had. */
  starts = 0
  /** Number of times one of its threads ended although neither the pool nor the worker wanted that. */
  crashes = 0
  readonly #plan: SlotPlan
  readonly #host: SlotHost
  readonly #history: RestartHistory
  readonly #started = deferred()
  #state: SlotState = { at: 'idle' }
  /** All its threads that still exist, whatever the state. */
  readonly #threads = new Set<GroupThread>()

  constructor(number: number, plan: SlotPlan, host: SlotHost) {
    this.number = number
    this.group = plan.group
    this.id = `${plan.group.name}-${number}`
    this.#plan = plan
    this.#host = host
    this.#history = new RestartHistory(plan.clock, plan.group)
    // A failed start must not become an unhandled rejection: it is also reported when the slot is down.
    this.started.catch(() => {})
  }

  /** Resolves when it is available for the first time; rejects with the reason why its first start failed. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  get status(): SlotStatus {
    return statusOf(this.#state)
  }

  /** The thread that serves, or that starts and will serve. */
  get thread(): GroupThread | undefined {
    return 'thread' in this.#state ? this.#state.thread : undefined
  }

  /**
   * All its threads that still exist: the one that serves, a successor, those that were told to end and have not yet.
   */
  get threads(): ReadonlySet<GroupThread> {
    return this.#threads
  }

  /** Whether it has a thread that should stay, or a restart is due. */
  get isWanted(): boolean {
    return this.#state.at === 'running' || this.#state.at === 'replacing' || this.#state.at === 'due'
  }

  /** Starts a thread. Only for a slot that has none. */
  start(): void {
    if (this.#state.at !== 'idle' && this.#state.at !== 'due') {
      throw new InvariantError(`worker ${this.id} was started while it was ${this.#state.at}`)
    }
    if (this.#state.at === 'due') this.#state.timer.cancel()
    let thread: GroupThread
    try {
      thread = this.#launch()
    } catch (error) {
      const exit = { code: 1, failure: { error }, hadStarted: false, asked: false, said: undefined }
      // Not in the same turn: otherwise repeated attempts to create a thread would block the event loop.
      this.#announce(this.#endedUnasked(exit), { mayStartNow: false })
      return
    }
    this.#move({ at: 'running', thread })
  }

  /** Ends the worker until it is started again. Resolves when its threads are gone, or given up as stuck. */
  async stop(hot: boolean, timeout?: number): Promise<void> {
    await this.halt(hot, timeout)
    this.#started.reject(new PoolStoppedError(`the start of worker ${this.id}`))
  }

  /** Like {@link stop}, for a slot that is started again right away: `started` stays pending. */
  async halt(hot: boolean, timeout = this.#plan.stopTimeout): Promise<void> {
    if (this.#state.at === 'due') this.#state.timer.cancel()
    const threads = [...this.#threads]
    if (this.isWanted) this.#move(threads.length > 0 ? { at: 'ending' } : { at: 'idle' })
    for (const thread of threads) thread.stop(hot, timeout)
    await Promise.all(threads.map(thread => thread.gone))
  }

  /**
   * Starts a successor, which takes over when it is available; the old thread then finishes its jobs and ends. Resolves
   * with true if the successor has taken over. Throws what {@link Launch} throws.
   */
  async replace(): Promise<boolean> {
    if (this.#state.at !== 'running' || !this.#state.thread.isServing) return false
    const { thread } = this.#state
    const successor = this.#launch()
    this.#move({ at: 'replacing', thread, successor })
    await successor.up
    return this.thread === successor && successor.isServing
  }

  #launch(): GroupThread {
    const { clock, startTimeout, launch } = this.#plan
    const deadline = clock.after(startTimeout, () => {
      thread.fail(new Error(`worker ${this.id} was not available within its startTimeout of ${startTimeout} ms`))
    })
    let thread: GroupThread
    try {
      thread = launch(this, {
        ready: () => {
          deadline.cancel()
          this.#ready(thread)
        },
        heard: message => this.#host.heard(this, thread, message),
        stuck: exit => {
          const verdict = this.#ended(thread, exit)
          this.#host.stuck(this, thread)
          this.#announce(verdict)
        },
        exited: exit => {
          deadline.cancel()
          const kind = this.#isUnwanted(thread) ? exitKindOf(exit) : undefined
          const verdict = this.#ended(thread, exit)
          this.#host.exited(this, thread, exit, kind)
          this.#announce(verdict)
        },
      })
    } catch (error) {
      deadline.cancel()
      throw error
    }
    this.#threads.add(thread)
    this.starts++
    return thread
  }

  /** Whether the pool has not asked this thread to end. */
  #isUnwanted(thread: GroupThread): boolean {
    return this.thread === thread || (this.#state.at === 'replacing' && this.#state.successor === thread)
  }

  #ready(thread: GroupThread): void {
    this.#history.online()
    this.#started.resolve()
    const state = this.#state
    if (state.at === 'replacing' && state.successor === thread) {
      this.#move({ at: 'running', thread })
      state.thread.stop(false, this.#plan.stopTimeout)
    }
    this.#host.online(this, thread)
  }

  /**
   * A thread is gone, or given up as stuck. The state moves on at once. What follows is returned and announced only
   * after the end itself was reported, because a listener may react to the end by stopping the slot, or the whole pool.
   */
  #ended(thread: GroupThread, exit: GroupExit): Verdict {
    const state = this.#state
    if (!this.#threads.delete(thread)) return NOTHING
    if (state.at === 'replacing') return this.#endedWhileReplacing(state, thread, exit)
    if (state.at === 'running' && state.thread === thread) return this.#endedUnasked(exit)
    // It was told to end, so there is nothing to decide. A fatal error still ends the pool.
    const isIdle = state.at === 'ending' && this.#threads.size === 0
    if (isIdle) this.#move({ at: 'idle' })
    if (exitKindOf(exit) === 'fatal') return { then: 'fatal', error: errorOf(exit), isIdle }
    return isIdle ? { then: 'idle' } : NOTHING
  }

  /** One of the two threads is left and serves. A successor that could not start is no reason to end the old thread. */
  #endedWhileReplacing(
    { thread, successor }: Extract<SlotState, { at: 'replacing' }>,
    gone: GroupThread,
    exit: GroupExit,
  ): Verdict {
    const kind = exitKindOf(exit)
    const error = errorOf(exit)
    if (gone !== thread && gone !== successor) {
      // It was told to end at an earlier replacement. A fatal error still ends the pool.
      return kind === 'fatal' ? { then: 'fatal', error, isIdle: false } : NOTHING
    }
    if (kind === 'terminate' && gone === thread) {
      successor.stop(true, this.#plan.stopTimeout)
      const verdict = terminated(error)
      this.#move({ at: 'down', reason: verdict.facts.reason })
      return verdict
    }
    this.#move({ at: 'running', thread: gone === thread ? successor : thread })
    if (gone === thread) this.#count(kind)
    return kind === 'fatal' ? { then: 'fatal', error, isIdle: false } : NOTHING
  }

  /** The only thread has ended although the pool had not asked for it, or could not be created. */
  #endedUnasked(exit: GroupExit): UnaskedVerdict {
    this.#count(exitKindOf(exit))
    const text = `worker ${this.id} exited with code ${exit.code} before it was available`
    this.#started.reject(errorOf(exit) ?? new Error(text))
    const verdict = verdictOn(exit, this.#history)
    switch (verdict.then) {
      case 'fatal':
        this.#move({ at: 'down', reason: 'it threw a FatalWorkerError' })
        break
      case 'down':
        this.#move({ at: 'down', reason: verdict.facts.reason })
        break
      case 'restart':
        this.#move({ at: 'due', timer: this.#plan.clock.after(verdict.after, () => this.start()) })
    }
    return verdict
  }

  /** Reports what follows an end. The only place that does so. */
  #announce(verdict: Verdict, { mayStartNow } = { mayStartNow: true }): void {
    switch (verdict.then) {
      case 'nothing':
        return
      case 'idle':
        return this.#host.idle(this)
      case 'down':
        return this.#host.down(this, verdict.facts)
      case 'fatal':
        this.#host.fatal(this, verdict.error)
        if (verdict.isIdle) this.#host.idle(this)
        return
      case 'restart':
        // A listener that was notified of the end, or is notified of the restart now, may have stopped the slot.
        if (this.#state.at === 'due') this.#host.restarting(this, verdict.after, verdict.kind)
        if (this.#state.at === 'due' && verdict.after === 0 && mayStartNow) this.start()
    }
  }

  #count(kind: AnyExitKind): void {
    if (kind !== 'returned' && kind !== 'terminate') this.crashes++
  }

  #move(to: SlotState): void {
    advance(SLOT_MOVES, `worker ${this.id}`, this.#state.at, to.at)
    this.#state = to
  }
}
