/** The options of one work: what the user may give, and what they are once checked. */

/** {@link ExecuteOptions}, checked. */
export interface ResolvedExecuteOptions {
  readonly priority: number
  readonly signal: AbortSignal | undefined
  /** Undefined: the pool's applies. Infinity: none does. */
  readonly timeout: number | undefined
  readonly queueTimeout: number | undefined
  readonly label: string | undefined
  /** How often it may still run again. */
  readonly retries: number
  /** Runs in the context of `execute()`. */
  readonly onProgress: ((value: unknown) => void) | undefined
}

/** What a call without options has. */
export const NO_OPTIONS: ResolvedExecuteOptions = Object.freeze({
  priority: 0,
  signal: undefined,
  timeout: undefined,
  queueTimeout: undefined,
  label: undefined,
  retries: 0,
  onProgress: undefined,
})

/**
 * What `execute()` takes for one work. Only own properties count; an unknown one, or a value out of range, throws at the
 * call. `undefined` is the same as leaving the option out.
 */
export interface ExecuteOptions {
  /**
   * Higher starts first; works of the same priority start in the order in which they were submitted. Any finite number,
   * negative and fractions too.
   *
   * Default 0.
   */
  priority?: number | undefined

  /**
   * Discards the work when it aborts, whether it waits or runs: it rejects with {@link WorkDiscardedError}, whose `cause`
   * is the signal's reason. One signal may serve any number of works.
   */
  signal?: AbortSignal | undefined

  /**
   * Ms the work may run, from its start to its answer; time in the queue does not count. Above 0; Infinity for no limit.
   * Past it, the work rejects with {@link WorkTimeoutError} of phase `'run'` and is ended, a busy loop too.
   *
   * Default: the `timeout` of the pool.
   */
  timeout?: number | undefined

  /**
   * Ms from submission to start, the time at the door of a full buffer included. Above 0; Infinity for no limit. Past
   * it, the work rejects with {@link WorkTimeoutError} of phase `'queue'` and never runs.
   *
   * Default: no limit.
   */
  queueTimeout?: number | undefined

  /**
   * How often the work runs again if its thread exits or crashes under it: whole number from 0, or Infinity. It keeps the
   * status `'running'`, is the first of its priority to be begun, and has its whole `timeout` again. What ended a
   * thread is then told by `workerExit` alone. A work that had ended when its result was lost is not run again. Not together
   * with `transfer`.
   *
   * Default 0: nothing runs twice.
   */
  retries?: number | undefined

  /**
   * Called with each value that the task gives to `progress()`, in order and before the result; in the AsyncLocalStorage
   * context of `execute()`. Not called once the work is settled. What it throws is an uncaught exception.
   *
   * Default none: then `progress()` costs nothing.
   */
  onProgress?: ((value: unknown) => void) | undefined

  /** A name for the work, for metrics and traces; the task can read it too. */
  label?: string | undefined
}
