/** The tasks as threadcrew takes them: a module of functions. */

import { transfer } from 'threadcrew/thread'
import { blur } from './tasks.js'

export { echo, noop, parseOrders, sha256AndGzip, spin, timed } from './tasks.js'

export function echoMoved(buffer) {
  return transfer(buffer, [buffer])
}

export function blurMoved(pixels, side) {
  const result = blur(pixels, side)
  return transfer(result, [result.buffer])
}
