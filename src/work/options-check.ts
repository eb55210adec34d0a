/** Checks the options of a work. They are read here once. It does not know what an option does. */

import { inThisContext } from '../base/async-context.js'
import { abortSignal, type Check, number, requireOptions, string } from '../base/checks.js'
import { misfit, unknownOption } from '../errors/words.js'
import { type ExecuteOptions, NO_OPTIONS, type ResolvedExecuteOptions } from './options.js'

const executeChecks: { readonly [K in keyof ExecuteOptions]-?: Check<NonNullable<ExecuteOptions[K]>> } = {
  priority: number('priority'),
  signal: abortSignal('signal'),
  timeout: number('timeout', { above: 0, infinity: true }),
  grace: number('grace', { least: 0, infinity: true }),
  queueTimeout: number('queueTimeout', { above: 0, infinity: true }),
  label: string('label'),
  retries: number('retries', { whole: true, least: 0, infinity: true }),
  onProgress: listener('onProgress'),
  onOutput: listener('onOutput'),
}

function listener<F>(name: string): Check<F> {
  return value => {
    if (typeof value !== 'function') throw misfit(TypeError, name, 'a function', value)
    return value as F
  }
}

/**
 * Checks the options of `execute()`. Returns undefined if none is set. It runs once per work, so the code is written
 * out as a single pass.
 *
 * @throws {TypeError} an unknown option, or a value of the wrong type
 * @throws {RangeError} a value out of range
 */
export function resolveExecuteOptions(options: unknown): ResolvedExecuteOptions | undefined {
  if (options === undefined) return undefined
  requireOptions('options', options)
  let any = false
  let { priority, signal, timeout, grace, queueTimeout, label, retries, onProgress, onOutput } = NO_OPTIONS
  for (const key in options) {
    if (!Object.hasOwn(options, key)) continue
    const value = options[key]
    // An unknown option is a mistake even if its value is undefined.
    if (value === undefined && Object.hasOwn(executeChecks, key)) continue
    any = true
    switch (key) {
      case 'priority':
        priority = executeChecks.priority(value)
        break
      case 'signal':
        signal = executeChecks.signal(value)
        break
      case 'timeout':
        timeout = executeChecks.timeout(value)
        break
      case 'grace':
        grace = executeChecks.grace(value)
        break
      case 'queueTimeout':
        queueTimeout = executeChecks.queueTimeout(value)
        break
      case 'label':
        label = executeChecks.label(value)
        break
      case 'retries':
        retries = executeChecks.retries(value)
        break
      case 'onProgress':
        onProgress = inThisContext(executeChecks.onProgress(value))
        break
      case 'onOutput':
        onOutput = inThisContext(executeChecks.onOutput(value))
        break
      default:
        throw unknownOption('options', key, Object.keys(executeChecks))
    }
  }
  return any ? { priority, signal, timeout, grace, queueTimeout, label, retries, onProgress, onOutput } : undefined
}
