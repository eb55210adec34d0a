/**
 * Gives back what a thread leaves behind when it ends: answers in shared memory, works that never began, works that are
 * lost.
 */

import { WorkerLostError } from '../errors/works.js'
import { isOutOfMemory, type ThreadExit } from '../launch/life.js'
import { clear, lossReason } from '../lane/clear.js'
import type { WorkRecord } from '../work/record.js'
import { isFinal } from '../work/status.js'
import type { Worker } from './worker.js'

export interface SalvageHost {
  /** Its function had ended, and its answer lies in shared memory. */
  endedEarly(work: WorkRecord, value: unknown): void
  /** It never began, or is to run again, and goes to the head of the queue. Called for the newest work first. */
  goesBack(work: WorkRecord): void
  /** It had begun, or its buffers are gone with the thread. */
  lost(work: WorkRecord, error: WorkerLostError): void
  /** It was running when its thread ended. True if it is to run again. */
  retry(work: WorkRecord): boolean
  /** It was settled before, and now its function is gone. */
  vacated(work: WorkRecord): void
}

/**
 * Clears the lane of a thread that will never answer again. Its port must have been read to the end.
 *
 * @param exit how the thread ended; undefined if it is stuck
 * @returns whether a work was lost with the thread. Then the error that ended the thread is reported by that work.
 */
export function salvage(worker: Worker, exit: ThreadExit | undefined, host: SalvageHost): boolean {
  let anyLost = false
  // A final work is still here only because it has begun. It is not taken back.
  const revoke = (work: WorkRecord): boolean => !isFinal(work.status) && worker.revoke(work)
  for (const remains of clear(worker.lane, 'newest first', revoke)) {
    const { work } = remains
    if (remains.left === 'answer') {
      host.endedEarly(work, remains.value)
    } else if (remains.left === 'work') {
      host.goesBack(work)
    } else if (isFinal(work.status)) {
      host.vacated(work)
      work.onLane = false
    } else {
      anyLost = true
      const { started, ended } = remains
      // A thread that is stuck may go on with the work. And what has ended is never run twice.
      const mayRunAgain = started && !ended && exit !== undefined
      if (mayRunAgain && host.retry(work)) host.goesBack(work)
      else host.lost(work, lossOf(worker, exit, started, ended))
      work.onLane = false
    }
  }
  return anyLost
}

function lossOf(worker: Worker, exit: ThreadExit | undefined, started: boolean, ended: boolean): WorkerLostError {
  const { code, failure } = exit ?? { code: 1, failure: undefined }
  const threadEnd = failure === undefined ? 'exit' : isOutOfMemory(failure.error) ? 'out-of-memory' : 'crash'
  const { killedFor } = worker
  const options =
    failure !== undefined ? { cause: failure.error } : killedFor !== undefined ? { cause: killedFor.reason } : undefined
  return new WorkerLostError(
    { workerId: worker.id, exitCode: code, started, reason: lossReason(ended, threadEnd) },
    options,
  )
}
