/** What every thread knows of each group. Types only. */

/**
 * The role of a group. Who may send jobs to whom follows from it: a `reactor` to `job` and `service` groups, a `service` to
 * `job` groups, a `job` group to nobody.
 */
export type WorkerType = 'reactor' | 'job' | 'service'

/** What every thread knows of each group. */
export interface GroupFacts {
  readonly name: string
  readonly type: WorkerType
  /** Position in the scheme. */
  readonly index: number
  /** Positions of the groups its workers send to. */
  readonly targets: readonly number[]
  /** Its records in shared memory: from this one on, so many. */
  readonly firstRecord: number
  readonly records: number
  /** Jobs that one of its workers is given at a time. */
  readonly maxJobs: number
}
