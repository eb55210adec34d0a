/**
 * The life of one thread as the main side sees it: from its start to its exit, and what if it does not exit when told. Knows
 * neither what the thread does nor who wants it.
 */

import { deferred } from '../base/deferred.js'
import type { Clock, Timer } from '../base/clock.js'
import { advance } from '../base/moves.js'
import { WORKER_MOVES, type WorkerPhase } from './phase.js'

/** How a thread came to its end. */
export interface ThreadExit {
  readonly code: number
  /** The uncaught error that ended it, or what its start failed with. In an object, because any value can be thrown. */
  readonly failure: { readonly error: unknown } | undefined
  /** It had said that it is ready. */
  readonly hadStarted: boolean
  /** We wanted it to end. */
  readonly asked: boolean
}

/** What a life asks of whoever holds the thread, and tells. */
export interface LifeHost {
  /** Ends the thread as soon as it executes JavaScript. */
  terminate(): void
  /** Reads what the thread has said last, after which nothing more comes. */
  drain(): void
  /** It did not exit in time: nobody waits for it any longer. What is known of its end so far; the code is Node's for such. */
  stuck(soFar: ThreadExit): void
  /** The thread is gone. Comes after `stuck`, too. */
  exited(exit: ThreadExit): void
}

export class ThreadLife {
  /** Resolves when the thread has said that it is ready, or is gone. */
  readonly up: Promise<void>
  /** Resolves when the thread has exited, or is given up as stuck. */
  readonly gone: Promise<void>
  readonly #name: string
  readonly #clock: Clock
  readonly #killTimeout: number
  readonly #host: LifeHost
  #phase: WorkerPhase = 'starting'
  #hadStarted = false
  #isStuck = false
  /** A message of its could not be read: we end it, but nobody wanted that. */
  #faulty = false
  #failure: { readonly error: unknown } | undefined
  #killTimer: Timer | undefined
  readonly #up = deferred()
  readonly #gone = deferred()

  /**
   * @param name how to speak of the thread where a rule is broken
   * @param killTimeout ms that it may take to exit, once it is to be ended, before it counts as stuck
   */
  constructor(name: string, clock: Clock, killTimeout: number, host: LifeHost) {
    this.#name = name
    this.#clock = clock
    this.#killTimeout = killTimeout
    this.#host = host
    this.gone = this.#gone.promise
    this.up = Promise.race([this.#up.promise, this.gone])
  }

  get phase(): WorkerPhase {
    return this.#phase
  }

  /** It has neither been told to end nor ended. */
  get isStaying(): boolean {
    return this.#phase === 'starting' || this.#phase === 'serving'
  }

  /** It was told to end and has not: native code. */
  get isStuck(): boolean {
    return this.#isStuck && this.#phase !== 'stopped'
  }

  /** The thread says that it is ready. True if it serves from here on; false if it was told to end before. */
  started(): boolean {
    this.#hadStarted = true
    this.#up.resolve()
    if (this.#phase !== 'starting') return false
    this.#move('serving')
    return true
  }

  /** Something went wrong in the thread: the first such error is why it ended, if it ends. */
  failed(error: unknown): void {
    this.#failure ??= { error }
  }

  /** A message came that cannot be read. True if the thread has to be ended, which is the caller's to see to. */
  fault(error: Error): boolean {
    this.failed(error)
    if (this.#phase === 'stopped') return false
    this.#faulty = true
    if (this.#phase !== 'stopping') this.#move('stopping')
    return true
  }

  /** It is to take nothing new. False where it was told so before. */
  retire(): boolean {
    if (!this.isStaying) return false
    this.#move('stopping')
    return true
  }

  /** Ends the thread now. Native code may hold it: see {@link LifeHost.stuck}. */
  kill(): void {
    if (this.#phase === 'stopped' || this.#killTimer !== undefined) return
    if (this.#phase !== 'stopping') this.#move('stopping')
    this.#killTimer = this.#clock.after(this.#killTimeout, () => {
      this.#isStuck = true
      this.#host.stuck(this.#exit(1, this.#wasAsked))
      this.#gone.resolve()
    })
    this.#host.terminate()
  }

  /** The thread has exited. */
  exited(code: number): void {
    const asked = this.#wasAsked
    // On Node 20 'exit' may come before messages that were posted earlier; after this, none comes.
    this.#host.drain()
    this.#move('stopped')
    this.#killTimer?.cancel()
    this.#host.exited(this.#exit(code, asked))
    this.#gone.resolve()
  }

  get #wasAsked(): boolean {
    return this.#phase === 'stopping' && !this.#faulty
  }

  #exit(code: number, asked: boolean): ThreadExit {
    return { code, failure: this.#failure, hadStarted: this.#hadStarted, asked }
  }

  #move(to: WorkerPhase): void {
    this.#phase = advance(WORKER_MOVES, this.#name, this.#phase, to)
  }
}

/** Whether Node ended the thread at its heap limit. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}
