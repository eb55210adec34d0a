/** A task as it travels: its number, its wire form, where it was submitted, how long it takes. One record per task. */

import { describe } from '../errors/words.js'
import { UnshippableFunctionError } from '../errors/works.js'
import type { TaskDefinition } from '../lane/messages.js'
import { type Boundary, callSite, type CallSite } from './call-site.js'
import { nameOf, whyUnshippable } from './shippable.js'
import { positionOf } from './source-position.js'
import { isTask } from './task.js'

/** One task, which any number of works may run. */
export interface TaskRecord {
  readonly definition: TaskDefinition
  /** Names the task on the wire. Counted from 1 over the whole process. */
  readonly number: number
  /** `file:line:column` where it was first submitted, shown at the end of stacks from the thread. */
  readonly site: string | undefined
  /** Moving average of its run times in ms, NaN until measured. Written by {@link learnRunTime}. */
  runTime: number
}

/** The task of a work that has none, because its function cannot be sent. */
export const NO_TASK: TaskRecord = {
  definition: { type: 'module', number: 0, url: 'data:,', exportName: 'none' },
  number: 0,
  site: undefined,
  runTime: NaN,
}

/**
 * The record of a function or Task, the same one every time.
 *
 * Cost: 20 ns for a function object seen before; 0.3 µs for a new closure whose text is known, which shares the record
 * of the first one, site included; 20 to 50 µs for a new text. A text that resolves modules costs 10 to 20 µs each
 * time, because its caller has to be found on the stack.
 * @param boundary  the public function that was called: the site is its caller. It must be on the stack
 * @throws {TypeError} if `task` is neither
 * @throws {UnshippableFunctionError} for functions whose source is hidden, or is not a function when taken alone
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

/**
 * Runs over which the run time of a task is averaged: few enough to follow a change and to forget the slow first call
 * soon.
 */
const RUN_TIME_MEMORY = 8

/**
 * A run counts as at most `OUTLIER` times the average plus `OUTLIER_MS`. Otherwise a thread that was briefly
 * descheduled would make its function look slow, and its lane would run dry.
 */
const OUTLIER = 8
const OUTLIER_MS = 0.1

/** The task has run once more, for `ms`. */
export function learnRunTime(task: TaskRecord, ms: number): void {
  if (Number.isNaN(task.runTime)) task.runTime = ms
  else task.runTime += (Math.min(ms, OUTLIER * task.runTime + OUTLIER_MS) - task.runTime) / RUN_TIME_MEMORY
}

let lastNumber = 0
const recordsByObject = new WeakMap<object, TaskRecord>()
const recordsByText = new Map<string, TaskRecord>()
const recordsByExport = new Map<string, TaskRecord>()

/** Texts and exports remembered. Beyond that the oldest is forgotten; when it comes again, it gets a new number. */
const MOST_RECORDS = 1000

/** Text whose meaning depends on its file, because modules are resolved from there. */
const RESOLVES_MODULES = /\bimport\b|\brequire\b|__vite_ssr_dynamic_import__/

let sharedTexts = 0

function functionRecord(fn: object, boundary: Boundary): TaskRecord {
  // Not fn.toString(), which users and mocks may override.
  const text = Function.prototype.toString.call(fn)
  const shared = recordsByText.get(text)
  if (shared !== undefined) {
    // Adding a closure to the WeakMap costs twice this lookup, which is wasted if the closure is used once. So only one
    // in 16 is added: a function object that is used again and again is soon among them.
    if ((++sharedTexts & 15) === 0) recordsByObject.set(fn, shared)
    return shared
  }
  const name = nameOf(fn)
  const obstacle = whyUnshippable(fn, name, text)
  if (obstacle !== undefined) throw new UnshippableFunctionError(obstacle)
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
  // Undefined rather than left out: a thread would read a missing property from what tasks put on Object.prototype.
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
