/**
 * Turns the text of a function back into the function, inside a thread. It knows nothing about works, ports, or the
 * caller of the function.
 */

import { types } from 'node:util'
import vm from 'node:vm'
import { UnshippableFunctionError } from '../errors/works.js'
import type { TaskDefinition } from '../lane/messages.js'
import type { WorkContext } from '../task/context.js'
import { hintFor, type StandIns, standInsFor } from './build-tools.js'
import { explainImport } from './imports.js'

// Taken before any task runs: some tasks replace `process` by that of a browser.
const { process } = globalThis

/** A task ready to be called in this thread. */
export type TaskFunction = (this: WorkContext, ...args: unknown[]) => unknown

type FunctionDefinition = Extract<TaskDefinition, { type: 'function' }>

/**
 * The function that `definition.text` describes, compiled so that `import()` and `require` resolve from its file and
 * stack lines point into that file.
 *
 * The text that `toString()` gives is either an expression (functions, arrows) or a member of an object or class
 * (methods). It is compiled first as the form that it looks like, then as the other one. Both are tried in strict mode,
 * which is the mode of modules, and then in sloppy mode, for text that compiles only there.
 *
 * Cost: 10 to 20 µs.
 *
 * @throws {UnshippableFunctionError} says what to do instead, and has the compiler's own error as cause
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
 * For a ReferenceError about a free variable of this task: an error that names the variable and says how to pass it,
 * with the stack frames of the original and the original as cause. An error about TypeScript that the task imports is
 * explained, too. Returns any other value unchanged. Never throws.
 */
export function explainFailure(error: unknown, definition: TaskDefinition): unknown {
  try {
    // isNativeError first, because instanceof would run the traps of a Proxy.
    if (definition.type !== 'function' || !types.isNativeError(error)) return error
    if (!(error instanceof ReferenceError)) return explainImport(error)
    const name = /^(\S+) is not defined$/.exec(error.message)?.[1]
    if (name === undefined || typeof error.stack !== 'string') return error
    const frames = error.stack.split('\n').filter(line => /^\s+at /.test(line))
    if (!liesIn(definition, frames[0] ?? '')) return error
    const task = definition.name === '' ? 'the task' : `task ${JSON.stringify(definition.name)}`
    const message =
      `${name} is not defined in the thread: ${task} sees its arguments and globals, but not the variables around it. ` +
      hintFor(name, definition.text)
    const explained = new ReferenceError(message, { cause: error })
    explained.stack = [`ReferenceError: ${message}`, ...frames].join('\n')
    return explained
  } catch {
    return error // it has getters that throw, or stacks have another format
  }
}

/**
 * How functions and arrows begin. This is only a guess, because a method may be named `async`. It saves a failed
 * attempt of 100 µs.
 */
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
  // `opening` is on the first line of the text, so its length is subtracted from the column. The line break ends a line
  // comment at the end of the text.
  const options = compiling(definition, { lineOffset: line - 1, columnOffset: column - 1 - opening.length })
  const script = vm.compileFunction(`${opening}${definition.text}\n${after}`, [...standIns.keys()], options)
  return script(...standIns.values())
}

/**
 * The options for the compiler. Without a prototype, because an earlier task may have put options on Object.prototype.
 */
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
 * The file name in the stack lines of the function: its file if the exact place is known; otherwise a name that says
 * that lines count from the first line of the function. The suffix does not change the folder, so modules resolve in
 * any case.
 */
function scriptName(definition: FunctionDefinition): string {
  if (definition.line !== undefined) return definition.file
  // Computed names can hold anything: a slash would change the folder; a parenthesis or line break would spoil the
  // stack.
  const name = definition.name.replace(/[^\p{ID_Continue}$.#[\]-]+/gu, '_').slice(0, 60)
  return `${definition.file} (work${name === '' ? '' : ` ${name}`})`
}

function importFrom(definition: FunctionDefinition, specifier: unknown): unknown {
  return vm.compileFunction('return import(specifier)', ['specifier'], compiling(definition))(specifier)
}

/**
 * Whether a method uses `super`, which compiles in any object but refers to the wrong one here. The compiler decides:
 * the text after the name of the method, compiled as a plain function, is a syntax error exactly if it uses `super`. A
 * computed name may contain parentheses, so each of the first 32 is tried as the beginning of the parameters.
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
      // The parameters do not begin here, or there is a `super` after them.
    }
  }
  return true
}

/** Whether a stack line lies within the text of the task. */
function liesIn(definition: FunctionDefinition, frame: string): boolean {
  const place = frame.lastIndexOf(`${scriptName(definition)}:`)
  if (place === -1) return false
  if (definition.line === undefined) return true
  // The stack line has the real name of the file, and other code of that file may run in this thread as well.
  const line = Number(/:(\d+):\d+\)?$/.exec(frame)?.[1])
  return line >= definition.line && line < definition.line + definition.text.split(/\r\n|[\n\r\u2028\u2029]/).length
}

let silenced = false

/**
 * At the first `import()` through the main loader, Node warns that the option is experimental, once per thread. The
 * user did not choose that option, so this one warning is dropped. All other warnings pass.
 */
function silenceLoaderWarning(): void {
  if (silenced) return
  silenced = true
  const emit = process.emitWarning
  const filtered = (...args: unknown[]): void => {
    if (!String(args[0]).includes('USE_MAIN_CONTEXT_DEFAULT_LOADER')) return void Reflect.apply(emit, process, args)
    // The warning does not come a second time. If other code has wrapped this wrapper meanwhile, the wrapper stays.
    if (process.emitWarning === filtered) process.emitWarning = emit
  }
  process.emitWarning = filtered
}

/**
 * The first match wins. These patterns match the messages of the compiler, because only the compiler can tell code from
 * strings and comments.
 */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/import\.meta/, 'it uses import.meta, which only a module has: pass import.meta.url in args'],
  [
    /'super' keyword/,
    'it uses super, which only works in its own class or object: create that object in the thread and call the method on it',
  ],
  [
    /Private field|identifier '#/,
    'it uses a private name (#…), which only works in its own class: pass the values it needs in args',
  ],
  [/a getter or setter/, 'it is a getter or setter: pass an ordinary function or method with its body'],
  [/is not defined$/, 'its computed name uses variables, which do not travel along: give it a plain name'],
]

function refusal(definition: FunctionDefinition, failures: readonly unknown[]): UnshippableFunctionError {
  const { name, file } = definition
  const what = `${name === '' ? 'a function' : `the function ${JSON.stringify(name)}`}, submitted by ${file}, cannot run in a thread`
  for (const [pattern, reason] of REASONS) {
    const cause = failures.find(failure => pattern.test(messageOf(failure)))
    if (cause !== undefined) return new UnshippableFunctionError(`${what}: ${reason}`, { cause })
  }
  // Every attempt failed. The first was the most likely one.
  const cause = failures[0]
  return new UnshippableFunctionError(
    `${what}: its source text is no function by itself (${messageOf(cause)}); pass a function or a method`,
    {
      cause,
    },
  )
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : ''
}
