/** The end of a pool: gracefully, at once, or first one and then the other. Owns the pool's state. */

import { boolean, checkedCopy, number } from '../base/checks.js'
import type { Clock } from '../base/clock.js'
import { advance } from '../base/moves.js'
import { WorkDiscardedError } from '../errors/works.js'
import { workId } from '../lane/work-id.js'
import type { WorkStatus } from '../work/status.js'
import type { Orchestrator } from './orchestrator.js'
import { POOL_MOVES, type PoolState } from './state.js'

/** How `stop()` is to end the pool. */
export interface StopOptions {
  /** True discards what has not begun and ends what runs; false, the default, lets everything submitted run to its end. */
  hot?: boolean | undefined
  /** Ms after which a graceful stop turns hot. Above 0; default: never. */
  timeout?: number | undefined
}

export interface ShutdownHost {
  /** From here on nobody may start a thread. May be told twice. */
  ending(): void
  /** Nothing is left. */
  stopped(): void
}

export class Shutdown {
  readonly #orchestrator: Orchestrator
  readonly #clock: Clock
  readonly #host: ShutdownHost
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

  /** All calls share one outcome; a hot one makes it come sooner. */
  stop(hot: boolean, timeout: number): Promise<Map<string, WorkStatus>> {
    this.#outcome ??= this.#orchestrator.keepAlive.during(this.#run())
    if (hot) this.#escalate()
    else if (timeout !== Infinity) this.#escalateAfter(timeout)
    return this.#outcome
  }

  async #run(): Promise<Map<string, WorkStatus>> {
    this.#state = advance(POOL_MOVES, 'a pool', this.#state, 'stopping')
    const {
      register: { statuses },
      crew,
      idPrefix,
    } = this.#orchestrator
    const works = [...statuses.works()]
    // A paused pool has works and nobody to do them.
    if (works.length > 0 && crew.target === 0) crew.setTarget(1)
    await this.#orchestrator.register.settled()
    this.#host.ending()
    crew.disband(false)
    await crew.allGone()
    this.#orchestrator.close()
    this.#state = advance(POOL_MOVES, 'a pool', this.#state, 'stopped')
    this.#host.stopped()
    return new Map(works.map(work => [workId(idPrefix, work.serial), work.status]))
  }

  #escalate(): void {
    if (this.#isHot || this.#state === 'stopped') return
    this.#isHot = true
    const error = new WorkDiscardedError('a hot stop')
    const { crew } = this.#orchestrator
    const workers = [...crew.workers]
    this.#host.ending()
    crew.disband(true)
    this.#orchestrator.discardUnstarted(error)
    for (const worker of workers) this.#orchestrator.interrupt(worker, error)
  }

  #escalateAfter(timeout: number): void {
    const timer = this.#clock.after(timeout, () => this.#escalate())
    void this.#outcome?.then(() => timer.cancel())
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
