/** Which workers leave when there are more than are wanted. */

import type { Worker } from './worker.js'

/** The `count` workers to retire: those that have nothing to do first, then those that weigh most. */
export function chooseLeaving(workers: readonly Worker[], count: number, now: number): Worker[] {
  const heapOfAll = workers.reduce((sum, worker) => sum + worker.usage().heap, 1)
  return workers
    .map(worker => ({ worker, order: leavingOrder(worker, now, heapOfAll) }))
    .sort((a, b) => b.order - a.order)
    .slice(0, count)
    .map(({ worker }) => worker)
}

/**
 * The higher, the sooner the worker leaves: first those that are starting, then the longest idle, then by share of heap
 * and load.
 */
function leavingOrder(worker: Worker, now: number, heapOfAll: number): number {
  if (worker.phase === 'starting') return Infinity
  if (worker.lane.outstanding === 0) return 1e9 + now - worker.places.idleSince
  const { heap, utilization } = worker.usage()
  return heap / heapOfAll + utilization
}
