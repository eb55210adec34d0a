/** Turns a function's text back into the function, inside a thread. Must not know works, ports, or who calls it. */

import { types } from 'node:util'
import vm from 'node:vm'
import { UnshippableFunctionError } from '../errors/works.js'
import type { TaskDefinition } from '../lane/messages.js'
import type { WorkContext } from '../task/context.js'
import { hintFor, type StandIns, standInsFor } from './build-tools.js'

// Taken before any task runs: some put the `process` of a browser in its place.
const { process } = globalThis

/** A task ready to be called in this thread. */
export type TaskFunction = (this: WorkContext, ...args: unknown[]) => unknown

type FunctionDefinition = Extract<TaskDefinition, { type: 'function' }>

/**
 * The function that `definition.text` describes, compiled so that `import()` and `require` resolve from its file and stack
 * lines point into it.
 *
 * What `toString()` gives is either an expression (functions, arrows) or a member of an object or class (methods): it is
 * read as what it looks like, then as the other; in strict mode first, since modules are, and sloppily for what only runs so.
 * @throws {UnshippableFunctionError} saying what to do instead, with the compiler's own error as cause
 * Cost: 10 to 20 µs.
 */
export function compileTask(definition: FunctionDefinition): TaskFunction {
  const { text, file } = definition
  if (text.includes('import')) silenceLoaderWarning()
  const standIns = standInsFor(text, file, specifier => importFrom(definition, specifier))
  const readings = EXPRESSION.test(text) ? [readExpression, readMethod] : [readMethod, readExpression]
  const failures: unknown[] = []
  for (const strict of [true, false]) {
    for (const read of readings) {
      try {
        const found = read(definition, strict, standIns)
        if (found !== undefined) return found
      } catch (error) {
        failures.push(error)
      }
    }
  }
  throw refusal(definition, failures)
}

/**
 * A ReferenceError that names the missing variable and says how to hand it over, with the original's stack frames and the
 * original as cause. Anything but a free variable of this very task comes back untouched; never throws.
 */
export function explainFailure(error: unknown, definition: TaskDefinition): unknown {
  try {
    // isNativeError first: instanceof alone would run the traps of a Proxy.
    if (definition.type !== 'function' || !types.isNativeError(error) || !(error instanceof ReferenceError))
      return error
    const name = /^(\S+) is not defined$/.exec(error.message)?.[1]
    if (name === undefined || typeof error.stack !== 'string') return error
    const frames = error.stack.split('\n').filter(line => /^\s+at /.test(line))
    if (!liesIn(definition, frames[0] ?? '')) return error
    const task = definition.name === '' ? 'the task' : `task ${JSON.stringify(definition.name)}`
    const message =
      `${name} is not defined in the thread: ${task} sees its arguments and globals, but nothing it closes over. ` +
      hintFor(name)
    const explained = new ReferenceError(message, { cause: error })
    explained.stack = [`ReferenceError: ${message}`, ...frames].join('\n')
    return explained
  } catch {
    return error // it has getters that throw, or somebody formats stacks in a way of their own
  }
}

