/** What an error that ends a worker means beyond itself. */

import { FatalWorkerError, TerminateWorkerError } from '../../errors/groups.js'

/** Whether its class says that the whole pool is to end, or that this worker is not to come back. */
export function endKindOf(error: unknown): 'fatal' | 'terminate' | undefined {
  if (error instanceof FatalWorkerError) return 'fatal'
  return error instanceof TerminateWorkerError ? 'terminate' : undefined
}
