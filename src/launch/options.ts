/** The options of a thread and their checks. */

import { SHARE_ENV } from 'node:worker_threads'
import {
  bare,
  boolean,
  type Check,
  checkedCopy,
  type Checks,
  isRecord,
  number,
  string,
  strings,
} from '../base/checks.js'
import { misfit } from '../errors/words.js'
import { whyUncloneable } from '../values/culprit.js'

/**
 * {@link ThreadOptions}, checked and copied, ready to be given to Node: without a prototype, so that Node reads no
 * inherited property, and without properties that were not given. Frozen, although Node's type has mutable arrays.
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
  readonly maxDepth?: number
}

/** {@link ThreadResourceLimits}, checked and copied under the same rules. */
export type ResolvedResourceLimits = {
  readonly [K in keyof ThreadResourceLimits]?: Exclude<ThreadResourceLimits[K], undefined>
}

/** The checks of thread options. `of` is the name under which messages show them. */
export function threadChecks(of: string): Checks<ResolvedThreadOptions> {
  const limits = resourceLimitChecks(`${of}.resourceLimits`)
  return {
    name: string(`${of}.name`),
    env: env(`${of}.env`),
    argv: strings(`${of}.argv`),
    execArgv: strings(`${of}.execArgv`),
    workerData: cloneable,
    resourceLimits: value => checkedCopy(`${of}.resourceLimits`, value, limits),
    stdout: boolean(`${of}.stdout`),
    stderr: boolean(`${of}.stderr`),
    trackUnmanagedFds: boolean(`${of}.trackUnmanagedFds`),
    maxDepth: number(`${of}.maxDepth`, { whole: true, least: 1 }),
  } satisfies Checks<Pick<ResolvedThreadOptions, keyof ThreadOptions>>
}

/** Returns the value itself. Tried now, because it would otherwise fail at every start of a thread. */
function cloneable(value: unknown): unknown {
  const error = whyUncloneable(value, WORKER_DATA)
  if (error !== undefined) throw error
  return value
}

/** How paths in errors begin. */
export const WORKER_DATA = 'thread.workerData'

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

/**
 * Options of `node:worker_threads` that make sense for threads of a pool, with Node's meaning and Node's defaults.
 * Copied when the pool is made, except for `workerData`: later changes do not reach new threads.
 *
 * @group Options
 */
export interface ThreadOptions {
  /**
   * The name of each thread, for debuggers and profilers.
   *
   * @defaultValue none
   */
  name?: string | undefined
  /**
   * `process.env` in the threads. `SHARE_ENV` shares that of this process.
   *
   * @defaultValue a copy of this process's `process.env`, made when a thread starts
   */
  env?: Readonly<Record<string, string | undefined>> | typeof SHARE_ENV | undefined
  /**
   * Appended to `process.argv` in the threads.
   *
   * @defaultValue none
   */
  argv?: readonly string[] | undefined
  /**
   * Node's own command line options for the threads, instead of those of this process. Node refuses options of V8.
   *
   * @defaultValue those of this process
   */
  execArgv?: readonly string[] | undefined
  /**
   * The argument of `setup` and `teardown`. Cloned for each thread when it starts. If it cannot be cloned, `new Pool()`
   * throws {@link UncloneableValueError}, whose `path` says what the reason is.
   *
   * @defaultValue `undefined`
   */
  workerData?: unknown
  /**
   * Memory limits of each thread.
   *
   * @defaultValue Node's defaults
   */
  resourceLimits?: ThreadResourceLimits | undefined
  /**
   * Keeps the threads' output away from this process's standard output.
   *
   * @defaultValue `false`
   */
  stdout?: boolean | undefined
  /**
   * Keeps the threads' error output away from this process's standard error.
   *
   * @defaultValue `false`
   */
  stderr?: boolean | undefined
  /**
   * Closes file descriptors that tasks left open when their thread ends.
   *
   * @defaultValue `true`
   */
  trackUnmanagedFds?: boolean | undefined
  /**
   * How many levels below the main thread the threads may be. Whole number from 1. With 1, only the main thread can have
   * such a pool. With 2, a thread of a pool can have one, too. Deeper down, threads do not start: most likely they load
   * the module that creates the pool.
   *
   * @defaultValue `2`
   */
  maxDepth?: number | undefined
}

/**
 * Memory limits of each thread, in MB. Where one is left out, Node's default applies.
 *
 * @group Options
 */
export interface ThreadResourceLimits {
  /**
   * The main heap. At least 16. Below about 8, threads die as they start, and Node 26 takes the whole process down. At
   * the limit, the thread ends and its works get {@link WorkerLostError} with reason `'out-of-memory'`. That holds for
   * a heap that grows in small steps; large allocations can still abort the process. Has no effect if the process was
   * started with `--max-old-space-size`; a process warning then says so.
   *
   * @defaultValue Node's default
   */
  maxOldGenerationSizeMb?: number | undefined
  /**
   * The heap for recent objects. Above 0.
   *
   * @defaultValue Node's default
   */
  maxYoungGenerationSizeMb?: number | undefined
  /**
   * The range reserved for compiled code. Above 0.
   *
   * @defaultValue Node's default
   */
  codeRangeSizeMb?: number | undefined
  /**
   * The stack. At least 1, because Node itself needs some of it and ends the process if none is left.
   *
   * @defaultValue `4`
   */
  stackSizeMb?: number | undefined
}
