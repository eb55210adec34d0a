/** Writes this thread's heartbeat and load to shared memory. */

import type { SharedRecords } from '../shared/records.js'

const loop = performance.eventLoopUtilization.bind(performance)
const memoryUsage = process.memoryUsage.bind(process)
const every = setInterval

/**
 * Ms between two reports: often enough for a heartbeat that the Watcher checks once a second. A report costs about 10
 * µs.
 */
const REPORT_MS = 250

export function reportVitals(shared: SharedRecords, record: number): void {
  let before = loop()
  const report = (utilization: number): void => {
    shared.beat(record)
    shared.report(record, { heap: memoryUsage().heapUsed, utilization })
  }
  // The start does not count, as the event loop is never idle then.
  report(0)
  every(() => {
    const now = loop()
    report(loop(now, before).utilization)
    before = now
  }, REPORT_MS).unref()
}
