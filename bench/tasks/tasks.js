/** What the works of all benchmarks do. Plain functions: the files beside this one hand them to each pool in its own way. */

import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

export function noop() {}

export function echo(value) {
  return value
}

/** Keeps its thread busy for so many ms, by the clock. */
export function spin(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** Says when it began and ended, on the clock that all threads of a process share. */
export function timed(ms) {
  const began = performance.now()
  const end = began + ms
  let now = began
  while (now < end) now = performance.now()
  return [began, now]
}

export function sha256AndGzip(bytes) {
  return [createHash('sha256').update(bytes).digest('hex'), gzipSync(bytes).length]
}

/** Parses and checks orders; returns how many are sound, and their total. */
export function parseOrders(text) {
  let sound = 0
  let total = 0
  for (const { id, customer, lines } of JSON.parse(text)) {
    const isSound =
      Number.isInteger(id) &&
      typeof customer?.name === 'string' &&
      /^[^@\s]+@[^@\s]+$/.test(customer.email) &&
      lines.every(({ count, price }) => count > 0 && price >= 0)
    if (!isSound) continue
    sound++
    for (const { count, price } of lines) total += count * price
  }
  return [sound, total]
}

/** A 5 × 5 box blur of a square picture of doubles. Returns a new picture, which the caller may move. */
export function blur(pixels, side) {
  const result = new Float64Array(pixels.length)
  for (let y = 2; y < side - 2; y++) {
    for (let x = 2; x < side - 2; x++) {
      let sum = 0
      for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) sum += pixels[(y + dy) * side + x + dx]
      result[y * side + x] = sum / 25
    }
  }
  return result
}
