/**
 * Owns which value each option may have and which it gets by default; must not know what an option does. Options are
 * read here, once, and never raw again.
 */

import { availableParallelism } from 'node:os'
import { SHARE_ENV } from 'node:worker_threads'
import {
  bare,
  boolean,
  type Check,
  type Checks,
  checkedCopy,
  isRecord,
  misfit,
  number,
  oneOf,
  string,
  strings,
} from './option-values.js'
import type { HookTask, PoolOptions, RecycleOptions, ThreadOptions, ThreadResourceLimits } from './options.js'
import { MOST_CONCURRENCY } from './lane/claims.js'
import { isTask } from './task.js'

/** {@link PoolOptions}, checked and filled in. Frozen. */
export interface ResolvedOptions {
  /** The target to start with. */
  readonly total: number
  readonly workBuffer: number
  readonly whenFull: 'wait' | 'reject'
  readonly autoScale: boolean
  readonly waitTime: number
  readonly scalingFactor: number
  readonly min: number
  readonly max: number
  /** What the user set of these, for {@link scaleBounds} when one of them is changed later. */
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

/**
 * {@link ThreadOptions}, checked and copied, to be given to Node as it is: without prototype, so that Node inherits
 * nothing either, and without properties that were not given. Frozen, although Node's type wants mutable arrays.
 */
export interface ResolvedThreadOptions {
  readonly name?: string
  readonly env?: Record<string, string> | typeof SHARE_ENV
  readonly argv?: string[]
  readonly execArgv?: string[]
  readonly workerData?: unknown
  readonly resourceLimits?: ResolvedResourceLimits
  readonly stdout?: boolean
  readonly stderr?: boolean
  readonly trackUnmanagedFds?: boolean
}

/** {@link RecycleOptions}, checked and filled in: Infinity for none. */
export interface RecycleLimits {
  readonly works: number
  readonly age: number
  readonly heap: number
}

/** {@link ThreadResourceLimits}, under the same rules. */
export type ResolvedResourceLimits = {
  readonly [K in keyof ThreadResourceLimits]?: Exclude<ThreadResourceLimits[K], undefined>
}

/** {@link PoolOptions}, checked, before defaults. */
type CheckedOptions = { [K in keyof PoolOptions]: K extends 'thread' ? ResolvedThreadOptions : PoolOptions[K] }

/** The size of the pool in the user's words; undefined where there are none. */
export interface GivenScale {
  readonly total: number | undefined
  readonly min: number | undefined
  readonly max: number | undefined
}

/**
 * One check per setting that can be changed while the pool runs: returns the value, or throws what the constructor would
 * throw. `min` and `max` are checked against each other by {@link scaleBounds}.
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
  grace: number('grace', { least: 0 }),
  killTimeout: number('killTimeout', { least: 0, infinity: true }),
  retain: number('retain', { whole: true, least: 0, infinity: true }),
  recycle: value => checkedCopy('recycle', value, recycleChecks),
  setup: hook('setup'),
  teardown: hook('teardown'),
  thread: value => checkedCopy('thread', value, ofThread),
}

/** The checks of options for threads, that are found under this name. */
export function threadChecks(of: string): Checks<ResolvedThreadOptions> {
  const limits = resourceLimitChecks(`${of}.resourceLimits`)
  return {
    name: string(`${of}.name`),
    env: env(`${of}.env`),
    argv: strings(`${of}.argv`),
    execArgv: strings(`${of}.execArgv`),
    workerData: value => value,
    resourceLimits: value => checkedCopy(`${of}.resourceLimits`, value, limits),
    stdout: boolean(`${of}.stdout`),
    stderr: boolean(`${of}.stderr`),
    trackUnmanagedFds: boolean(`${of}.trackUnmanagedFds`),
  } satisfies Checks<Pick<ResolvedThreadOptions, keyof ThreadOptions>>
}

const ofThread = threadChecks('thread')

const recycleChecks: Checks<RecycleOptions> = {
  works: number('recycle.works', { whole: true, least: 1, infinity: true }),
  age: number('recycle.age', { above: 0, infinity: true }),
  heap: number('recycle.heap', { above: 0, infinity: true }),
}

function resourceLimitChecks(of: string): Checks<ResolvedResourceLimits> {
  return {
    maxOldGenerationSizeMb: number(`${of}.maxOldGenerationSizeMb`, {
      least: 16,
      because: 'with less, Node cannot start a thread, or dies',
    }),
    maxYoungGenerationSizeMb: number(`${of}.maxYoungGenerationSizeMb`, { above: 0 }),
    codeRangeSizeMb: number(`${of}.codeRangeSizeMb`, { above: 0 }),
    stackSizeMb: number(`${of}.stackSizeMb`, {
      least: 1,
      because: 'with much less, Node cannot start a thread, or dies',
    }),
  }
}

/**
 * Checks what `new Pool()` was given and fills in the rest.
 *
 * @throws {TypeError} an unknown option, a value of the wrong type
 * @throws {RangeError} a value out of range, `min` above `max`
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
    // Other works on the thread need time to end.
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
 * The bounds of autoScale: what the user set, and defaults that give way to it, so that only two numbers the user set
 * can contradict each other.
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

function env(name: string): Check<Record<string, string> | typeof SHARE_ENV> {
  return value => {
    if (value === SHARE_ENV) return SHARE_ENV
    if (!isRecord(value)) throw misfit(TypeError, name, 'an object of strings, or SHARE_ENV', value)
    const copy = bare<Record<string, string>>()
    for (const key of Object.keys(value)) {
      if (value[key] !== undefined) copy[key] = string(`${name}.${key}`)(value[key])
    }
    return Object.freeze(copy)
  }
}

function isHook(value: unknown): value is HookTask {
  return typeof value === 'function' || isTask(value)
}
