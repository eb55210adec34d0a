/** Where a job is on its sender's side, and where it may go from there. */

import type { Moves } from '../../base/moves.js'

/**
 * Where a job is on its sender's side:
 *
 * - `placing`: the pickup strategy is choosing a worker for it, or is about to
 * - `waiting`: no worker had a place for it; it is in the queue of its group
 * - `given`: it has a place with a worker and is on the lane to that worker's thread
 * - `holding`: its promise is settled, but it still has its place, because the thread may still be running it
 * - `over`: its promise is settled and it has no place
 */
export type JobStatus = 'placing' | 'waiting' | 'given' | 'holding' | 'over'

/**
 *     placing -> waiting          the strategy picked no worker, or other jobs were waiting already
 *     placing, waiting -> given   it got a place
 *     placing, waiting -> over    called off, out of time, the strategy threw, the group is down, the pool stopped
 *     placing -> over             its thread was lost, and it has no retry left
 *     given   -> holding          answered, not cloneable; called off or out of time, while the thread may be running it
 *     given   -> placing          its thread ended
 *     holding -> over             its place was given back
 *
 * Subtle: an answered job is `holding` for an instant, because its promise is settled before its place is given back.
 * Subtle: an answer that comes after the job was settled is dropped; it takes the job from `holding` to `over`.
 *
 * {@link Job} makes these moves without reading this table, which would cost a look-up per move. A unit test compares
 * the two.
 */
export const JOB_MOVES: Moves<JobStatus> = {
  placing: ['waiting', 'given', 'over'],
  waiting: ['given', 'over'],
  given: ['placing', 'holding'],
  holding: ['over'],
  over: [],
}

/**
 * A job's status together with the lane that carries the job, if there is one. Jobs share these objects: there are
 * three for all jobs without a place and two per lane, so that a move costs no allocation.
 */
export type JobState<Lane> =
  | { readonly at: 'placing' | 'waiting' | 'over'; readonly lane: undefined }
  | { readonly at: 'given' | 'holding'; readonly lane: Lane }

export const PLACING: JobState<never> = { at: 'placing', lane: undefined }
export const WAITING: JobState<never> = { at: 'waiting', lane: undefined }
export const OVER: JobState<never> = { at: 'over', lane: undefined }
