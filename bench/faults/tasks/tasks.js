/**
 * What goes wrong, the same for all pools: functions of one argument, because some pools pass no more than one. What begins
 * leaves a mark in memory that all threads share, so that it is known even if no answer ever comes.
 */

import { threadId } from 'node:worker_threads'

export function alive() {
  return 'alive'
}

/** Which thread serves. */
export function thread() {
  return threadId
}

export function mark({ starts, index }) {
  Atomics.add(starts, index, 1)
  return index
}

/** Waits, blocked, for the gate to open. */
export function held({ starts, index, gate }) {
  Atomics.add(starts, index, 1)
  Atomics.wait(gate, 0, 0)
  return index
}

/** Takes its thread along once the gate is open. */
export function heldThenExit({ starts, index, gate }) {
  held({ starts, index, gate })
  process.exit(1)
}

export function spinForever({ starts, index }) {
  Atomics.add(starts, index, 1)
  for (;;);
}

export function exit() {
  process.exit()
}

/** Never ends by itself: what it is about ends it, or nothing does. */
export async function throwInTimer() {
  setTimeout(() => {
    throw new Error('thrown in a timer')
  }, 10)
  await forever()
}

export async function looseRejection() {
  void Promise.reject(new Error('nobody handles this'))
  await forever()
}

/** Little by little: one allocation beyond the limit would take the process along, whoever runs the thread. */
export function exhaustHeap() {
  let list
  for (let n = 0; ; n++) list = { list, text: `number ${n}` }
}

export function throwUndefined() {
  throw undefined
}

/** What arrived, in words, because `null` as a result could have become something else on the way back. */
export function received(value) {
  return value === null ? 'null' : `${typeof value} ${JSON.stringify(value)}`
}

/** As compilers write an async function for older targets. */
export function returnsPromise(value) {
  return Promise.resolve(value)
}

export function returnsFunction() {
  return { callback() {} }
}

export function throwRangeError() {
  throw new RangeError('too far')
}

export function throwOwnClass() {
  throw new QuotaError('used up')
}

export function throwWithProperties() {
  throw Object.assign(new Error('no room'), { code: 'E_NO_ROOM', disk: { free: 3, wanted: 5 } })
}

export function throwWithCause() {
  throw new Error('not read', { cause: Object.assign(new RangeError('beyond the end'), { code: 'E_BEYOND' }) })
}

export function throwAggregate() {
  throw new AggregateError([new TypeError('first'), new RangeError('second')], 'both failed')
}

class QuotaError extends Error {
  name = 'QuotaError'
}

/** With something that keeps the thread's event loop turning. */
function forever() {
  return new Promise(() => setInterval(() => {}, 1000))
}
