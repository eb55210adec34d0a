/**
 * How many workers a pool should have: what the user asks for, what autoScale decides, and the settings of both. It
 * sets the target of the crew. The only works it knows are those that run on workers that leave.
 */

import type { Clock } from '../base/clock.js'
import { WorkDiscardedError } from '../errors/works.js'
import { workId } from '../lane/work-id.js'
import { statusOf } from '../work/record.js'
import type { WorkStatus } from '../work/status.js'
import type { Worker } from '../worker/worker.js'
import { Autoscaler, type Load } from './autoscaler.js'
import type { ScaleReason } from './events.js'
import { type GivenScale, type ResolvedOptions, scaleBounds } from './options-check.js'
import type { Orchestrator } from './orchestrator.js'

/**
 * What `scale()` did.
 *
 * @group Workers and figures
 */
export interface ScaleReport {
  /** The new target. */
  readonly total: number
  /** Ids of the workers that were added and are available. */
  readonly added: readonly string[]
  /** Ids of the workers that were removed and have exited. */
  readonly removed: readonly string[]
  /**
   * The works that ran on the removed workers, by id, with their status now. They ran to their end, or were interrupted
   * if the scale was hot.
   */
  readonly works: ReadonlyMap<string, WorkStatus>
}

/**
 * What `restart()` did.
 *
 * @group Workers and figures
 */
export interface RestartReport {
  /** Ids of the workers that have started since and are available. */
  readonly added: readonly string[]
  /** Ids of the workers that were replaced and have exited. */
  readonly removed: readonly string[]
}

/** The settings that can be changed while the pool runs, besides the target. */
export interface ScaleSettings {
  readonly waitTime: number
  readonly scalingFactor: number
  readonly min: number
  readonly max: number
  /** What the user has set. Defaults adapt to it. */
  readonly given: GivenScale
}

export class Scaling {
  readonly #orchestrator: Orchestrator
  readonly #clock: Clock
  readonly #idleTime: number
  readonly #onScaled: (change: { from: number; to: number; reason: ScaleReason }) => void
  readonly #autoscaler: Autoscaler
  #settings: ScaleSettings
  /** Clock ms at which the target last went up. No worker has been superfluous since before that time. */
  #raisedAt = -Infinity

  constructor(
    options: ScaleSettings & Pick<ResolvedOptions, 'autoScale' | 'idleTime'>,
    orchestrator: Orchestrator,
    clock: Clock,
    onScaled: (change: { from: number; to: number; reason: ScaleReason }) => void,
  ) {
    this.#orchestrator = orchestrator
    this.#clock = clock
    this.#idleTime = options.idleTime
    this.#onScaled = onScaled
    this.#settings = options
    this.#autoscaler = new Autoscaler(
      clock,
      (refusing, lastStep) => this.#load(refusing, lastStep),
      target => void this.#retarget(target, 'autoScale'),
    )
    this.autoScale = options.autoScale
  }

  get settings(): ScaleSettings {
    return this.#settings
  }

  get autoScale(): boolean {
    return this.#autoscaler.on
  }

  set autoScale(on: boolean) {
    this.#autoscaler.switch(on)
  }

  set total(total: number) {
    this.#retarget(total, 'total')
    this.#autoscaler.reconsider()
  }

  /** Changes settings, at once. */
  change(change: Partial<ScaleSettings>): void {
    this.#settings = { ...this.#settings, ...change }
    this.#autoscaler.reconsider()
  }

  /** Changes a bound of autoScale. Throws if `min` would be above `max`. */
  rebound(bound: { readonly min: number } | { readonly max: number }): void {
    const given = { ...this.#settings.given, ...bound }
    this.change({ given, ...scaleBounds(given) })
  }

  /** The number of works or workers may have changed. */
  loadChanged(): void {
    this.#autoscaler.poke()
  }

  /** A work is about to be refused because the buffer is full. There may be a place for it after this. */
  refusing(): void {
    this.#autoscaler.refusing()
  }

  /** See `Pool.scale`. */
  async scale(count: number, hot: boolean): Promise<ScaleReport> {
    const { crew, keepAlive, idPrefix } = this.#orchestrator
    const { added, removed, total } = this.#retarget(Math.max(0, crew.target + count), 'scale', hot)
    this.#autoscaler.reconsider()
    const works = removed.flatMap(worker => worker.running())
    if (hot) for (const worker of removed) this.#orchestrator.interrupt(worker, new WorkDiscardedError('a hot scale()'))
    await keepAlive.during(
      Promise.all([count > 0 ? crew.whenManned() : undefined, ...removed.map(worker => worker.gone)]),
    )
    return {
      total,
      added: added.filter(worker => worker.phase === 'serving').map(worker => worker.id),
      removed: removed.map(worker => worker.id),
      works: new Map(works.map(work => [workId(idPrefix, work.serial), statusOf(work)])),
    }
  }

  /** See `Pool.restart`. */
  async restart(hot: boolean): Promise<RestartReport> {
    const { crew, keepAlive } = this.#orchestrator
    const before = new Set(crew.workers)
    const removed = await keepAlive.during(crew.replaceAll(hot))
    const added = [...crew.workers].filter(worker => !before.has(worker) && worker.phase === 'serving')
    return { added: added.map(worker => worker.id), removed: removed.map(worker => worker.id) }
  }

  /** See `WorkerInfo.stop`. */
  async stopWorker(worker: Worker, hot: boolean): Promise<string | undefined> {
    const { crew, keepAlive, idPrefix } = this.#orchestrator
    const [running] = worker.running()
    if (worker.isStaying) {
      const from = crew.target
      crew.dismiss(worker, hot)
      this.#autoscaler.reconsider()
      if (crew.target !== from) this.#onScaled({ from, to: crew.target, reason: 'scale' })
    }
    if (hot) this.#orchestrator.interrupt(worker, new WorkDiscardedError('a hot worker.stop()'))
    await keepAlive.during(worker.gone)
    return running === undefined ? undefined : workId(idPrefix, running.serial)
  }

  /**
   * Changes the target. Returns the workers that it added and removed, without those that listeners add or remove in
   * turn.
   */
  #retarget(to: number, reason: ScaleReason, hot = false): { total: number; added: Worker[]; removed: Worker[] } {
    const { crew } = this.#orchestrator
    const from = crew.target
    const before = new Set(crew.workers)
    const removed = crew.setTarget(to, hot)
    const added = [...crew.workers].filter(worker => !before.has(worker))
    if (to > from) this.#raisedAt = this.#clock.now()
    if (to !== from) this.#onScaled({ from, to, reason })
    return { total: to, added, removed }
  }

  #load(refusing: boolean, lastStep: number): Load {
    const { crew } = this.#orchestrator
    const { min, max, scalingFactor, waitTime } = this.#settings
    const idle = [...crew.workers].filter(worker => worker.idle)
    return {
      now: this.#clock.now(),
      // A worker that has just become available should first get time to make a difference.
      lastStep: Math.max(lastStep, crew.lastReady),
      target: crew.target,
      min,
      max,
      scalingFactor,
      waitTime,
      idleTime: this.#idleTime,
      starting: crew.starting,
      waitingSince: this.#orchestrator.waitingSince(),
      refusing,
      idleSince: idle.map(worker => Math.max(worker.places.idleSince, this.#raisedAt)),
    }
  }
}
