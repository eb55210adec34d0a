/** The lanes of one sender, one to each thread that it sends to. Jobs put on them are posted once a turn. */

import type { LaneEnd } from '../../lane/messages.js'
import { JobLane, type JobLaneHost } from './job-lane.js'
import type { Target } from './target.js'

/** Hands the other end of a new lane to the thread of this record, if the thread of this generation is still there. */
export type Connect = (record: number, generation: number, end: LaneEnd) => void

export class JobLanes {
  readonly #idPrefix: string
  readonly #connect: Connect
  readonly #host: JobLaneHost
  /** By record of the thread. */
  readonly #lanes = new Map<number, JobLane>()
  /** Lanes with jobs to be posted. */
  readonly #dirty = new Set<JobLane>()

  /** @param idPrefix the ids of all jobs begin with it */
  constructor(idPrefix: string, connect: Connect, host: Omit<JobLaneHost, 'closing'>) {
    this.#idPrefix = idPrefix
    this.#connect = connect
    this.#host = {
      ...host,
      closing: (lane, isGone) => {
        this.#dirty.delete(lane)
        if (this.#lanes.get(lane.record) === lane) this.#lanes.delete(lane.record)
        if (isGone) lane.target.setGone(lane.record, lane.generation)
      },
    }
  }

  /** The lane to this thread, made if there is none. The caller is about to put a job on it. */
  to(target: Target, record: number, generation: number): JobLane {
    let lane = this.#lanes.get(record)
    if (lane?.generation !== generation) {
      const connect = (end: LaneEnd): void => this.#connect(record, generation, end)
      lane = new JobLane(target, record, generation, this.#idPrefix, this.#host, connect)
      this.#lanes.set(record, lane)
    }
    this.#dirty.add(lane)
    return lane
  }

  /** Posts the jobs that were put on the lanes since the last time. */
  flush(): void {
    const lanes = [...this.#dirty]
    this.#dirty.clear()
    for (const lane of lanes) lane.flush()
  }

  /** This thread was told to end but does not exit. The jobs that were sent to it and have not begun come back. */
  abandon(record: number, generation: number): void {
    const lane = this.#lanes.get(record)
    if (lane?.generation !== generation) return
    lane.target.setGone(record, generation)
    lane.close()
  }

  /** Closes all lanes. */
  close(): void {
    for (const lane of [...this.#lanes.values()]) lane.close()
  }
}
