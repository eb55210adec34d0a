/** What is done to all groups of a pool: in which order, and what comes of it. Holds nothing. */

import type { Clock } from '../../base/clock.js'
import type { WorkerType } from '../shared/group-facts.js'
import type { Slot } from '../worker/slot.js'
import type { Group } from './group.js'

/** Whoever sends jobs ends before those who do them: what is begun can be finished. */
const STOP_ORDER: readonly WorkerType[] = ['reactor', 'service', 'job']
/** Share of the time for all that those get at least whose turn comes last: a reactor that hangs shall not cost jobs theirs. */
const LAST_SHARE = 0.1

/** Ends all workers, softly, within so many ms or a little more. Resolves when their threads are gone, or given up. */
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

/** Ends all workers at once and starts as many again. Resolves with those that did not start. */
export async function restartAll(groups: readonly Group[]): Promise<readonly Slot[]> {
  const wanted = await Promise.all(groups.map(group => group.restart()))
  // Others may have been told to end meanwhile.
  return wanted.flat().filter(({ status }) => status === 'down' || status === 'restarting')
}

/** Replaces one worker after the other, its successor first. Resolves with those that go on without one. */
export async function replaceAll(groups: readonly Group[], isOver: () => boolean): Promise<readonly Slot[]> {
  const failed: Slot[] = []
  for (const group of groups) {
    for (const slot of group.slots) {
      const { thread, status } = slot
      if (isOver() || status !== 'available') continue
      const isReplaced = await group.replace(slot)
      // It may have ended, or have been told to, while it was replaced: that is nothing that has failed.
      if (!isReplaced && slot.thread === thread && slot.status === 'available') failed.push(slot)
    }
  }
  return failed
}
