/** Tasks that write into a StepLog (see ../steps.ts) when they begin and end. Each is short unless it is given a gate. */

import { threadId } from 'node:worker_threads'

const BEGUN = 0
const ENDED = 1
const CAPACITY = 2
const HEADER = 3

/** Writes down an index and this thread; what is unwritten is 0, hence the + 1. */
function note(buffer, list, index) {
  const words = new Int32Array(buffer)
  const at = HEADER + 2 * (list * words[CAPACITY] + Atomics.add(words, list, 1))
  Atomics.store(words, at + 1, threadId)
  Atomics.store(words, at, index + 1)
}

function stand(gate) {
  const words = new Int32Array(gate)
  Atomics.add(words, 1, 1)
  Atomics.wait(words, 0, 0)
}

/** Returns its index; a small answer. Stops at the gate if there is one. */
export function step(log, index, gate) {
  note(log, BEGUN, index)
  if (gate !== undefined) stand(gate)
  note(log, ENDED, index)
  return index
}

/** Like {@link step}, with an object for an answer. */
export function stepObject(log, index, gate) {
  return { index: step(log, index, gate) }
}

/** Like {@link step}, but keeps its thread busy at the gate. */
export function spinStep(log, index, gate) {
  note(log, BEGUN, index)
  if (gate !== undefined) {
    const words = new Int32Array(gate)
    Atomics.add(words, 1, 1)
    while (Atomics.load(words, 0) === 0);
  }
  note(log, ENDED, index)
  return index
}

/** Like {@link step}, and takes so many ms, or no time. */
export function busyStep(log, index, ms = 0) {
  note(log, BEGUN, index)
  for (const end = performance.now() + ms; performance.now() < end; );
  note(log, ENDED, index)
  return index
}

/** Like {@link step}, and lasts until a moment on the clock that all threads share; the moment is given late. */
export function timedStep(log, index, moment, gate) {
  note(log, BEGUN, index)
  if (gate !== undefined) Atomics.add(new Int32Array(gate), 1, 1)
  const end = new Float64Array(moment)
  while (end[0] === 0 || performance.now() < end[0]);
  note(log, ENDED, index)
  return index
}

/** Like {@link step}, without blocking its thread at the gate. */
export async function asyncStep(log, index, gate) {
  note(log, BEGUN, index)
  if (gate !== undefined) {
    const words = new Int32Array(gate)
    Atomics.add(words, 1, 1)
    while (Atomics.load(words, 0) === 0) await new Promise(resolve => setTimeout(resolve, 1))
  }
  note(log, ENDED, index)
  return index
}

/** Calls `process.exit(code)` if a code is given. */
export function exitStep(log, index, code) {
  note(log, BEGUN, index)
  if (code !== undefined) process.exit(code)
  note(log, ENDED, index)
  return { index }
}
