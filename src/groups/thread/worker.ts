/** The worker as code in its thread sees it. It tells the Watcher, and is told, by messages; it ends nothing itself. */

import { deferred } from '../../base/deferred.js'
import { threadId } from 'node:worker_threads'
import { realClock, type Timer } from '../../base/clock.js'
import { throwLater } from '../../base/throw-later.js'
import { PoolStoppedError } from '../../errors/works.js'
import type { JobSender } from '../jobs/job-sender.js'
import type { GroupFacts, WorkerType } from '../shared/group-facts.js'
import type { GroupWorker, JobHandler, Jobs, WorkerLogger } from '../shared/group-worker.js'
import type { JobOptions } from '../shared/job-options.js'
import { packFields } from '../shared/log-fields.js'
import type { LogFields, LogLevel } from '../shared/logger.js'
import type { GroupBoot, GroupUp } from '../shared/messages.js'

/** What sends its jobs. */
export type Sender = Pick<JobSender, 'send'>

export class ThreadWorker implements GroupWorker {
  readonly id: string
  readonly group: string
  readonly type: WorkerType
  readonly threadId = threadId
  readonly logger: WorkerLogger
  readonly jobs: Jobs
  /** Why its signal aborts. */
  readonly stopReason: Error
  readonly #tell: (message: GroupUp) => void
  readonly #setHandler: (handler: JobHandler) => void
  readonly #abort = new AbortController()
  readonly #terminated = deferred()
  readonly #listeners: ((message: unknown) => void)[] = []
  /** Messages that came before there was a listener. */
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
    this.stopReason = new PoolStoppedError(`worker ${this.id}`)
    this.#tell = tell
    this.#setHandler = setHandler
    this.jobs = {
      // Not an async function: that is two promises and three turns of the microtask queue more for each job.
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
    // So that it is ended if its run() does not look.
    this.#tell({ type: 'ending', kind: 'returned', error: undefined })
    this.terminate()
  }

  handleJobs<T>(handler: JobHandler<T>): void {
    // What a sender sends is the sender's word, which nothing here can check.
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
      // From the end of one call to the beginning of the next, so that a slow one is not called twice at a time.
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

  /** For the program: the main thread has sent this. */
  receive(message: unknown): void {
    if (this.#listeners.length === 0) this.#early.push(message)
    for (const listener of this.#listeners) listener(message)
  }

  /** For the program: the worker ends, or is told to. */
  terminate(): void {
    if (this.#abort.signal.aborted) return
    for (const cancel of [...this.#timers]) cancel()
    this.#terminated.resolve()
    this.#abort.abort(this.stopReason)
  }
}
