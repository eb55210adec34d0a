/** What makes a task ready to be sent: its number, its wire form, its site. Must not know pools, threads or works. */

import { types } from 'node:util'
import { describe } from '../errors/words.js'
import { UnshippableFunctionError } from '../errors/works.js'
import type { TaskDefinition } from '../lane/messages.js'
import { type Boundary, callSite, type CallSite, positionOf } from './call-site.js'
import { isTask } from './task.js'

/** One task, however many works run it. */
export interface TaskRecord {
  readonly definition: TaskDefinition
  /** The name of the task on the wire; counted from 1 over the whole process. */
  readonly number: number
  /** `file:line:column` where it was first submitted, to be shown under the thread's stack. */
  readonly site: string | undefined
  /** Moving average in ms, NaN until measured; {@link learnRunTime} writes it. */
  runTime: number
}

/** Stands for the task of a work that has none, because its function cannot be shipped. */
export const NO_TASK: TaskRecord = {
  definition: { type: 'module', number: 0, url: 'data:,', exportName: 'none' },
  number: 0,
  site: undefined,
  runTime: NaN,
}

/**
 * The record of a function or Task, the same one every time.
 *
 * Cost: a function object seen before 20 ns; a fresh closure whose text is known 0.3 µs, since it shares the record of the
 * first one, site included; a new text 20 to 50 µs, and 10 to 20 each time if it resolves modules: the walk up the stack.
 * @param boundary  the public function that was called: the site is its caller. It must be on the stack
 * @throws {TypeError} for what is neither
 * @throws {UnshippableFunctionError} for functions whose source is hidden, or does not make a function when taken alone
 */
export function taskRecord(task: unknown, boundary: Boundary): TaskRecord {
  if (typeof task === 'function') return recordsByObject.get(task) ?? functionRecord(task, boundary)
  if (isTask(task)) {
    let record = recordsByObject.get(task)
    if (record === undefined) {
      const key = `${task.url}\0${task.exportName}`
      record = recordsByExport.get(key)
      if (record === undefined) {
        const definition = { type: 'module', number: ++lastNumber, url: task.url, exportName: task.exportName } as const
        record = { definition, number: lastNumber, site: callSite(boundary).details().site, runTime: NaN }
        keep(recordsByExport, key, record)
      }
      recordsByObject.set(task, record)
    }
    return record
  }
  throw new TypeError(`fn must be a function, or a task made by task(url, exportName), got ${describe(task)}`)
}

/** Runs over which a task's run time is averaged: few enough to follow a change, enough to forget the first, slow call. */
const RUN_TIME_MEMORY = 8

/**
 * A run that takes longer than so many times the average, and some more, counts as no longer: a thread that lost its
 * processor for a moment would else make its function seem long, and its lane run dry.
 */
const OUTLIER = 8
const OUTLIER_MS = 0.1

/** The task has run once more, for so many ms. */
export function learnRunTime(task: TaskRecord, ms: number): void {
  if (Number.isNaN(task.runTime)) task.runTime = ms
  else task.runTime += (Math.min(ms, OUTLIER * task.runTime + OUTLIER_MS) - task.runTime) / RUN_TIME_MEMORY
}

let lastNumber = 0
const recordsByObject = new WeakMap<object, TaskRecord>()
const recordsByText = new Map<string, TaskRecord>()
const recordsByExport = new Map<string, TaskRecord>()

/** Texts and exports remembered; beyond that the oldest is forgotten and, when it comes again, gets a new number. */
const MOST_RECORDS = 1000

/** Text whose meaning depends on the file it comes from, since modules are resolved from there. */
const RESOLVES_MODULES = /\bimport\b|\brequire\b|__vite_ssr_dynamic_import__/

let sharedTexts = 0

function functionRecord(fn: object, boundary: Boundary): TaskRecord {
  // Not fn.toString(), which users and mocks override.
  const text = Function.prototype.toString.call(fn)
  const shared = recordsByText.get(text)
  if (shared !== undefined) {
    // Adding a closure to the WeakMap costs twice this lookup, in vain for one that is used once. One in 16 goes in: a
    // function object used again and again is soon among them.
    if ((++sharedTexts & 15) === 0) recordsByObject.set(fn, shared)
    return shared
  }
  const name = nameOf(fn)
  refuseUnshippable(fn, name, text)
  const call = callSite(boundary)
  const key = RESOLVES_MODULES.test(text) ? `${call.file}\0${text}` : text
  let record = recordsByText.get(key)
  if (record === undefined) {
    record = newFunctionRecord(text, name, call)
    keep(recordsByText, key, record)
  }
  recordsByObject.set(fn, record)
  return record
}

function newFunctionRecord(text: string, name: string, call: CallSite): TaskRecord {
  const number = ++lastNumber
  const { site, position } = call.details()
  const place = positionOf(text, call.file, position)
  // Undefined rather than left out: in a thread, what a definition lacks is read from what tasks put on Object.prototype.
  const where = { file: call.file, line: place?.line, column: place?.column }
  return { definition: { type: 'function', number, text, name, ...where }, number, site, runTime: NaN }
}

function keep(cache: Map<string, TaskRecord>, key: string, record: TaskRecord): void {
  if (cache.size >= MOST_RECORDS) {
    const oldest = cache.keys().next().value
    if (oldest !== undefined) cache.delete(oldest)
  }
  cache.set(key, record)
}

/** The own data property: classes may have a static method of that name, and a getter would be foreign code. */
function nameOf(fn: object): string {
  if (types.isProxy(fn)) return ''
  const name: unknown = Object.getOwnPropertyDescriptor(fn, 'name')?.value
  return typeof name === 'string' ? name : ''
}

const HIDDEN = /\{\s*\[native code\]\s*\}\s*$/

/** What may follow `class`, `get` or `set` for it to be the keyword and not a method or parameter of that name. */
const AFTER_WORD = String.raw`(?![\p{ID_Continue}$\u200c\u200d\\])`
const CLASS = new RegExp(String.raw`^class${AFTER_WORD}(?!\s*\()`, 'u')
const ACCESSOR = new RegExp(String.raw`^[gs]et${AFTER_WORD}(?!\s*(?:\(|=>))`, 'u')

function refuseUnshippable(fn: object, name: string, text: string): void {
  const named = name === '' ? 'a function' : `the function ${JSON.stringify(name)}`
  if (types.isProxy(fn)) {
    throw new UnshippableFunctionError('a Proxy around a function hides its source: pass the function itself')
  }
  if (HIDDEN.test(text)) {
    throw new UnshippableFunctionError(
      name.startsWith('bound ')
        ? `${named} was made by bind(), which hides its source: pass an inline function, and the bound values in args`
        : `${named} is built in and has no source to send: wrap it in an inline function, such as (...values) => Math.max(...values)`,
    )
  }
  if (CLASS.test(text)) {
    throw new UnshippableFunctionError(
      `${named} is a class, which cannot be called: pass a function that makes its instance inside the thread`,
    )
  }
  if (ACCESSOR.test(text)) {
    throw new UnshippableFunctionError(
      `${named} is a getter or setter: pass an ordinary function or method with its body`,
    )
  }
}
