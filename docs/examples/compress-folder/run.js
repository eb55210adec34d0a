// @ts-check
/** Measures the same files in two ways: on a pool of threads and on the main thread. */

import { setImmediate } from 'node:timers/promises'
import { Pool, task } from 'threadcrew'
import { startHeartbeat } from './heartbeat.js'
import { measure } from './measure.js'

/** @typedef {import('./measure.js').Outcome} Outcome */
/** @typedef {import('./walk.js').File} File */

/**
 * @typedef {object} Run
 * @property {Map<string, Outcome>} outcomes  by path, in the order in which they arrived
 * @property {number} taken   number of files begun; each must have an outcome
 * @property {number} ms
 * @property {number} processors  number of processors that this process had on average
 * @property {number} busy    share of the time for which the event loop of the main thread was busy, 0 to 1
 * @property {number} heldUp  ms: the longest time for which the main thread could do nothing else
 */

/** Names `measure` by its module, so that each thread imports it. In TypeScript: `task<typeof measure>(…)`. */
const measureThere = /** @type {import('threadcrew').Task<[path: string], Outcome>} */ (
  task(new URL('./measure.js', import.meta.url), 'measure')
)

/**
 * `map` pulls the next path only when there is room for it, so only a handful of works exist at a time, even if the list
 * is long. Results come as soon as they are ready. If they came in order, a large file would hold up the small files
 * after it.
 *
 * @param {readonly File[]} files
 * @param {number} threads
 * @param {AbortSignal} signal  when it aborts, no further file is begun; files already begun are finished
 * @param {(outcome: Outcome) => void} onOutcome
 * @returns {Promise<Run>}  the time includes starting the threads
 */
export async function onPool(files, threads, signal, onOutcome) {
  const { run, end } = startRun()
  const pool = new Pool({ total: threads })
  try {
    for await (const outcome of pool.map(take(files, run, signal), measureThere, { ordered: false })) {
      run.outcomes.set(outcome.path, outcome)
      onOutcome(outcome)
    }
    return end()
  } finally {
    end()
    await pool.stop()
  }
}

/**
 * @param {readonly File[]} files
 * @param {AbortSignal} signal
 * @param {(outcome: Outcome) => void} onOutcome
 * @returns {Promise<Run>}
 */
export async function onMainThread(files, signal, onOutcome) {
  const { run, end } = startRun()
  for (const path of take(files, run, signal)) {
    const outcome = measure(path)
    run.outcomes.set(path, outcome)
    onOutcome(outcome)
    await setImmediate() // this thread can notice Ctrl-C only here
  }
  return end()
}

/** @returns {{ run: Run, end: () => Run }}  `end` measures the run, and changes nothing when it is called again */
function startRun() {
  /** @type {Run} */
  const run = { outcomes: new Map(), taken: 0, ms: 0, processors: 0, busy: 0, heldUp: 0 }
  const begin = performance.now()
  const cpu = process.cpuUsage()
  const loop = performance.eventLoopUtilization()
  const stopHeartbeat = startHeartbeat()
  let ended = false

  function end() {
    if (ended) return run
    ended = true
    run.heldUp = stopHeartbeat()
    run.ms = performance.now() - begin
    const { user, system } = process.cpuUsage(cpu)
    run.busy = performance.eventLoopUtilization(loop).utilization
    run.processors = (user + system) / 1000 / run.ms
    return run
  }

  return { run, end }
}

/**
 * @param {readonly File[]} files
 * @param {Run} run
 * @param {AbortSignal} signal
 */
function* take(files, run, signal) {
  for (const { path } of files) {
    if (signal.aborted) return
    run.taken++
    yield path
  }
}
