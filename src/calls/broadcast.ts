/** `pool.broadcast`: the results of the same call on every worker. Knows no worker and no queue. */

import { WorkDiscardedError } from '../errors/works.js'
import type { Work } from '../work/work.js'

/** Its worker ended before the work's turn came: there is nobody left who could run it, or would need to. */
export class LeftOutError extends WorkDiscardedError {
  constructor() {
    super('the end of the worker that was to run it')
  }
}

/**
 * The results, in the order of the works and without those that were left out, when all of them have ended. Rejects with
 * the first error, in that order, of those that failed. As with a work, nobody has to await what somebody else asked for, or
 * hears of: a discard, and a failure where `isHeard`.
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
