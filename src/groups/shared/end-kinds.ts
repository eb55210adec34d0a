/** Tells which errors thrown by a worker's code affect more than the thread that threw them. */

import { FatalWorkerError, TerminateWorkerError } from '../../errors/groups.js'

/** `fatal`: the whole pool stops. `terminate`: this worker stays down. Undefined for any other error. */
export function endKindOf(error: unknown): 'fatal' | 'terminate' | undefined {
  if (error instanceof FatalWorkerError) return 'fatal'
  return error instanceof TerminateWorkerError ? 'terminate' : undefined
}
