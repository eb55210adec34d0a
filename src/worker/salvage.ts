/** What a thread leaves behind when it ends: answers still in shared memory, works that go back, works that are lost. */

import { WorkerLostError } from '../errors/works.js'
import { isOutOfMemory, type ThreadExit } from '../launch/life.js'
import type { WorkRecord } from '../work/record.js'
import { isFinal } from '../work/status.js'
import type { Worker } from './worker.js'

export interface SalvageHost {
  /** Its function had ended, and its answer lies in shared memory. */
  endedEarly(work: WorkRecord, value: unknown): void
  /** It never began, and goes to the head of the queue. Told newest first. */
  goesBack(work: WorkRecord): void
  /** It had begun, or its buffers went down with the thread. */
  lost(work: WorkRecord, error: WorkerLostError): void
  /** It ran as its thread ended. True if it is to run again: then it goes back like one that never began. */
  retry(work: WorkRecord): boolean
  /** It had been settled before, and its function is gone now. */
  vacated(work: WorkRecord): void
}

/**
 * Clears the lane of a thread that will never answer again; its port has been read to the end before.
 *
 * @param exit how the thread ended; undefined if it is stuck
 * @returns whether a work went down with the thread, which then owns the error that ended it
 */
export function salvage(worker: Worker, exit: ThreadExit | undefined, host: SalvageHost): boolean {
  const { lane } = worker
  lane.collect((work, value) => host.endedEarly(work, value))
  let owned = false
  for (const work of [...lane].reverse()) {
    if (isFinal(work.status)) {
      host.vacated(work)
      work.onLane = false
      continue
    }
    // Also where its buffers are lost: a thread that comes back from native code must not begin it.
    const started = !worker.revoke(work)
    if (!started && work.transfer === undefined) {
      host.goesBack(work)
      continue
    }
    owned = true
    const ended = started && lane.hasEnded(work)
    // A thread that is stuck may go on with it; and what has ended is never made twice.
    const mayRunAgain = started && !ended && exit !== undefined
    if (mayRunAgain && host.retry(work)) host.goesBack(work)
    else host.lost(work, lossOf(worker, exit, started, ended))
    work.onLane = false
  }
  return owned
}

function lossOf(worker: Worker, exit: ThreadExit | undefined, started: boolean, ended: boolean): WorkerLostError {
  const { code, failure } = exit ?? { code: 1, failure: undefined }
  const reason = ended
    ? 'answer-lost'
    : failure === undefined
      ? 'exit'
      : isOutOfMemory(failure.error)
        ? 'out-of-memory'
        : 'crash'
  const { killedFor } = worker
  const options =
    failure !== undefined ? { cause: failure.error } : killedFor !== undefined ? { cause: killedFor.reason } : undefined
  return new WorkerLostError({ workerId: worker.id, exitCode: code, started, reason }, options)
}
