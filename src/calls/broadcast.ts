/** `pool.broadcast`: the results of the same call on every worker. It knows neither workers nor queue. */

import { WorkDiscardedError } from '../errors/works.js'
import type { Work } from '../work/work.js'

/** The worker that was to run the work ended before that. No other worker could run it, or needs to. */
export class LeftOutError extends WorkDiscardedError {
  constructor() {
    super('the end of the worker that was to run it')
  }
}

/**
 * Resolves with the results in the order of the works, without those that were left out, once all works have ended.
 * Rejects with the first error, in that order, of those that failed. The rejection is silent for a discard, which
 * somebody asked for, and for a failure if `isHeard` says that a listener has heard of it: as with a single work,
 * nobody has to await it.
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
