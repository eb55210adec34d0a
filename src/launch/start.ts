/**
 * Starts a thread that runs one of our programs, and reports its errors and its exit. It knows nothing about the
 * program or the channels.
 */

import { Worker as NodeWorker } from 'node:worker_threads'
import type { ResolvedThreadOptions } from './options.js'

/** The owner of a thread. If `failed` is called at all, it is called before `exited`. */
export interface ThreadObserver {
  failed(error: unknown): void
  exited(code: number): void
}

/** Throws what Node throws for options it refuses. */
export function launch(program: URL, options: ResolvedThreadOptions, observer: ThreadObserver): NodeWorker {
  const worker = newWorker(program, options)
  worker.on('error', error => observer.failed(error))
  worker.on('exit', code => observer.exited(code))
  // Output that is kept from this process is thrown away. If it were not read, it would pile up in memory.
  if (options.stdout === true) worker.stdout.resume()
  if (options.stderr === true) worker.stderr.resume()
  worker.unref() // after the listeners, which make Node hold the thread again
  return worker
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
    return new NodeWorker(program, withExecArgv(options, passedOn))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_INVALID_EXEC_ARGV')) throw error
    return new NodeWorker(program, withExecArgv(options, []))
  }
}

const INPUT_TYPE = /^--input-type(=|$)/
const EVALUATED = /^(--input-type|--eval|--print|-e|-p|-pe)(=|$)/
const WITH_VALUE = /^(--input-type|--eval|--print|-e|-p|-pe)$/

function withExecArgv(options: ResolvedThreadOptions, execArgv: readonly string[]): ResolvedThreadOptions {
  // Without a prototype, like the options: inherited properties must not count.
  return Object.assign(Object.create(null), options, { execArgv })
}
