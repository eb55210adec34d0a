/** What the Watcher reports to the owner of a pool of groups. Types only. */

import type { GroupUp } from '../shared/messages.js'
import type { GroupThread } from '../worker/group-thread.js'
import type { Slot } from '../worker/slot.js'
import type { DownFacts } from '../worker/verdict.js'
import type { Group, GroupHost } from './group.js'

/**
 * What the Watcher reports. The calls return nothing. The state of pool, group and slot is final before each call, so
 * the host may stop the pool.
 */
export interface WatcherHost
  extends Pick<GroupHost, 'exited' | 'restarting' | 'unresponsive' | 'recycling' | 'scaled'> {
  /** The worker is available: for the first time, again, or because its successor has taken over. */
  online(slot: Slot, thread: GroupThread): void
  /** The worker stays down. */
  down(slot: Slot, facts: DownFacts): void
  /** No worker of this group runs or is due any more, and the last one ended by failure. */
  groupDown(group: Group, error: unknown): void
  /** A worker has written a line to its logger. */
  log(slot: Slot, line: Extract<GroupUp, { type: 'log' }>): void
  /** A worker has called `worker.send()`. */
  message(slot: Slot, message: unknown): void
  /** An error that no promise and no other call reports. */
  error(error: unknown): void
  /** The pool begins to end, for whatever reason. */
  stopping(): void
}
