/** What the end of a thread means: a table that gives the kind of an exit, from what is known about it. */

import { isOutOfMemory } from '../../launch/life.js'
import type { ExitKind } from '../strategies/restart.js'
import type { GroupExit } from './group-thread.js'

/** A kind that a restart strategy decides about, or one that needs no decision. */
export type AnyExitKind = ExitKind | 'fatal' | 'terminate'

/**
 * The first line that applies:
 *
 * | the thread                                                   | kind            |
 * |--------------------------------------------------------------|-----------------|
 * | said that it throws a FatalWorkerError                       | `fatal`         |
 * | said that it throws a TerminateWorkerError                   | `terminate`     |
 * | had never been available                                     | `not-started`   |
 * | was ended by us because its event loop did not respond       | `unresponsive`  |
 * | said that `run()` has returned                               | `returned`      |
 * | reached its heap limit                                       | `out-of-memory` |
 * | said what it threw, or died of an uncaught error             | `failed`        |
 * | gave no reason: it called `process.exit()`                   | `exited`        |
 */
export function exitKindOf({ said, hadStarted, failure }: GroupExit): AnyExitKind {
  if (said?.kind === 'fatal' || said?.kind === 'terminate') return said.kind
  if (!hadStarted) return 'not-started'
  if (failure?.error instanceof UnresponsiveError) return 'unresponsive'
  if (said?.kind === 'returned') return 'returned'
  if (failure !== undefined && isOutOfMemory(failure.error)) return 'out-of-memory'
  return said !== undefined || failure !== undefined ? 'failed' : 'exited'
}

/** The reason for ending a thread whose event loop does not respond. */
export class UnresponsiveError extends Error {}
