/** The lane from one sender to one thread: what was sent on it, and what becomes of that when the thread is gone. */

import { MessageChannel } from 'node:worker_threads'
import { inRootContext } from '../../base/async-context.js'
import { Claims } from '../../lane/claims.js'
import type { LaneDown, LaneEnd, LaneUp } from '../../lane/messages.js'
import { nodePort } from '../../lane/port.js'
import { LaneSender } from '../../lane/sender.js'
import { type Job, type JobCarrier, statesOf } from './job.js'
import type { Target } from './target.js'

/** Whom a lane tells. Each job is told of once at most, and has left the lane then. */
export interface JobLaneHost {
  answered(job: Job, threw: boolean, value: unknown): void
  progressed(job: Job, value: unknown): void
  /** It could not be posted. */
  refused(job: Job, error: unknown): void
  /** A message with so many answers has been read. */
  batchRead(answers: number): void
  /** The thread is gone, and never began it. */
  comesBack(job: Job): void
  /** The thread is gone, and had begun it, or taken its buffers; if it had `ended`, its answer is lost. */
  lost(job: Job, facts: { readonly started: boolean; readonly ended: boolean }): void
  /** The lane ends: because the thread is gone, or by our wish. What is on it is told of next. */
  closing(lane: JobLane, isGone: boolean): void
}

export class JobLane implements JobCarrier {
  readonly target: Target
  /** Where its thread is in shared memory, and which of those that were there. */
  readonly record: number
  readonly generation: number
  readonly states = statesOf(this)
  readonly #lane: LaneSender<Job>
  readonly #host: JobLaneHost
  /** We end it, whatever its thread does. */
  #isOurWish = false

  /** @param connect  hands the other end to the thread; what is sent before it arrives waits in the port */
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
    // Its listeners run in the context in which it is made, which no job's should be.
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
        yielded: () => {},
        failsAhead: () => {},
        refused: (job, error) => host.refused(job, error),
        batchRead: answers => host.batchRead(answers),
        // Answers are lost, nobody knows which. With the port the thread's end of it closes, and its jobs are told to stop.
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

  /** Ends the lane: what is on it comes back, or is lost. What its thread has said by now is read before. */
  close(): void {
    this.#lane.drain()
    this.#close()
  }

  #close(): void {
    this.#isOurWish = true
    this.#lane.close()
  }

  #salvage(): void {
    const lane = this.#lane
    this.#host.closing(this, !this.#isOurWish)
    const answered = new Set<Job>()
    lane.collect((job, value) => {
      answered.add(job)
      this.#host.answered(job, false, value)
    })
    for (const job of [...lane]) {
      if (answered.has(job)) continue
      // Also where its buffers are lost, or where the thread goes on without this line: it must not begin it.
      const started = !lane.revoke(job)
      if (!started && job.transfer === undefined) this.#host.comesBack(job)
      else this.#host.lost(job, { started, ended: started && lane.hasEnded(job) })
    }
  }
}
