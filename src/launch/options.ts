/** The options of a thread, and their checks. */

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

/** {@link ThreadResourceLimits}, under the same rules. */
export type ResolvedResourceLimits = {
  readonly [K in keyof ThreadResourceLimits]?: Exclude<ThreadResourceLimits[K], undefined>
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
 * Copied when the pool is made, save for `workerData`: what you change later does not reach new threads.
 */
export interface ThreadOptions {
  /** Shown in the title of each thread, for debuggers and profilers. */
  name?: string | undefined
  /** `process.env` in the threads. Default: a copy of this process's, made when a thread starts. `SHARE_ENV` shares it. */
  env?: Readonly<Record<string, string | undefined>> | typeof SHARE_ENV | undefined
  /** Appended to `process.argv` in the threads. */
  argv?: readonly string[] | undefined
  /** Node's own command line options for the threads, instead of this process's. Options of V8 are refused by Node. */
  execArgv?: readonly string[] | undefined
  /** Cloned for each thread when it starts; what `setup` and `teardown` get. */
  workerData?: unknown
  /** Limits of memory for each thread. */
  resourceLimits?: ThreadResourceLimits | undefined
  /** Keeps what the threads print from this process's standard output. Default false. */
  stdout?: boolean | undefined
  /** Keeps what the threads print from this process's standard error. Default false. */
  stderr?: boolean | undefined
  /** Closes file descriptors that a task opened and left open when its thread ends. Default true. */
  trackUnmanagedFds?: boolean | undefined
}

/** Limits of memory for each thread, in MB. Node's defaults apply to what is left out. */
export interface ThreadResourceLimits {
  /**
   * The main heap, at least 16: below about 8, threads die as they start, and Node 26 takes the whole process down. At
   * the limit, the thread ends and its works get {@link WorkerLostError} with reason `'out-of-memory'`. That works for a
   * heap that grows; a single huge allocation can still end the process.
   */
  maxOldGenerationSizeMb?: number | undefined
  /** The heap of recent objects. Above 0. */
  maxYoungGenerationSizeMb?: number | undefined
  /** The range set aside for compiled code. Above 0. */
  codeRangeSizeMb?: number | undefined
  /** The stack, 4 by default; at least 1, since Node needs some of it itself and ends the process where there is none. */
  stackSizeMb?: number | undefined
}
