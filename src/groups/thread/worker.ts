/**
 * The worker, as the user's code in its thread sees it. It exchanges messages with the Watcher, and does not end the
 * thread itself.
 */

import { deferred } from '../../base/deferred.js'
import { threadId } from 'node:worker_threads'
import { realClock, type Timer } from '../../base/clock.js'
import { throwLater } from '../../base/throw-later.js'
import { WorkerStoppedError } from '../../errors/groups.js'
import type { JobSender } from '../jobs/job-sender.js'
import type { GroupFacts, WorkerType } from '../shared/group-facts.js'
import type { GroupWorker, JobHandler, Jobs, WorkerLogger } from '../shared/group-worker.js'
import type { JobOptions } from '../shared/job-options.js'
import { packFields } from '../shared/log-fields.js'
import type { LogFields, LogLevel } from '../shared/logger.js'
import type { GroupBoot, GroupUp } from '../shared/messages.js'

/** The part of a JobSender that the worker needs. */
export type Sender = Pick<JobSender, 'send'>

export class ThreadWorker implements GroupWorker {
  readonly id: string
  readonly group: string
  readonly type: WorkerType
  readonly threadId = threadId
  readonly data: unknown
  readonly logger: WorkerLogger
  readonly jobs: Jobs
  /** The reason with which its signal aborts. */
  readonly stopReason: Error
  readonly #tell: (message: GroupUp) => void
  readonly #setHandler: (handler: JobHandler) => void
  readonly #abort = new AbortController()
  readonly #terminated = deferred()
  readonly #listeners: ((message: unknown) => void)[] = []
  /** Messages that arrived before there was a listener. */
  #early: unknown[] = []
  readonly #timers = new Set<() => void>()

  constructor(
    boot: GroupBoot,
    group: GroupFacts,
    sender: Sender,
    tell: (message: GroupUp) => void,
    setHandler: (handler: JobHandler) => void,
  ) {
    this.id = boot.workerId
    this.group = group.name
    this.type = group.type
    this.data = boot.data
    this.stopReason = new WorkerStoppedError(this.id)
    this.#tell = tell
    this.#setHandler = setHandler
    this.jobs = {
      // Not an async function, which costs two more promises and three more microtasks per job.
      send: <R>(name: string, data?: unknown, options?: JobOptions) => {
        try {
          return sender.send(name, data, options) as Promise<R>
        } catch (error) {
          return Promise.reject(error)
        }
      },
    }
    const line =
      (level: LogLevel) =>
      (text: string, fields: LogFields = {}): void =>
        tell({ type: 'log', level, text, fields: packFields(fields) })
    this.logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  awaitTermination(): Promise<void> {
    return this.#terminated.promise
  }

  stop(): void {
    if (this.#abort.signal.aborted) return
    // The Watcher then ends the thread if run() does not return in time.
    this.#tell({ type: 'ending', kind: 'returned', error: undefined })
    this.terminate()
  }

  handleJobs<T>(handler: JobHandler<T>): void {
    // The type of the data is up to the senders. Nothing here can check it.
    this.#setHandler(handler as JobHandler)
  }

  every(ms: number, fn: () => unknown): () => void {
    if (typeof ms !== 'number' || !(ms >= 0))
      throw new RangeError(`every(ms, fn): ms must be a number ≥ 0, got ${String(ms)}`)
    if (typeof fn !== 'function') throw new TypeError(`every(ms, fn): fn must be a function, got ${typeof fn}`)
    let timer: Timer | undefined
    const cancel = (): void => {
      timer?.cancel()
      this.#timers.delete(cancel)
    }
    const again = (): void => {
      if (!this.#timers.has(cancel)) return
      // Counts from the end of one call to the start of the next, so that calls of a slow function do not overlap.
      timer = realClock.after(ms, () => void new Promise(resolve => resolve(fn())).then(again, throwLater))
    }
    this.#timers.add(cancel)
    again()
    return cancel
  }

  send(message: unknown): void {
    this.#tell({ type: 'message', message })
  }

  on(event: 'message', listener: (message: unknown) => void): void {
    if (event !== 'message') throw new TypeError(`a worker has no event ${JSON.stringify(event)}, only "message"`)
    if (typeof listener !== 'function') throw new TypeError(`listener must be a function, got ${typeof listener}`)
    this.#listeners.push(listener)
    const early = this.#early
    this.#early = []
    for (const message of early) listener(message)
  }

  /** Called by main.ts with each message from the main thread. */
  receive(message: unknown): void {
    if (this.#listeners.length === 0) this.#early.push(message)
    for (const listener of this.#listeners) listener(message)
  }

  /** Called by main.ts when the worker ends or is asked to end. */
  terminate(): void {
    if (this.#abort.signal.aborted) return
    for (const cancel of [...this.#timers]) cancel()
    this.#terminated.resolve()
    this.#abort.abort(this.stopReason)
  }
}
