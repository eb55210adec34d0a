/**
 * The figures of a thread: what it reports in shared memory, and what can be measured from outside. Only this file
 * knows the layout of the shared words.
 */

import type { Worker as NodeThread } from 'node:worker_threads'

/**
 * How loaded one worker is.
 *
 * @group Workers and figures
 */
export interface Usage {
  /** Bytes of JavaScript heap in use, as the thread last reported. */
  readonly heap: number
  /** CPU time of the thread in ms; 0 if this platform cannot measure it. */
  readonly cpu: number
  /** Share of about the last second in which its event loop was not idle, 0 to 1. */
  readonly utilization: number
}

// Fetched when needed: importing node:fs costs every thread a millisecond at its start.
const { getBuiltinModule } = process

const HEAP = 0
const CPU = 1
const REPORTED_AT = 2
const OS_THREAD = 3
const WORDS = 4

/** Ms between two reports of a busy thread. Reading the heap takes microseconds, which is too much for each work. */
const REPORT_INTERVAL_MS = 100

export function newUsageBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(8 * WORDS)
}

/** The thread's side. */
export class UsageWriter {
  readonly #words: Float64Array

  constructor(buffer: SharedArrayBuffer, osThread: number) {
    this.#words = new Float64Array(buffer)
    this.#words[OS_THREAD] = osThread
  }

  write(heap: number, cpuMs: number, now: number): void {
    this.#words[HEAP] = heap
    this.#words[CPU] = cpuMs
    this.#words[REPORTED_AT] = now
  }

  isDue(now: number): boolean {
    return now - (this.#words[REPORTED_AT] ?? 0) >= REPORT_INTERVAL_MS
  }
}

/** Ms over which utilization is measured. */
const UTILIZATION_SPAN_MS = 1000
type LoopMark = ReturnType<NodeThread['performance']['eventLoopUtilization']>

/** The pool's side. */
export class UsageReader {
  readonly #words: Float64Array
  readonly #thread: NodeThread
  // Two marks, so that one of them is always between half a span and a whole span old, and can be compared with.
  #older: LoopMark | undefined
  #newer: LoopMark | undefined
  #newerAt = -Infinity

  constructor(buffer: SharedArrayBuffer, thread: NodeThread) {
    this.#words = new Float64Array(buffer)
    this.#thread = thread
  }

  read(now: number): Usage {
    return { heap: this.#words[HEAP] ?? 0, cpu: this.#cpu(now), utilization: this.#utilization(now) }
  }

  /** Renews the marks if they are old enough. Call this from time to time while the pool is in use. */
  mark(now: number): void {
    if (now - this.#newerAt < UTILIZATION_SPAN_MS / 2) return
    this.#older = this.#newer
    this.#newer = this.#thread.performance.eventLoopUtilization()
    this.#newerAt = now
  }

  #utilization(now: number): number {
    const since = this.#older ?? this.#newer
    const current = this.#thread.performance.eventLoopUtilization()
    const { utilization } =
      since === undefined ? current : this.#thread.performance.eventLoopUtilization(current, since)
    this.mark(now)
    return Number.isFinite(utilization) ? Math.min(1, Math.max(0, utilization)) : 0
  }

  /** A thread that has not reported lately may hang. Then its CPU time is read from outside, if the system shows it. */
  #cpu(now: number): number {
    const said = this.#words[CPU] ?? 0
    if (now - (this.#words[REPORTED_AT] ?? 0) < 2 * REPORT_INTERVAL_MS) return said
    return cpuOfThread(this.#words[OS_THREAD] ?? 0) ?? said
  }
}

/** CPU ms of an OS thread of this process. Linux only. */
function cpuOfThread(osThread: number): number | undefined {
  if (osThread === 0) return undefined
  try {
    return (
      nanosecondsIn(getBuiltinModule('node:fs').readFileSync(`/proc/self/task/${osThread}/schedstat`, 'latin1')) / 1e6
    )
  } catch {
    return undefined // another platform, or the thread has just gone
  }
}

/**
 * Returns a function that reads the CPU ms of the calling thread, as cheaply as this Node can; undefined if it cannot.
 */
export function threadCpuClock(): (() => number) | undefined {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { user: number; system: number } }
  if (threadCpuUsage !== undefined) {
    return () => {
      const { user, system } = threadCpuUsage.call(process)
      return (user + system) / 1000
    }
  }
  try {
    const { closeSync, openSync, readSync } = getBuiltinModule('node:fs')
    // Before Node 22.19, only the operating system has the figure. Reading a file that stays open takes 1.5 µs; opening
    // it each time takes ten times as long.
    const file = openSync('/proc/thread-self/schedstat', 'r')
    process.once('exit', () => closeSync(file))
    const bytes = Buffer.alloc(64)
    return () => nanosecondsIn(bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0))) / 1e6
  } catch {
    return undefined
  }
}

/**
 * The id that the operating system gave the calling thread. With it, the thread's figures can be read even while it
 * hangs. 0 on systems other than Linux.
 */
export function osThread(): number {
  try {
    const [number] = /\d+$/.exec(getBuiltinModule('node:fs').readlinkSync('/proc/thread-self')) ?? []
    return Number(number ?? 0)
  } catch {
    return 0
  }
}

/** The first figure of a schedstat file is nanoseconds on a CPU. */
function nanosecondsIn(schedstat: string): number {
  return Number.parseInt(schedstat, 10) || 0
}
