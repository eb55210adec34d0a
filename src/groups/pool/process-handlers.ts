/** Signals and uncaught errors of the process, where a pool was told to handle them. Both are undone when it has ended. */

import { RestartFailedError } from '../../errors/groups.js'
import type { Log } from './log.js'

/** What it asks of the pool. */
export interface Stoppable {
  stop(options?: { readonly hot?: boolean }): Promise<void>
  restart(options?: { readonly hard?: boolean }): Promise<void>
  /** Ends because of this error. */
  fail(error: unknown): void
}

export class ProcessHandlers {
  readonly #listeners: [event: string, listener: (...args: unknown[]) => void][] = []

  /** Listens to nothing before {@link install}. */
  constructor(
    options: { readonly handleSignals: boolean; readonly handleGlobalErrors: boolean },
    pool: Stoppable,
    log: Log,
  ) {
    let isStopping = false
    const stop = (signal: unknown): void => {
      log('info', `${String(signal)}: the pool is stopped${isStopping ? ' at once' : ''}`, {})
      void pool.stop({ hot: isStopping })
      isStopping = true
    }
    const restart = (hard: boolean) => (signal: unknown) => {
      log('info', `${String(signal)}: the pool is restarted`, {})
      // Each signal counts, also while an earlier restart goes on; one that comes as the pool stops is too late.
      pool.restart({ hard }).catch((err: unknown) => {
        if (err instanceof RestartFailedError) log('error', 'the restart has failed', { err })
      })
    }
    const failed = (err: unknown): void => {
      log('error', 'an error of the main thread that nobody caught stops the pool', { err })
      pool.fail(err)
    }
    if (options.handleSignals) {
      this.#listeners.push(['SIGTERM', stop], ['SIGINT', stop], ['SIGHUP', restart(true)], ['SIGUSR2', restart(false)])
    }
    // A rejection that nobody handles is an uncaught exception, too, unless Node was told otherwise.
    if (options.handleGlobalErrors) this.#listeners.push(['uncaughtException', failed])
  }

  install(): void {
    for (const [event, listener] of this.#listeners) process.on(event, listener)
  }

  remove(): void {
    for (const [event, listener] of this.#listeners) process.off(event, listener)
  }
}
