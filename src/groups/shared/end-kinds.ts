/** Which errors, thrown by the code of a worker, mean more than that this thread has failed. */

import { FatalWorkerError, TerminateWorkerError } from '../../errors/groups.js'

/** `fatal`: the whole pool is to stop. `terminate`: this worker is to stay down. Undefined for any other error. */
export function endKindOf(error: unknown): 'fatal' | 'terminate' | undefined {
  if (error instanceof FatalWorkerError) return 'fatal'
  return error instanceof TerminateWorkerError ? 'terminate' : undefined
}
