/**
 * Tells when the output of a thread has reached this process. It knows nothing about works.
 */

import { type Deferred, deferred } from '../base/deferred.js'
import { Printed, PRINTED_STREAMS } from '../lane/printed.js'

/** What one thread prints, as the pool sees it. */
export class PrintedReader {
  readonly #printed: Printed
  readonly #arrived = PRINTED_STREAMS.map(() => 0)
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
