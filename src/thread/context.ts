/** What a task sees of its work: `this` of an inline function and the result of `context()`. Knows the lane it came by, no runner. */

import type { AsyncLocalStorage } from 'node:async_hooks'
import { threadId } from 'node:worker_threads'
import { WorkDiscardedError } from '../errors/works.js'
import type { Delivery } from '../lane/batch.js'
import type { LaneReceiver } from '../lane/receiver.js'
import { workId } from '../lane/work-id.js'
import type { WorkContext } from '../task/context.js'
import { transfer, type Transferable } from '../values/transfer.js'
import { type AbortSource, detach, liveController } from './abort.js'
import { Credit } from './streaming.js'

/** Nothing here is made before the task asks for it: most tasks never do. */
export class RunningWork implements WorkContext, AbortSource {
  readonly workerId: string
  /** Of a stream: what its generator may still yield. */
  readonly credit: Credit | undefined
  readonly #lane: LaneReceiver
  readonly #delivery: Delivery
  #controller: AbortController | undefined
  /** The abort asked for before the task looked at its signal. In an array, because any value can be a reason. */
  #abort: [reason: unknown] | undefined
  #ended = false

  constructor(workerId: string, lane: LaneReceiver, delivery: Delivery) {
    this.workerId = workerId
    this.#lane = lane
    this.#delivery = delivery
    this.credit = delivery.window === undefined ? undefined : new Credit(delivery.window)
  }

  get id(): string {
    return workId(this.#lane.idPrefix, this.#delivery.serial)
  }

  get threadId(): number {
    return threadId
  }

  get label(): string | undefined {
    return this.#delivery.label
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = liveController(this)
      if (this.#abort !== undefined) this.#controller.abort(this.#abort[0])
      if (this.#ended) detach(this.#controller.signal)
    }
    return this.#controller.signal
  }

  progress(value: unknown): void {
    if (this.#delivery.isWatched && !this.#ended) this.#lane.progress(this.#delivery, value)
  }

  transfer<T extends object>(value: T, list: readonly Transferable[]): T {
    return transfer(value, list)
  }

  /** For the runner. */
  is(slot: number, ticket: number): boolean {
    return this.#delivery.slot === slot && this.#delivery.ticket === ticket
  }

  /** The abort has arrived. */
  abort(reason: unknown): void {
    if (this.#abort !== undefined || this.#ended) return
    this.#abort = [reason]
    // Whoever has read the port: what listeners do is this work's doing.
    onBehalfOf(this, () => this.#controller?.abort(reason))
    this.credit?.close()
  }

  /** The reader of its stream has left: nothing that it waits for is wanted any more. */
  close(): void {
    this.abort(new WorkDiscardedError('the end of its stream()'))
  }

  /** For the runner. */
  deliverAbort(): void {
    // The message was posted before the word was set, so this finds it and comes back through abort().
    if (this.#abort === undefined && this.#lane.abortRequested(this.#delivery)) this.#lane.lookIn()
  }

  /** The function has ended; from here on the slot may belong to another work. */
  end(): void {
    this.#ended = true
    // What it has started may go on, and keep its context: not what it was given.
    this.#delivery.args = NOTHING
    if (this.#controller !== undefined) detach(this.#controller.signal)
  }
}

const NOTHING: readonly unknown[] = Object.freeze([])

/** The work that runs, where it is one at a time. */
let current: RunningWork | undefined
/** Whose code this is, where several run at a time. */
let contexts: AsyncLocalStorage<RunningWork> | undefined

/** From here on several works run at a time: which of them asks has to be found out, at some cost for each await. */
export function shareThread(): void {
  // Not imported: few threads need it, and each would load it at its start.
  const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')
  contexts ??= new AsyncLocalStorage()
}

/** What `act` does, and what comes of it later, is this work's doing. For a thread that is shared. */
export function onBehalfOf<R>(work: RunningWork, act: () => R): R {
  return contexts === undefined ? act() : contexts.run(work, act)
}

/** What `act` sets off is no work's doing, whoever calls. */
export function onNobodysBehalf(act: () => void): void {
  if (contexts === undefined) act()
  else contexts.exit(act)
}

/** The runner says which work's function it is about to call, and when it has ended. For a thread that is not shared. */
export function setCurrent(work: RunningWork | undefined): void {
  current = work
}

/**
 * The work that calls it: its id, its worker, its signal. For arrow functions and module tasks, which have no `this` of
 * their own.
 *
 * @throws {Error} outside a work, on the main thread for example
 */
export function context(): WorkContext {
  const work = contexts === undefined ? current : contexts.getStore()
  if (work === undefined)
    throw new Error('context() was called outside a work: it is there only while a task runs on a thread of the pool')
  return work
}
