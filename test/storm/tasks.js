/**
 * What the works of the storm do. Each stands alone, as its text travels; the first thing each does is to mark in shared
 * memory that it was begun.
 */

export const tasks = {
  nothing: (marks, i) => {
    Atomics.add(marks, i, 1)
    return i
  },
  object: (marks, i) => {
    Atomics.add(marks, i, 1)
    return { i, list: [i, { deep: String(i) }] }
  },
  large: (marks, i) => {
    Atomics.add(marks, i, 1)
    return Array.from({ length: 200 }, () => i)
  },
  text: (marks, i) => {
    Atomics.add(marks, i, 1)
    return 'a text that is too long for shared memory '.repeat(3) + i
  },
  moved: function (marks, i) {
    Atomics.add(marks, i, 1)
    const bytes = new Uint8Array(2000).fill(i & 255)
    return this.transfer(bytes, [bytes.buffer])
  },
  spin: (marks, i, ms) => {
    Atomics.add(marks, i, 1)
    const end = performance.now() + ms
    while (performance.now() < end);
    return i
  },
  wait: (marks, i, ms) => {
    Atomics.add(marks, i, 1)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    return i
  },
  later: async (marks, i, ms) => {
    Atomics.add(marks, i, 1)
    await new Promise(resolve => setTimeout(resolve, ms))
    return i
  },
  progress: function (marks, i) {
    Atomics.add(marks, i, 1)
    for (let n = 0; n < 5; n++) this.progress(n)
    return i
  },
  polite: async function (marks, i) {
    Atomics.add(marks, i, 1)
    while (!this.signal.aborted) await new Promise(resolve => setTimeout(resolve, 1))
    return i
  },
  endless: (marks, i) => {
    Atomics.add(marks, i, 1)
    for (;;);
  },
  throws: (marks, i) => {
    Atomics.add(marks, i, 1)
    throw Object.assign(new RangeError(`mine ${i}`), { i })
  },
  rejects: async (marks, i) => {
    Atomics.add(marks, i, 1)
    throw new TypeError(`mine ${i}`)
  },
  throwsStrangely: (marks, i) => {
    Atomics.add(marks, i, 1)
    throw [undefined, null, 7, 'text', Symbol('s'), { toString: null }, new Proxy({}, {}), () => {}][i % 8]
  },
  uncloneable: (marks, i) => {
    Atomics.add(marks, i, 1)
    return { i, f: () => {} }
  },
  exits: (marks, i) => {
    Atomics.add(marks, i, 1)
    process.exit(i % 3)
  },
  crashes: (marks, i) => {
    Atomics.add(marks, i, 1)
    return new Promise(() => {
      setTimeout(() => {
        throw new Error(`crash ${i}`)
      })
    })
  },
  rejectsLoosely: (marks, i) => {
    Atomics.add(marks, i, 1)
    void Promise.reject(new Error(`loose ${i}`))
    return new Promise(() => {})
  },
  fillsHeap: (marks, i) => {
    Atomics.add(marks, i, 1)
    // Gradually: what is allocated in one go would take the process with it.
    const kept = []
    for (;;) kept.push(new Array(1000).fill(i + 0.5))
  },
}
