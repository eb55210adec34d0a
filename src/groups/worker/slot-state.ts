/** The states of a slot, the allowed moves between them, and the status that users see for each state. */

import type { Timer } from '../../base/clock.js'
import type { Moves } from '../../base/moves.js'
import type { GroupThread } from './group-thread.js'

/**
 * Where a slot is, with the data that belongs to the state.
 *
 * - `idle`: it has no thread and no restart is due; it was never started, or it was told to end
 * - `running`: its thread starts or is available
 * - `replacing`: a successor starts, and the thread serves until the successor is available
 * - `ending`: its threads were told to end. With `again`, another one is started when they are gone
 * - `due`: it has no thread, and is restarted when the delay is over
 * - `down`: it has ended and stays down, until somebody asks for it
 */
export type SlotState =
  | { readonly at: 'idle' }
  | { readonly at: 'running'; readonly thread: GroupThread }
  | { readonly at: 'replacing'; readonly thread: GroupThread; readonly successor: GroupThread }
  | { readonly at: 'ending'; readonly again: boolean }
  | { readonly at: 'due'; readonly timer: Timer }
  | { readonly at: 'down'; readonly byFailure: boolean }

/**
 *     idle      -> running          the pool starts it
 *     running   -> replacing        a successor was started
 *     replacing -> running          the successor is available; or one of the two has ended, and the other is left
 *     running, replacing, due -> ending    stop() or restart(), and there are threads
 *     ending    -> ending           stop() during a restart, or restart() once more
 *     due       -> idle             stop(), and there are none
 *     ending    -> idle             its threads are gone, or given up as stuck, after stop()
 *     ending    -> due              the same, after restart(): it starts in the same turn
 *     running   -> due              its thread ended, and the restart strategy says: again
 *     idle, due -> due              no thread could be created, and the strategy says: again
 *     due       -> running          the delay is over
 *     idle, running, replacing, due -> down    a FatalWorkerError, a TerminateWorkerError, or the strategy: not again
 *     down      -> idle             revive(): a call of the pool's owner asks for it
 *
 * Subtle: a slot that is `replacing` and loses its thread has a successor already, so the strategy is not asked.
 * Subtle: a slot that is `due` may still have threads: those that it replaced and that have not finished their jobs.
 */
export const SLOT_MOVES: Moves<SlotState['at']> = {
  idle: ['running', 'due', 'down'],
  running: ['replacing', 'ending', 'due', 'down'],
  replacing: ['running', 'ending', 'down'],
  ending: ['ending', 'idle', 'due'],
  due: ['running', 'due', 'idle', 'ending', 'down'],
  down: ['idle'],
}

/**
 * The state of a worker as users see it.
 *
 * @group Workers and figures
 */
export type SlotStatus = 'idle' | 'starting' | 'available' | 'stopping' | 'restarting' | 'down'

/** Both `starting` and `available` are the state `running`; the thread tells which of the two it is. */
export function statusOf(state: SlotState): SlotStatus {
  switch (state.at) {
    case 'running':
      return state.thread.isServing ? 'available' : 'starting'
    case 'replacing':
      return 'available'
    case 'ending':
      return state.again ? 'restarting' : 'stopping'
    case 'due':
      return 'restarting'
    default:
      return state.at
  }
}
