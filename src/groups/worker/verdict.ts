/** Decides what follows when a thread of a slot has ended. The decision is a value, made before the end is reported. */

import type { ExitKind } from '../strategies/restart.js'
import { exitKindOf } from './exit-kind.js'
import type { GroupExit } from './group-thread.js'
import type { RestartHistory } from './restart-history.js'

/**
 * What the slot announces after it has reported the end of a thread. Its state has moved on by then.
 *
 * - `nothing`: another thread serves, or the slot had given this one up
 * - `idle`: the slot was told to end, and its last thread is gone
 * - `again`: the slot was told to restart, and its last thread is gone
 * - `restart`: the slot is started again after this many ms
 * - `down`: the slot stays down
 * - `fatal`: the error ends the whole pool; `isIdle` as for `idle`
 */
export type Verdict =
  | { readonly then: 'nothing' }
  | { readonly then: 'idle' }
  | { readonly then: 'again' }
  | { readonly then: 'restart'; readonly after: number; readonly kind: ExitKind }
  | { readonly then: 'down'; readonly facts: DownFacts }
  | { readonly then: 'fatal'; readonly error: unknown; readonly isIdle: boolean }

/** The verdicts on an end that the pool had not asked for. */
export type UnaskedVerdict = Extract<Verdict, { then: 'restart' | 'down' | 'fatal' }>

/** Why a slot stays down. */
export interface DownFacts {
  /** In words, for messages and the log. */
  readonly reason: string
  readonly error: unknown
  /**
   * False if the thread ended as it was meant to: by a `TerminateWorkerError`, or because its `run()` returned and its
   * restarts were not exhausted.
   */
  readonly byFailure: boolean
}

/**
 * Judges an end that the pool had not asked for. The restart history counts it.
 *
 * | the thread ended                                       | verdict                              |
 * |--------------------------------------------------------|--------------------------------------|
 * | by a FatalWorkerError                                  | `fatal`                              |
 * | by a TerminateWorkerError                              | `down`, no failure                   |
 * | otherwise, and the restart strategy says: again        | `restart`                            |
 * | by returning, and the strategy says: not again         | `down`, no failure unless exhausted  |
 * | otherwise, and the strategy says: not again            | `down` by failure                    |
 */
export function verdictOn(exit: GroupExit, history: RestartHistory): UnaskedVerdict {
  const kind = exitKindOf(exit)
  const error = errorOf(exit)
  if (kind === 'fatal') return { then: 'fatal', error, isIdle: false }
  if (kind === 'terminate') return terminated(error)
  const decision = history.decide(kind, exit, error)
  if (decision.restart) return { then: 'restart', after: decision.after, kind }
  const byFailure = kind !== 'returned' || decision.exhausted === true
  return { then: 'down', facts: { reason: decision.reason, error, byFailure } }
}

/** The slot stays down because its thread threw a TerminateWorkerError. */
export function terminated(error: unknown): Extract<Verdict, { then: 'down' }> {
  return { then: 'down', facts: { reason: 'it threw a TerminateWorkerError', error, byFailure: false } }
}

/**
 * What ended the thread: the error that the thread itself reported or, if there is none, the one that Node reported.
 */
export function errorOf({ said, failure }: GroupExit): unknown {
  return said?.error ?? failure?.error
}
