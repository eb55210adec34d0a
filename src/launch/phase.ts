/** Where one worker is, and where it may go from there. */

import type { Moves } from '../base/moves.js'

/**
 * Where one worker is.
 *
 * - `starting`: its thread boots or runs `setup`
 * - `available`: nothing on its lane is to be done, though answers may still have to be read
 * - `busy`: it holds works
 * - `stopping`: it takes nothing new; it ends after its running work, or is being ended
 * - `stopped`: its thread has exited
 */
export type WorkerStatus = 'starting' | 'available' | 'busy' | 'stopping' | 'stopped'

/** What is stored. `available` and `busy` are both `serving`: which of them it is can be read off the lane. */
export type WorkerPhase = 'starting' | 'serving' | 'stopping' | 'stopped'

/**
 *     starting -> serving     the thread said it is ready
 *     starting -> stopping    no longer wanted
 *     serving  -> stopping    retired (it ends its running work first) or killed
 *     any      -> stopped     the thread exited, asked or not
 *
 * Subtle: a thread in native code does not exit when told. After `killTimeout` it counts as stuck: it stays `stopping`,
 * nobody waits for it any longer, and another takes its place.
 */
export const WORKER_MOVES: Moves<WorkerPhase> = {
  starting: ['serving', 'stopping', 'stopped'],
  serving: ['stopping', 'stopped'],
  stopping: ['stopped'],
  stopped: [],
}
