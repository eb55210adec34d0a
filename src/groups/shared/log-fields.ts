/** How the fields of a line for the log come from a thread: each as an error does, since it may be one. */

import { type ErrorRecord, fromErrorRecord, toErrorRecord } from '../../values/error-record.js'
import type { LogFields } from './logger.js'

/** Fields that can be posted: errors whole, and what cannot be cloned as an error that says so. */
export function packFields(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, toErrorRecord(value)]))
}

/** What was packed. */
export function unpackFields(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, fromErrorRecord(value as ErrorRecord)]))
}
