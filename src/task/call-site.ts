/** Who called a public function, and where a text stands in the caller's file. Must not know tasks, nor why somebody asks. */

import { readFileSync, statSync } from 'node:fs'
import { findSourceMap } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The public function below which the caller stands on the stack. */
export type Boundary = ((...args: never[]) => unknown) | (new (...args: never[]) => unknown)

/** A place in a text, both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface CallSite {
  /** Absolute path of the calling file; where code has none (REPL, `node -e`), one in the current folder that need not exist. */
  readonly file: string
  /** What else is known; a step of its own, because the file alone decides whether anybody needs it. */
  details(): CallDetails
}

export interface CallDetails {
  /** `file:line:column` as the caller's own stack traces would show it, source maps applied. */
  readonly site: string | undefined
  /** Where the call stands in `file` as it lies on disk, as far as known. */
  readonly position: Position | undefined
}

/** Where the nearest caller of `boundary` stands. Costs 5 to 15 µs, its details as much again; never throws. */
export function callSite(boundary: Boundary): CallSite {
  let frames = capture(boundary, NEAR)
  let found = firstWithPath(frames)
  if (found === undefined && frames.length === NEAR) {
    // Callbacks of built-in functions, or eval: the file is further up.
    frames = capture(boundary, FAR)
    found = firstWithPath(frames)
  }
  if (found !== undefined) return found
  const foreign = frames.find(frame => isForeign(frame.getFileName()))
  return { file: pseudoFile(), details: () => detailsOf(foreign, undefined) }
}

function firstWithPath(frames: readonly NodeJS.CallSite[]): CallSite | undefined {
  for (const frame of frames) {
    const file = pathOf(frame.getFileName())
    if (file !== undefined) return { file, details: () => detailsOf(frame, file) }
  }
  return undefined
}

function detailsOf(frame: NodeJS.CallSite | undefined, file: string | undefined): CallDetails {
  if (frame === undefined) return { site: undefined, position: undefined }
  const plain = {
    file: file ?? frame.getFileName() ?? '',
    line: frame.getLineNumber() ?? 1,
    column: frame.getColumnNumber() ?? 1,
  }
  const shown = asShown(frame, plain) ?? plain
  return {
    site: `${shown.file}:${shown.line}:${shown.column}`,
    // A file transpiled in memory (tsx, vitest) maps to itself; one built by tsc maps elsewhere and lies on disk as it runs.
    position: file === undefined ? undefined : shown.file === file ? shown : plain,
  }
}

/**
 * Where `text` stands in `file`: its only occurrence, or else the first one that begins within {@link ARGUMENTS_WITHIN}
 * characters after the call. Undefined for text that is not there, such as an imported function's.
 */
export function positionOf(text: string, file: string, call: Position | undefined): Position | undefined {
  const source = sourceOf(file)
  if (source === undefined) return undefined
  const first = source.text.indexOf(text)
  if (first === -1) return undefined
  if (source.text.indexOf(text, first + 1) === -1) return positionAt(source, first)
  const start = source.lineStarts[(call?.line ?? 0) - 1]
  if (call === undefined || start === undefined) return undefined
  const from = start + call.column - 1
  const next = source.text.indexOf(text, from)
  return next === -1 || next - from > ARGUMENTS_WITHIN ? undefined : positionAt(source, next)
}

/** Frames looked at first, which are enough for nearly every call: the cost grows with their number. */
const NEAR = 3
const FAR = 50

/** A function written as the argument of a call begins at most this far behind it, comments and line breaks included. */
const ARGUMENTS_WITHIN = 200

interface Place extends Position {
  readonly file: string
}

/**
 * The frames below `boundary`. A user may have set the two knobs of `Error` to anything, 0, a getter or nothing at all: both
 * are put back as they were, property descriptors included.
 */
