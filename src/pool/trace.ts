/**
 * What the pool publishes for tracing tools through Node's `diagnostics_channel`. Without subscribers it creates
 * nothing, and a work costs one check of a flag. It sees works and workers as users see them.
 */

import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { TaskRecord } from '../task/record.js'
import type { WorkRecord } from '../work/record.js'
import type { FinalStatus, WorkStatus } from '../work/status.js'
import type { Work } from '../work/work.js'
import type { WorkerInfo } from '../worker/info.js'

/**
 * The message of the tracing channel `threadcrew:work`: one object for all events of a work. `start` and `end` are
 * published when it is submitted, `error` if it fails or is discarded, and `asyncStart` and `asyncEnd` when it is
 * settled, before reactions to its promise run.
 *
 * @group Events
 */
export interface WorkTrace {
  /** The work, with its id, times and status. */
  readonly work: Work<unknown>
  /** The name of its function, or `url#export`; empty for a function without a name. */
  readonly task: string
  /** Its final status. Set from `error` or `asyncStart` on. */
  status?: WorkStatus
  /** Its result, if it is `'done'`. */
  result?: unknown
  /** Its error, if it is `'failed'` or `'discarded'`. */
  error?: unknown
}

/**
 * The message of the channel `threadcrew:worker`.
 *
 * @group Events
 */
export interface WorkerNews {
  /** The worker is available for the first time, or has exited. */
  readonly type: 'online' | 'exit'
  /** The worker. */
  readonly worker: WorkerInfo
  /** With `'exit'`: the exit code of the thread. */
  readonly exitCode?: number
  /** With `'exit'`: the uncaught error that ended the thread, if there was one. */
  readonly error?: unknown
}

const works = tracingChannel<WorkTrace, WorkTrace>('threadcrew:work')
const workers = channel('threadcrew:worker')

/** The messages of unfinished works that were submitted while there were subscribers. */
const traces = new WeakMap<WorkRecord, WorkTrace>()

/** The work was submitted. */
export function traceSubmission(work: WorkRecord): void {
  if (!works.hasSubscribers) return
  const trace: WorkTrace = { work: work.handle, task: nameOf(work.task) }
  traces.set(work, trace)
  works.start.publish(trace)
  works.end.publish(trace)
}

/** The work is settled. */
export function traceEnd(work: WorkRecord, status: FinalStatus, payload: unknown): void {
  if (!works.hasSubscribers) return
  const trace = traces.get(work)
  if (trace === undefined) return
  traces.delete(work)
  trace.status = status
  if (status === 'done') {
    trace.result = payload
  } else {
    trace.error = payload
    works.error.publish(trace)
  }
  works.asyncStart.publish(trace)
  works.asyncEnd.publish(trace)
}

/** A worker has started or exited. `news` makes the message, and is called only if there are subscribers. */
export function traceWorker(news: () => WorkerNews): void {
  if (workers.hasSubscribers) workers.publish(news())
}

function nameOf({ definition }: TaskRecord): string {
  if (definition.type === 'module') return `${definition.url}#${definition.exportName}`
  return definition.type === 'function' ? definition.name : 'handler'
}
