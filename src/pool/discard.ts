/** `pool.discard` and `pool.discardUnstarted`: end the works that were named, or all that have not begun. */

import { type DiscardTarget, namedWorks } from '../calls/discard-targets.js'
import { WorkDiscardedError } from '../errors/works.js'
import { hasStarted, statusOf } from '../work/record.js'
import type { WorkStatus } from '../work/status.js'
import type { Orchestrator } from './orchestrator.js'

/** See `Pool.discard`. */
export async function discard(
  orchestrator: Orchestrator,
  works: DiscardTarget,
  hot: boolean,
): Promise<Map<string, WorkStatus | 'unknown'>> {
  const targets = namedWorks(works, hot).map(({ id, hot, record }) => ({
    id,
    hot,
    // A work of another pool is unknown here, and so is its id.
    record: record?.host === orchestrator ? record : orchestrator.find(id),
  }))
  const ends: Promise<void>[] = []
  for (const { record, hot } of targets) {
    if (record === undefined) continue
    const error = new WorkDiscardedError('discard()')
    if (hot) ends.push(orchestrator.end(record, 'discarded', error))
    else orchestrator.endGently(record, error)
  }
  await orchestrator.keepAlive.during(Promise.all(ends))
  const { statuses } = orchestrator.register
  return new Map(
    targets.map(({ id, record }) => [id, record === undefined ? (statuses.get(id) ?? 'unknown') : statusOf(record)]),
  )
}

/** See `Pool.discardUnstarted`. */
export function discardUnstarted(orchestrator: Orchestrator): number {
  const error = new WorkDiscardedError('discardUnstarted()')
  let count = 0
  // A work that waits for another attempt has begun.
  for (const work of orchestrator.unstarted()) {
    if (!hasStarted(work) && orchestrator.endUnstarted(work, 'discarded', error)) count++
  }
  return count
}
