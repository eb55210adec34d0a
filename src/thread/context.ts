/**
 * What a task can see of its work: `this` of an inline function, and the result of `context()`. It knows the lane of
 * the work, but not the runner.
 */

import type { AsyncLocalStorage } from 'node:async_hooks'
import { threadId } from 'node:worker_threads'
import { WorkDiscardedError } from '../errors/works.js'
import type { Delivery } from '../lane/batch.js'
import type { OutputName } from '../lane/messages.js'
import type { LaneReceiver } from '../lane/receiver.js'
import { workId } from '../lane/work-id.js'
import type { WorkContext } from '../task/context.js'
import { transfer, type Transferable } from '../values/transfer.js'
import { type AbortSource, detach, liveController } from './abort.js'
import { Credit } from './streaming.js'

/** Everything is made only when the task asks for it, because most tasks never do. */
export class RunningWork implements WorkContext, AbortSource {
  readonly workerId: string
  /** For a stream: how many values its generator may still yield. */
  readonly credit: Credit | undefined
  readonly #lane: LaneReceiver
  readonly #delivery: Delivery
  #controller: AbortController | undefined
  /** The abort, if one was asked for. In an array, because any value can be a reason. */
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

  /** Whether the caller of the work has asked for what the task writes. */
  get isCaptured(): boolean {
    return this.#delivery.isCaptured && !this.#ended
  }

  /** The task has written something, which its caller has asked for. */
  wrote(text: string, name: OutputName): void {
    this.#lane.output(this.#delivery, text, name)
  }

  transfer<T extends object>(value: T, list: readonly Transferable[]): T {
    return transfer(value, list)
  }

  /** Whether this is the work of that offer. */
  is(slot: number, ticket: number): boolean {
    return this.#delivery.slot === slot && this.#delivery.ticket === ticket
  }

  /** An abort has arrived. */
  abort(reason: unknown): void {
    if (this.#abort !== undefined || this.#ended) return
    this.#abort = [reason]
    // Whichever work has read the port, the listeners that run are this work's, so they run on its behalf.
    onBehalfOf(this, () => this.#controller?.abort(reason))
    this.credit?.close()
  }

  /** The reader of its stream has left, so the generator need not wait for anything any more. */
  close(): void {
    this.abort(new WorkDiscardedError('the end of its stream()'))
  }

  /** Delivers an abort that the shared memory shows. */
  deliverAbort(): void {
    // The message was posted before the word was set, so this finds the message, which leads to abort().
    if (this.#abort === undefined && this.#lane.abortRequested(this.#delivery)) this.#lane.lookIn()
  }

  /** The function has ended. From here on the slot may belong to another work. */
  end(): void {
    this.#ended = true
    // Timers and promises of the task may live on and keep this context, but should not keep the arguments.
    this.#delivery.args = NOTHING
    if (this.#controller !== undefined) detach(this.#controller.signal)
  }
}

const NOTHING: readonly unknown[] = Object.freeze([])

/** The running work, if works run one at a time. */
let current: RunningWork | undefined
/** The work whose code is running, if several works run at a time. */
let contexts: AsyncLocalStorage<RunningWork> | undefined

/**
 * Call this if several works run at a time. Then the work that calls `context()` is tracked, at some cost per await.
 */
export function shareThread(): void {
  // Not imported, because every thread would load it at its start and few need it.
  const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')
  contexts ??= new AsyncLocalStorage()
}

/**
 * Runs `act` as code of this work, including everything that it starts. Has an effect only if works share the thread.
 */
export function onBehalfOf<R>(work: RunningWork, act: () => R): R {
  return contexts === undefined ? act() : contexts.run(work, act)
}

/** Runs `act` as code of no work, whichever work calls. */
export function onNobodysBehalf(act: () => void): void {
  if (contexts === undefined) act()
  else contexts.exit(act)
}

/**
 * Sets the running work before its function is called, and undefined when it has ended. Only if works run one at a
 * time.
 */
export function setCurrent(work: RunningWork | undefined): void {
  current = work
}

/** The work whose code is running; undefined outside any work. */
export function currentWork(): RunningWork | undefined {
  return contexts === undefined ? current : contexts.getStore()
}

/**
 * The work that calls this function: its id, its worker, its signal. For arrow functions and module tasks, which have
 * no `this` of their own.
 *
 * @throws {Error} outside a work, for example on the main thread
 * @group Tasks
 */
export function context(): WorkContext {
  const work = currentWork()
  if (work === undefined)
    throw new Error(
      'context() was called outside a work; call it only from a task while the task runs on a thread of a pool',
    )
  return work
}
