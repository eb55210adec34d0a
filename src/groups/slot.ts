/**
 * One worker of a group over time: its thread, the successor while it is replaced, the restart that is due. It follows what
 * the restart strategy decides, and knows neither the other workers nor the pool.
 */

import type { Clock } from '../clock.js'
import { InvariantError, PoolStoppedError } from '../errors.js'
import { advance } from '../lifecycle/moves.js'
import { classify } from './exits.js'
import type { GroupExit, GroupThread, GroupThreadObserver } from './group-thread.js'
import type { GroupUp } from './messages.js'
import { RestartHistory } from './restart-history.js'
import type { ResolvedGroup } from './scheme.js'
import { SLOT_MOVES, type SlotState, type SlotStatus, statusOf } from './slot-state.js'
import type { ExitKind } from './strategies/restart.js'

/** Whom a slot asks and tells. */
export interface SlotHost {
  /** Starts a thread for it. Throws what Node throws for options it refuses. */
  launch(slot: Slot, observer: Omit<GroupThreadObserver, 'leaving'>): GroupThread
  /** Its thread is available. */
  online(slot: Slot, thread: GroupThread): void
  /** A thread of its is gone. `kind` is undefined where the pool wanted that. */
  exited(slot: Slot, thread: GroupThread, exit: GroupExit, kind: ExitKind | 'fatal' | 'terminate' | undefined): void
  /** It will be started again, after so many ms. */
  restarting(slot: Slot, after: number, kind: ExitKind): void
  /** It stays down. */
  down(slot: Slot, facts: DownFacts): void
  /** It ends the whole pool. */
  fatal(slot: Slot, error: unknown): void
  heard(slot: Slot, thread: GroupThread, message: Exclude<GroupUp, { type: 'ready' | 'ending' }>): void
  /** A thread of its does not end. */
  stuck(slot: Slot, thread: GroupThread): void
}

/** Why a worker stays down. */
export interface DownFacts {
  /** In words. */
  readonly reason: string
  readonly error: unknown
  /** It did not end by its own wish, and not as it was meant to. */
  readonly byFailure: boolean
}

export interface SlotPlan {
  readonly clock: Clock
  readonly group: ResolvedGroup
  /** Ms. */
  readonly startTimeout: number
  readonly stopTimeout: number
}

export class Slot {
  /** Counted from 1 within the group. */
  readonly number: number
  readonly id: string
  /** Threads it has had. */
  starts = 0
  /** Those of its ends that nobody wanted. */
  crashes = 0
  /** Resolves when it is available for the first time; rejects with why its first start came to nothing. */
  readonly started: Promise<void>
  readonly #plan: SlotPlan
  readonly #host: SlotHost
  readonly #history: RestartHistory
  #state: SlotState = { at: 'idle' }
  /** Threads of its that still are there, whatever the state. */
  readonly #threads = new Set<GroupThread>()
  #resolveStarted!: () => void
  #rejectStarted!: (error: unknown) => void

  constructor(number: number, plan: SlotPlan, host: SlotHost) {
    this.number = number
    this.id = `${plan.group.name}-${number}`
    this.#plan = plan
    this.#host = host
    this.#history = new RestartHistory(plan.clock, plan.group)
    this.started = new Promise((resolve, reject) => {
      this.#resolveStarted = resolve
      this.#rejectStarted = reject
    })
    // Whoever waits for the start hears of it; else it shows when the worker is down.
    this.started.catch(() => {})
  }

