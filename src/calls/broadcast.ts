/** `pool.broadcast`: the results of the same call on every worker. It knows nothing about workers or the queue. */

import { WorkDiscardedError } from '../errors/works.js'
import type { Work } from '../work/work.js'

/** The worker that should have run the work ended first. No other worker could run it, and none needs to. */
export class LeftOutError extends WorkDiscardedError {
  constructor() {
    super('the end of the worker that was to run it')
  }
}

/**
 * Resolves with the results in the order of the works, without those that were left out, once all works have ended.
 * Rejects with the first error, in that order, of those that failed. The rejection is silent for a discard, which was
 * requested, and for a failure if `isHeard` says that a listener was notified of it. As with a single work, the promise
 * then need not be awaited.
 */
export function gather<R>(works: readonly Work<R>[], isHeard: () => boolean): Promise<R[]> {
  const gathered: Promise<R[]> = Promise.allSettled(works).then(outcomes => {
    const failure = outcomes.find(outcome => outcome.status === 'rejected' && !(outcome.reason instanceof LeftOutError))
    if (failure?.status !== 'rejected')
      return outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    if (failure.reason instanceof WorkDiscardedError || isHeard()) gathered.catch(() => {})
    throw failure.reason
  })
  return gathered
}
