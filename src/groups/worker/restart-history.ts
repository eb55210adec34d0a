/** How often one slot has ended and been restarted, and what its restart strategy decides. It starts nothing itself. */

import type { Clock } from '../../base/clock.js'
import { describe } from '../../errors/words.js'
import type { ResolvedGroup } from '../scheme/scheme.js'
import type { ExitKind, RestartDecision } from '../strategies/restart.js'
import type { GroupExit } from './group-thread.js'

/** Maximum number of earlier restarts that a strategy sees. */
const MOST_RESTARTS = 1000

export class RestartHistory {
  readonly #clock: Clock
  readonly #group: ResolvedGroup
  /** Clock ms at which it became available; undefined if its last thread never did. */
  #onlineSince: number | undefined
  #failures = 0
  #startFailures = 0
  #restarts: readonly number[] = []

  constructor(clock: Clock, group: ResolvedGroup) {
    this.#clock = clock
    this.#group = group
  }

  /** The slot is available. */
  online(): void {
    this.#onlineSince = this.#clock.now()
    this.#startFailures = 0
  }

  /** The slot has ended although the pool had not asked for it. Returns what follows; a restart is counted at once. */
  decide(kind: ExitKind, exit: GroupExit, error: unknown): RestartDecision {
    if (kind === 'not-started' && ++this.#startFailures >= this.#group.maxStartFailures) {
      return { restart: false, reason: `it could not be started ${times(this.#startFailures)}`, exhausted: true }
    }
    const { restart, healthyAfter } = this.#group
    const now = this.#clock.now()
    if (this.#onlineSince !== undefined && now - this.#onlineSince >= healthyAfter) this.#failures = 0
    this.#onlineSince = undefined
    const facts = { kind, exitCode: exit.code, error, failures: this.#failures, restarts: this.#restarts, now }
    const decision = asked(() => restart.decide(facts))
    if (decision.restart) {
      this.#failures++
      this.#restarts = [...this.#restarts, now].slice(-MOST_RESTARTS)
    }
    return decision
  }
}

/** A user's strategy may throw, or return something that is not a decision. The slot then stays down. */
function asked(decide: () => unknown): RestartDecision {
  let decision: unknown
  try {
    decision = decide()
  } catch (error) {
    return { restart: false, reason: `its restart strategy threw: ${String(error)}`, exhausted: true }
  }
  if (isDecision(decision)) return decision
  return { restart: false, reason: `its restart strategy returned no decision: ${describe(decision)}`, exhausted: true }
}

function isDecision(value: unknown): value is RestartDecision {
  if (typeof value !== 'object' || value === null || !('restart' in value)) return false
  if (value.restart === false) return 'reason' in value && typeof value.reason === 'string'
  return value.restart === true && 'after' in value && typeof value.after === 'number' && value.after >= 0
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times in a row`
}
