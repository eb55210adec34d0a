/** What a thread says of itself, and what can be seen of it from outside. The layout of the shared words is known here only. */

import type { Worker as NodeThread } from 'node:worker_threads'

/** How loaded one worker is. */
export interface Usage {
  /** Bytes of JavaScript heap in use, as the thread last said. */
  readonly heap: number
  /** CPU time of the thread in ms; 0 where this platform cannot tell it. */
  readonly cpu: number
  /** Share of the last second or so that its event loop was not idle, 0 to 1. */
  readonly utilization: number
}

// Not imported: the module that stands for node:fs in an import costs every thread a millisecond at its start.
const { getBuiltinModule } = process

const HEAP = 0
const CPU = 1
const REPORTED_AT = 2
const OS_THREAD = 3
const WORDS = 4

/** Ms between two reports of a busy thread: reading its heap costs microseconds, a report for each work would show. */
export const REPORT_INTERVAL_MS = 100

export function newUsageBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(8 * WORDS)
}

/** The thread's side of it. */
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

/** Ms over which utilization is taken. */
const UTILIZATION_SPAN_MS = 1000
type LoopMark = ReturnType<NodeThread['performance']['eventLoopUtilization']>

/** The pool's side of it. */
export class UsageReader {
  readonly #words: Float64Array
  readonly #thread: NodeThread
  // Two marks, so that there is always one between a half and a whole span old to compare with.
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

  /** Keeps the marks fresh; to be called now and then while the pool is in use. */
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

  /** A thread that has not reported lately may hang: then its clock is read from outside, where the system shows it. */
  #cpu(now: number): number {
    const said = this.#words[CPU] ?? 0
    if (now - (this.#words[REPORTED_AT] ?? 0) < 2 * REPORT_INTERVAL_MS) return said
    return cpuOfThread(this.#words[OS_THREAD] ?? 0) ?? said
  }
}

/** CPU ms of an operating system thread of this process. Linux only. */
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

/** A reader of the calling thread's CPU time in ms, as cheap as this Node and platform allow; undefined where none can. */
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
    // Before Node 22.19 only the system knows. An open file costs 1.5 µs a reading, opening it each time ten times that.
    const file = openSync('/proc/thread-self/schedstat', 'r')
    process.once('exit', () => closeSync(file))
    const bytes = Buffer.alloc(64)
    return () => nanosecondsIn(bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0))) / 1e6
  } catch {
    return undefined
  }
}

/** The system's number of the calling thread, under which its figures can be read even while it hangs; 0 off Linux. */
export function osThread(): number {
  try {
    const [number] = /\d+$/.exec(getBuiltinModule('node:fs').readlinkSync('/proc/thread-self')) ?? []
    return Number(number ?? 0)
  } catch {
    return 0
  }
}

/** The first figure of a schedstat file: nanoseconds on a CPU. */
function nanosecondsIn(schedstat: string): number {
  return Number.parseInt(schedstat, 10) || 0
}
