/** Tasks that leave a trace in shared memory (see ../log.ts), as module exports and usable inline: each stands alone. */

/** Notes `value` in the log and returns it. */
export function note(log, value) {
  const words = new Int32Array(log)
  const at = Atomics.add(words, 0, 1) + 1
  if (at >= words.length) throw new RangeError('the log is full')
  Atomics.store(words, at, value)
  return value
}

/** Notes `value`, then stops at the gate (see ../gate.ts), blocking its thread. Returns `value`. */
export function noteAndStand(log, value, gate) {
  const notes = new Int32Array(log)
  Atomics.store(notes, Atomics.add(notes, 0, 1) + 1, value)
  const words = new Int32Array(gate)
  Atomics.add(words, 1, 1)
  Atomics.wait(words, 0, 0)
  return value
}

/** As `setup`: counts its calls in the second word of `data`, and fails while the first is not 0: it counts down to there. */
export function failingSetup(data) {
  const words = new Int32Array(data)
  Atomics.add(words, 1, 1)
  if (Atomics.load(words, 0) === 0) return
  Atomics.sub(words, 0, 1)
  throw Object.assign(new RangeError('no licence'), { code: 'E_LICENCE' })
}
