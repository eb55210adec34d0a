/**
 * One thread of a group as the main side sees it: starts it, exchanges messages with it, ends it. It makes no
 * decisions.
 */

import { isError } from '../../errors/words.js'
import { MessageChannel } from 'node:worker_threads'
import { inRootContext } from '../../base/async-context.js'
import { bare } from '../../base/checks.js'
import type { Clock } from '../../base/clock.js'
import { type Patience, patience } from '../../base/patience.js'
import { nodePort } from '../../lane/port.js'
import { type ThreadExit, ThreadLife } from '../../launch/life.js'
import type { ResolvedThreadOptions } from '../../launch/options.js'
import { launch } from '../../launch/start.js'
import { fromErrorRecord } from '../../values/error-record.js'
import type { ResolvedGroup } from '../scheme/scheme.js'
import type { EndKind, GroupBoot, GroupDown, GroupUp } from '../shared/messages.js'

const PROGRAM = new URL('./thread/main.cjs', import.meta.url)

/** Ms that a thread gets to reject the jobs that wait in it when it is stopped hot. Then it is terminated. */
const HOT_GRACE_MS = 50
/** Ms that a terminated thread may take to exit before it counts as stuck in native code. */
const KILL_TIMEOUT_MS = 1000

/** What to start. */
export interface GroupThreadPlan {
  readonly id: string
  readonly group: ResolvedGroup
  readonly boot: Omit<GroupBoot, 'type' | 'control'>
  readonly clock: Clock
  /** Ms that its jobs get to end when the thread ends by itself. */
  readonly stopTimeout: number
  /** The number of the thread among those that have used its record. */
  readonly generation: number
}

/** How the thread ended, with its own report if it sent one. */
export interface GroupExit extends ThreadExit {
  /** What it reported about its end; undefined if it ended without a report. */
  readonly said: { readonly kind: EndKind; readonly error: unknown } | undefined
}

export interface GroupThreadObserver {
  ready(): void
  /** The thread must get nothing new. */
  leaving(): void
  /** A message for the Watcher. */
  heard(message: Exclude<GroupUp, { type: 'ready' | 'ending' }>): void
  /** The thread did not exit in time, and nothing waits for it any longer. `exit` is what is known so far. */
  stuck(exit: GroupExit): void
  exited(exit: GroupExit): void
}

export class GroupThread {
  readonly record: number
  readonly generation: number
  readonly threadId: number
  /** Clock ms. */
  readonly startedAt: number
  readonly #observer: GroupThreadObserver
  readonly #clock: Clock
  readonly #stopTimeout: number
  readonly #life: ThreadLife<GroupUp, GroupDown>
  #said: GroupExit['said']
  /** When it has passed, the thread is killed. */
  #deadline: Patience | undefined

  /** Throws what Node throws for options it refuses. */
  constructor({ id, group, boot, clock, generation, stopTimeout }: GroupThreadPlan, observer: GroupThreadObserver) {
    this.record = boot.record
    this.generation = generation
    this.startedAt = clock.now()
    this.#observer = observer
    this.#clock = clock
    this.#stopTimeout = stopTimeout
    const worker = inRootContext(() =>
      launch(
        PROGRAM,
        Object.assign(bare<ResolvedThreadOptions>(), { name: id }, group.runner),
        {
          failed: error => this.#life.failed(error),
          exited: code => this.#life.exited(code),
        },
        "a worker sends messages with worker.send(), and the event 'message' of the pool receives them",
      ),
    )
    this.threadId = worker.threadId
    const { port1, port2 } = inRootContext(() => new MessageChannel())
    const thread = { control: nodePort<GroupUp, GroupDown>(port1, false), terminate: () => void worker.terminate() }
    this.#life = new ThreadLife(`worker ${id}`, clock, KILL_TIMEOUT_MS, thread, {
      heard: message => this.#heard(message),
      faulted: () => observer.leaving(),
      stuck: exit => observer.stuck({ ...exit, said: this.#said }),
      exited: exit => {
        this.#deadline?.cancel()
        observer.exited({ ...exit, said: this.#said })
      },
    })
    worker.postMessage({ ...boot, type: 'boot', control: port2 } satisfies GroupBoot, [port2])
  }

  /** Resolves when the thread is available, or gone. */
  get up(): Promise<void> {
    return this.#life.up
  }

  /** Resolves when the thread has exited, or counts as stuck. */
  get gone(): Promise<void> {
    return this.#life.gone
  }

  get isServing(): boolean {
    return this.#life.phase === 'serving'
  }

  /** Whether the thread has neither ended nor been told to end. */
  get isStaying(): boolean {
    return this.#life.isStaying
  }

  /** Throws, without sending anything, if the message cannot be cloned. */
  post(message: GroupDown): void {
    this.#life.post(message, message.type === 'lane' ? [message.end.port] : undefined)
  }

  /** Tells the thread to end, and kills it after `timeoutMs`. A second call can only make that sooner. */
  stop(hot: boolean, timeoutMs: number): void {
    if (this.#life.phase === 'stopped') return
    const wasStaying = this.#life.retire()
    if (wasStaying) this.#observer.leaving()
    if (wasStaying || hot) this.post({ type: 'stop', hot })
    this.#killAfter(hot ? Math.min(HOT_GRACE_MS, timeoutMs) : timeoutMs)
  }

  /** Ends the thread now. */
  kill(): void {
    this.#life.kill()
  }

  /** Ends the thread because of this error. That counts as a failure of the thread, not as a requested end. */
  fail(error: Error): void {
    this.#life.fault(error)
  }

  /** Does nothing if the thread is killed sooner anyway. */
  #killAfter(limit: number): void {
    if (this.#deadline !== undefined && this.#deadline.left <= limit) return
    this.#deadline?.cancel()
    this.#deadline = patience(this.#clock, limit, () => this.kill())
  }

  #heard(message: GroupUp): void {
    switch (message?.type) {
      case 'ready':
        if (this.#life.started()) this.#observer.ready()
        break
      case 'ending':
        // It ends by itself, but jobs that are sent from here on would come too late.
        if (this.#life.phase !== 'stopped') {
          this.#observer.leaving()
          // A thread that was told to end finishes its jobs within the limit that it was given then.
          if (this.isStaying || message.kind !== 'returned') this.#killAfter(this.#stopTimeout)
        }
        // The first error is why it ends, even if the error comes while the thread finishes its jobs.
        if (this.#said === undefined || this.#said.kind === 'returned') {
          const error = message.error === undefined ? undefined : fromErrorRecord(message.error)
          this.#said = { kind: message.kind, error }
        }
        break
      case 'connect':
      case 'waiting':
      case 'freed':
      case 'jobFailed':
      case 'log':
      case 'message':
        try {
          this.#observer.heard(message)
        } catch (error) {
          // The message is not from our code, or claims something impossible: nothing that this thread sends can be
          // trusted.
          this.fail(isError(error) ? error : new Error(String(error)))
        }
    }
  }
}
