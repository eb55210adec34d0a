/** What the jobs of the storm do in their thread. The first thing each does is to mark that it was begun, the last that it has ended. */

import { setTimeout as delay } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { transfer } from 'threadcrew/groups'
import { Marks } from './marks.js'
import { send } from './send.js'
import { specOf } from './spec.js'

/** Ms for which a job blocks its thread that is meant to be found unresponsive. */
const BLOCK_MS = 8000
/** Ms for which a job goes on that does not care for its signal. */
const DEAF_MS = 400

/** The handler of a worker. */
export function handlerOf(worker) {
  return (data, job) => {
    const marks = new Marks(data.marks)
    marks.begun(data.i, threadId)
    let result
    try {
      result = kinds[data.kind](data, job, worker, marks)
    } finally {
      if (!(result instanceof Promise)) marks.ended(data.i)
    }
    return result instanceof Promise ? result.finally(() => marks.ended(data.i)) : result
  }
}

const never = new Promise(() => {})

const kinds = {
  nothing: ({ i }) => i,
  object: ({ i }) => ({ i, list: [i, { deep: String(i) }] }),
  text: ({ i }) => 'a text that is too long for shared memory '.repeat(3) + i,
  moved: ({ i }) => {
    const bytes = new Uint8Array(2000).fill(i & 255)
    return transfer(bytes, [bytes.buffer])
  },
  spin: ({ i, ms }) => {
    block(ms / 10)
    return i
  },
  later: async ({ i, ms }) => {
    await delay(ms)
    return i
  },
  progress: async ({ i, ms }, job) => {
    for (let n = 0; n < 5; n++) {
      job.progress(n)
      if (n === ms) await delay(1)
    }
    return i
  },
  pauses: async ({ i, ms }, job) => {
    for (let n = 0; n < ms; n++) await job.pause()
    return i
  },
  polite: async ({ i }, job) => {
    while (!job.signal.aborted) await delay(1)
    return i
  },
  /** Only the service does it: the job is another one, which it sends. */
  through: async ({ i, seed, total }, _job, worker, marks) => {
    await send(specOf(seed, total + i, total), seed, total, worker.jobs, marks, text =>
      worker.send({ at: 'complaint', text }),
    )
    return i
  },
  throws: ({ i }) => {
    throw Object.assign(new RangeError(`mine ${i}`), { i })
  },
  rejects: async ({ i }) => {
    throw new TypeError(`mine ${i}`)
  },
  throwsStrangely: ({ i }) => {
    throw [undefined, null, 7, 'text', Symbol('s'), { toString: null }, new Proxy({}, {}), () => {}][i % 8]
  },
  uncloneable: ({ i }) => ({ i, f: () => {} }),
  exits: ({ i }) => process.exit(2 + (i % 3)),
  crashes: ({ i }) => {
    setTimeout(() => {
      throw new Error(`crash ${i}`)
    })
    return never
  },
  rejectsLoosely: ({ i }) => {
    void Promise.reject(new Error(`loose ${i}`))
    return never
  },
  /** The worker ends as if its `run()` had returned: after its jobs, this one among them. */
  stops: async ({ i, ms }, _job, worker) => {
    worker.stop()
    await delay(ms)
    return i
  },
  deaf: async ({ i }) => {
    await delay(DEAF_MS)
    return i
  },
  fillsHeap: ({ i }) => {
    // Gradually: what is allocated in one go would take the process with it.
    const kept = []
    for (;;) kept.push(new Array(1000).fill(i + 0.5))
  },
  blocks: ({ i }) => {
    block(BLOCK_MS)
    return i
  },
}

export function block(ms) {
  const end = performance.now() + ms
  while (performance.now() < end);
}
