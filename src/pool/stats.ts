/** The figures of a pool: what `pool.stats()` returns, and how it is put together. */

import type { Percentiles } from '../base/histogram.js'
import type { WorkerStatus } from '../launch/phase.js'
import type { Orchestrator } from './orchestrator.js'

/**
 * A snapshot of a pool's figures. `submitted = waiting + queued + running + done + failed + discarded`, at every
 * moment.
 *
 * @group Workers and figures
 */
export interface PoolStats {
  /** Works that `execute()` has returned since the pool was created. */
  submitted: number
  /** Works at the door of a full buffer now. */
  waiting: number
  /** Works that are accepted but have not started yet, including those already sent to a thread. */
  queued: number
  /** Works whose function is running now. */
  running: number
  /** Works that have ended with a result so far. */
  done: number
  /** Works that have ended with an error so far: refused, timed out, thrown, or lost with their thread. */
  failed: number
  /**
   * Works that were cancelled so far: by `discard` or `discardUnstarted`, a signal, `work.stop()`, a hot `scale`,
   * `restart` or `stop`, or the end of a `map` or `stream`.
   */
  discarded: number
  /** Worker threads now. Each is in exactly one of `starting`, `available`, `busy`, `stopping` and `stuck`. */
  workers: {
    /** The target, as `pool.total` returns it. Not the sum of the others. */
    total: number
    /** Not ready for works yet: the thread is starting or runs `setup`. */
    starting: number
    /** Ready, without work. */
    available: number
    /** Running a work, or a cancelled one that has not ended yet. */
    busy: number
    /** Asked to end and not gone yet. */
    stopping: number
    /** Ids of the workers that were ended and did not exit within `killTimeout`: they are held in native code. */
    stuck: string[]
  }
  /** From submission to start, in ms, including time at the door. */
  waitTime: Percentiles
  /** From start to end, in ms. */
  runTime: Percentiles
}

/** Takes the snapshot. Costs some microseconds, because it examines each lane. */
export function statsOf({ crew, census, register }: Orchestrator): PoolStats {
  const count = { starting: 0, available: 0, busy: 0, stopping: 0, stopped: 0 } satisfies Record<WorkerStatus, number>
  for (const worker of crew.workers) count[worker.status]++
  const { starting, available, busy, stopping } = count
  const stuck = [...crew.stuck].map(worker => worker.id)
  return {
    ...register.counts,
    ...census,
    workers: { total: crew.target, starting, available, busy, stopping, stuck },
    waitTime: register.waitTime.percentiles(),
    runTime: register.runTime.percentiles(),
  }
}
