/**
 * Leads from a place in a file that runs to the place in the file that the user wrote. It knows nothing about tasks or
 * stacks.
 */

import { findSourceMap } from 'node:module'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Position } from './source-position.js'

/** A position in a file, which is an absolute path. */
export interface Place extends Position {
  readonly file: string
}

/**
 * The place that the source map of the file gives, if Node has one. It has them for the files that this thread has
 * loaded, if they are enabled, as by `--enable-source-maps`.
 *
 * @param file absolute path or URL
 * @param line from 1, like `column`
 */
export function originOf(file: string, line: number, column: number): Place | undefined {
  try {
    const origin = findSourceMap(file)?.findOrigin(line, column)
    if (origin === undefined || !('fileName' in origin)) return undefined
    const source = pathOf(origin.fileName)
    return source === undefined ? undefined : { file: source, line: origin.lineNumber, column: origin.columnNumber }
  } catch {
    return undefined // a broken map
  }
}

/** Frames carry a path in CommonJS and under vitest, a file: URL in ES modules. */
export function pathOf(name: string | null | undefined): string | undefined {
  if (typeof name !== 'string') return undefined
  if (isAbsolute(name)) return name
  if (!name.startsWith('file:')) return undefined
  try {
    return fileURLToPath(name)
  } catch {
    return undefined
  }
}
