/** What a slot needs from its owner, and what it reports to it. Types only; `S` is the slot. */

import type { Clock } from '../../base/clock.js'
import type { ResolvedGroup } from '../scheme/scheme.js'
import type { GroupUp } from '../shared/messages.js'
import type { ExitKind } from '../strategies/restart.js'
import type { AnyExitKind } from './exit-kind.js'
import type { GroupExit, GroupThread, GroupThreadObserver } from './group-thread.js'
import type { DownFacts } from './verdict.js'

/**
 * What a slot reports. The calls return nothing. The slot's state is final before each call, so the host may stop the
 * slot.
 */
export interface SlotHost<S> {
  /** The thread is available. */
  online(slot: S, thread: GroupThread): void
  /** The thread has exited. `kind` is undefined if it was told to end. */
  exited(slot: S, thread: GroupThread, exit: GroupExit, kind: AnyExitKind | undefined): void
  /** The slot will be started again after this many ms. */
  restarting(slot: S, after: number, kind: ExitKind): void
  /** The slot stays down. */
  down(slot: S, facts: DownFacts): void
  /** A thread threw an error that ends the whole pool. */
  fatal(slot: S, error: unknown): void
  /** The thread has sent a message to the Watcher. */
  heard(slot: S, thread: GroupThread, message: Exclude<GroupUp, { type: 'ready' | 'ending' }>): void
  /** The thread was told to end but does not exit. Nothing waits for it any longer. */
  stuck(slot: S, thread: GroupThread): void
  /** The slot was told to end, and its threads are gone. */
  idle(slot: S): void
}

/** Starts a thread for a slot. Throws what Node throws for options it refuses. */
export type Launch<S> = (slot: S, observer: Omit<GroupThreadObserver, 'leaving'>) => GroupThread

export interface SlotPlan<S> {
  readonly clock: Clock
  readonly group: ResolvedGroup
  /** Ms. */
  readonly startTimeout: number
  /** Ms. */
  readonly stopTimeout: number
  readonly launch: Launch<S>
}

/**
 * The outcome of a replacement.
 *
 * - `done`: the successor has taken over
 * - `off`: there was nothing to replace, or the worker ended, or was told to end, in the meantime
 * - `failed`: the successor did not start; the old thread goes on
 */
export type Replacement =
  | { readonly is: 'done' }
  | { readonly is: 'off' }
  | { readonly is: 'failed'; readonly error: unknown }
