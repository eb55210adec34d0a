/** One thread of a group as the main side sees it: starting it, talking to it, ending it. Decides nothing. */

import { MessageChannel } from 'node:worker_threads'
import { inRootContext } from '../../base/async-context.js'
import { bare } from '../../base/checks.js'
import type { Clock, Timer } from '../../base/clock.js'
import { nodePort, type Port } from '../../lane/port.js'
import { type ThreadExit, ThreadLife } from '../../launch/life.js'
import type { ResolvedThreadOptions } from '../../launch/options.js'
import { launch } from '../../launch/start.js'
import { fromErrorRecord } from '../../values/error-record.js'
import type { ResolvedGroup } from '../scheme/scheme.js'
import type { EndKind, GroupBoot, GroupDown, GroupUp } from '../shared/messages.js'

const PROGRAM = new URL('./thread/main.cjs', import.meta.url)

/** Ms that a worker which is to end at once gets to reject what waits in it, before its thread is ended. */
const HOT_GRACE_MS = 50
/** Ms that an ended thread may take to exit before it counts as stuck in native code. */
const KILL_TIMEOUT_MS = 1000

/** What is to be started. */
export interface GroupThreadPlan {
  readonly id: string
  readonly group: ResolvedGroup
  readonly boot: Omit<GroupBoot, 'type' | 'control'>
  readonly clock: Clock
  /** Ms that its jobs get to end when it has come to its end by itself. */
  readonly stopTimeout: number
  /** Which of the threads that have been in its record it is. */
  readonly generation: number
}

/** How it ended, in the thread's own words if it had any. */
export interface GroupExit extends ThreadExit {
  /** What it said of its end; undefined if it came to it without a word. */
  readonly said: { readonly kind: EndKind; readonly error: unknown } | undefined
}

export interface GroupThreadObserver {
  ready(): void
  /** It is to take nothing new. */
  leaving(): void
  /** It says something to the Watcher. */
  heard(message: Exclude<GroupUp, { type: 'ready' | 'ending' }>): void
  /** It did not exit in time; nobody waits for it any longer. What is known of its end so far. */
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
  readonly #life: ThreadLife
  readonly #control: Port<GroupUp, GroupDown>
  #said: GroupExit['said']
  /** When it is ended if it has not by then. `at` is Clock ms. */
  #deadline: { readonly at: number; readonly timer: Timer } | undefined

  /** Throws what Node throws for options it refuses. */
  constructor({ id, group, boot, clock, generation, stopTimeout }: GroupThreadPlan, observer: GroupThreadObserver) {
    this.record = boot.record
    this.generation = generation
    this.startedAt = clock.now()
    this.#observer = observer
    this.#clock = clock
    this.#stopTimeout = stopTimeout
    const worker = inRootContext(() =>
      launch(PROGRAM, Object.assign(bare<ResolvedThreadOptions>(), { name: id }, group.runner), {
        failed: error => this.#life.failed(error),
        exited: code => this.#life.exited(code),
      }),
    )
    this.threadId = worker.threadId
    this.#life = new ThreadLife(`worker ${id}`, clock, KILL_TIMEOUT_MS, {
      terminate: () => void worker.terminate(),
      drain: () => {
        for (let message; (message = this.#control.poll()) !== undefined; ) this.#heard(message)
      },
      stuck: exit => observer.stuck({ ...exit, said: this.#said }),
      exited: exit => {
        this.#deadline?.timer.cancel()
        this.#control.close()
        observer.exited({ ...exit, said: this.#said })
      },
    })
    const { port1, port2 } = inRootContext(() => new MessageChannel())
    this.#control = nodePort(port1, false)
    this.#control.listen(
      message => this.#heard(message),
      error => this.fail(error),
    )
    worker.postMessage({ ...boot, type: 'boot', control: port2 } satisfies GroupBoot, [port2])
  }

  /** Resolves when the thread is available, or gone. */
  get up(): Promise<void> {
    return this.#life.up
  }

  /** Resolves when the thread has exited, or is given up. */
  get gone(): Promise<void> {
    return this.#life.gone
  }

  get isServing(): boolean {
    return this.#life.phase === 'serving'
  }

  /** It has neither been told to end nor ended. */
  get isStaying(): boolean {
    return this.#life.isStaying
  }

  /** Throws, having sent nothing, where the message cannot be cloned. */
  post(message: GroupDown): void {
    const transfer = message.type === 'lane' ? [message.end.port] : undefined
    if (this.#life.phase !== 'stopped') this.#control.post(message, transfer)
  }

  /** Tells it to end, and ends it if it has not within so many ms. A second call can only make that sooner. */
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

  /** Ends the thread because of this error, which nobody had asked for. */
  fail(error: Error): void {
    if (!this.#life.fault(error)) return
    this.#observer.leaving()
    this.#life.kill()
  }

  /** Unless it is to be ended sooner anyway. */
  #killAfter(limit: number): void {
    const at = this.#clock.now() + limit
    if (this.#deadline !== undefined && this.#deadline.at <= at) return
    this.#deadline?.timer.cancel()
    this.#deadline = { at, timer: this.#clock.after(limit, () => this.kill()) }
  }

  #heard(message: GroupUp): void {
    // Code in the thread can get hold of its end of this port, and post what it likes.
    switch (message?.type) {
      case 'ready':
        if (this.#life.started()) this.#observer.ready()
        break
      case 'ending':
        // By its own wish, but jobs that are sent from here on would come too late.
        if (this.#life.phase !== 'stopped') {
          this.#observer.leaving()
          this.#killAfter(this.#stopTimeout)
        }
        // The first error is why it ends, also where that comes while it finishes its jobs.
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
          // It is none of ours, or says what cannot be: whatever else the thread says is no better.
          this.fail(error instanceof Error ? error : new Error(String(error)))
        }
    }
  }
}
