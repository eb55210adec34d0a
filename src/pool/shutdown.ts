/**
 * Ends a pool, and owns its state. A graceful stop takes these steps:
 *
 * 1. The state becomes `stopping`. From here on the pool refuses new works and new settings, and a `map` that only
 *    waits for an input ends.
 * 2. If the pool is paused, with works but no worker wanted, one worker is started for them.
 * 3. Wait until every work is settled. Threads that die meanwhile are replaced, and works that have retries left run
 *    again.
 * 4. Nothing may start a thread any more: autoScale is switched off and the crew disbanded. Each worker leaves when its
 *    lane is empty, after its `teardown`.
 * 5. Wait until every thread has exited, or counts as stuck because it did not exit within `killTimeout` of being
 *    ended.
 * 6. Cancel the last timers. The state becomes `stopped`.
 *
 * A hot stop takes the same steps. In addition, it does the following once, at the step at which it becomes hot: it
 * disbands the crew as in step 4 but without `teardown`, discards every work that has not begun, and ends the running
 * works together with their threads. Steps 3 and 5 then end soon.
 *
 * These events can meet a stop:
 *
 * - A second call, hot or with a timeout, while the first one waits in step 3 or 5. Both get the same outcome, which
 *   comes sooner. When step 3 ends, step 4 runs again and finds a crew that is disbanded already.
 * - The pool stops before the timeout. The timer is cancelled with the outcome.
 * - A listener or a reaction submits another work in step 3. That work is refused, so step 3 ends.
 * - No thread can be started in step 2 or 3. The works that wait for it fail, so step 3 ends.
 * - A function still runs after a graceful discard, or after its work was ended with a `grace` of Infinity. Its work is
 *   final and does not hold up step 3. Step 5 waits for it, and a hot stop ends it at once.
 * - A thread that was ended is stuck in native code. It counts as gone `killTimeout` later, so step 5 ends.
 */

import { boolean, checkedCopy, number } from '../base/checks.js'
import type { Clock } from '../base/clock.js'
import { advance } from '../base/moves.js'
import { WorkDiscardedError } from '../errors/works.js'
import { workId } from '../lane/work-id.js'
import type { WorkStatus } from '../work/status.js'
import type { Orchestrator } from './orchestrator.js'
import { POOL_MOVES, type PoolState } from './state.js'

/**
 * How `stop()` ends the pool.
 *
 * @group Options
 */
export interface StopOptions {
  /**
   * Whether works that have not begun are discarded and running ones ended. With false, all submitted works run to
   * their end.
   *
   * @defaultValue `false`
   */
  hot?: boolean | undefined
  /**
   * Ms after which a graceful stop turns hot. Above 0; Infinity for never.
   *
   * @defaultValue `Infinity`
   */
  timeout?: number | undefined
}

export interface ShutdownHost {
  /** From now on, nothing may start a thread. This is called once or twice. */
  ending(): void
  /** The pool has stopped. */
  stopped(): void
}

export class Shutdown {
  readonly #orchestrator: Orchestrator
  readonly #clock: Clock
  readonly #host: ShutdownHost
  readonly #stopping = new AbortController()
  #state: PoolState = 'running'
  #outcome: Promise<Map<string, WorkStatus>> | undefined
  #isHot = false

  constructor(orchestrator: Orchestrator, clock: Clock, host: ShutdownHost) {
    this.#orchestrator = orchestrator
    this.#clock = clock
    this.#host = host
  }

  get state(): PoolState {
    return this.#state
  }

  /** Aborts when the pool is no longer `running`. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** All calls share one outcome. A hot one makes it come sooner. */
  stop(hot: boolean, timeout: number): Promise<Map<string, WorkStatus>> {
    this.#outcome ??= this.#orchestrator.keepAlive.during(this.#run())
    if (hot) this.#escalate()
    else if (timeout !== Infinity) this.#escalateAfter(timeout)
    return this.#outcome
  }

  async #run(): Promise<Map<string, WorkStatus>> {
    const { register, crew, idPrefix } = this.#orchestrator
    this.#state = advance(POOL_MOVES, 'a pool', this.#state, 'stopping') // step 1
    this.#stopping.abort('stop()')
    const works = [...register.statuses.works()]
    if (works.length > 0 && crew.target === 0) crew.setTarget(1) // step 2
    await register.settled() // step 3
    this.#disband(false) // step 4
    await crew.allGone() // step 5
    this.#orchestrator.close() // step 6
    this.#state = advance(POOL_MOVES, 'a pool', this.#state, 'stopped')
    this.#host.stopped()
    return new Map(works.map(work => [workId(idPrefix, work.serial), work.status]))
  }

  /** Turns the stop hot. */
  #escalate(): void {
    if (this.#isHot || this.#state === 'stopped') return
    this.#isHot = true
    const error = new WorkDiscardedError('a hot stop')
    const workers = [...this.#orchestrator.crew.workers]
    this.#disband(true)
    this.#orchestrator.discardAll(error)
    for (const worker of workers) this.#orchestrator.interrupt(worker, error, 0)
  }

  #escalateAfter(timeout: number): void {
    const timer = this.#clock.after(timeout, () => this.#escalate())
    void this.#outcome?.then(() => timer.cancel())
  }

  #disband(hot: boolean): void {
    this.#host.ending()
    this.#orchestrator.crew.disband(hot)
  }
}

const stopChecks = {
  hot: boolean('hot'),
  timeout: number('timeout', { above: 0, infinity: true }),
}

/** Reads the argument of `stop()`. */
export function resolveStop(options: unknown): { hot: boolean; timeout: number } {
  if (typeof options === 'boolean') return { hot: options, timeout: Infinity }
  const { hot = false, timeout = Infinity } = checkedCopy<StopOptions>('stop(options)', options ?? {}, stopChecks)
  return { hot, timeout }
}
