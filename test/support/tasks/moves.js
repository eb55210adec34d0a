/** Tasks that take and give what moves between threads. */

import { context, transfer } from 'threadcrew/thread'

/** Gives bytes back, moved, and keeps what is left of them for `remains`. */
export function give(length) {
  const bytes = new Uint8Array(length).fill(7)
  globalThis.given = bytes
  return transfer({ deep: [{ bytes }] }, [bytes.buffer])
}

export function giveByContext(length) {
  const bytes = new Uint8Array(length).fill(8)
  globalThis.given = bytes
  return context().transfer(bytes, [bytes])
}

export function remains() {
  return globalThis.given.byteLength
}
