/** A port as the pool uses one: four verbs, so that a test can stand in for the other side. Knows no messages. */

import { type MessagePort, receiveMessageOnPort, type TransferListItem } from 'node:worker_threads'

export interface Port<In, Out> {
  /** Sends a message. Throws, having sent nothing, where it cannot be cloned. */
  post(message: Out, transfer?: readonly TransferListItem[]): void
  /**
   * Calls back with each message, and with the error of one that cannot be read. Called once.
   * @param onClosed the other end is closed, or its thread is gone; everything it had posted has been read
   */
  listen(onMessage: (message: In) => void, onUnreadable: (error: Error) => void, onClosed?: () => void): void
  /** The next message that lies there already, without waiting for its event. */
  poll(): In | undefined
  close(): void
}

/** @param keepsAlive whether it keeps its thread alive; in the pool's own thread nothing does but KeepAlive */
export function nodePort<In, Out>(port: MessagePort, keepsAlive: boolean): Port<In, Out> {
  let unreadable: (error: Error) => void
  // Node 20 reads a null pointer where a port is polled by those who hear of its 'close': the process is gone.
  let isClosed = false
  port.once('close', () => (isClosed = true))
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    listen: (onMessage, onUnreadable, onClosed) => {
      unreadable = onUnreadable
      port.on('message', onMessage)
      port.on('messageerror', onUnreadable)
      if (onClosed !== undefined) port.on('close', onClosed)
      // A listener makes Node hold the port again, so this comes last.
      if (!keepsAlive) port.unref()
    },
    poll: () => {
      if (isClosed) return undefined
      try {
        return (receiveMessageOnPort(port) as { message: In } | undefined)?.message
      } catch (error) {
        unreadable(error as Error)
        return undefined
      }
    },
    close: () => port.close(),
  }
}
