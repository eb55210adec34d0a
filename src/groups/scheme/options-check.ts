/**
 * The values that each option of a group, and of a pool of groups, may have. This file does not know what an option
 * does.
 */

import { fileURLToPath } from 'node:url'
import {
  boolean,
  type Check,
  checkedCopy,
  type Checks,
  hasMethod,
  isRecord,
  number,
  oneOf,
  string,
  strings,
} from '../../base/checks.js'
import { describe, misfit } from '../../errors/words.js'
import { UncloneableValueError } from '../../errors/works.js'
import { MOST_CONCURRENCY } from '../../lane/claims.js'
import { type ResolvedThreadOptions, threadChecks } from '../../launch/options.js'
import { isUrl, moduleUrl } from '../../task/task.js'
import { prepare } from '../../values/cloning.js'
import { uncloneable } from '../../values/culprit.js'
import type { Logger } from '../shared/logger.js'
import type { Pickup } from '../strategies/pickup-view.js'
import { pickupRecord } from '../strategies/pickup-rules.js'
import type { Recycle } from '../strategies/recycle.js'
import type { Restart } from '../strategies/restart.js'
import type { Scaling } from '../strategies/scaling.js'
import type { PickupModule, WorkerGroupOptions, WorkerPoolOptions } from './options.js'

/** The module that the threads of a group import, and its export that is the entry point. Frozen. */
export interface EntryPoint {
  readonly url: string
  readonly exportName: string
}

/** {@link PickupModule}, checked, with defaults filled in. Frozen; the options are a clone. */
export interface PickupSource {
  readonly url: string
  readonly export: string
  readonly options: unknown
}

/** {@link RunnerOptions}, checked: without a prototype, and only with the properties that the user gave. Frozen. */
export type ResolvedRunner = Pick<ResolvedThreadOptions, 'name' | 'env' | 'execArgv' | 'resourceLimits'>

/** {@link WorkerGroupOptions}, checked, without defaults. */
export type CheckedGroup = {
  readonly [K in keyof WorkerGroupOptions]?: K extends keyof Translated ? Translated[K] : WorkerGroupOptions[K]
}

/** The options that are stored in another form than the user gave. */
interface Translated {
  readonly entryPoint: EntryPoint
  readonly jobGroups: readonly string[]
  readonly pickup: Pickup | PickupSource
  readonly runner: ResolvedRunner
}

/** A worker may cost 10 MB, and the shared memory for reservations grows with the square of the number of workers. */
const MOST_WORKERS = 1000

/** One check per option of a group. */
export const groupChecks: Checks<CheckedGroup> = {
  name: value => {
    if (!isGroupName(value)) throw misfit(TypeError, 'name', "a text of letters, digits, '-', '_' and '.'", value)
    return value
  },
  type: oneOf('type', ['reactor', 'job', 'service']),
  entryPoint,
  minWorkers: number('minWorkers', { whole: true, least: 0 }),
  maxWorkers: number('maxWorkers', {
    whole: true,
    least: 1,
    most: MOST_WORKERS,
    called: `a positive integer ≤ ${MOST_WORKERS}`,
  }),
  jobGroups,
  maxJobs: number('maxJobs', { whole: true, least: 1, most: MOST_CONCURRENCY }),
  pickup: pickupOrSource,
  restart: strategy<Restart>('restart', 'decide', 'restart.always()'),
  scaling: strategy<Scaling>('scaling', 'decide', 'scaling.byRequest()'),
  recycle: strategy<Recycle>('recycle', 'decide', 'recycle.none()'),
  runner: value => checkedCopy('runner', value, runnerChecks),
  data: cloned('data'),
  unresponsiveAfter: number('unresponsiveAfter', { above: 0, infinity: true }),
  replaceUnresponsive: boolean('replaceUnresponsive'),
  maxStartFailures: number('maxStartFailures', { whole: true, least: 1, infinity: true }),
}

