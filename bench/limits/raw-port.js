/** What bare threads and ports do: the floor of latency and the ceiling of throughput that any pool on Node has. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const ECHO = `
  const { parentPort } = require('node:worker_threads')
  parentPort.on('message', message => parentPort.postMessage(message, message instanceof ArrayBuffer ? [message] : undefined))`

/** Threads that send back what they get; a bare ArrayBuffer is moved. */
export async function openEcho(threads = 1) {
  const workers = Array.from({ length: threads }, () => new Worker(ECHO, { eval: true }))
  await Promise.all(workers.map(worker => once(worker, 'online')))
  return { workers, close: () => Promise.all(workers.map(worker => worker.terminate())) }
}

/** One message there and back at a time. Returns µs for each. */
export async function pingPong({ workers: [worker] }, durationMs) {
  let echo = () => {}
  const read = message => echo(message)
  worker.on('message', read)
  const start = performance.now()
  let count = 0
  for (; performance.now() - start < durationMs; count++) {
    const echoed = new Promise(resolve => (echo = resolve))
    worker.postMessage(count)
    if ((await echoed) !== count) throw new Error('the wrong echo')
  }
  worker.off('message', read)
  return ((performance.now() - start) / count) * 1000
}

/** What is in a batch: bare numbers, or as much as a work must say of itself: which one, what to run, with what. */
const ITEMS = {
  numbers: i => i,
  records: i => ({ id: i, task: 1, args: [] }),
}

/** Messages of 256 items, four under way for each thread. Returns items per second. */
export async function batchesOf(kind, { workers }, durationMs) {
  const start = performance.now()
  let received = 0
  const loop = async worker => {
    await new Promise((resolve, reject) => {
      let open = 0
      const send = () => {
        open++
        worker.postMessage(Array.from({ length: 256 }, (_, i) => ITEMS[kind](i)))
      }
      const read = echoed => {
        if (echoed.length !== 256) reject(new Error(`sent 256 items, got ${echoed.length}`))
        received += echoed.length
        open--
        if (performance.now() - start < durationMs) return send()
        if (open > 0) return
        worker.off('message', read)
        resolve()
      }
      worker.on('message', read)
      for (let i = 0; i < 4; i++) send()
    })
  }
  await Promise.all(workers.map(loop))
  return (received / (performance.now() - start)) * 1000
}
