/**
 * One supervised worker over all the threads it has had. A slot holds its thread, the successor while that thread is
 * replaced, or the restart that is due, and follows the restart strategy of its group. It knows nothing about other
 * slots, shared memory or the pool. Nothing here blocks; starting a slot costs one new thread.
 */

import { deferred } from '../../base/deferred.js'
import { advance } from '../../base/moves.js'
import { patience } from '../../base/patience.js'
import { InvariantError } from '../../errors/base.js'
import { WorkerStoppedError } from '../../errors/groups.js'
import type { ResolvedGroup } from '../scheme/scheme.js'
import { exitKindOf } from './exit-kind.js'
import type { GroupExit, GroupThread } from './group-thread.js'
import { RestartHistory } from './restart-history.js'
import type { Replacement, SlotHost, SlotPlan } from './slot-host.js'
import { SLOT_MOVES, type SlotState, type SlotStatus, statusOf } from './slot-state.js'
import { errorOf, terminated, type UnaskedVerdict, type Verdict, verdictOn } from './verdict.js'

const NOTHING: Verdict = { then: 'nothing' }
const OFF: Replacement = { is: 'off' }

export class Slot {
  /** Counted from 1 within the group. */
  readonly number: number
  readonly id: string
  readonly group: ResolvedGroup
  /** Number of threads it has had. */
  starts = 0
  /** Number of times one of its threads ended although neither the pool nor the worker wanted that. */
  crashes = 0
  /** The error of the last of these ends. */
  lastError: unknown
  readonly #plan: SlotPlan<Slot>
  readonly #host: SlotHost<Slot>
  #history: RestartHistory
  readonly #started = deferred()
  #state: SlotState = { at: 'idle' }
  /** All its threads that still exist, whatever the state. */
  readonly #threads = new Set<GroupThread>()

  constructor(number: number, plan: SlotPlan<Slot>, host: SlotHost<Slot>) {
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

  /** Whether it has a thread that should stay, or is to be started again. */
  get isWanted(): boolean {
    const state = this.#state
    return state.at === 'ending' ? state.again : state.at !== 'idle' && state.at !== 'down'
  }

  /** Whether it is down because it failed, and not because it ended as it was meant to. */
  get hasFailed(): boolean {
    return this.#state.at === 'down' && this.#state.byFailure
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

  /**
   * Ends the worker until it is started again. Resolves when its threads are gone, or given up as stuck.
   *
   * @param reason for which its first start is over, if it has not been available
   */
  async stop(hot: boolean, timeout = this.#plan.stopTimeout, reason?: Error): Promise<void> {
    if (this.#state.at === 'due') this.#state.timer.cancel()
    const threads = [...this.#threads]
    if (this.isWanted) {
      this.#move(threads.length > 0 ? { at: 'ending', again: false } : { at: 'idle' })
      if (threads.length === 0) this.#host.idle(this)
    }
    for (const thread of threads) thread.stop(hot, timeout)
    await Promise.all(threads.map(thread => thread.gone))
    this.#started.reject(reason ?? new WorkerStoppedError(this.id))
  }

  /**
   * Ends its threads at once, without waiting for their jobs, and starts another one as soon as they are gone. Only for a
   * slot that {@link isWanted}. A later {@link stop} takes precedence.
   */
  restart(): void {
    if (this.#state.at === 'due') this.#state.timer.cancel()
    const threads = [...this.#threads]
    if (threads.length === 0) return this.start()
    this.#move({ at: 'ending', again: true })
    for (const thread of threads) thread.stop(true, this.#plan.stopTimeout)
  }

  /**
   * Starts a worker that is down, as if it had never failed, or that waits for its next start. Threads that it has
   * replaced before may go on with their jobs. Does nothing in other states.
   */
  startNow(): void {
    this.revive()
    if (this.#state.at === 'idle' || this.#state.at === 'due') this.start()
  }

  /** Makes a worker that is down idle, as if it had never failed. Does nothing if it is not down. */
  revive(): void {
    if (this.#state.at !== 'down') return
    this.#history = new RestartHistory(this.#plan.clock, this.group)
    this.#move({ at: 'idle' })
  }

  /** Resolves when the outcome of its start is known, including restarts that follow at once. */
  async settled(): Promise<void> {
    for (;;) {
      const state = this.#state
      if (state.at === 'ending' && state.again) {
        await Promise.all([...this.#threads].map(thread => thread.gone))
      } else if (state.at === 'running' && !state.thread.isServing) {
        await state.thread.up
        // It may have been ended as soon as it was up, and not have exited yet.
        if (!state.thread.isServing) await state.thread.gone
      } else {
        return
      }
    }
  }

  /**
   * Starts a successor, which takes over when it is available; the old thread then finishes its jobs and ends. Throws
   * what {@link SlotPlan.launch} throws.
   */
  async replace(): Promise<Replacement> {
    if (this.#state.at !== 'running' || !this.#state.thread.isServing) return OFF
    const { thread } = this.#state
    const successor = this.#launch()
    this.#move({ at: 'replacing', thread, successor })
    await successor.up
    if (this.thread === successor && successor.isServing) return { is: 'done' }
    return this.thread === thread && thread.isServing ? { is: 'failed', error: this.lastError } : OFF
  }

  #launch(): GroupThread {
    const { clock, startTimeout, launch } = this.#plan
    const deadline = patience(clock, startTimeout, () => {
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
    const isLast = state.at === 'ending' && this.#threads.size === 0
    const isFatal = exitKindOf(exit) === 'fatal'
    if (isLast && state.again && !isFatal) {
      this.#move({ at: 'due', timer: this.#plan.clock.after(0, () => this.start()) })
      return { then: 'again' }
    }
    if (isLast) this.#move({ at: 'idle' })
    if (isFatal) return { then: 'fatal', error: errorOf(exit), isIdle: isLast }
    return isLast ? { then: 'idle' } : NOTHING
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
      this.#move({ at: 'down', byFailure: false })
      return verdict
    }
    this.#move({ at: 'running', thread: gone === thread ? successor : thread })
    this.#count(exit)
    return kind === 'fatal' ? { then: 'fatal', error, isIdle: false } : NOTHING
  }

  /** The only thread has ended although the pool had not asked for it, or could not be created. */
  #endedUnasked(exit: GroupExit): UnaskedVerdict {
    this.#count(exit)
    this.#started.reject(this.#reasonOf(exit))
    const verdict = verdictOn(exit, this.#history)
    switch (verdict.then) {
      case 'fatal':
        this.#move({ at: 'down', byFailure: true })
        break
      case 'down':
        this.#move({ at: 'down', byFailure: verdict.facts.byFailure })
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
        return
      case 'again':
        if (this.#state.at === 'due') this.start()
    }
  }

  /** Counts an end that neither the pool nor the worker wanted. */
  #count(exit: GroupExit): void {
    const kind = exitKindOf(exit)
    if (kind === 'returned' || kind === 'terminate') return
    this.crashes++
    this.lastError = this.#reasonOf(exit)
  }

  /** The error that ended the thread, or one that says how it ended without any. */
  #reasonOf(exit: GroupExit): unknown {
    const when = exit.hadStarted ? '' : ' before it was available'
    return errorOf(exit) ?? new Error(`worker ${this.id} exited with code ${exit.code}${when}`)
  }

  #move(to: SlotState): void {
    advance(SLOT_MOVES, `worker ${this.id}`, this.#state.at, to.at)
    this.#state = to
  }
}
