/**
 * One OS thread from its start to its exit, whatever runs in it. A life reads the thread's control port and keeps its
 * phase. It does not know what the messages mean or what the thread is for. Nothing here blocks: a thread that does not
 * exit within a time counts as stuck, and nothing waits for it any longer.
 */

import { codeOf } from '../errors/words.js'
import type { Transferable } from 'node:worker_threads'
import type { Clock } from '../base/clock.js'
import { deferred } from '../base/deferred.js'
import { advance } from '../base/moves.js'
import { type Patience, patience } from '../base/patience.js'
import { WORKER_MOVES, type WorkerPhase } from './phase.js'

/** How a thread ended. */
export interface ThreadExit {
  readonly code: number
  /**
   * The uncaught error that ended it, or the error that its start failed with. In an object, because any value can be
   * thrown.
   */
  readonly failure: { readonly error: unknown } | undefined
  /** Whether the thread had reported that it was ready. */
  readonly hadStarted: boolean
  /** Whether the end was requested: the thread was retired or killed before it exited. */
  readonly asked: boolean
}

/** The port on which a thread reports its state and receives instructions. */
export interface ControlPort<In, Out> {
  /** Throws, without sending anything, if the message cannot be cloned. */
  post(message: Out, transfer?: readonly Transferable[]): void
  listen(onMessage: (message: In) => void, onUnreadable: (error: Error) => void): void
  /** The next message that has already arrived. */
  poll(): In | undefined
  close(): void
}

/** The parts of a started thread that its life needs. */
export interface StartedThread<In, Out> {
  readonly control: ControlPort<In, Out>
  /** Ends the thread as soon as it executes JavaScript; `exited` reports when that has happened. */
  terminate(): void
}

/** The owner of a thread: gets its messages and every stage of its end. */
export interface LifeHost<In> {
  /** A message came on the control port. A task can get hold of the other end, so it may be any value. */
  heard(message: In): void
  /** Reads what the thread has sent on ports other than its control port. Nothing more comes after this. */
  drain?(): void
  /** A fault: the thread must get nothing new, and is terminated right after this call. */
  faulted(): void
  /** The thread did not exit in time, and nothing waits for it any longer. `soFar` is what is known; its code is 1. */
  stuck(soFar: ThreadExit): void
  /** The thread is gone, and everything that it sent has been read. Called after `stuck`, too. */
  exited(exit: ThreadExit): void
}

export class ThreadLife<In, Out> {
  /** Resolves when the thread has reported that it is ready, or is gone. */
  readonly up: Promise<void>
  /** Resolves when the thread has exited, or counts as stuck. */
  readonly gone: Promise<void>
  readonly #name: string
  readonly #clock: Clock
  readonly #killTimeout: number
  readonly #thread: StartedThread<In, Out>
  readonly #host: LifeHost<In>
  #phase: WorkerPhase = 'starting'
  #hadStarted = false
  /** Whether the thread is being ended because of a fault, which does not count as a requested end. */
  #faulty = false
  #failure: { readonly error: unknown } | undefined
  #killTimer: Patience | undefined
  readonly #up = deferred()
  readonly #gone = deferred()

  /**
   * @param name of the thread, for the error when a rule of its phases is broken
   * @param killTimeout ms that the thread may take to exit after `kill`, before it counts as stuck. Only time in which
   *   this event loop ran counts, because a blocked one would not notice the exit
   */
  constructor(name: string, clock: Clock, killTimeout: number, thread: StartedThread<In, Out>, host: LifeHost<In>) {
    this.#name = name
    this.#clock = clock
    this.#killTimeout = killTimeout
    this.#thread = thread
    this.#host = host
    this.gone = this.#gone.promise
    this.up = Promise.race([this.#up.promise, this.gone])
    thread.control.listen(
      message => host.heard(message),
      error => this.fault(error),
    )
  }

  get phase(): WorkerPhase {
    return this.#phase
  }

  /** Whether the thread has neither ended nor been told to end. */
  get isStaying(): boolean {
    return this.#phase === 'starting' || this.#phase === 'serving'
  }

  /** Sends a message on the control port, unless the thread has exited. Throws if the message cannot be cloned. */
  post(message: Out, transfer?: readonly Transferable[]): void {
    if (this.#phase !== 'stopped') this.#thread.control.post(message, transfer)
  }

  /** The thread reports that it is ready. True if it serves from here on; false if it was told to end before. */
  started(): boolean {
    this.#hadStarted = true
    this.#up.resolve()
    if (this.#phase !== 'starting') return false
    this.#move('serving')
    return true
  }

  /** Something went wrong in the thread. If the thread then ends, the first such error is the reason. */
  failed(error: unknown): void {
    this.#failure ??= { error }
  }

  /**
   * Ends the thread because messages from it are lost or it broke the protocol. That does not count as a requested end.
   */
  fault(error: Error): void {
    this.failed(error)
    if (this.#phase === 'stopped') return
    this.#faulty = true
    if (this.#phase !== 'stopping') this.#move('stopping')
    this.#host.faulted()
    this.kill()
  }

  /** From here on the thread gets nothing new. Returns false if it had been told to end before. */
  retire(): boolean {
    if (!this.isStaying) return false
    this.#move('stopping')
    return true
  }

  /** Ends the thread now. Native code may hold it: see {@link LifeHost.stuck}. */
  kill(): void {
    if (this.#phase === 'stopped' || this.#killTimer !== undefined) return
    if (this.#phase !== 'stopping') this.#move('stopping')
    this.#killTimer = patience(this.#clock, this.#killTimeout, () => {
      this.#host.stuck(this.#exit(1, this.#wasAsked))
      this.#gone.resolve()
    })
    this.#thread.terminate()
  }

  /** The thread has exited. */
  exited(code: number): void {
    const asked = this.#wasAsked
    // On Node 20 'exit' may come before messages that were posted earlier. After this, none comes.
    for (let message; (message = this.#thread.control.poll()) !== undefined; ) this.#host.heard(message)
    // What is read from here on may lead to new works, which must not go to this thread.
    if (this.isStaying) this.#move('stopping')
    this.#host.drain?.()
    this.#move('stopped')
    this.#killTimer?.cancel()
    this.#thread.control.close()
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
  return codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY'
}
