/** Where one work is, and where it may go from there. */

import type { Moves } from '../base/moves.js'

/**
 * Where one work is. It only moves forward; `done`, `failed` and `discarded` are final and settle its promise.
 *
 * - `waiting`: at the door of a full buffer
 * - `queued`: in the buffer, or sent ahead to a thread that has not begun it
 * - `running`: its function has begun
 * - `done`: its promise has the result
 * - `failed`: refused, timed out, thrown, thread lost, not cloneable
 * - `discarded`: by discard, its signal, `work.stop()`, a hot `scale` or `stop`
 */
export type WorkStatus = 'waiting' | 'queued' | 'running' | 'done' | 'failed' | 'discarded'

/**
 *     waiting -> queued            the buffer has room
 *     queued  -> running           the thread won the claim word: nobody tells, the status is read from the word
 *     running -> done, failed      the thread answered
 *     running -> failed            its time limit passed, or its thread ended first
 *     waiting, queued -> failed    refused, its queue time passed, not cloneable, no thread can be started
 *     waiting, queued, running -> discarded    discard, a signal, work.stop(), hot scale, hot stop
 *
 * Subtle: a cancel and an answer may cross on the wire. The first to reach `settle` wins, the other is dropped (I3).
 * Subtle: a final work may still occupy its thread. The place is free when the thread answers or ends.
 */
export const WORK_MOVES: Moves<WorkStatus> = {
  waiting: ['queued', 'failed', 'discarded'],
  queued: ['running', 'failed', 'discarded'],
  running: ['done', 'failed', 'discarded'],
  done: [],
  failed: [],
  discarded: [],
}

/** The ends a work can come to. */
export type FinalStatus = 'done' | 'failed' | 'discarded'

/** Whether the work has reached its end. */
export function isFinal(status: WorkStatus): boolean {
  return status === 'done' || status === 'failed' || status === 'discarded'
}
