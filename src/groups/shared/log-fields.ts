/**
 * Carries the fields of a log line out of a thread. Each field crosses the way an error does, because it may be one.
 */

import { type ErrorRecord, fromErrorRecord, toErrorRecord } from '../../values/error-record.js'
import type { LogFields } from './logger.js'

/**
 * Returns fields that can be posted. Errors stay intact; a value that cannot be cloned becomes an error that says so.
 */
export function packFields(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, toErrorRecord(value)]))
}

/** The inverse of {@link packFields}. */
export function unpackFields(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, fromErrorRecord(value as ErrorRecord)]))
}
