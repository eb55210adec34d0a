/** Says in shared memory that this thread's event loop turns, and how loaded it is. */

import type { SharedState } from '../shared-state.js'

const clock = performance.now.bind(performance)
const loop = performance.eventLoopUtilization.bind(performance)
const memoryUsage = process.memoryUsage.bind(process)
const every = setInterval

/** Often enough for a heartbeat that is looked at once a second; each costs some 10 µs. */
const INTERVAL_MS = 250

export function reportVitals(shared: SharedState, record: number): void {
  let before = loop()
  const report = (): void => {
    const now = loop()
    const { utilization } = loop(now, before)
    before = now
    shared.beat(record)
    shared.report(record, { heap: memoryUsage().heapUsed, utilization, now: clock() })
  }
  report()
  every(report, INTERVAL_MS).unref()
}
