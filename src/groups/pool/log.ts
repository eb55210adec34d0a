/** Writes log lines to the user's logger, whichever library it comes from. Without a logger, the lines are dropped. */

import type { LogFields, Logger, LogLevel } from '../shared/logger.js'

export type Log = (level: LogLevel, text: string, fields: LogFields) => void

/**
 * Loggers like pino take the fields first, others take the text first. Those like pino have `child()` but no `log()`;
 * winston has both. If the logger throws, the line is lost and a process warning is emitted.
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
