/** Where the text of a function stands in a source file on disk. */

import { readFileSync, statSync } from 'node:fs'

/** A place in a text, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/**
 * A function that is written as the argument of a call begins within this many characters after it, comments included.
 */
const ARGUMENTS_WITHIN = 200

/**
 * Where `text` stands in `file`: its only occurrence or, if there are several, the first one that begins within
 * {@link ARGUMENTS_WITHIN} characters after the call. Undefined for text that is not there, such as that of an imported
 * function.
 */
export function positionOf(text: string, file: string, call: Position | undefined): Position | undefined {
  const source = sourceOf(file)
  if (source === undefined) return undefined
  let find = (from: number): number => source.text.indexOf(text, from)
  let first = find(0)
  if (first === -1 && TYPESCRIPT.test(file)) {
    find = from => indexWithTypes(source.text, text, from)
    first = find(0)
  }
  if (first === -1) return undefined
  if (find(first + 1) === -1) return positionAt(source, first)
  const start = source.lineStarts[(call?.line ?? 0) - 1]
  if (call === undefined || start === undefined) return undefined
  const from = start + call.column - 1
  const next = find(from)
  return next === -1 || next - from > ARGUMENTS_WITHIN ? undefined : positionAt(source, next)
}

const TYPESCRIPT = /\.[cm]?ts$/

/** Node puts these where types were, to keep every place: spaces, and semicolons where a line would run on. */
const BLANKS = /[\s;]/

/** Like `indexOf`, for text whose types Node has blanked out while they are still in the source. */
function indexWithTypes(source: string, text: string, from: number): number {
  const anchor = text.split(/[\s;]+/).reduce((longest, word) => (word.length > longest.length ? word : longest), '')
  const before = text.indexOf(anchor)
  for (let found = from + before - 1; (found = source.indexOf(anchor, found + 1)) !== -1; ) {
    if (found >= before && fitsAt(source, text, found - before)) return found - before
  }
  return -1
}

function fitsAt(source: string, text: string, offset: number): boolean {
  for (let index = 0; index < text.length; index++) {
    const [written, runs] = [source[offset + index], text[index]]
    if (written === runs) continue
    if (written === undefined || written === '\n' || runs === '\n' || !BLANKS.test(runs ?? '')) return false
  }
  return true
}

interface Source {
  readonly text: string
  /** Offset at which each line begins. */
  readonly lineStarts: readonly number[]
}

const sources = new Map<string, Source | undefined>()

/** Files remembered: a program submits inline functions from a handful of files. */
const MOST_SOURCES = 16

/** Bytes. A larger file is a bundle: reading and searching it would cost more than an exact line is worth. */
const LARGEST_SOURCE = 1 << 20

/**
 * The file as it is on disk, read only once even if that fails. The read is synchronous, because the position travels
 * with the function's first work. It takes 0.3 ms for 100 KB, once per file: less than starting a thread.
 */
function sourceOf(file: string): Source | undefined {
  if (sources.has(file)) return sources.get(file)
  let source: Source | undefined
  try {
    const status = statSync(file)
    if (status.isFile() && status.size < LARGEST_SOURCE) {
      // Node drops the byte order mark before V8 counts columns.
      const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
      source = {
        text,
        lineStarts: [0, ...Array.from(text.matchAll(/\r\n|[\n\r\u2028\u2029]/g), end => end.index + end[0].length)],
      }
    }
  } catch {
    // No such file, or no permission: stack lines then count from the function's first line.
  }
  if (sources.size >= MOST_SOURCES) {
    const oldest = sources.keys().next().value
    if (oldest !== undefined) sources.delete(oldest)
  }
  sources.set(file, source)
  return source
}

function positionAt(source: Source, offset: number): Position {
  let low = 0
  let high = source.lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((source.lineStarts[middle] ?? Infinity) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 }
}
