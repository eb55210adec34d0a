/** How long is a crashed worker away, from its end until it is available again? */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { restart, WorkerPool } from 'threadcrew/groups'
import { against } from '../report/targets.js'

export const question = 'ms from the end of a crashed worker until it is available again'
export const figures = { ms: { unit: '', better: 'lower' } }
export const rounds = 15

const OURS = 'threadcrew/groups'
const BARE = 'bare Worker, until its first message'
const FIRST_MESSAGE = `require('node:worker_threads').parentPort.postMessage('here')`

export function entrants() {
  return [
    { name: OURS, open, round: crash, close },
    { name: BARE, round: bare },
  ]
}

export const targets = [against(BARE, 'ms', 'at most', 1.5, OURS)]

async function open() {
  const pool = new WorkerPool().describeGroup({
    name: 'a',
    type: 'job',
    entryPoint: new URL('../tasks/groups/echo.js', import.meta.url),
    // Each crash is the first in its row, after which there is no delay.
    restart: restart.always({ healthyAfter: 1 }),
  })
  const ended = pool.run()
  await pool.started
  return { pool, ended }
}

async function crash({ pool }) {
  const [worker] = pool.workers
  const { starts } = worker
  let began = NaN
  pool.once('workerExit', () => (began = performance.now()))
  const online = new Promise(resolve => pool.once('workerOnline', resolve))
  worker.send('crash')
  await online
  const ms = performance.now() - began
  if (worker.starts !== starts + 1) throw new Error(`${worker.starts - starts} starts for one crash`)
  return { ms }
}

async function close({ pool, ended }) {
  await pool.stop()
  await ended
}

async function bare() {
  const began = performance.now()
  const worker = new Worker(FIRST_MESSAGE, { eval: true })
  const [message] = await once(worker, 'message')
  const ms = performance.now() - began
  if (message !== 'here') throw new Error('the wrong message')
  await worker.terminate()
  return { ms }
}
