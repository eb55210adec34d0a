/** Where one worker of a group is, and where it may go from there. */

import type { Timer } from '../../base/clock.js'
import type { Moves } from '../../base/moves.js'
import type { GroupThread } from './group-thread.js'

/**
 * Where a worker is, with what belongs to it there.
 *
 * - `idle`: it has no thread, and none is due: it was never started, or was told to end
 * - `running`: its thread starts or is available
 * - `replacing`: a successor starts, and the thread goes on until that is available
 * - `ending`: its threads were told to end, and none follows
 * - `due`: it has no thread, and is started again when the delay is over
 * - `down`: it has ended and stays so
 */
export type SlotState =
  | { readonly at: 'idle' }
  | { readonly at: 'running'; readonly thread: GroupThread }
  | { readonly at: 'replacing'; readonly thread: GroupThread; readonly successor: GroupThread }
  | { readonly at: 'ending' }
  | { readonly at: 'due'; readonly timer: Timer }
  | { readonly at: 'down'; readonly reason: string }

/**
 *     idle      -> running          somebody wants it
 *     running   -> replacing        a successor was started
 *     replacing -> running          that is available; or one of the two has ended, and the other is left
 *     running, replacing, due -> ending    stop(), and there are threads
 *     due       -> idle             stop(), and there are none
 *     ending    -> idle             its threads are gone, or given up
 *     running   -> due              its thread ended, and the restart strategy says: again
 *     idle, due -> due              no thread could even be made, and it says so likewise
 *     due       -> running          the delay is over
 *     running, replacing, idle, due -> down    it ended by its own wish, or the strategy says: not again
 *
 * Subtle: a worker that is `replacing` and loses its thread has a successor already, so nobody is asked.
 */
export const SLOT_MOVES: Moves<SlotState['at']> = {
  idle: ['running', 'due', 'down'],
  running: ['replacing', 'ending', 'due', 'down'],
  replacing: ['running', 'ending', 'down'],
  ending: ['idle'],
  due: ['running', 'due', 'idle', 'ending', 'down'],
  down: [],
}

/** How a worker looks from outside. */
export type SlotStatus = 'idle' | 'starting' | 'available' | 'stopping' | 'restarting' | 'down'

/** `starting` and `available` are both `running`: which of them it is, its thread knows. */
export function statusOf(state: SlotState): SlotStatus {
  switch (state.at) {
    case 'running':
      return state.thread.isServing ? 'available' : 'starting'
    case 'replacing':
      return 'available'
    case 'ending':
      return 'stopping'
    case 'due':
      return 'restarting'
    default:
      return state.at
  }
}
