/**
 * Takes care of what a thread leaves behind when it ends: answers in shared memory, works that never began, works that
 * are lost.
 */

import { WorkerLostError } from '../errors/works.js'
import { isOutOfMemory, type ThreadExit } from '../launch/life.js'
import { clear, lossReason } from '../lane/clear.js'
import type { WorkRecord } from '../work/record.js'
import type { WorkRegister } from '../work/register.js'
import { isFinal } from '../work/status.js'
import type { Worker } from './worker.js'

/**
 * Clears the lane of a thread that will never answer again. Its port must have been read to the end.
 *
 * @param exit how the thread ended; undefined if it is stuck
 * @param goBack puts a work at the head of the queue: it never began, or will run again. Called for the newest work
 * first
 * @returns whether a work was lost with the thread. Then the error that ended the thread is reported by that work.
 */
export function salvage(
  worker: Worker,
  exit: ThreadExit | undefined,
  register: WorkRegister,
  goBack: (work: WorkRecord) => void,
): boolean {
  let anyLost = false
  // A final work is still here only because it has begun. It is not taken back.
  const revoke = (work: WorkRecord): boolean => !isFinal(work.status) && worker.revoke(work)
  for (const remains of clear(worker.lane, 'newest first', revoke)) {
    const { work } = remains
    if (remains.left === 'answer') {
      register.endedEarly(work, remains.value)
    } else if (remains.left === 'work') {
      goBack(work)
    } else if (isFinal(work.status)) {
      register.vacated(work)
      work.onLane = false
    } else {
      anyLost = true
      const { started, ended } = remains
      // A thread that is stuck may still run the work. And a work whose function has ended never runs twice.
      const mayRunAgain = started && !ended && exit !== undefined
      if (mayRunAgain && register.retry(work)) goBack(work)
      else register.lost(work, lossOf(worker, exit, started, ended))
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
