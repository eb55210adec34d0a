/** What a bare MessagePort does: the floor of latency and the ceiling of throughput that any pool on Node has. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const ECHO = `require('node:worker_threads').parentPort.on('message', message => require('node:worker_threads').parentPort.postMessage(message))`

/** A thread that echoes. */
export async function openEcho() {
  const worker = new Worker(ECHO, { eval: true })
  await once(worker, 'online')
  return worker
}

/** One message there and back at a time. Returns µs per round trip. */
export async function pingPong(worker, rounds) {
  const start = performance.now()
  for (let i = 0; i < rounds; i++) {
    worker.postMessage(i)
    const [echoed] = await once(worker, 'message')
    if (echoed !== i) throw new Error(`sent ${i}, got ${echoed}`)
  }
  return ((performance.now() - start) / rounds) * 1000
}

/** Arrays of 256 numbers, four under way. Returns items per second. */
export async function batches(worker, total) {
  const batch = Array.from({ length: 256 }, (_, i) => i)
  const start = performance.now()
  let sent = 0
  let received = 0
  await new Promise((resolve, reject) => {
    const send = () => {
      if (sent >= total) return
      sent += batch.length
      worker.postMessage(batch)
    }
    const read = echoed => {
      if (echoed.length !== batch.length) reject(new Error(`sent ${batch.length} items, got ${echoed.length}`))
      received += echoed.length
      send()
      if (received >= sent && sent >= total) {
        worker.off('message', read)
        resolve()
      }
    }
    worker.on('message', read)
    for (let i = 0; i < 4; i++) send()
  })
  return (received / (performance.now() - start)) * 1000
}
