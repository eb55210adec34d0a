/** From nothing: how long until the first result, and how long until every thread is at work? */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { all } from '../contestants/all.js'
import { THREADS } from '../report/measure.js'
import { against, ofTheBestPeer } from '../report/targets.js'

export const question = 'ms from the construction of a pool'
export const figures = {
  'first result': { unit: 'ms', better: 'lower' },
  'all at work': { unit: 'ms', better: 'lower' },
}
export const rounds = 15

const BARE = 'bare Worker'
const ECHO = `const { parentPort } = require('node:worker_threads'); parentPort.on('message', m => parentPort.postMessage(m))`

export function entrants() {
  return [...all.map(({ name, start }) => ({ name, round: () => round(start) })), { name: BARE, round: bare }]
}

export const targets = Object.keys(figures).flatMap(figure => [
  ofTheBestPeer(figure, 1),
  against(BARE, figure, 'at most', 1.1),
])

async function round(start) {
  const began = performance.now()
  const one = started(start, 1)
  if ((await one.run('echo', [1])) !== 1) throw new Error('the wrong result')
  const first = performance.now() - began
  await one.close()
  // Each thread holds its work for as long as the others may take to come.
  const again = performance.now()
  const pool = started(start, THREADS)
  const spans = await Promise.all(Array.from({ length: THREADS }, () => pool.run('timed', [15])))
  const all = Math.max(...spans.map(([at]) => at)) - again
  await pool.close()
  return { 'first result': first, 'all at work': all }
}

/** Whoever makes its threads ready by works of its own may be closed before these have ended. */
function started(start, threads) {
  const pool = start(threads)
  pool.ready.catch?.(() => {})
  return pool
}

async function bare() {
  const began = performance.now()
  const worker = new Worker(ECHO, { eval: true })
  worker.postMessage(1)
  await once(worker, 'message')
  const first = performance.now() - began
  await worker.terminate()
  const again = performance.now()
  const workers = Array.from({ length: THREADS }, () => new Worker(ECHO, { eval: true }))
  await Promise.all(workers.map(each => (each.postMessage(1), once(each, 'message'))))
  const all = performance.now() - again
  await Promise.all(workers.map(each => each.terminate()))
  return { 'first result': first, 'all at work': all }
}
