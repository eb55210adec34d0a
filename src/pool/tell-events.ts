/** Turns what the inner parts of a pool report into events and traces. */

import type { Emitter } from '../base/emitter.js'
import type { WorkerInfo } from '../worker/info.js'
import type { Worker } from '../worker/worker.js'
import type { PoolEvents } from './events.js'
import type { Observer } from './observer.js'
import { traceEnd, traceSubmission, traceWorker } from './trace.js'

/**
 * @param infoOf the worker as users see it
 * @param scaling what scaling needs to know, and no event reports: the load may have changed, a work is about to be
 * refused
 */
export function tellEvents(
  events: Emitter<PoolEvents>,
  infoOf: (worker: Worker) => WorkerInfo,
  scaling: { loadChanged(): void; refusing(): void },
): Observer {
  return {
    submitted: traceSubmission,
    queued: work => {
      if (events.has('queued')) events.emit('queued', work.handle)
    },
    settled: (work, status, payload) => {
      traceEnd(work, status, payload)
      if (status === 'done') {
        if (events.has('done')) events.emit('done', work.handle)
      } else if (events.has(status)) events.emit(status, work.handle, payload)
    },
    hearsFailures: () => events.has('failed'),
    drained: () => events.emit('drain'),
    idle: () => events.emit('idle'),
    loadChanged: () => scaling.loadChanged(),
    refusing: () => scaling.refusing(),
    workerOnline: worker => {
      traceWorker(() => ({ type: 'online', worker: infoOf(worker) }))
      events.emit('workerOnline', infoOf(worker))
    },
    workerExit: (worker, { code, failure }) => {
      traceWorker(() => ({ type: 'exit', worker: infoOf(worker), exitCode: code, error: failure?.error }))
      events.emit('workerExit', infoOf(worker), code, failure?.error)
    },
    error: error => events.report(error),
  }
}
