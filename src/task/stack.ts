/** Cuts the stack of an error from a thread to the frames of the task, and adds where the task was submitted. */

import { fileURLToPath } from 'node:url'
import { isError } from '../errors/words.js'
import { originOf, pathOf } from './source-map.js'

/** The folders of this package whose code runs in threads. */
const THREAD_CODE = ['./thread/', './groups/'].map(folder => fileURLToPath(new URL(folder, import.meta.url)))

/** Node's own frames, which may stand on both sides of the machinery. */
const NODE_CODE = /^\s+at (?:.* \()?node:/

/** In UTF-16 units. A longer stack was made by the task itself, and taking it apart would hold up this thread. */
const LONGEST_STACK = 1_000_000

/** V8 puts the class of `this` before a function's name. For a task, that is a class of this library. */
const RECEIVER = /\bat (async )?RunningWork\./

/** `at fn (/path:1:2)`, `at async file:///path:1:2` and their Windows forms. */
const FRAME = /^(\s+at (?:async )?(?:.*? \()?)((?:file:|[\\/]|[A-Za-z]:[\\/]).*):(\d+):(\d+)(\)?)$/

/** How a thread names the file of a function whose place in it is not known. */
const PLACELESS = / \(work.*\)$/

/**
 * Cuts the stack of an error from a thread, and those of the errors inside, to the task's own frames, and leads these to
 * the files that the user wrote. Adds the frame that a thread cannot know: where its function was first submitted.
 *
 * @param error as it came from the thread: nothing else refers to it or to the errors inside
 * @param site `file:line:column`; without one, nothing changes
 * @param by the function that was called there
 */
export function withSite(error: unknown, site: string | undefined, by = 'Pool.execute'): unknown {
  if (site === undefined) return error
  // The iterator of a Set also visits entries added on the way.
  const found = new Set([error])
  for (const each of found) {
    // On Node 20 a DOMException is an Error but not a native error.
    if (!isError(each)) continue
    for (const inside of errorsIn(each)) found.add(inside)
    const stack = typeof each.stack === 'string' && each.stack.length <= LONGEST_STACK ? each.stack : undefined
    if (stack === undefined) continue
    const lines = shown(stack.split('\n'), site)
    if (each === error) lines.push(siteFrame(site, by))
    // Set, not defined: `stack` is an own property already, and a descriptor would inherit from a polluted prototype.
    Reflect.set(each, 'stack', lines.join('\n'))
  }
  return error
}

/** The errors from which Node prints a stack below the stack of this one. */
function errorsIn(error: Error): unknown[] {
  const { cause, errors, error: failed, suppressed } = error as Error & Readonly<Record<string, unknown>>
  return [cause, failed, suppressed, ...(Array.isArray(errors) ? (errors as unknown[]) : [])]
}

/** The lines of a stack without the frames of the machinery. */
function shown(lines: readonly string[], site: string): string[] {
  const last = lines.findLastIndex(line => !isOurs(line) && !NODE_CODE.test(line))
  // From the first of these frames on, a stack shows the thread's own machinery, which is the same below every task.
  const machinery = lines.findIndex((line, index) => index > last && isOurs(line))
  const own = machinery > 0 ? lines.slice(0, machinery) : lines
  // Our frames may also come first, if the task called our code.
  return own.filter(line => !isOurs(line)).map(line => asWritten(line.replace(RECEIVER, 'at $1'), site))
}

/**
 * For an error of this package that was made when the work was posted: gives it the frame of the place where the work
 * was submitted instead of our own, and none of ours to the error of Node that is its cause.
 */
export function onlySite(error: Error, site: string | undefined): Error {
  if (site === undefined) return error
  error.stack = `${error.name}: ${error.message}\n${siteFrame(site, 'Pool.execute')}`
  const { cause } = error
  // Any other cause is an error of the user, who may have kept it.
  if (cause instanceof DOMException && typeof cause.stack === 'string') {
    const lines = cause.stack.split('\n')
    const first = lines.findIndex(isOurs)
    if (first > 0) Reflect.set(cause, 'stack', lines.slice(0, first).join('\n'))
  }
  return error
}

function siteFrame(site: string, by: string): string {
  return `    at ${by} (${site})`
}

function isOurs(line: string): boolean {
  return /^\s+at /.test(line) && THREAD_CODE.some(folder => line.includes(folder))
}

/**
 * The frame as the submitting thread would show it. A thread has no source map for a function that it compiles from its
 * text, and may have none at all.
 */
function asWritten(line: string, site: string): string {
  const match = FRAME.exec(line)
  if (match === null) return line
  const [, before = '', name = '', row = '', column = '', after = ''] = match
  const suffix = PLACELESS.exec(name)?.[0]
  // The thread was given the file that runs; the site is in the file that was written for it.
  if (suffix !== undefined) return `${before}${site.replace(/:\d+:\d+$/, '')}${suffix}:${row}:${column}${after}`
  const origin = originOf(name, Number(row), Number(column))
  // A file that was transpiled in memory maps to itself, and its frames are those of the file on disk already.
  if (origin === undefined || origin.file === pathOf(name)) return line
  return `${before}${origin.file}:${origin.line}:${origin.column}${after}`
}
