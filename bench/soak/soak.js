/**
 * `npm run soak [-- minutes]`: a pool that scales by itself, at 80 % of what it can do, for half an hour. Works arrive by
 * chance; now and then one throws, is called off, or takes its thread down. Prints a line a minute, and at the end whether
 * heap, handles, threads and latency are what they were at the beginning; `--save` writes the figures and their picture.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Pool } from 'threadcrew'
import { quantile } from '../report/measure.js'
import { random } from '../scenarios/random.js'
import { soakChart } from './chart.js'
import { drifts } from './drift.js'

const { values: flags, positionals } = parseArgs({ allowPositionals: true, options: { save: { type: 'boolean' } } })
const minutes = Number(positionals[0] ?? 30)

const LOAD = 0.8
/** Seconds over which latencies are taken together: at some hundred works a second, p99 is told by hundreds. */
const WINDOW_S = 10
/**
 * How long a work computes: many enough to tell percentiles, few enough for works to be what takes the time. It hashes until
 * this much time has passed, instead of a number of rounds: so the load stays what it is when the machine gets slower for a
 * while, which it does by more than the fifth that is left.
 */
const WORK_MS = 2
const MOST_THREADS = 2

function compute(ms) {
  const { createHash } = process.getBuiltinModule('node:crypto')
  const end = performance.now() + ms
  let text = 'soak'
  while (performance.now() < end) text = createHash('sha256').update(text).digest('hex')
  return text
}
function fail(ms) {
  throw new RangeError(`after ${ms}`)
}
function exit() {
  process.exit(1)
}

const chance = random(7)
const pool = new Pool({ autoScale: true, min: 1, max: MOST_THREADS, waitTime: 20, idleTime: 2000, workBuffer: 10_000 })
const perSecond = LOAD * (await capacity())
console.log(`${perSecond.toFixed(0)} works a second, ${LOAD * 100} % of what ${MOST_THREADS} threads can do`)

const windows = []
let current = newWindow()
const started = performance.now()
const end = started + minutes * 60_000
const sampler = setInterval(sample, 1000)
await arrive()
clearInterval(sampler)
await pool.settled()
closeWindow()
const stats = pool.stats()
await pool.stop()
await delay(100)

const lost = stats.submitted - stats.done - stats.failed - stats.discarded
const left = process.getActiveResourcesInfo().filter(name => !/TTYWrap|PipeWrap|FSReqPromise/.test(name))
// The first minute compiles, and grows to its size.
const steady = windows.filter(({ at }) => at >= 60)
const complaints = [
  ...drifts(steady),
  ...(lost === 0 ? [] : [`${lost} works have no end`]),
  ...(left.length === 0 ? [] : [`left behind: ${left.join()}`]),
]
const summary = { minutes, perSecond, node: process.version, ...pick(stats), complaints }
console.log(JSON.stringify(summary))
if (flags.save === true) save()
if (complaints.length > 0) process.exitCode = 1

/** Works a second that all threads can do together, over some seconds. */
async function capacity() {
  pool.autoScale = false
  pool.total = MOST_THREADS
  await pool.execute(compute, [WORK_MS])
  const start = performance.now()
  let done = 0
  const chain = async () => {
    for (; performance.now() - start < 5000; done++) await pool.execute(compute, [WORK_MS])
  }
  await Promise.all(Array.from({ length: 4 * MOST_THREADS }, chain))
  pool.autoScale = true
  return (done / (performance.now() - start)) * 1000
}

/** Submits each work when it is due, by a Poisson process; late or not, its latency counts from when it was due. */
async function arrive() {
  for (let due = started; due < end; due += (-Math.log(1 - chance()) * 1000) / perSecond) {
    const wait = due - performance.now()
    if (wait > 1) await delay(wait)
    submit(due)
  }
}

function submit(due) {
  const kind = chance()
  if (kind < 0.0002) return void pool.execute(exit).catch(() => {})
  if (kind < 0.005) return void pool.execute(fail, [WORK_MS]).catch(() => {})
  const work = pool.execute(compute, [WORK_MS])
  if (kind < 0.01) setTimeout(() => void pool.discard(work), 2)
  const window = current
  work.then(
    () => window.latencies.push(performance.now() - due),
    () => {},
  )
}

function newWindow() {
  return { at: 0, latencies: [], heap: Infinity, handles: 0, threads: 0 }
}

function sample() {
  // The least of a window is what no garbage hides.
  current.heap = Math.min(current.heap, process.memoryUsage().heapUsed / 1e6)
  current.handles = Math.max(current.handles, process.getActiveResourcesInfo().length)
  current.threads = Math.max(current.threads, pool.workers.length)
  if (performance.now() - started >= (windows.length + 1) * WINDOW_S * 1000) closeWindow()
}

function closeWindow() {
  const { latencies, ...rest } = current
  current = newWindow()
  if (latencies.length === 0) return
  const at = Math.round((performance.now() - started) / 1000)
  windows.push({
    ...rest,
    at,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    rss: process.memoryUsage().rss / 1e6,
  })
  if (windows.length % 6 === 0) console.log(line(windows.slice(-6)))
}

function line(last) {
  const middle = name =>
    quantile(
      last.map(window => window[name]),
      0.5,
    ).toFixed(1)
  return `${(last.at(-1).at / 60).toFixed(0)} min: p50 ${middle('p50')} ms, p99 ${middle('p99')} ms, heap ${middle('heap')} MB, rss ${middle('rss')} MB, handles ${middle('handles')}, threads ${middle('threads')}`
}

function pick({ submitted, done, failed, discarded }) {
  return { submitted, done, failed, discarded }
}

function save() {
  const folder = new URL('../results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const rounded = windows.map(window =>
    Object.fromEntries(Object.entries(window).map(([name, value]) => [name, Number(value.toFixed(2))])),
  )
  writeFileSync(new URL('soak.json', folder), `${JSON.stringify({ summary, windows: rounded }, null, 1)}\n`)
  for (const theme of ['light', 'dark']) writeFileSync(new URL(`soak-${theme}.svg`, folder), soakChart(windows, theme))
}
