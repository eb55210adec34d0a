/** The loggers a pool can write to: anything shaped like `console`, or like a logger that takes the fields first. */

/**
 * Levels, the least severe first.
 *
 * @group Options
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/**
 * Facts that go with the text of a line: `worker`, `group`, and `err` for an error.
 *
 * @group Options
 */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * A logger. One that has `child()` but no `log()` gets the fields before the text, as pino and bunyan do; any other
 * gets them after the text, as `console` and winston do.
 *
 * @group Options
 */
export interface Logger {
  /** Details that help to find a fault. */
  debug(...line: never[]): void
  /** Normal events. */
  info(...line: never[]): void
  /** What may lead to a fault. */
  warn(...line: never[]): void
  /** Faults. */
  error(...line: never[]): void
}
