/**
 * Checks the options of a pool and fills in the defaults. Options are read only here, once. It does not know what an
 * option does.
 */

import { availableParallelism } from 'node:os'
import { bare, boolean, type Check, checkedCopy, type Checks, number, oneOf } from '../base/checks.js'
import { misfit } from '../errors/words.js'
import { MOST_CONCURRENCY } from '../lane/claims.js'
import { type ResolvedThreadOptions, threadChecks } from '../launch/options.js'
import { isTask } from '../task/task.js'
import { recycleChecks, type RecycleLimits } from '../worker/recycling.js'
import type { HookTask, PoolOptions } from './options.js'

/** {@link PoolOptions}, checked and filled in. Frozen. */
export interface ResolvedOptions {
  /** The initial target. */
  readonly total: number
  readonly workBuffer: number
  readonly whenFull: 'wait' | 'reject'
  readonly autoScale: boolean
  readonly waitTime: number
  readonly scalingFactor: number
  readonly min: number
  readonly max: number
  /** What the user has set, for {@link scaleBounds} when one of the bounds is changed later. */
  readonly given: GivenScale
  readonly idleTime: number
  /** Infinity for none. */
  readonly timeout: number
  readonly concurrency: number
  readonly grace: number
  readonly killTimeout: number
  readonly retain: number
  readonly recycle: RecycleLimits
  readonly setup: HookTask | undefined
  readonly teardown: HookTask | undefined
  readonly thread: ResolvedThreadOptions
}

/** {@link PoolOptions}, checked, without defaults. */
type CheckedOptions = { [K in keyof PoolOptions]: K extends 'thread' ? ResolvedThreadOptions : PoolOptions[K] }

/** The size of the pool as the user has set it. Undefined where the user has set nothing. */
export interface GivenScale {
  readonly total: number | undefined
  readonly min: number | undefined
  readonly max: number | undefined
}

/**
 * A check for each setting that can be changed while the pool runs. It returns the value, or throws what the
 * constructor would throw. {@link scaleBounds} checks `min` and `max` against each other.
 */
export const checks = {
  total: number('total', { whole: true, least: 0 }),
  workBuffer: number('workBuffer', { whole: true, least: 0, infinity: true }),
  waitTime: number('waitTime', { least: 0 }),
  autoScale: boolean('autoScale'),
  scalingFactor: number('scalingFactor', { whole: true, least: 1 }),
  min: number('min', { whole: true, least: 0 }),
  max: number('max', { whole: true, least: 1 }),
}

const poolChecks: Checks<CheckedOptions> = {
  ...checks,
  whenFull: oneOf('whenFull', ['wait', 'reject']),
  idleTime: number('idleTime', { least: 0, infinity: true }),
  timeout: number('timeout', { above: 0, infinity: true }),
  concurrency: number('concurrency', { whole: true, least: 1, most: MOST_CONCURRENCY }),
  grace: number('grace', { least: 0, infinity: true }),
  killTimeout: number('killTimeout', { least: 0, infinity: true }),
  retain: number('retain', { whole: true, least: 0, infinity: true }),
  recycle: value => checkedCopy('recycle', value, recycleChecks),
  setup: hook('setup'),
  teardown: hook('teardown'),
  thread: value => checkedCopy('thread', value, ofThread),
}

const ofThread = threadChecks('thread')

/**
 * Checks the options of `new Pool()` and fills in the defaults.
 *
 * @throws {TypeError} an unknown option, or a value of the wrong type
 * @throws {RangeError} a value out of range, or `min` above `max`
 */
export function resolvePoolOptions(options: unknown = {}): ResolvedOptions {
  const set = checkedCopy('options', options, poolChecks)
  const given: GivenScale = Object.freeze({ total: set.total, min: set.min, max: set.max })
  const autoScale = set.autoScale ?? set.waitTime !== undefined
  const { min, max } = scaleBounds(given)
  return Object.freeze({
    total: set.total ?? (autoScale ? min : availableParallelism()),
    workBuffer: set.workBuffer ?? 1024,
    whenFull: set.whenFull ?? 'wait',
    autoScale,
    waitTime: set.waitTime ?? 100,
    scalingFactor: set.scalingFactor ?? 1,
    min,
    max,
    given,
    idleTime: set.idleTime ?? 10_000,
    timeout: set.timeout ?? Infinity,
    concurrency: set.concurrency ?? 1,
    // Other works on the same thread need time to end.
    grace: set.grace ?? (set.concurrency !== undefined && set.concurrency > 1 ? 1000 : 0),
    killTimeout: set.killTimeout ?? 1000,
    retain: set.retain ?? 1000,
    recycle: Object.freeze({
      works: set.recycle?.works ?? Infinity,
      age: set.recycle?.age ?? Infinity,
      heap: set.recycle?.heap ?? Infinity,
    }),
    setup: set.setup,
    teardown: set.teardown,
    thread: set.thread ?? bare<ResolvedThreadOptions>(),
  })
}

/**
 * The bounds of autoScale. Defaults adapt to what the user has set, so only two numbers that the user has set can
 * contradict each other.
 *
 * @throws {RangeError} `min` above `max`
 */
export function scaleBounds(given: GivenScale): { min: number; max: number } {
  const min = given.min ?? Math.min(given.total ?? 1, given.max ?? Infinity)
  const max = given.max ?? Math.max(given.total ?? 0, min, availableParallelism())
  if (min > max) throw new RangeError(`min must be ≤ max, got min ${min} and max ${max}`)
  return { min, max }
}

function hook(name: string): Check<HookTask> {
  return value => {
    if (!isHook(value)) throw misfit(TypeError, name, 'a function, or a task made by task()', value)
    return value
  }
}

function isHook(value: unknown): value is HookTask {
  return typeof value === 'function' || isTask(value)
}
