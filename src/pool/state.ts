/** Where the pool is, and where it may go from there. */

import type { Moves } from '../base/moves.js'

/**
 * Where the pool is.
 *
 * - `running`: it takes works
 * - `stopping`: `stop()` was called; works end or are ended
 * - `stopped`: no thread, port or timer is left, save threads stuck in native code
 */
export type PoolState = 'running' | 'stopping' | 'stopped'

/**
 *     running  -> stopping    stop(), the first call
 *     stopping -> stopped     every work is final and every thread gone, or stuck
 */
export const POOL_MOVES: Moves<PoolState> = {
  running: ['stopping'],
  stopping: ['stopped'],
  stopped: [],
}