/** How functions and arrows begin. Just a guess (a method may be named `async`), for a failed reading costs 100 µs. */
const EXPRESSION = /^(?:async\b\s*)?(?:function\b|\(|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>)/u

function readExpression(definition: FunctionDefinition, strict: boolean, standIns: StandIns): TaskFunction | undefined {
  const value = run(definition, strict, standIns, 'return (', ')')
  return isFunction(value) ? value : undefined
}

function readMethod(definition: FunctionDefinition, strict: boolean, standIns: StandIns): TaskFunction | undefined {
  const holder = run(definition, strict, standIns, 'return ({', '})')
  if (typeof holder !== 'object' || holder === null) return undefined
  const [key, ...others] = Reflect.ownKeys(holder)
  if (key === undefined || others.length > 0) return undefined
  const member = Object.getOwnPropertyDescriptor(holder, key)
  if (member !== undefined && !Object.hasOwn(member, 'value')) throw new SyntaxError('a getter or setter')
  const value: unknown = member?.value
  if (!isFunction(value)) return undefined
  if (usesSuper(definition.text, value, strict)) throw new SyntaxError("'super' keyword in a method")
  return value
}

function isFunction(value: unknown): value is TaskFunction {
  return typeof value === 'function'
}

/** The value of the text between `before` and `after`, as code of the task's file. */
function run(
  definition: FunctionDefinition,
  strict: boolean,
  standIns: StandIns,
  before: string,
  after: string,
): unknown {
  const opening = strictly(strict) + before
  const { line = 1, column = 1 } = definition
  // `opening` shares the first line of the text and is taken off its columns; the line break ends a closing line comment.
  const options = compiling(definition, { lineOffset: line - 1, columnOffset: column - 1 - opening.length })
  const script = vm.compileFunction(`${opening}${definition.text}\n${after}`, [...standIns.keys()], options)
  return script(...standIns.values())
}

/** Without a prototype, because an earlier task may have put on Object.prototype what would be read as an option. */
function compiling(definition: FunctionDefinition, offsets?: vm.CompileFunctionOptions): vm.CompileFunctionOptions {
  return Object.assign(Object.create(null), offsets, {
    filename: scriptName(definition),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
}

function strictly(strict: boolean): string {
  return strict ? '"use strict";' : ''
}

/**
 * The file name in the function's stack lines: its file where the exact place is known, or else one that says that lines
 * count from the function's first. The suffix leaves the folder as it is, so that modules resolve all the same.
 */
function scriptName(definition: FunctionDefinition): string {
  if (definition.line !== undefined) return definition.file
  // Computed names can hold anything: a slash would change the folder, a parenthesis or line break the look of a stack.
  const name = definition.name.replace(/[^\p{ID_Continue}$.#[\]-]+/gu, '_').slice(0, 60)
  return `${definition.file} (work${name === '' ? '' : ` ${name}`})`
}

function importFrom(definition: FunctionDefinition, specifier: unknown): unknown {
  return vm.compileFunction('return import(specifier)', ['specifier'], compiling(definition))(specifier)
}

/**
 * Whether a method reaches for `super`, which compiles in any object but finds the wrong one there. The compiler knows
 * best: what follows a method's name, written as a plain function, is a syntax error just then. As a computed name may hold
 * parentheses itself, each of the first few is tried as the beginning of the parameters.
 */
function usesSuper(text: string, method: TaskFunction, strict: boolean): boolean {
  if (!/\bsuper\b/.test(text)) return false
  const head = `${types.isAsyncFunction(method) ? 'async ' : ''}function${types.isGeneratorFunction(method) ? '*' : ''}`
  let at = text.indexOf('(')
  for (let tries = 32; at !== -1 && tries > 0; tries--, at = text.indexOf('(', at + 1)) {
    try {
      vm.compileFunction(`${strictly(strict)}return (${head}${text.slice(at)}\n)`)
      return false
    } catch {
      // Not where the parameters begin, or a `super` behind them.
    }
  }
  return true
}

/** Whether a stack line lies within the task's own text. */
function liesIn(definition: FunctionDefinition, frame: string): boolean {
  const place = frame.lastIndexOf(`${scriptName(definition)}:`)
  if (place === -1) return false
  if (definition.line === undefined) return true
  // The file's real name: something else of that file may run in this thread, too.
  const line = Number(/:(\d+):\d+\)?$/.exec(frame)?.[1])
  return line >= definition.line && line < definition.line + definition.text.split(/\r\n|[\n\r\u2028\u2029]/).length
}

let silenced = false

/**
 * At the first `import()` through the main loader, Node warns that the option is experimental: once per thread, and to a
 * user who did not choose it. That one warning is dropped, and every other let through.
 */
function silenceLoaderWarning(): void {
  if (silenced) return
  silenced = true
  const emit = process.emitWarning
  const filtered = (...args: unknown[]): void => {
    if (!String(args[0]).includes('USE_MAIN_CONTEXT_DEFAULT_LOADER')) return void Reflect.apply(emit, process, args)
    // It comes no second time. If somebody has wrapped this wrapper meanwhile, it stays.
    if (process.emitWarning === filtered) process.emitWarning = emit
  }
  process.emitWarning = filtered
}

/** The first match wins. Tried on the compiler's messages, because only it tells code from strings and comments. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/import\.meta/, 'it uses import.meta, which only a module has: pass import.meta.url as an argument'],
  [
    /'super' keyword/,
    'it uses super, which stays with its class or object: make such an object in the thread and call the method on it',
  ],
  [
    /Private field|identifier '#/,
    'it uses a private name (#…), which stays with its class: pass the values it needs in args',
  ],
  [/a getter or setter/, 'it is a getter or setter: pass an ordinary function or method with its body'],
  [/is not defined$/, 'its computed name is made of variables, which stay behind: give it a plain name'],
]

function refusal(definition: FunctionDefinition, failures: readonly unknown[]): UnshippableFunctionError {
  const { name, file } = definition
  const what = `${name === '' ? 'a function' : `the function ${JSON.stringify(name)}`}, submitted by ${file}, cannot run in a thread`
  for (const [pattern, reason] of REASONS) {
    const cause = failures.find(failure => pattern.test(messageOf(failure)))
    if (cause !== undefined) return new UnshippableFunctionError(`${what}: ${reason}`, { cause })
  }
  // All readings failed; the first was the likely one.
  const cause = failures[0]
  return new UnshippableFunctionError(`${what}: its source makes no function when taken alone (${messageOf(cause)})`, {
    cause,
  })
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : ''
}
