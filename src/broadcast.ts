/** `pool.broadcast`: the results of the same call on every worker. Knows no worker and no queue. */

import { WorkDiscardedError } from './errors.js'
import type { Work } from './work.js'

/** Its worker ended before the work's turn came: there is nobody left who could run it, or would need to. */
export class LeftOutError extends WorkDiscardedError {
  constructor() {
    super('the end of the worker that was to run it')
  }
}

/**
 * The results, in the order of the works and without those that were left out, when all of them have ended. Throws the first
 * error, in that order, of those that failed.
 */
export async function gather<R>(works: readonly Work<R>[]): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[][] = []
  for (const outcome of await Promise.allSettled(works)) {
    if (outcome.status === 'fulfilled') results.push(outcome.value)
    else if (!(outcome.reason instanceof LeftOutError)) failures.push([outcome.reason])
  }
  const [failure] = failures
  if (failure !== undefined) throw failure[0]
  return results
}
