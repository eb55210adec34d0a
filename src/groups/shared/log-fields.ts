/** Carries the fields of a log line out of a thread. Each field crosses as an error would, since it may be one. */

import { type ErrorRecord, fromErrorRecord, toErrorRecord } from '../../values/error-record.js'
import type { LogFields } from './logger.js'

/** Makes fields that can be posted: errors stay whole; what cannot be cloned becomes an error that says so. */
export function packFields(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, toErrorRecord(value)]))
}

/** The inverse of {@link packFields}. */
export function unpackFields(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, fromErrorRecord(value as ErrorRecord)]))
}
