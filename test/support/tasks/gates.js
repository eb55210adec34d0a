/** Tasks that stop at a gate (see ../gate.ts), as module exports and usable inline: each stands alone. */

/** Stops at the gate, blocking its thread, then returns `value`. */
export function stand(buffer, value) {
  const words = new Int32Array(buffer)
  Atomics.add(words, 1, 1)
  Atomics.wait(words, 0, 0)
  return value
}

/** Stops at the gate without blocking its thread, then returns `value`. */
export async function standAsync(buffer, value) {
  const words = new Int32Array(buffer)
  Atomics.add(words, 1, 1)
  while (Atomics.load(words, 0) === 0) await new Promise(resolve => setTimeout(resolve, 1))
  return value
}

/** Tells the gate that it has begun and loops for ever. */
export function loop(buffer) {
  Atomics.add(new Int32Array(buffer), 1, 1)
  for (;;);
}
