/** What promises reject with, for tests that look at errors. */

import { types } from 'node:util'
import { expect } from 'vitest'

/** An error with whatever else it carries. */
export type AnyError = Error & { readonly [property: string]: unknown }

/** What `promise` rejects with, whatever that is; fails if it resolves. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`this promise should have rejected, but resolved with ${String(value)}`)
}

/** The error that `promise` rejects with; fails if it resolves, or rejects with anything else. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<AnyError> {
  const error = await rejectionOf(promise)
  if (!isError(error)) expect.fail(`this promise should have rejected with an error, but did with ${String(error)}`)
  return error
}

/** An error as the engine makes them, or a DOMException, which Node 20 does not count as one. */
function isError(value: unknown): value is AnyError {
  return types.isNativeError(value) || value instanceof Error
}

/** The lines of a stack that are frames, without their indentation. */
export function framesOf(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .map(line => line.trim())
}
