/** In a process of its own: opens a pool, runs a little on it, and measures how it rests. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { all } from '../contestants/all.js'

const THREADS = 4
const [, , name] = process.argv
const before = process.memoryUsage().rss

async function bare() {
  const echo = `const { parentPort } = require('node:worker_threads'); parentPort.on('message', m => parentPort.postMessage(m))`
  const workers = Array.from({ length: THREADS }, () => new Worker(echo, { eval: true }))
  return Promise.all(workers.map(worker => (worker.postMessage(1), once(worker, 'message'))))
}

const contestant = all.find(other => other.name === name)
if (contestant === undefined) {
  await bare()
} else {
  const pool = await contestant.open(THREADS)
  await Promise.all(Array.from({ length: 100 }, () => pool.run('noop', [])))
}
await new Promise(resolve => setTimeout(resolve, 1000))
gc()
const rss = (process.memoryUsage().rss - before) / THREADS / 1e6
const usage = process.cpuUsage()
await new Promise(resolve => setTimeout(resolve, 10_000))
const { user, system } = process.cpuUsage(usage)
process.stdout.write(JSON.stringify({ CPU: (user + system) / 1000, RSS: rss }), () => process.exit())
