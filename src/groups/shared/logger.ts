/** What the pool writes to: anything shaped like `console`, or like a logger that takes fields first. */

/** Levels, least first. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Facts beside the text of a line: `worker`, `group`, and `err` for an error. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * A logger. One that has `child()`, and no `log()`, takes the fields before the text, as pino and bunyan do; any other is called
 * as `console` and winston are, the fields behind the text.
 */
export interface Logger {
  /** For whoever looks for a fault. */
  debug(...line: never[]): void
  /** What goes as it should. */
  info(...line: never[]): void
  /** What may become a fault. */
  warn(...line: never[]): void
  /** What is one. */
  error(...line: never[]): void
}
