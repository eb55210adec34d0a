/** How often one worker has ended and been started again, and what its restart strategy says to that. Starts nothing. */

import type { Clock } from '../clock.js'
import type { GroupExit } from './group-thread.js'
import type { ResolvedGroup } from './scheme.js'
import type { ExitKind, RestartDecision } from './strategies/restart.js'

/** Restarts that a strategy gets to see. */
const MOST_RESTARTS = 1000
/** Ms, where the strategy does not say. */
const HEALTHY_AFTER_MS = 30_000

export class RestartHistory {
  readonly #clock: Clock
  readonly #group: ResolvedGroup
  /** Clock ms since when it has been available. */
  #onlineSince = 0
  #failures = 0
  #startFailures = 0
  #restarts: readonly number[] = []

  constructor(clock: Clock, group: ResolvedGroup) {
    this.#clock = clock
    this.#group = group
  }

  /** The worker is available. */
  online(): void {
    this.#onlineSince = this.#clock.now()
    this.#startFailures = 0
  }

  /** The worker has ended, and nobody wanted that. Whether it is started again; counted as if it were. */
  decide(kind: ExitKind, exit: GroupExit | undefined, error: unknown): RestartDecision {
    if (kind === 'not-started' && ++this.#startFailures >= this.#group.maxStartFailures) {
      return { restart: false, reason: `it could not be started ${times(this.#startFailures)}`, exhausted: true }
    }
    const { restart } = this.#group
    const now = this.#clock.now()
    const wasHealthy = kind !== 'not-started' && now - this.#onlineSince >= (restart.healthyAfter ?? HEALTHY_AFTER_MS)
    if (wasHealthy) this.#failures = 0
    const facts = { kind, exitCode: exit?.code ?? 1, error, failures: this.#failures, restarts: this.#restarts, now }
    const decision = asked(() => restart.decide(facts))
    if (decision.restart) {
      this.#failures++
      this.#restarts = [...this.#restarts, now].slice(-MOST_RESTARTS)
    }
    return decision
  }
}

/** A strategy of the user's may throw: without a decision nothing is started. */
function asked(decide: () => RestartDecision): RestartDecision {
  try {
    return decide()
  } catch (error) {
    return { restart: false, reason: `its restart strategy threw: ${String(error)}`, exhausted: true }
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times in a row`
}
