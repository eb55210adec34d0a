/** The states of a pool, and the moves between them. */

import type { Moves } from '../base/moves.js'

/**
 * The state of a pool.
 *
 * - `running`: it accepts works
 * - `stopping`: `stop()` was called; works end or are ended
 * - `stopped`: no thread, port or timer is left, except for threads stuck in native code
 *
 * @group Pool
 */
export type PoolState = 'running' | 'stopping' | 'stopped'

/**
 *     running  -> stopping    stop(), the first call
 *     stopping -> stopped     every work is final, and every thread has exited or is stuck
 */
export const POOL_MOVES: Moves<PoolState> = {
  running: ['stopping'],
  stopping: ['stopped'],
  stopped: [],
}
