/** Stopping and restarting all groups of a pool: in which order, and with which result. It keeps no state. */

import type { Clock } from '../../base/clock.js'
import type { WorkerType } from '../shared/group-facts.js'
import type { Slot } from '../worker/slot.js'
import type { Group } from './group.js'

/** Senders of jobs end before the workers that do their jobs, so that jobs already begun can be finished. */
const STOP_ORDER: readonly WorkerType[] = ['reactor', 'service', 'job']
/**
 * Minimum share of the whole time for each type of group, so that a reactor that hangs cannot use up the time of job
 * workers.
 */
const LAST_SHARE = 0.1

/**
 * Ends all workers softly, within this many ms or slightly more. Resolves when their threads are gone, or given up as
 * stuck.
 */
export async function stopInOrder(
  groups: readonly Group[],
  timeoutMs: number,
  clock: Pick<Clock, 'now'>,
): Promise<void> {
  const deadline = clock.now() + timeoutMs
  for (const type of STOP_ORDER) {
    const left = Math.max(timeoutMs * LAST_SHARE, deadline - clock.now())
    await Promise.all(groups.filter(({ spec }) => spec.type === type).map(group => group.stop(false, left)))
  }
}

/** A worker that has not started again, and why. */
export interface NotRestarted {
  readonly slot: Slot
  readonly error: unknown
}

/** Ends the workers of all groups at the same time and starts them again. Resolves with those that did not start. */
export async function restartAll(groups: readonly Group[]): Promise<readonly NotRestarted[]> {
  const restarted = await Promise.all(groups.map(group => group.restart()))
  // The remaining ones may have been told to end meanwhile, which is no failure.
  const failed = restarted.flat().filter(({ status }) => status === 'down' || status === 'restarting')
  return failed.map(slot => ({ slot, error: slot.lastError }))
}

/**
 * Replaces one available worker after another; each successor starts first. Workers that are down by failure, or that
 * wait for their restart, start.
 * Resolves with those whose successor did not start.
 */
export async function replaceAll(groups: readonly Group[], isOver: () => boolean): Promise<readonly NotRestarted[]> {
  const failed: NotRestarted[] = []
  for (const group of groups) {
    for (const slot of group.slots) {
      const isDue = slot.status === 'restarting' || slot.hasFailed
      if (isOver() || !(slot.status === 'available' || isDue)) continue
      const replacement = await group.replace(slot)
      if (replacement.is === 'failed') failed.push({ slot, error: replacement.error })
    }
  }
  return failed
}
