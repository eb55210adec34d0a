/** What the end of a thread means: the table of its kinds. Decides nothing. */

import { isOutOfMemory } from '../../launch/life.js'
import type { ExitKind } from '../strategies/restart.js'
import type { GroupExit } from './group-thread.js'

/**
 * | the thread                                         | kind            |
 * |----------------------------------------------------|-----------------|
 * | said that it throws a FatalWorkerError             | `fatal`         |
 * | said that it throws a TerminateWorkerError         | `terminate`     |
 * | had not been available                             | `not-started`   |
 * | said that `run()` has returned                     | `returned`      |
 * | reached its heap limit                             | `out-of-memory` |
 * | said what it threw, or died of what nobody caught  | `failed`        |
 * | called `process.exit()`                            | `exited`        |
 */
export function exitKindOf({ said, hadStarted, failure }: GroupExit): ExitKind | 'fatal' | 'terminate' {
  if (said?.kind === 'fatal' || said?.kind === 'terminate') return said.kind
  if (!hadStarted) return 'not-started'
  if (failure?.error instanceof UnresponsiveError) return 'unresponsive'
  if (said?.kind === 'returned') return 'returned'
  if (failure !== undefined && isOutOfMemory(failure.error)) return 'out-of-memory'
  return said !== undefined || failure !== undefined ? 'failed' : 'exited'
}

/** Why we end a thread whose event loop stands still. */
export class UnresponsiveError extends Error {}
