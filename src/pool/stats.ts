/** Owns how the figures of a pool look and how durations are summed up; must not know where they come from. */

import type { Percentiles } from '../base/histogram.js'

/** A snapshot of a pool's figures. `submitted = waiting + queued + running + done + failed + discarded`, at every moment. */
export interface PoolStats {
  /** Works that `execute()` has returned since the pool was made. */
  submitted: number
  /** Works at the door of a full buffer, right now. */
  waiting: number
  /** Works accepted and not started, right now; those already sent to a thread included. */
  queued: number
  /** Works whose function runs, right now. */
  running: number
  /** Works that ended with a result, so far. */
  done: number
  /** Works that ended with an error, so far: refused, timed out, thrown, lost with their thread. */
  failed: number
  /** Works that somebody called off, so far: discard, a signal, `work.stop()`, a hot `scale` or `stop`. */
  discarded: number
  /** Worker threads, right now: each is in exactly one of `starting`, `available`, `busy`, `stopping` and `stuck`. */
  workers: {
    /** How many are wanted: the target that `pool.total` reads, not a sum. */
    total: number
    /** Not ready for works yet: the thread starts, or runs `setup`. */
    starting: number
    /** Ready, and without work. */
    available: number
    /** Running a work; also one that was called off and has not ended. */
    busy: number
    /** Asked to end, and not gone yet. */
    stopping: number
    /** Ids of those that were ended and have not gone within `killTimeout`: native code holds them. */
    stuck: string[]
  }
  /** From submission to start, in ms; the time at the door included. */
  waitTime: Percentiles
  /** From start to end, in ms. */
  runTime: Percentiles
}
