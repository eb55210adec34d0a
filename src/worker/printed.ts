/** Tells when what threads have printed has reached this process. */

import type { Clock } from '../base/clock.js'
import { type Deferred, deferred } from '../base/deferred.js'
import { OUTPUT_NAMES } from '../lane/messages.js'
import { Printed } from '../lane/printed.js'

interface PrintingWorker {
  /** The works whose functions are running. */
  running(): readonly unknown[]
  /** Resolves when what the thread has printed so far has arrived; undefined if it has. */
  whenPrinted(): Promise<void> | undefined
}

/**
 * Ms for which the output of an idle thread may keep the process. Normally it arrives within a few. A timer that a task
 * left behind may block the thread, or a task may have corked its stream.
 */
const LIMIT_MS = 1000

/**
 * Resolves when everything that these threads have printed has reached this process, or after a second; undefined if it
 * has. A thread that is still in a function is left out, because it may never send the rest.
 */
export function whenPrinted(workers: Iterable<PrintingWorker>, clock: Clock): Promise<unknown> | undefined {
  const printed: Promise<void>[] = []
  for (const worker of workers) {
    const own = worker.running().length > 0 ? undefined : worker.whenPrinted()
    if (own !== undefined) printed.push(own)
  }
  if (printed.length === 0) return undefined
  const limit = deferred()
  const timer = clock.after(LIMIT_MS, limit.resolve)
  return Promise.race([Promise.all(printed), limit.promise]).finally(() => timer.cancel())
}

/** What one thread prints, as the pool sees it. */
export class PrintedReader {
  readonly #printed: Printed
  readonly #arrived = OUTPUT_NAMES.map(() => 0)
  #isClosed = false
  #waiting: { readonly numbers: readonly number[]; readonly deferred: Deferred<void> } | undefined

  constructor(buffer: SharedArrayBuffer) {
    this.#printed = new Printed(buffer)
  }

  /**
   * Resolves when everything that the thread has printed so far has reached this process, or the thread is gone.
   * Undefined if that is so already.
   */
  whenArrived(): Promise<void> | undefined {
    const numbers = this.#printed.lastOnTheirWay
    if (this.#isClosed || this.#haveArrived(numbers)) return undefined
    // A caller that waited for less waits a little longer.
    this.#waiting = { numbers, deferred: this.#waiting?.deferred ?? deferred() }
    return this.#waiting.deferred.promise
  }

  /** The thread has heard that its output up to this number has arrived. */
  arrived(stream: number, number: number): void {
    if (this.#arrived[stream] === undefined) return
    this.#arrived[stream] = number
    if (this.#waiting !== undefined && this.#haveArrived(this.#waiting.numbers)) this.#tell()
  }

  /** Nothing more arrives. */
  close(): void {
    this.#isClosed = true
    this.#tell()
  }

  #tell(): void {
    this.#waiting?.deferred.resolve()
    this.#waiting = undefined
  }

  #haveArrived(numbers: readonly number[]): boolean {
    return numbers.every((number, stream) => number <= (this.#arrived[stream] ?? 0))
  }
}
