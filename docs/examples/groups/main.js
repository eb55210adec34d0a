// @ts-check
/**
 * Runs a small image service: describes the groups and starts their threads. With `--serve` the service stays up;
 * otherwise the program sends requests and counts the answers.
 */

import { restart, WorkerPool } from 'threadcrew/groups'
import { sendLoad } from './load.js'
import { report } from './report.js'

/** @typedef {import('threadcrew/groups').WorkerView} WorkerView */
/** @typedef {import('./load.js').Service} Service */

const isToServe = process.argv.includes('--serve')
const pool = new WorkerPool({ handleSignals: isToServe, logger: { debug() {}, info: tell, warn: tell, error: tell } })

pool
  .describeGroup({
    name: 'web',
    type: 'reactor',
    entryPoint: new URL('./web.js', import.meta.url),
    minWorkers: 2,
    jobGroups: ['resize', 'figures'],
    restart: restart.always({ backoff: { initial: 100, max: 10_000 } }),
  })
  .describeGroup({
    name: 'resize',
    type: 'job',
    entryPoint: new URL('./resize.js', import.meta.url),
    minWorkers: 2,
    maxJobs: 4,
  })
  .describeGroup({ name: 'figures', type: 'service', entryPoint: new URL('./figures.js', import.meta.url) })

/** @type {Service} */
const service = { pool, ports: new Map(), died: new Map() }

pool.on('message', (message, { id }) => {
  const { type, port, running } = /** @type {{ type: string, port: number, running: number }} */ (message)
  if (type === 'listening') service.ports.set(id, port)
  if (type === 'dying') service.died.set(id, running)
})
pool.on('workerExit', ({ id }) => service.ports.delete(id))
pool.on('error', error => tell(String(error)))

const ended = pool.run()
await pool.started
if (isToServe) {
  console.log('GET /<picture, 0 to 7>/<factor> answers raw RGBA pixels; Ctrl-C ends it')
} else {
  const isAsItShould = report(await sendLoad(service))
  await pool.stop()
  if (!isAsItShould) process.exitCode = 1
}
await ended

/**
 * @param {string} text
 * @param {Record<string, unknown>} [fields]
 */
function tell(text, { worker = '', group: _, err, ...fields } = {}) {
  const rest = Object.entries(fields).map(([key, value]) => `${key}: ${value}`)
  console.log(`${String(worker).padEnd(10)} ${text}${rest.length > 0 ? ` (${rest.join(', ')})` : ''}`)
}
