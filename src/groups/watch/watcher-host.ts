/** Whom the Watcher tells what. Types only. */

import type { GroupUp } from '../shared/messages.js'
import type { GroupThread } from '../worker/group-thread.js'
import type { DownFacts, Slot } from '../worker/slot.js'
import type { Group, GroupHost } from './group.js'

/** What the Watcher tells whoever has a pool of groups. */
export interface WatcherHost
  extends Pick<GroupHost, 'exited' | 'restarting' | 'unresponsive' | 'recycling' | 'scaled'> {
  online(slot: Slot, thread: GroupThread): void
  down(slot: Slot, facts: DownFacts): void
  /** No worker of this group runs or is due any more, and the last one ended by failure. */
  groupDown(group: Group, error: unknown): void
  log(slot: Slot, line: Extract<GroupUp, { type: 'log' }>): void
  message(slot: Slot, message: unknown): void
  /** An error that nobody else hears of. */
  error(error: unknown): void
  /** The pool begins to end, whatever for. */
  stopping(): void
}
