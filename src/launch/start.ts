/** Starts a thread that runs one of our programs, and hears of its end. Knows neither what the program does nor its channels. */

import { Worker as NodeWorker } from 'node:worker_threads'
import type { ResolvedThreadOptions } from './options.js'

/** What whoever holds a thread wants to hear of it. `failed` comes before `exited`, if at all. */
export interface ThreadObserver {
  failed(error: unknown): void
  exited(code: number): void
}

/** Throws what Node throws for options it refuses. */
export function launch(program: URL, options: ResolvedThreadOptions, observer: ThreadObserver): NodeWorker {
  const worker = newWorker(program, options)
  worker.on('error', error => observer.failed(error))
  worker.on('exit', code => observer.exited(code))
  // What is kept from our own output is meant to vanish; unread, it would pile up in memory.
  if (options.stdout === true) worker.stdout.resume()
  if (options.stderr === true) worker.stderr.resume()
  worker.unref() // after the listeners, which would make Node hold it again
  return worker
}

/**
 * `--input-type` speaks of what `--eval` was given; inherited by a thread, it makes Node refuse the thread's program. The
 * other arguments are passed on, unless there are some that Node lets threads only inherit: options of V8.
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
  // Without a prototype, as the options are: nothing inherited may count.
  return Object.assign(Object.create(null), options, { execArgv })
}
