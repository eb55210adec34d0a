/** Whether figures that should stay where they are have moved, between the first third of a run and the last. */

import { quantile } from '../report/measure.js'

/**
 * By how much the middle of the last third may exceed that of the first. Heap and handles hardly move where nothing leaks;
 * the 99th percentile of a window is told by its worst works, and by whatever else the machine does.
 */
const ALLOWED = { heap: 1.15, handles: 1.15, threads: 1, p50: 1.2, p99: 1.5 }

/** @returns {string[]} what has grown, in words */
export function drifts(windows) {
  const third = Math.floor(windows.length / 3)
  if (third === 0) return []
  const middle = (part, name) =>
    quantile(
      part.map(window => window[name]),
      0.5,
    )
  return Object.entries(ALLOWED).flatMap(([name, allowed]) => {
    const before = middle(windows.slice(0, third), name)
    const after = middle(windows.slice(-third), name)
    return after <= before * allowed ? [] : [`${name} went from ${before.toFixed(2)} to ${after.toFixed(2)}`]
  })
}
