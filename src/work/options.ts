/** The options of one work, as given and as checked. */

/** {@link ExecuteOptions}, checked. */
export interface ResolvedExecuteOptions {
  readonly priority: number
  readonly signal: AbortSignal | undefined
  /** Ms. Undefined: the pool's timeout applies. Infinity: none does. */
  readonly timeout: number | undefined
  /** Ms. Undefined: the pool's grace applies. Infinity: the thread is not ended for the sake of this work. */
  readonly grace: number | undefined
  /** Ms. */
  readonly queueTimeout: number | undefined
  readonly label: string | undefined
  /** How often the work may still run again. */
  readonly retries: number
  /** Runs in the context of `execute()`. */
  readonly onProgress: ((value: unknown) => void) | undefined
  /** Runs in the context of `execute()`. */
  readonly onOutput: ((chunk: string, stream: 'stdout' | 'stderr') => void) | undefined
}

/** The options of a call without options. */
export const NO_OPTIONS: ResolvedExecuteOptions = Object.freeze({
  priority: 0,
  signal: undefined,
  timeout: undefined,
  grace: undefined,
  queueTimeout: undefined,
  label: undefined,
  retries: 0,
  onProgress: undefined,
  onOutput: undefined,
})

/**
 * The options of one work. Only own properties count. An unknown option, or a value out of range, throws at the call.
 * `undefined` is the same as leaving the option out.
 *
 * @group Options
 */
export interface ExecuteOptions {
  /**
   * Works of a higher priority start first. Works of the same priority start in the order of submission. Any finite
   * number, including negative ones and fractions.
   *
   * @defaultValue `0`
   */
  priority?: number | undefined

  /**
   * Discards the work when this signal aborts, whether the work waits or runs. It rejects with
   * {@link WorkDiscardedError}, whose `cause` is the signal's reason. One signal may serve any number of works.
   *
   * @defaultValue none
   */
  signal?: AbortSignal | undefined

  /**
   * Ms that the work may run, from its start to its answer. Time in the queue does not count. Above 0; Infinity for no
   * limit. A work that exceeds it rejects with {@link WorkTimeoutError} of phase `'run'` and is ended, even in a busy
   * loop.
   *
   * @defaultValue the `timeout` of the pool
   */
  timeout?: number | undefined

  /**
   * Ms between asking this work to stop and ending its thread, if it is ended while it runs. From 0, or Infinity. With
   * Infinity, the work is settled at once and its thread goes on until the function returns, as after a graceful
   * discard; only a hot `stop()` of the pool ends the thread.
   *
   * @defaultValue the `grace` of the pool
   */
  grace?: number | undefined

  /**
   * Ms that the work may wait from submission to start, including time at the door of a full buffer. Above 0; Infinity
   * for no limit. A work that exceeds it rejects with {@link WorkTimeoutError} of phase `'queue'` and never runs.
   *
   * @defaultValue no limit
   */
  queueTimeout?: number | undefined

  /**
   * How often the work runs again if its thread exits or crashes while it runs. Whole number from 0, or Infinity. The
   * work keeps the status `'running'`, starts first among works of its priority, and has its full `timeout` again. Only
   * the event `workerExit` then reports what ended the thread. A work whose function had ended when its result was lost
   * does not run again. Cannot be combined with `transfer`.
   *
   * By default, nothing runs twice.
   *
   * @defaultValue `0`
   */
  retries?: number | undefined

  /**
   * Called with each value that the task passes to `progress()`, in order and before the result, in the
   * AsyncLocalStorage context of `execute()`. Not called any more once the work is settled. An error that it throws is
   * an uncaught exception.
   *
   * Without it, `progress()` costs nothing.
   *
   * @defaultValue none
   */
  onProgress?: ((value: unknown) => void) | undefined

  /**
   * Called with what the task writes while it runs, by `console.log` and its relatives or by `process.stdout.write` and
   * `process.stderr.write`. It gets each chunk as text, and the name of the stream: in order, all before the result, in
   * the AsyncLocalStorage context of `execute()`. Bytes are decoded as UTF-8. Not called any more once the work is
   * settled. An error that it throws is an uncaught exception.
   *
   * What it gets is not printed: print it in the listener if you want both. Writes that do not go through these
   * streams, such as those of child processes and `fs.writeSync(1, …)`, are printed as ever. If works run one at a time
   * on their thread, everything that is written there while the work runs counts as its output.
   *
   * Without it, output is printed and costs nothing more.
   *
   * @defaultValue none
   */
  onOutput?: ((chunk: string, stream: 'stdout' | 'stderr') => void) | undefined

  /**
   * A name for the work, for metrics and traces. The task can read it in its context.
   *
   * @defaultValue none
   */
  label?: string | undefined
}
