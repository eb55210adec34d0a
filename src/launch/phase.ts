/** The phases of one worker, and the moves between them. */

import type { Moves } from '../base/moves.js'

/**
 * The state of one worker.
 *
 * - `starting`: its thread boots or runs `setup`
 * - `available`: it has no work to do, though some answers may not have been read yet
 * - `busy`: it holds works
 * - `stopping`: it takes nothing new, and ends after its running work or is being ended
 * - `stopped`: its thread has exited
 *
 * @group Workers and figures
 */
export type WorkerStatus = 'starting' | 'available' | 'busy' | 'stopping' | 'stopped'

/**
 * The part of the state that is stored. `available` and `busy` are both `serving`; the works on the lane tell them
 * apart.
 */
export type WorkerPhase = 'starting' | 'serving' | 'stopping' | 'stopped'

/**
 *     starting -> serving     the thread reported that it is ready
 *     starting -> stopping    no longer wanted
 *     serving  -> stopping    retired (its running work ends first) or killed
 *     any      -> stopped     the thread exited, asked or not
 *
 * Subtle: a thread in native code does not exit when it is terminated. After `killTimeout` it counts as stuck: it stays
 * `stopping`, nothing waits for it any longer, and another thread takes its place.
 */
export const WORKER_MOVES: Moves<WorkerPhase> = {
  starting: ['serving', 'stopping', 'stopped'],
  serving: ['stopping', 'stopped'],
  stopping: ['stopped'],
  stopped: [],
}
