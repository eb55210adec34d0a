/**
 * Flags of V8 that cancel the heap limit of threads: they count for every thread of the process, and Node says nothing
 * about it.
 */

import { warnOnce } from '../base/warn-once.js'

/** V8 takes both - and _ in these names. Other flags, such as that of the young generation, leave the limit alone. */
const FLAG = /(?:^|\s)"?(--max[-_](?:old[-_]space[-_]size(?:[-_]percentage)?|heap[-_]size)=[^\s"]+)/

/**
 * The flag that counts instead of a thread's own heap limit; undefined if there is none.
 *
 * @param execArgv the command line of Node, before the program
 * @param nodeOptions the environment variable NODE_OPTIONS, which Node reads as well
 */
export function heapFlag(execArgv: readonly string[], nodeOptions: string | undefined): string | undefined {
  for (const words of [...execArgv, nodeOptions ?? '']) {
    const flag = FLAG.exec(words)?.[1]
    if (flag !== undefined) return flag
  }
  return undefined
}

/** Warns, once, if a thread is given a heap limit that has no effect. */
export function warnOfHeapFlag(limitMb: number | undefined): void {
  if (limitMb === undefined) return
  const flag = heapFlag(process.execArgv, process.env['NODE_OPTIONS'])
  if (flag === undefined) return
  warnOnce(
    'heap flag',
    `resourceLimits.maxOldGenerationSizeMb: ${limitMb} has no effect, because this process was started with ${flag}, ` +
      'which is the limit of every thread then: start it without that flag (see also NODE_OPTIONS)',
  )
}