function capture(boundary: Boundary, count: number): readonly NodeJS.CallSite[] {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  let frames: readonly NodeJS.CallSite[] = []
  const take = (_error: Error, sites: readonly NodeJS.CallSite[]): string => {
    frames = sites
    return ''
  }
  // Reflect, because a frozen Error must cost us the site and not throw.
  try {
    Reflect.defineProperty(Error, 'stackTraceLimit', ownOnly({ value: count, configurable: true, writable: true }))
    Reflect.defineProperty(Error, 'prepareStackTrace', ownOnly({ value: take, configurable: true, writable: true }))
    const holder: { stack?: string } = {}
    Error.captureStackTrace(holder, boundary)
    void holder.stack // V8 formats when the stack is first read
  } catch {
    // A stack that cannot be had is no reason to refuse a work.
  } finally {
    putBack('stackTraceLimit', limit)
    putBack('prepareStackTrace', prepare)
  }
  return frames
}

function putBack(name: string, descriptor: PropertyDescriptor | undefined): void {
  if (descriptor === undefined) Reflect.deleteProperty(Error, name)
  else Reflect.defineProperty(Error, name, ownOnly(descriptor))
}

/** A descriptor is read with what it inherits, and a `get` or `set` on a polluted Object.prototype would make it invalid. */
function ownOnly(descriptor: PropertyDescriptor): PropertyDescriptor {
  return Object.assign(Object.create(null), descriptor)
}

/** `[eval]`, `REPL1` and the like: no file, yet worth showing. */
function isForeign(name: string | null | undefined): boolean {
  return typeof name === 'string' && name !== '' && !name.startsWith('node:')
}

/** Frames carry a path in CommonJS and under vitest, a file: URL in ES modules. */
function pathOf(name: string | null | undefined): string | undefined {
  if (typeof name !== 'string') return undefined
  if (isAbsolute(name)) return name
  if (!name.startsWith('file:')) return undefined
  try {
    return fileURLToPath(name)
  } catch {
    return undefined
  }
}

/** Stands in for a caller without a file, so that `import()` and `require` resolve from the current folder, as in the REPL. */
function pseudoFile(): string {
  try {
    return join(process.cwd(), '[eval]')
  } catch {
    return '/[eval]' // the current folder was deleted
  }
}

/** What the runtime's own stack traces say of this frame: by its source maps, or by the formatter that a tool installed. */
function asShown(frame: NodeJS.CallSite, plain: Place): Place | undefined {
  try {
    const origin = findSourceMap(frame.getFileName() ?? '')?.findOrigin(plain.line, plain.column)
    if (origin !== undefined && 'fileName' in origin) {
      return { file: pathOf(origin.fileName) ?? plain.file, line: origin.lineNumber, column: origin.columnNumber }
    }
    const formatted: unknown = Error.prepareStackTrace?.(NO_ERROR, [frame])
    const match = typeof formatted === 'string' ? SHOWN_FRAME.exec(formatted) : null
    const file = pathOf(match?.[1])
    return file === undefined ? undefined : { file, line: Number(match?.[2]), column: Number(match?.[3]) }
  } catch {
    return undefined
  }
}

/** Formatters want an error; making one takes longer than formatting. */
const NO_ERROR = new Error()

/** `at fn (/path:1:2)`, `at async file:///path:1:2` and their Windows forms, on the last line. */
const SHOWN_FRAME = /(?:\(|at (?:async )?)((?:file:|[\\/]|[A-Za-z]:[\\/])[^\n]*?):(\d+):(\d+)\)?\s*$/

interface Source {
  readonly text: string
  /** Offset at which each line begins. */
  readonly lineStarts: readonly number[]
}

const sources = new Map<string, Source | undefined>()

/** A program submits inline functions from a handful of files. */
const MOST_SOURCES = 16

/** Above this it is a bundle: reading and searching it would cost more than an exact line is worth. */
const LARGEST_SOURCE = 1 << 20

/**
 * The file as it lies on disk, read once, also when that fails. Synchronously, because the position goes out with the
 * function's first work: 0.3 ms for 100 KB, once per file, is no more than starting a thread costs.
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
    // No such file, or none we may read: stack lines then count from the function's first line.
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
