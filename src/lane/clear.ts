/**
 * Clears the lane of a thread that will never answer again, and says for each work whether its answer is there, whether
 * it may go to another thread, or whether it is lost. It knows nothing about promises or queues.
 */

import type { WorkerLostReason } from '../errors/works.js'
import type { LaneSender, Sendable } from './sender.js'

/** What is left of a work when its thread is gone. */
export type Remains<W> =
  /** Its function had ended, and its answer lies in shared memory. */
  | { readonly left: 'answer'; readonly work: W; readonly value: unknown }
  /** Its function never began, and the work was taken back: it may go elsewhere. */
  | { readonly left: 'work'; readonly work: W }
  /** Its function had begun, or the buffers that it moves are gone with the thread. */
  | { readonly left: 'nothing'; readonly work: W; readonly started: boolean; readonly ended: boolean }

/**
 * First the works whose answers lie in shared memory, in the order in which they ended; then all others in `order`.
 * Every work appears once. Everything that lies in the port must have been read before.
 *
 * @param revoke takes a work back. False if the thread has begun it.
 */
export function* clear<W extends Sendable>(
  lane: LaneSender<W>,
  order: 'oldest first' | 'newest first',
  revoke: (work: W) => boolean,
): Generator<Remains<W>, void, undefined> {
  const answers = new Map<W, unknown>()
  lane.collect((work, value) => answers.set(work, value))
  for (const [work, value] of answers) yield { left: 'answer', work, value }
  // A copy, because the caller may take others off the lane meanwhile. Those works are settled, so it does not matter
  // that `started` is then true for them.
  const works = order === 'oldest first' ? [...lane] : [...lane].reverse()
  for (const work of works) {
    if (answers.has(work)) continue
    // Revoked even if its buffers are lost: the thread may still live, in native code or without this lane, and must
    // not begin the work.
    const started = !revoke(work)
    if (!started && work.transfer === undefined) yield { left: 'work', work }
    else yield { left: 'nothing', work, started, ended: started && lane.hasEnded(work) }
  }
}

/**
 * The reason that a {@link WorkerLostError} gives. If the function had ended, that takes precedence over how its thread
 * ended.
 */
export function lossReason(ended: boolean, threadEnd: Exclude<WorkerLostReason, 'answer-lost'>): WorkerLostReason {
  return ended ? 'answer-lost' : threadEnd
}
