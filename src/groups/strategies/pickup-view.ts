/**
 * The deciders: pickup, restart, scaling, recycling. Each is an object with one method, which gets a view or a snapshot
 * and returns a decision. Other parts act on the decision. Deciders know nothing about pools, have no timers and send
 * nothing. This file has the types of pickup.
 */

/**
 * The workers of the group that a job is for, as they are at this instant. Reading allocates nothing.
 *
 * @group Strategies
 */
export interface PickupView {
  /** How many workers there can be. Those that do not exist are not ready. */
  readonly length: number
  /** Whether the worker is available and has a free place. Only such a worker may be chosen. */
  isReady(index: number): boolean
  /** Jobs that the worker was given and that have not ended. */
  jobs(index: number): number
  /** Sum of the weights of these jobs. */
  weight(index: number): number
  /** Whether one of its jobs is in synchronous code at this moment, so that another would have to wait. */
  isBusy(index: number): boolean
}

/**
 * What a strategy knows about the job.
 *
 * @group Strategies
 */
export interface PickupJob {
  /** The priority that its sender gave it. */
  readonly priority: number
  /** The weight that its sender gave it. */
  readonly weight: number
}

/**
 * Chooses a worker for a job. One instance serves one sender, and may remember things between calls.
 *
 * @group Strategies
 */
export interface Pickup {
  /** Returns the index of a ready worker, or -1 for none: then the job waits until a place becomes free. */
  pick(workers: PickupView, job: PickupJob): number
}