/** One check per option of a pool of groups. */
export const poolChecks: Checks<WorkerPoolOptions> = {
  logger: value => {
    if (!isLogger(value)) {
      throw misfit(TypeError, 'logger', 'an object with methods debug, info, warn and error, such as console', value)
    }
    return value
  },
  handleSignals: boolean('handleSignals'),
  handleGlobalErrors: boolean('handleGlobalErrors'),
  pickup: strategy<Pickup>('pickup', 'pick', 'pickup.leastJobs()'),
  startTimeout: number('startTimeout', { above: 0, infinity: true }),
  stopTimeout: number('stopTimeout', { least: 0, infinity: true }),
}

const ofThread = threadChecks('runner')

const runnerChecks: Checks<ResolvedRunner> = {
  resourceLimits: ofThread.resourceLimits,
  env: ofThread.env,
  execArgv: ofThread.execArgv,
  name: ofThread.name,
}

const moduleChecks: Checks<{ [K in keyof PickupModule]?: K extends 'options' ? unknown : string }> = {
  module: value => moduleUrl(value, 'pickup.module'),
  export: value => {
    const name = string('pickup.export')(value)
    if (name === '') throw misfit(TypeError, 'pickup.export', 'the name of an export', value)
    return name
  },
  options: cloned('pickup.options'),
}

/** Whether a group can have this name, which becomes part of ids, labels and thread names. */
export function isGroupName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]+$/.test(value)
}

function entryPoint(value: unknown): EntryPoint {
  const found = entryPointAt(value)
  if (found !== undefined) return found
  const wanted = "an absolute file: URL, such as new URL('./worker.js', import.meta.url)"
  throw misfit(TypeError, 'entryPoint', wanted, isUrl(value) ? value.href : value)
}

function entryPointAt(value: unknown): EntryPoint | undefined {
  // `new URL()` would read a text like `file:worker.js` as /worker.js.
  if (!isUrl(value) && !(typeof value === 'string' && /^file:\//i.test(value))) return undefined
  try {
    const url = new URL(value)
    fileURLToPath(url) // throws for other schemes, and for a URL that cannot be a path on this system
    const exportName = decodeURIComponent(url.hash.slice(1)) || 'default'
    // The module loader treats the same file with a different hash as a different module.
    url.hash = ''
    return Object.freeze({ url: url.href, exportName })
  } catch {
    return undefined
  }
}

function jobGroups(value: unknown): readonly string[] {
  const names = strings('jobGroups')(value)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new TypeError(`jobGroups must name each group once, got ${describe(twice)} twice`)
  return names
}

function pickupOrSource(value: unknown): Pickup | PickupSource {
  if (hasMethod<Pickup>(value, 'pick')) {
    if (pickupRecord(value) !== undefined) return value
    throw new TypeError(
      'pickup must be able to run in other threads: for a strategy of your own, name the module that creates it, ' +
        "as in { module: new URL('./my-pickup.js', import.meta.url) }",
    )
  }
  if (!isRecord(value) || !Object.hasOwn(value, 'module')) {
    throw misfit(TypeError, 'pickup', 'a strategy like pickup.leastJobs(), with a method pick(), or { module }', value)
  }
  const set = checkedCopy('pickup', value, moduleChecks)
  return Object.freeze({
    // `checkedCopy` leaves out what is undefined; `moduleUrl` then refuses it.
    url: set.module ?? moduleUrl(undefined, 'pickup.module'),
    export: set.export ?? 'default',
    options: set.options,
  })
}

/**
 * Makes a clone, as each thread will get it: later changes to the original have no effect.
 *
 * @throws {UncloneableValueError} the value cannot be cloned; the error names the path
 */
function cloned(root: 'data' | 'pickup.options'): Check<unknown> {
  return value => {
    const prepared = prepare([value], root)
    if (prepared instanceof UncloneableValueError) throw prepared
    try {
      return structuredClone(prepared[0])
    } catch (cause) {
      throw uncloneable([value], root, undefined, cause)
    }
  }
}

/** A strategy is recognized by its method. It is kept as it is, not copied, so that the user can inspect it later. */
function strategy<S extends object>(name: string, method: keyof S & string, example: string): Check<S> {
  return value => {
    if (hasMethod<S>(value, method)) return value
    throw misfit(TypeError, name, `a strategy like ${example}, with a method ${method}()`, value)
  }
}

function isLogger(value: unknown): value is Logger {
  return (['debug', 'info', 'warn', 'error'] as const).every(level => hasMethod<Logger>(value, level))
}
