/**
 * One worker of a group over time: its thread, the successor while it is replaced, the restart that is due. It follows what
 * the restart strategy decides, and knows neither the other workers nor the pool.
 */

import type { Clock } from '../../base/clock.js'
import { advance } from '../../base/moves.js'
import { InvariantError } from '../../errors/base.js'
import { PoolStoppedError } from '../../errors/works.js'
import type { ResolvedGroup } from '../scheme/scheme.js'
import type { GroupUp } from '../shared/messages.js'
import type { ExitKind } from '../strategies/restart.js'
import { exitKindOf } from './exit-kind.js'
import type { GroupExit, GroupThread, GroupThreadObserver } from './group-thread.js'
import { RestartHistory } from './restart-history.js'
import { SLOT_MOVES, type SlotState, type SlotStatus, statusOf } from './slot-state.js'

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
  /** It was told to end, and its threads are gone. */
  idle(slot: Slot): void
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
  /** Those of its ends that nobody wanted, neither the pool nor the worker. */
  crashes = 0
  /** Resolves when it is available for the first time; rejects with why its first start came to nothing. */
  readonly started: Promise<void>
  readonly #plan: SlotPlan
  readonly #host: SlotHost
  readonly #history: RestartHistory
  #state: SlotState = { at: 'idle' }
  /** Threads of its that still are there, whatever the state. */
  readonly #threads = new Set<GroupThread>()
  /** The end of the last thread that could not even be made. */
  #unmade: GroupExit | undefined
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
      this.#unmade = { code: 1, failure: { error }, hadStarted: false, asked: false, said: undefined }
      this.#decide(this.#unmade)()
    }
  }

  /** Ends the worker for as long as nobody starts it. Resolves when its threads are gone, or given up. */
  async stop(hot: boolean, timeout?: number): Promise<void> {
    await this.halt(hot, timeout)
    this.#rejectStarted(new PoolStoppedError(`the start of worker ${this.id}`))
  }

  /** Like {@link stop}, for a worker that is to be started again: nobody who waits for its start waits in vain. */
  async halt(hot: boolean, timeout = this.#plan.stopTimeout): Promise<void> {
    if (this.#state.at === 'due') this.#state.timer.cancel()
    const threads = [...this.#threads]
    if (this.isWanted) this.#move(threads.length > 0 ? { at: 'ending' } : { at: 'idle' })
    for (const thread of threads) thread.stop(hot, timeout)
    await Promise.all(threads.map(thread => thread.gone))
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
        stuck: exit => {
          const tell = this.#ended(thread, exit)
          this.#host.stuck(this, thread)
          tell()
        },
        exited: exit => {
          deadline.cancel()
          const kind = this.#isUnwanted(thread) ? exitKindOf(exit) : undefined
          const tell = this.#ended(thread, exit)
          this.#host.exited(this, thread, exit, kind)
          tell()
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
    return this.thread === thread || (this.#state.at === 'replacing' && this.#state.successor === thread)
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

  /**
   * A thread is gone, or given up. Moves on at once; what others are to hear of that is returned, to be called when they have
   * heard of the end: whoever hears of it may stop the worker, or all of them.
   */
  #ended(thread: GroupThread, exit: GroupExit): () => void {
    const state = this.#state
    if (!this.#threads.delete(thread)) return () => {}
    if (state.at === 'replacing') return this.#replacementEnded(state, thread, exit)
    if (state.at === 'running' && state.thread === thread) return this.#decide(exit)
    // It was told to end, so nothing is to be decided; only what concerns the whole pool does so still.
    const isLast = state.at === 'ending' && this.#threads.size === 0
    if (isLast) this.#move({ at: 'idle' })
    return () => {
      if (exitKindOf(exit) === 'fatal') this.#host.fatal(this, errorOf(exit))
      if (isLast) this.#host.idle(this)
    }
  }

  /** One of the two is left. A successor that could not be started is no reason to end what works. */
  #replacementEnded(
    { thread, successor }: Extract<SlotState, { at: 'replacing' }>,
    gone: GroupThread,
    exit: GroupExit,
  ): () => void {
    if (gone !== thread && gone !== successor) return () => {}
    const kind = exitKindOf(exit)
    const error = errorOf(exit)
    if (kind === 'terminate' && gone === thread) {
      successor.stop(true, this.#plan.stopTimeout)
      return this.#stayDown({ reason: TERMINATED, error, byFailure: false })
    }
    this.#move({ at: 'running', thread: gone === thread ? successor : thread })
    if (gone === thread) this.#count(kind)
    return kind === 'fatal' ? () => this.#host.fatal(this, error) : () => {}
  }

  /** The thread has ended, and nobody wanted that. */
  #decide(exit: GroupExit): () => void {
    const kind = exitKindOf(exit)
    this.#count(kind)
    const error = errorOf(exit)
    this.#rejectStarted(error ?? new Error(`worker ${this.id} exited with code ${exit.code} before it was available`))
    if (kind === 'fatal') {
      this.#move({ at: 'down', reason: 'it threw a FatalWorkerError' })
      return () => this.#host.fatal(this, error)
    }
    if (kind === 'terminate') return this.#stayDown({ reason: TERMINATED, error, byFailure: false })
    const decision = this.#history.decide(kind, exit, error)
    if (!decision.restart) {
      const byFailure = kind !== 'returned' || decision.exhausted === true
      return this.#stayDown({ reason: decision.reason, error, byFailure })
    }
    const { after } = decision
    this.#move({ at: 'due', timer: this.#plan.clock.after(after, () => this.start()) })
    return () => {
      // Whoever has heard of the end may have stopped it.
      if (this.#state.at === 'due') this.#host.restarting(this, after, kind)
      // A thread that could not even be made is not tried again in the same turn.
      if (this.#state.at === 'due' && after === 0 && exit !== this.#unmade) this.start()
    }
  }

  #count(kind: ReturnType<typeof exitKindOf>): void {
    if (kind !== 'returned' && kind !== 'terminate') this.crashes++
  }

  #stayDown(facts: DownFacts): () => void {
    this.#move({ at: 'down', reason: facts.reason })
    return () => this.#host.down(this, facts)
  }

  #move(to: SlotState): void {
    advance(SLOT_MOVES, `worker ${this.id}`, this.#state.at, to.at)
    this.#state = to
  }
}

const TERMINATED = 'it threw a TerminateWorkerError'

function errorOf({ said, failure }: GroupExit): unknown {
  return said?.error ?? failure?.error
}
