/** Finds out which file and line called a public function. It knows nothing about tasks. */

import { join } from 'node:path'
import { originOf, pathOf, type Place } from './source-map.js'
import type { Position } from './source-position.js'

/** A public function. Its caller is the frame below it on the stack. */
export type Boundary = ((...args: never[]) => unknown) | (new (...args: never[]) => unknown)

export interface CallSite {
  /**
   * Absolute path of the calling file. For code without a file (REPL, `node -e`): a path in the current folder that
   * need not exist.
   */
  readonly file: string
  /** What else is known. A separate step, because often the file is enough. */
  details(): CallDetails
}

export interface CallDetails {
  /** `file:line:column` as the caller's own stack traces would show it, source maps applied. */
  readonly site: string | undefined
  /** Where the call stands in `file` as it is on disk; undefined if that is not known. */
  readonly position: Position | undefined
}

/**
 * The place of the nearest caller of `boundary`. Costs 5 to 15 µs, and the details cost the same again. Never throws.
 */
export function callSite(boundary: Boundary): CallSite {
  let frames = capture(boundary, NEAR)
  let found = firstWithPath(frames)
  if (found === undefined && frames.length === NEAR) {
    // The nearest frames are callbacks of built-in functions, or eval: the file is further up.
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
    // A file transpiled in memory (tsx, vitest) maps to itself. A file built by tsc maps to its source, and the file on
    // disk is the one that runs.
    position: file === undefined ? undefined : shown.file === file ? shown : plain,
  }
}

/** Frames looked at first, which are enough for nearly every call. The cost grows with their number. */
const NEAR = 3
const FAR = 50

/**
 * The frames below `boundary`. A user may have set the two settings of `Error` to anything (0, a getter) or deleted
 * them: both are restored as they were, property descriptors included.
 */
function capture(boundary: Boundary, count: number): readonly NodeJS.CallSite[] {
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')
  const prepare = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
  let frames: readonly NodeJS.CallSite[] = []
  const take = (_error: Error, sites: readonly NodeJS.CallSite[]): string => {
    frames = sites
    return ''
  }
  // Reflect does not throw if Error is frozen: then only the site is unknown.
  try {
    Reflect.defineProperty(Error, 'stackTraceLimit', ownOnly({ value: count, configurable: true, writable: true }))
    Reflect.defineProperty(Error, 'prepareStackTrace', ownOnly({ value: take, configurable: true, writable: true }))
    const holder: { stack?: string } = {}
    Error.captureStackTrace(holder, boundary)
    void holder.stack // V8 formats when the stack is first read
  } catch {
    // A work must not fail only because its stack cannot be read.
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

/**
 * Without a prototype: a descriptor is read with inherited properties, and a polluted Object.prototype could make it
 * invalid.
 */
function ownOnly(descriptor: PropertyDescriptor): PropertyDescriptor {
  return Object.assign(Object.create(null), descriptor)
}

/** Whether the name is one like `[eval]` or `REPL1`: no file, but worth showing. */
function isForeign(name: string | null | undefined): boolean {
  return typeof name === 'string' && name !== '' && !name.startsWith('node:')
}

/**
 * The path for a caller without a file. With it, `import()` and `require` resolve from the current folder, as in the
 * REPL.
 */
function pseudoFile(): string {
  try {
    return join(process.cwd(), '[eval]')
  } catch {
    return '/[eval]' // the current folder was deleted
  }
}

/**
 * Where the runtime's own stack traces place this frame: by its source maps, or by the formatter that a tool installed.
 */
function asShown(frame: NodeJS.CallSite, plain: Place): Place | undefined {
  try {
    const origin = originOf(frame.getFileName() ?? '', plain.line, plain.column)
    if (origin !== undefined) return origin
    const formatted: unknown = Error.prepareStackTrace?.(NO_ERROR, [frame])
    const match = typeof formatted === 'string' ? SHOWN_FRAME.exec(formatted) : null
    const file = pathOf(match?.[1])
    return file === undefined ? undefined : { file, line: Number(match?.[2]), column: Number(match?.[3]) }
  } catch {
    return undefined
  }
}

/** Formatters need an error, and making one takes longer than formatting. */
const NO_ERROR = new Error()

/** `at fn (/path:1:2)`, `at async file:///path:1:2` and their Windows forms, on the last line. */
const SHOWN_FRAME = /(?:\(|at (?:async )?)((?:file:|[\\/]|[A-Za-z]:[\\/])[^\n]*?):(\d+):(\d+)\)?\s*$/
