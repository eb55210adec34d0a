/** A thread that says when works arrive, as a socket would: at the times it is given, whatever the main thread is doing. */

import { once } from 'node:events'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

/** Absolute ms, the same in all threads. */
const now = () => performance.timeOrigin + performance.now()

/** @returns {Promise<{ run: (times: number[], onArrival: (at: number) => void) => Promise<void>, close: () => Promise<unknown> }>} */
export async function openArrivals() {
  const thread = new Worker(new URL(import.meta.url))
  await once(thread, 'message')
  return {
    /** Calls back for each of `times`, which are ms from now in rising order, with that time on this thread's clock. */
    async run(times, onArrival) {
      // Some time for the list to get there.
      const start = performance.now() + 5
      let arrived = 0
      const over = new Promise(resolve => {
        thread.on('message', count => {
          for (; count > 0; count--) onArrival(start + times[arrived++])
          if (arrived === times.length) resolve(thread.removeAllListeners('message'))
        })
      })
      thread.postMessage({ start: performance.timeOrigin + start, times })
      await over
    },
    close: () => thread.terminate(),
  }
}

if (!isMainThread && parentPort !== null) {
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  parentPort.on('message', ({ start, times }) => {
    for (let next = 0; next < times.length; ) {
      const wait = start + times[next] - now()
      if (wait > 0) Atomics.wait(nobody, 0, 0, wait)
      let count = 0
      while (next < times.length && start + times[next] <= now()) {
        next++
        count++
      }
      if (count > 0) parentPort.postMessage(count)
    }
  })
  parentPort.postMessage('up')
}
