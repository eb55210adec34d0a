/** What a thread leaves behind when it ends: answers still in shared memory, works that go back, works that are lost. */

import { WorkerLostError } from '../errors/works.js'
import { isOutOfMemory, type ThreadExit } from '../launch/life.js'
import type { WorkRecord } from '../work/record.js'
import type { WorkRegister } from '../work/register.js'
import { isFinal } from '../work/status.js'
import type { Worker } from './worker.js'

/**
 * Clears the lane of a thread that will never answer again; its port has been read to the end before.
 *
 * @param exit how the thread ended; undefined if it is stuck
 * @param goBack puts a work at the head of the queue: it never began, or is to run again. Called newest first
 * @returns whether a work went down with the thread, which then owns the error that ended it
 */
export function salvage(
  worker: Worker,
  exit: ThreadExit | undefined,
  register: WorkRegister,
  goBack: (work: WorkRecord) => void,
): boolean {
  const { lane } = worker
  lane.collect((work, value) => register.endedEarly(work, value))
  let owned = false
  for (const work of [...lane].reverse()) {
    if (isFinal(work.status)) {
      register.vacated(work)
      work.onLane = false
      continue
    }
    // Also where its buffers are lost: a thread that comes back from native code must not begin it.
    const started = !worker.revoke(work)
    if (!started && work.transfer === undefined) {
      goBack(work)
      continue
    }
    owned = true
    const ended = started && lane.hasEnded(work)
    // A thread that is stuck may go on with it; and what has ended is never made twice.
    const mayRunAgain = started && !ended && exit !== undefined
    if (mayRunAgain && register.retry(work)) goBack(work)
    else register.lost(work, lossOf(worker, exit, started, ended))
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
