/** Writes lines to the user's logger, whatever its kind; without one, nowhere. */

import type { LogFields, Logger, LogLevel } from '../shared/logger.js'

export type Log = (level: LogLevel, text: string, fields: LogFields) => void

/**
 * A logger of pino's kind has children, and takes the fields first; winston's, which has children too, can `log()` as console
 * does. What it throws is its own affair, and costs a line.
 */
export function logTo(logger: Logger | undefined): Log {
  if (logger === undefined) return () => {}
  const has = (method: string): boolean => typeof Reflect.get(logger, method) === 'function'
  const fieldsFirst = has('child') && !has('log')
  return (level, text, fields) => {
    try {
      Reflect.apply(logger[level], logger, fieldsFirst ? [fields, text] : [text, fields])
    } catch (error) {
      process.emitWarning(`the logger of a pool threw: ${String(error)}`, 'ThreadcrewWarning')
    }
  }
}
