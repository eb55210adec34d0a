/**
 * What a lane needs from a port: four operations, so that tests can play the other side. It knows nothing about
 * messages.
 */

import { type MessagePort, receiveMessageOnPort, type Transferable } from 'node:worker_threads'

export interface Port<In, Out> {
  /** Sends a message. Throws, without sending anything, if it cannot be cloned. */
  post(message: Out, transfer?: readonly Transferable[]): void
  /**
   * Calls back with each message, and with the error of a message that cannot be read. Must be called once.
   *
   * @param onClosed called when the other end is closed or its thread is gone, after everything it had posted was read
   */
  listen(onMessage: (message: In) => void, onUnreadable: (error: Error) => void, onClosed?: () => void): void
  /** The next message that has arrived, without waiting for its event. */
  poll(): In | undefined
  close(): void
}

/** @param keepsAlive whether the port keeps its thread alive; in the thread of the pool only KeepAlive does that */
export function nodePort<In, Out>(port: MessagePort, keepsAlive: boolean): Port<In, Out> {
  let unreadable: (error: Error) => void
  // Node 20 crashes (it reads a null pointer) if a listener of the 'close' event polls the port.
  let isClosed = false
  port.once('close', () => (isClosed = true))
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    listen: (onMessage, onUnreadable, onClosed) => {
      unreadable = onUnreadable
      port.on('message', onMessage)
      port.on('messageerror', onUnreadable)
      if (onClosed !== undefined) port.on('close', onClosed)
      // Adding a listener makes Node ref the port again, so this comes last.
      if (!keepsAlive) port.unref()
    },
    poll: () => {
      // What comes after an unreadable message may be the answers of other works.
      while (!isClosed) {
        try {
          return (receiveMessageOnPort(port) as { message: In } | undefined)?.message
        } catch (error) {
          unreadable(error as Error)
        }
      }
      return undefined
    },
    close: () => port.close(),
  }
}

/** A port that numbers its messages, from 1, so that one side can tell which message could not be read. */
export class NumberedPort<In, Out> implements Port<In, Out> {
  readonly #port: Port<In, Out>
  #posted = 0
  #received = 0

  constructor(port: Port<In, Out>) {
    this.#port = port
  }

  /** The number of the message that was posted last. */
  get posted(): number {
    return this.#posted
  }

  /** The number of the message that came last, whether it could be read or not. */
  get received(): number {
    return this.#received
  }

  post(message: Out, transfer?: readonly Transferable[]): void {
    this.#port.post(message, transfer)
    this.#posted++
  }

  listen(onMessage: (message: In) => void, onUnreadable: (error: Error) => void, onClosed?: () => void): void {
    this.#port.listen(
      message => {
        this.#received++
        onMessage(message)
      },
      error => {
        this.#received++
        onUnreadable(error)
      },
      onClosed,
    )
  }

  poll(): In | undefined {
    const message = this.#port.poll()
    if (message !== undefined) this.#received++
    return message
  }

  close(): void {
    this.#port.close()
  }
}
