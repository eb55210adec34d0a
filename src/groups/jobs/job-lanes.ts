/** The lines of one sender, by the record of the thread they lead to; what is put on them travels once a turn. Knows no places. */

import type { LaneEnd } from '../../lane/messages.js'
import { JobLane, type JobLaneHost } from './job-lane.js'
import type { Target } from './target.js'

/** Hands the end of a new lane to the thread of this record, if it is still the one of this generation. */
export type Connect = (record: number, generation: number, end: LaneEnd) => void

export class JobLanes {
  readonly #idPrefix: string
  readonly #connect: Connect
  readonly #host: JobLaneHost
  readonly #lines = new Map<number, JobLane>()
  /** Those with jobs that are to be posted. */
  readonly #dirty = new Set<JobLane>()

  /** @param idPrefix with which the ids of the jobs begin */
  constructor(idPrefix: string, connect: Connect, host: Omit<JobLaneHost, 'closing'>) {
    this.#idPrefix = idPrefix
    this.#connect = connect
    this.#host = {
      ...host,
      closing: (line, isGone) => {
        this.#dirty.delete(line)
        if (this.#lines.get(line.record) === line) this.#lines.delete(line.record)
        if (isGone) line.target.setGone(line.record, line.generation)
      },
    }
  }

  /** The line to this thread, made if there is none. Something is about to be put on it. */
  to(target: Target, record: number, generation: number): JobLane {
    let line = this.#lines.get(record)
    if (line?.generation !== generation) {
      const connect = (end: LaneEnd): void => this.#connect(record, generation, end)
      line = new JobLane(target, record, generation, this.#idPrefix, this.#host, connect)
      this.#lines.set(record, line)
    }
    this.#dirty.add(line)
    return line
  }

  /** Posts what was put on them since the last time. */
  flush(): void {
    const lines = [...this.#dirty]
    this.#dirty.clear()
    for (const line of lines) line.flush()
  }

  /** This thread does not end: whatever was sent there and has not begun comes back. */
  abandon(record: number, generation: number): void {
    const line = this.#lines.get(record)
    if (line?.generation !== generation) return
    line.target.setGone(record, generation)
    line.close()
  }

  /** Ends all of them. */
  close(): void {
    for (const line of [...this.#lines.values()]) line.close()
  }
}
