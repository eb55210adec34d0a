/** The lane from one sender to one thread: the jobs on it, and what happens to them when the thread is gone. */

import { MessageChannel } from 'node:worker_threads'
import { inRootContext } from '../../base/async-context.js'
import { Claims } from '../../lane/claims.js'
import { clear } from '../../lane/clear.js'
import type { LaneDown, LaneEnd, LaneUp } from '../../lane/messages.js'
import { nodePort } from '../../lane/port.js'
import { LaneSender } from '../../lane/sender.js'
import { type Job, type JobCarrier, statesOf } from './job.js'
import type { Target } from './target.js'

/**
 * Is notified of what happens to the jobs. Each job is answered, refused, returned or lost at most once, and has then
 * left the lane.
 */
export interface JobLaneHost {
  answered(job: Job, threw: boolean, value: unknown): void
  progressed(job: Job, value: unknown): void
  /** The job could not be posted. */
  refused(job: Job, error: unknown): void
  /** A message with this many answers has been read. */
  batchRead(answers: number): void
  /** The thread is gone and never began the job. */
  comesBack(job: Job): void
  /**
   * The thread is gone and had begun the job, or has taken its buffers. If the job had `ended`, only its answer is
   * lost.
   */
  lost(job: Job, facts: { readonly started: boolean; readonly ended: boolean }): void
  /** The lane ends, because its thread is gone or because the sender closed it. Reports about the jobs on it follow. */
  closing(lane: JobLane, isGone: boolean): void
}

export class JobLane implements JobCarrier {
  readonly target: Target
  /**
   * The record of its thread in shared memory, and the generation, which says which of the threads that had this record
   * it is.
   */
  readonly record: number
  readonly generation: number
  readonly states = statesOf(this)
  readonly #lane: LaneSender<Job>
  readonly #host: JobLaneHost
  /** Whether this side has closed the lane, whatever its thread does. */
  #isClosedHere = false

  /** @param connect hands the other end to the thread. Jobs that are sent before it arrives wait in the port. */
  constructor(
    target: Target,
    record: number,
    generation: number,
    idPrefix: string,
    host: JobLaneHost,
    connect: (end: LaneEnd) => void,
  ) {
    this.target = target
    this.record = record
    this.generation = generation
    this.#host = host
    // A port runs its listeners in the context in which it was created, which must not be that of a job.
    const { port1, port2 } = inRootContext(() => new MessageChannel())
    const claims = new Claims()
    const port = nodePort<LaneUp, LaneDown>(port1, false)
    this.#lane = new LaneSender<Job>(
      {
        ...port,
        listen: (onMessage, onUnreadable) => port.listen(onMessage, onUnreadable, () => this.#salvage()),
      },
      claims,
      {
        answered: (job, threw, value) => host.answered(job, threw, value),
        progressed: (job, value) => host.progressed(job, value),
        wrote: () => {},
        yielded: () => {},
        failing: () => {},
        refused: (job, error) => host.refused(job, error),
        batchRead: answers => host.batchRead(answers),
        // Answers are lost, and it is unknown which. Closing the port closes the thread's end too, which aborts its
        // jobs.
        unreadable: () => this.#close(),
      },
    )
    connect({ port: port2, claims: claims.buffer, idPrefix })
  }

  /** Puts a job on the lane; it travels with the next {@link flush}. */
  send(job: Job): void {
    this.#lane.offer(job)
  }

  flush(): void {
    this.#lane.flush()
  }

  /** Takes a job back. False if it has begun. */
  revoke(job: Job): boolean {
    return this.#lane.revoke(job)
  }

  /** Asks a job that has begun to end. */
  abort(job: Job, reason: unknown): void {
    this.#lane.abort(job, reason)
  }

  /** Ends the lane: the jobs on it come back, or are lost. Messages that have already arrived are read first. */
  close(): void {
    this.#lane.drain()
    this.#close()
  }

  #close(): void {
    this.#isClosedHere = true
    this.#lane.close()
  }

  #salvage(): void {
    const lane = this.#lane
    this.#host.closing(this, !this.#isClosedHere)
    for (const remains of clear(lane, 'oldest first', job => lane.revoke(job))) {
      if (remains.left === 'answer') this.#host.answered(remains.work, false, remains.value)
      else if (remains.left === 'work') this.#host.comesBack(remains.work)
      else this.#host.lost(remains.work, remains)
    }
  }
}
