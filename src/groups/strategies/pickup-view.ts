/** What a pickup strategy is, and what it sees. Types only. */

/** The workers of the group that a job is for, as they are at this instant. Nothing is allocated to read them. */
export interface PickupView {
  /** How many there can be; those that are not there are not ready. */
  readonly length: number
  /** Whether it is available and has a free place. Only such a worker may be chosen. */
  isReady(index: number): boolean
  /** Jobs that it was given and that have not ended. */
  jobs(index: number): number
  /** Sum of the weights of these. */
  weight(index: number): number
  /** A job of its is in synchronous code just now: another would have to wait until that returns. */
  isBusy(index: number): boolean
}

/** What there is to know of a job before it is sent. */
export interface PickupJob {
  /** As its sender gave it. */
  readonly priority: number
  /** Likewise. */
  readonly weight: number
}

/**
 * Chooses a worker. One instance serves one sender; it may remember what it likes, but has no timers and reaches nothing.
 */
export interface Pickup {
  /** Index of a ready worker, or -1 for none: then the sender waits until a place is free. */
  pick(workers: PickupView, job: PickupJob): number
}
