/** What every thread of the pool knows about each group. Types only. */

/**
 * The role of a group, which decides where it may send jobs: a `reactor` to `job` and `service` groups, a `service` to
 * `job` groups, a `job` group to none.
 *
 * @group Options
 */
export type WorkerType = 'reactor' | 'job' | 'service'

/** What every thread of the pool knows about each group. */
export interface GroupFacts {
  readonly name: string
  readonly type: WorkerType
  /** Position in the scheme. */
  readonly index: number
  /** Positions of the groups that its workers may send jobs to. */
  readonly targets: readonly number[]
  /** Its records in shared memory: the first one, and how many there are. */
  readonly firstRecord: number
  readonly records: number
  /** Jobs that each of its workers may have at a time. */
  readonly maxJobs: number
}