  get status(): SlotStatus {
    return statusOf(this.#state)
  }

  /** The thread that serves, or is to. */
  get thread(): GroupThread | undefined {
    return 'thread' in this.#state ? this.#state.thread : undefined
  }

  /** All threads of its that are there: the one that serves, a successor, those that have not gone yet. */
  get threads(): ReadonlySet<GroupThread> {
    return this.#threads
  }

  /** It has a thread that is to stay, or one is due. */
  get isWanted(): boolean {
    return this.#state.at === 'running' || this.#state.at === 'replacing' || this.#state.at === 'due'
  }

  /** Starts a thread. For a worker that has none. */
  start(): void {
    if (this.#state.at !== 'idle' && this.#state.at !== 'due') {
      throw new InvariantError(`worker ${this.id} was started while it was ${this.#state.at}`)
    }
    if (this.#state.at === 'due') this.#state.timer.cancel()
    try {
      this.#move({ at: 'running', thread: this.#launch() })
    } catch (error) {
      this.#notStarted(error)
    }
  }

  /** Ends the worker for as long as nobody starts it. Resolves when its threads are gone, or given up. */
  async stop(hot: boolean, timeout = this.#plan.stopTimeout): Promise<void> {
    if (this.#state.at === 'due') this.#state.timer.cancel()
    if (this.isWanted) this.#move(this.#threads.size > 0 ? { at: 'ending' } : { at: 'idle' })
    for (const thread of this.#threads) thread.stop(hot, timeout)
    await this.gone()
    this.#rejectStarted(new PoolStoppedError(`the start of worker ${this.id}`))
  }

  /** Resolves when none of its present threads is left. */
  async gone(): Promise<void> {
    await Promise.all([...this.#threads].map(thread => thread.gone))
  }

  /**
   * Starts a successor, which takes over when it is available: then the thread ends after its jobs. Resolves with whether
   * that came about.
   */
  async replace(): Promise<boolean> {
    if (this.#state.at !== 'running' || !this.#state.thread.isServing) return false
    const { thread } = this.#state
    const successor = this.#launch()
    this.#move({ at: 'replacing', thread, successor })
    await successor.up
    return this.thread === successor && successor.isServing
  }

  /** Ends the thread for this error, as if it had died of it. */
  fail(error: Error): void {
    this.thread?.fail(error)
  }

  #launch(): GroupThread {
    const { clock, startTimeout } = this.#plan
    const deadline = clock.after(startTimeout, () => {
      thread.fail(new Error(`worker ${this.id} was not available within its startTimeout of ${startTimeout} ms`))
    })
    let thread: GroupThread
    try {
      thread = this.#host.launch(this, {
        ready: () => {
          deadline.cancel()
          this.#ready(thread)
        },
        heard: message => this.#host.heard(this, thread, message),
        stuck: () => {
          this.#threads.delete(thread)
          this.#host.stuck(this, thread)
          this.#ended(thread, undefined)
        },
        exited: exit => {
          deadline.cancel()
          const wasThere = this.#threads.delete(thread)
          this.#host.exited(this, thread, exit, this.#isUnwanted(thread) ? classify(exit) : undefined)
          if (wasThere) this.#ended(thread, exit)
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

  /** Whether the end of this thread would be news to us. */
  #isUnwanted(thread: GroupThread): boolean {
    const state = this.#state
    return (state.at === 'running' || state.at === 'replacing') && state.thread === thread
  }

  #ready(thread: GroupThread): void {
    this.#history.online()
    this.#resolveStarted()
    const state = this.#state
    if (state.at === 'replacing' && state.successor === thread) {
      this.#move({ at: 'running', thread })
      state.thread.stop(false, this.#plan.stopTimeout)
    }
    this.#host.online(this, thread)
  }

  /** A thread is gone; without `exit` it is stuck. */
  #ended(thread: GroupThread, exit: GroupExit | undefined): void {
    const state = this.#state
    if (state.at === 'ending') {
      if (this.#threads.size === 0) this.#move({ at: 'idle' })
    } else if (state.at === 'replacing') {
      // One of the two is left. A successor that could not be started is no reason to end what works.
      this.#move({ at: 'running', thread: state.thread === thread ? state.successor : state.thread })
    } else if (state.at === 'running' && state.thread === thread) {
      this.#decide(exit)
    }
  }

  #notStarted(error: unknown): void {
    this.#decide({ code: 1, failure: { error }, hadStarted: false, asked: false, said: undefined })
  }

  /** The thread has ended, and nobody wanted that. */
  #decide(exit: GroupExit | undefined): void {
    this.crashes++
    const kind = exit === undefined ? 'unresponsive' : classify(exit)
    const error = exit?.said?.error ?? exit?.failure?.error
    this.#rejectStarted(
      error ?? new Error(`worker ${this.id} exited with code ${exit?.code ?? 1} before it was available`),
    )
    if (kind === 'fatal') {
      this.#move({ at: 'down', reason: 'it threw a FatalWorkerError' })
      return this.#host.fatal(this, error)
    }
    if (kind === 'terminate') {
      return this.#stayDown({ reason: 'it threw a TerminateWorkerError', error, byFailure: false })
    }
    const decision = this.#history.decide(kind, exit, error)
    if (!decision.restart) {
      const byFailure = kind !== 'returned' || decision.exhausted === true
      return this.#stayDown({ reason: decision.reason, error, byFailure })
    }
    this.#move({ at: 'due', timer: this.#plan.clock.after(decision.after, () => this.start()) })
    this.#host.restarting(this, decision.after, kind)
    // Whoever was told may have stopped it.
    if (decision.after === 0 && this.#state.at === 'due') this.start()
  }

  #stayDown(facts: DownFacts): void {
    this.#move({ at: 'down', reason: facts.reason })
    this.#host.down(this, facts)
  }

  #move(to: SlotState): void {
    advance(SLOT_MOVES, `worker ${this.id}`, this.#state.at, to.at)
    this.#state = to
  }
}
