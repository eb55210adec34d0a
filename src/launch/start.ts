/**
 * Starts a thread that runs one of our programs, and reports its errors and its exit. It knows nothing about the
 * program or the channels.
 */

import { fileURLToPath } from 'node:url'
import { Worker as NodeWorker } from 'node:worker_threads'
import { bare } from '../base/checks.js'
import { warnOnce } from '../base/warn-once.js'
import { codeOf } from '../errors/words.js'
import { whyUncloneable } from '../values/culprit.js'
import { oneLevelDown } from './depth.js'
import { warnOfHeapFlag } from './heap-flag.js'
import { type ResolvedThreadOptions, WORKER_DATA } from './options.js'

/** The owner of a thread. If `failed` is called at all, it is called before `exited`. */
export interface ThreadObserver {
  failed(error: unknown): void
  exited(code: number): void
}

/**
 * Throws what Node throws for options it refuses.
 *
 * @param instead what to do instead of `parentPort.postMessage()`, for the warning if the thread calls it
 */
export function launch(
  program: URL,
  options: ResolvedThreadOptions,
  observer: ThreadObserver,
  instead: string,
): NodeWorker {
  warnOfHeapFlag(options.resourceLimits?.maxOldGenerationSizeMb)
  const worker = startOf(program, options)
  // Our own messages come on other ports.
  worker.once('message', () =>
    warnOnce(instead, `a thread called parentPort.postMessage(), and nothing receives that: ${instead}`),
  )
  worker.on('error', error => observer.failed(explained(error, program)))
  worker.on('exit', code => observer.exited(code))
  // Output that is kept from this process is read and thrown away, or it would pile up in memory. We cut the connection
  // that Node makes, because with Node's own options for this, reading would keep the process alive.
  if (options.stdout === true) worker.stdout.unpipe(process.stdout).resume()
  if (options.stderr === true) worker.stderr.unpipe(process.stderr).resume()
  worker.unref() // after the listeners, which make Node hold the thread again
  return worker
}

/** Node does not say which option it could not clone, or which part of it. */
function startOf(program: URL, options: ResolvedThreadOptions): NodeWorker {
  try {
    return oneLevelDown(options, () => newWorker(program, changed(options, { stdout: false, stderr: false })))
  } catch (error) {
    // Options were checked when they were given. The user may have changed the data since.
    throw whyUncloneable(options.workerData, WORKER_DATA) ?? error
  }
}

/** An error that says what to do where the program is not there: a bundler has taken the package along, but not this file. */
function explained(error: unknown, program: URL): unknown {
  const code = codeOf(error)
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return error
  const path = fileURLToPath(program)
  if (process.getBuiltinModule('node:fs').existsSync(path)) return error
  return new Error(
    `the program of a thread is missing (${path}), because threadcrew is part of a bundle: ` +
      'mark threadcrew as external in your bundler, so that it stays in node_modules',
    { cause: error },
  )
}

/**
 * `--input-type` belongs to `--eval`. If a thread inherits it, Node refuses the thread's program. The other arguments
 * are passed on explicitly, unless they include options of V8, which a thread can only inherit.
 */
function newWorker(program: URL, options: ResolvedThreadOptions): NodeWorker {
  const inherited = process.execArgv
  if (options.execArgv !== undefined || !inherited.some(argument => INPUT_TYPE.test(argument))) {
    return new NodeWorker(program, options)
  }
  const passedOn = inherited.filter(
    (argument, index) => !EVALUATED.test(argument) && !WITH_VALUE.test(inherited[index - 1] ?? ''),
  )
  try {
    return new NodeWorker(program, changed(options, { execArgv: passedOn }))
  } catch (error) {
    if (codeOf(error) !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error
    return new NodeWorker(program, changed(options, { execArgv: [] }))
  }
}

const INPUT_TYPE = /^--input-type(=|$)/
const EVALUATED = /^(--input-type|--eval|--print|-e|-p|-pe)(=|$)/
const WITH_VALUE = /^(--input-type|--eval|--print|-e|-p|-pe)$/

function changed(options: ResolvedThreadOptions, change: ResolvedThreadOptions): ResolvedThreadOptions {
  return Object.assign(bare<ResolvedThreadOptions>(), options, change)
}
