/**
 * Handles signals and uncaught errors of the process for a pool that is configured to do so, until the pool has ended.
 */

import { RestartFailedError } from '../../errors/groups.js'
import type { Log } from './log.js'

/** The part of the pool that the handlers call. */
export interface Stoppable {
  stop(options?: { readonly hot?: boolean }): Promise<void>
  restart(options?: { readonly hard?: boolean }): Promise<void>
  /** Ends the pool because of this error. */
  fail(error: unknown): void
}

type Listener = (what: unknown) => void

/** The listeners of one event, of all pools of this process. */
class Shared {
  readonly #event: string
  readonly #listeners = new Set<Listener>()

  constructor(event: string) {
    this.#event = event
  }

  add(listener: Listener): void {
    this.#listeners.add(listener)
    // Somebody may have removed all listeners of the process.
    if (!process.listeners(this.#event as NodeJS.Signals).includes(this.#hear)) process.on(this.#event, this.#hear)
  }

  remove(listener: Listener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size === 0) process.off(this.#event, this.#hear)
  }

  readonly #hear: Listener = what => {
    for (const listener of [...this.#listeners]) listener(what)
  }
}

/** By event. The process has one listener for all pools: Node warns of a leak when an event has more than ten. */
const shared = new Map<string, Shared>()

function sharedFor(event: string): Shared {
  const known = shared.get(event)
  if (known !== undefined) return known
  const added = new Shared(event)
  shared.set(event, added)
  return added
}

export class ProcessHandlers {
  readonly #listeners: [event: string, listener: Listener][] = []

  /** Does not listen before {@link install}. */
  constructor(
    options: { readonly handleSignals: boolean; readonly handleGlobalErrors: boolean },
    pool: Stoppable,
    log: Log,
  ) {
    let isStopping = false
    const stop = (signal: unknown): void => {
      log('info', `${String(signal)}: the pool stops${isStopping ? ' at once' : ''}`, {})
      void pool.stop({ hot: isStopping })
      isStopping = true
    }
    const restart = (hard: boolean) => (signal: unknown) => {
      log('info', `${String(signal)}: the pool restarts`, {})
      // Each signal starts a restart, even while an earlier one is in progress. A signal that comes while the pool
      // stops is ignored.
      pool.restart({ hard }).catch((err: unknown) => {
        if (err instanceof RestartFailedError) log('error', 'the restart has failed', { err })
      })
    }
    const failed = (err: unknown): void => {
      log('error', 'an uncaught error in the main thread stops the pool', { err })
      pool.fail(err)
    }
    if (options.handleSignals) {
      this.#listeners.push(['SIGTERM', stop], ['SIGINT', stop], ['SIGHUP', restart(true)], ['SIGUSR2', restart(false)])
    }
    // By default, Node turns an unhandled rejection into an uncaught exception.
    if (options.handleGlobalErrors) this.#listeners.push(['uncaughtException', failed])
  }

  install(): void {
    for (const [event, listener] of this.#listeners) sharedFor(event).add(listener)
  }

  remove(): void {
    for (const [event, listener] of this.#listeners) sharedFor(event).remove(listener)
  }
}
