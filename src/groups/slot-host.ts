/** What one worker of a group is given, and whom it asks and tells. Types only. */

import type { Clock } from '../clock.js'
import type { GroupExit, GroupThread, GroupThreadObserver } from './group-thread.js'
import type { GroupUp } from './messages.js'
import type { ResolvedGroup } from './scheme.js'
import type { Slot } from './slot.js'
import type { ExitKind } from './strategies/restart.js'

/** Whom a slot asks and tells. */
export interface SlotHost {
  /** Starts a thread for it. Throws what Node throws for options it refuses. */
  launch(slot: Slot, observer: Omit<GroupThreadObserver, 'leaving'>): GroupThread
  /** Its thread is available. */
  online(slot: Slot, thread: GroupThread): void
  /** A thread of its is gone. `kind` is undefined where the pool wanted that. */
  exited(slot: Slot, thread: GroupThread, exit: GroupExit, kind: ExitKind | 'fatal' | 'terminate' | undefined): void
  /** It will be started again, after so many ms. */
  restarting(slot: Slot, after: number, kind: ExitKind): void
  /** It stays down. */
  down(slot: Slot, facts: DownFacts): void
  /** It ends the whole pool. */
  fatal(slot: Slot, error: unknown): void
  heard(slot: Slot, thread: GroupThread, message: Exclude<GroupUp, { type: 'ready' | 'ending' }>): void
  /** A thread of its does not end. */
  stuck(slot: Slot, thread: GroupThread): void
  /** It was told to end, and its threads are gone. */
  idle(slot: Slot): void
}

/** Why a worker stays down. */
export interface DownFacts {
  /** In words. */
  readonly reason: string
  readonly error: unknown
  /** It did not end by its own wish, and not as it was meant to. */
  readonly byFailure: boolean
}

export interface SlotPlan {
  readonly clock: Clock
  readonly group: ResolvedGroup
  /** Ms. */
  readonly startTimeout: number
  readonly stopTimeout: number
}
