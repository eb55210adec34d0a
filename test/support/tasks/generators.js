/** Generators that count in shared memory what they were asked for, and their `finally`. */

export function* counted(trace, count) {
  const words = new Int32Array(trace)
  try {
    for (let i = 0; i < count; i++) {
      Atomics.add(words, 0, 1)
      yield i
    }
  } finally {
    Atomics.add(words, 1, 1)
  }
}

export async function* countedAsync(trace, count) {
  const words = new Int32Array(trace)
  try {
    for (let i = 0; i < count; i++) {
      await undefined
      Atomics.add(words, 0, 1)
      yield i
    }
  } finally {
    await new Promise(resolve => setImmediate(resolve))
    Atomics.add(words, 1, 1)
  }
}
