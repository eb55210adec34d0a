/** Says in shared memory that this thread's event loop turns, and how loaded it is. */

import type { SharedState } from '../shared/records.js'

const loop = performance.eventLoopUtilization.bind(performance)
const memoryUsage = process.memoryUsage.bind(process)
const every = setInterval

/** Often enough for a heartbeat that is looked at once a second; each costs some 10 µs. */
const REPORT_MS = 250

export function reportVitals(shared: SharedState, record: number): void {
  let before = loop()
  const report = (utilization: number): void => {
    shared.beat(record)
    shared.report(record, { heap: memoryUsage().heapUsed, utilization })
  }
  // Of its start it says nothing: that is all work.
  report(0)
  every(() => {
    const now = loop()
    report(loop(now, before).utilization)
    before = now
  }, REPORT_MS).unref()
}
