/** The statuses of a work, and the moves between them. */

import type { Moves } from '../base/moves.js'

/**
 * The status of a work. It only moves forward. `done`, `failed` and `discarded` are final and settle the work's
 * promise.
 *
 * - `waiting`: at the door of a full buffer
 * - `queued`: in the buffer, or sent ahead to a thread that has not begun it
 * - `running`: its function has begun
 * - `done`: its promise has the result
 * - `failed`: refused, timed out, thrown, lost with its thread, or not cloneable
 * - `discarded`: by `discard` or `discardUnstarted`, its signal, `work.stop()`, a hot `scale`, `restart` or `stop`, or
 *   the end of its `map` or `stream`
 *
 * @group Works
 */
export type WorkStatus = 'waiting' | 'queued' | 'running' | 'done' | 'failed' | 'discarded'

/**
 *     waiting -> queued            the buffer has room
 *     queued  -> running           the thread won the claim word: no message says so, the status is read from the word
 *     running -> done, failed      the thread answered
 *     running -> failed            its time limit passed, or its thread ended first
 *     waiting, queued -> failed    refused, its queue time passed, not cloneable, no thread can be started
 *     waiting, queued, running -> discarded    discard, a signal, work.stop(), hot scale, hot stop
 *
 * Subtle: a cancellation and an answer may cross on the wire. The first to reach `settle` wins, the other is dropped
 * (I3).
 * Subtle: a final work may still occupy its place on the thread, until the thread answers or ends.
 */
export const WORK_MOVES: Moves<WorkStatus> = {
  waiting: ['queued', 'failed', 'discarded'],
  queued: ['running', 'failed', 'discarded'],
  running: ['done', 'failed', 'discarded'],
  done: [],
  failed: [],
  discarded: [],
}

/** The statuses in which a work can end. */
export type FinalStatus = 'done' | 'failed' | 'discarded'

/** Whether the work has ended. */
export function isFinal(status: WorkStatus): boolean {
  return status === 'done' || status === 'failed' || status === 'discarded'
}
